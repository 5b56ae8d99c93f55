"""The term of a dossier with its pauses, and the term of its internal steps: all through core.deadline.

Times are aware; `day_minutes` are the working minutes the site counts as one day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.deadline import Deadline, Pause, compute_deadline, moved_by_pauses
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import Cutoff, Limit, LimitUnit
from tthc_tui.core.site import CountingStyle
from tthc_tui.core.site_rules import AppointmentRule, StepRule


def term(
    dossier: Dossier, calendar: WorkCalendar, day_minutes: int, pauses: Sequence[Pause] | None = None
) -> Deadline | None:
    """The whole term from the receipt (or the supplement that restarted it) with its ledger of pauses.

    None where no limit is published. Holds that still last are open pauses, so `due_at` is None then.
    """
    start = dossier.counted_from or dossier.received_at
    if dossier.limit is None or start is None:
        return None
    if pauses is None:
        lasting = tuple(Pause(start=hold.start, reason=hold.reason) for hold in dossier.holds)
        pauses = (*dossier.pauses, *lasting)
    return compute_deadline(
        start,
        dossier.limit,
        calendar,
        style=dossier.counting,
        cutoff=dossier.cutoff,
        pauses=pauses,
        day_minutes=day_minutes,
    )


def due_after_hold(
    dossier: Dossier, code: str, at: datetime, calendar: WorkCalendar, day_minutes: int
) -> datetime | None:
    """The promised date once the hold `code` ends at `at`: the one there was while another hold lasts.

    A date set by hand (apology, correction) moves by what was paused since; any other is counted again
    from the receipt with all pauses merged, so that overlapping ones and nights count once.
    """
    if any(hold.code != code for hold in dossier.holds):
        return dossier.due_at
    return due_going_on(dossier, at, calendar, day_minutes)


def due_going_on(dossier: Dossier, at: datetime, calendar: WorkCalendar, day_minutes: int) -> datetime | None:
    """The promised date if everything that holds the term ended at `at`."""
    if dossier.due_at is None:
        return None
    ended = tuple(
        Pause(start=hold.start, end=at, reason=hold.reason) for hold in dossier.holds if hold.start < at
    )
    pauses = (*dossier.pauses, *ended)
    if dossier.fixed_from is not None and dossier.fixed_due is not None:
        return moved_by_pauses(calendar, dossier.fixed_from, dossier.fixed_due, pauses)
    found = term(dossier, calendar, day_minutes, pauses)
    return found.expected if found else dossier.due_at


def moved_by_calendar(dossier: Dossier, calendar: WorkCalendar, day_minutes: int) -> datetime | None:
    """Where this calendar counts the promised date, what still holds the term aside; None where it is as promised.

    A date set by hand (apology, correction) is never moved by a calendar.
    """
    if dossier.due_at is None or dossier.fixed_due is not None:
        return None
    pauses = dossier.pauses
    if dossier.holds:
        began = _held_since(dossier)
        pauses = tuple(one for one in pauses if one.end is not None and one.end <= began)
    found = term(dossier, calendar, day_minutes, pauses)
    return found.expected if found is not None and found.expected != dossier.due_at else None


def _held_since(dossier: Dossier) -> datetime:
    """Since when the term stands still without a break: a pause that ended while another lasted moved no date yet."""
    began = min(hold.start for hold in dossier.holds)
    for pause in sorted(dossier.pauses, key=lambda one: one.start, reverse=True):
        if pause.end is not None and pause.end > began:
            began = min(began, pause.start)
    return began


def due_after_restart(
    dossier: Dossier, at: datetime, calendar: WorkCalendar, day_minutes: int
) -> datetime | None:
    """The promised date when the whole term counts again from `at` (law.md §1.3)."""
    if dossier.due_at is None or dossier.limit is None:
        return dossier.due_at
    return compute_deadline(
        at, dossier.limit, calendar, style=dossier.counting, cutoff=dossier.cutoff, day_minutes=day_minutes
    ).expected


def step_due(
    start: datetime,
    budget: Limit,
    calendar: WorkCalendar,
    style: CountingStyle = CountingStyle.CLOCK,
    day_minutes: int = 480,
    pauses: Sequence[Pause] = (),
    cutoff: Cutoff = Cutoff(),  # noqa: B008 - a frozen value
) -> datetime:
    """When an internal step that begins at `start` must be done; fractions of days always run as hours."""
    whole = budget.amount == int(budget.amount)
    used = style if whole or budget.unit is not LimitUnit.WORKING_DAY else CountingStyle.CLOCK
    closed = [pause for pause in pauses if pause.end is not None]
    return compute_deadline(
        start, budget, calendar, style=used, cutoff=cutoff, pauses=closed, day_minutes=day_minutes
    ).expected


def step_due_after_hold(dossier: Dossier, code: str, at: datetime, calendar: WorkCalendar) -> datetime | None:
    """The running step's due time once the hold `code` ends at `at`; None where there is nothing to move."""
    run = dossier.step
    if run is None or run.due_at is None or any(hold.code != code for hold in dossier.holds):
        return None
    # Only what was not yet counted moves it: pauses before this stretch already did.
    began = _held_since(dossier) if dossier.holds else at
    stretches = [Pause(start=began, end=at)] if began < at else []
    return moved_by_pauses(calendar, max(run.started_at, began), run.due_at, stretches)


def appointment_after_hold(
    dossier: Dossier, code: str, at: datetime, calendar: WorkCalendar
) -> datetime | None:
    """The next planned appointment's time once the hold `code` ends at `at`; None where there is nothing to move."""
    following = next((one for one in dossier.appointments if one.kept_at is None), None)
    if following is None or following.due_at is None or any(hold.code != code for hold in dossier.holds):
        return None
    began = _held_since(dossier) if dossier.holds else at
    if not began < at:
        return None
    return moved_by_pauses(calendar, began, following.due_at, [Pause(start=began, end=at)])


def planned(
    rules: Sequence[AppointmentRule],
    start: datetime,
    calendar: WorkCalendar,
    day_minutes: int,
    style: CountingStyle = CountingStyle.CLOCK,
    cutoff: Cutoff = Cutoff(),  # noqa: B008 - a frozen value
) -> tuple[ev.Appointment, ...]:
    """The planned appointments of a dossier received at `start`; only the first has its date yet.

    They count as the term they lie in: by its style, from behind its cut-off.
    """
    ordered = sorted(rules, key=lambda rule: rule.number)
    return tuple(
        ev.Appointment(
            number=rule.number,
            purpose=rule.purpose,
            due_at=step_due(start, rule.limit, calendar, style, day_minutes, cutoff=cutoff)
            if place == 0
            else None,
        )
        for place, rule in enumerate(ordered)
    )


def next_step(rules: Sequence[StepRule], dossier: Dossier) -> StepRule | None:
    """The step that comes after the last one done; None when the process is through or has none."""
    done = [run.step for run in dossier.steps if run.done_at is not None and not run.returned]
    if dossier.step is not None:
        return None
    if not done:
        return rules[0] if rules else None
    place = next((n for n, rule in enumerate(rules) if rule.id == done[-1]), len(rules))
    return rules[place + 1] if place + 1 < len(rules) else None


def earlier_step(rules: Sequence[StepRule], dossier: Dossier, step: str) -> StepRule:
    """The rule of a step to go back to; Refused when there is none or it was never done."""
    found = next((rule for rule in rules if rule.id == step), None)
    if found is None or not any(run.step == step and run.done_at is not None for run in dossier.steps):
        raise Refused("Chỉ trả lại được bước đã làm trước đó: hãy chọn lại bước.", "step")
    return found
