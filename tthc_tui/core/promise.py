"""How the date a dossier is promised for came about: the term's ledger, then every act that moved the date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.duration import say_day, say_moment
from tthc_tui.core.ledger import ExplainLine, LineKind
from tthc_tui.core.terms import moved_by_calendar, term

EXTEND_RULE = "Mẫu số 04, Thông tư 03/2025/TT-VPCP; hẹn lại không quá một lần"
RESTART_RULE = "thời hạn giải quyết được tính lại từ đầu sau khi nhận đủ hồ sơ theo quy định"
PAUSE_RULE = "thời gian tạm dừng không tính vào thời hạn"
CALENDAR_RULE = "ngày nghỉ không tính vào thời hạn; lịch đổi không tự dời ngày đã hẹn"
CORRECT_RULE = "giấy tiếp nhận đính chính thay giấy đã in"

_DATED = (ev.Received, ev.Accepted, ev.Extended, ev.Supplemented, ev.Resumed, ev.Corrected)

NameOf = Callable[[str, date], str]


def promise_lines(
    dossier: Dossier,
    events: Sequence[ev.AnyEvent],
    calendar: WorkCalendar,
    day_minutes: int,
    name: NameOf,
    *,
    anew: bool = False,
) -> tuple[ExplainLine, ...]:
    """The whole ledger of a promised date in order: receipt, term, and every extension, restart, correction.

    `events` are the dossier's own, oldest first; `name` gives an officer's name by id and day. The last line is the
    date that holds now. Empty where the dossier has no term and no date. `anew`: once it goes on, the term counts from
    zero.
    """
    undone = {event.event for event in events if isinstance(event, ev.Undone)}
    acts = [event for event in events if event.id not in undone]
    moves = list(_moves(acts, name))
    restart = max((n for n, (line, anew) in enumerate(moves) if anew), default=-1)
    before, after = moves[: restart + 1], moves[restart + 1 :]
    body = _term_lines(dossier, calendar, day_minutes, moved=bool(after), restarted=restart >= 0)
    elsewhere = None if anew else moved_by_calendar(dossier, calendar, day_minutes)
    if (
        body and elsewhere is not None and not dossier.holds
    ):  # what was promised stands, whatever is counted now
        now = f"Theo lịch làm việc hiện nay thì là {say_moment(elsewhere)}"
        body[-1] = body[-1].model_copy(update={"text": now, "rule": CALENDAR_RULE})
    opening = _first_promise(acts) if before else ()
    closing = [] if body and not after and (elsewhere is None or dossier.holds) else list(_now(dossier))
    if body and dossier.fixed_due is None:
        body[-1:-1] = _recounted(acts, dossier, elsewhere)
    if elsewhere is not None and closing:
        kept = f"{closing[-1].text} (lịch đổi không tự dời ngày đã hẹn)"
        closing[-1] = closing[-1].model_copy(update={"text": kept})
    return (*opening, *(line for line, _ in before), *body, *(line for line, _ in after), *closing)


def _recounted(
    acts: Sequence[ev.AnyEvent], dossier: Dossier, elsewhere: datetime | None
) -> Iterable[ExplainLine]:
    """What a calendar changed since the promise did when the term went on, or will do."""
    due: datetime | None = None
    found: list[ExplainLine] = []
    for act in acts:
        if isinstance(act, ev.Supplemented) and act.restart:  # from zero: nothing of before is counted on
            due = act.due_at
            found.clear()
            continue
        if isinstance(act, ev.Resumed | ev.Supplemented) and act.recounted is not None and due is not None:
            at = vietnam_time(act.at)
            when = f"đã áp dụng khi tính tiếp lúc {at:%H:%M} {say_day(at)}"
            found.append(_changed(at, due, act.recounted, when))
        if isinstance(act, _DATED):
            due = act.due_at or due
    if (
        elsewhere is not None
        and dossier.holds
        and dossier.due_at is not None
        and dossier.paused_at is not None
    ):
        found.append(_changed(dossier.paused_at, dossier.due_at, elsewhere, "áp dụng khi tính tiếp"))
    return found


def _changed(at: datetime, old: datetime, new: datetime, when: str) -> ExplainLine:
    change = f"hẹn trả {say_moment(old)} nay tính là {say_moment(new)}"
    text = f"Lịch làm việc đã đổi từ khi hẹn: {change}; {when}"
    return ExplainLine(kind=LineKind.MOVED, start=vietnam_time(at), text=text, rule=CALENDAR_RULE)


def _term_lines(
    dossier: Dossier, calendar: WorkCalendar, day_minutes: int, *, moved: bool, restarted: bool
) -> list[ExplainLine]:
    """The ledger of the term that counts; what was paused after a date was set by hand belongs to that date."""
    pauses = None
    if moved and dossier.fixed_from is not None:
        fixed = dossier.fixed_from
        pauses = tuple(one for one in dossier.pauses if one.end is not None and one.end <= fixed)
    found = term(dossier, calendar, day_minutes, pauses)
    if found is None:
        return []
    lines = list(found.lines)
    if restarted:  # the receipt and the restart were told already
        lines = [line for line in lines if line.kind is not LineKind.RECEIVED]
    if moved and found.due_at is not None:
        first = f"Theo thời hạn đó hẹn trả {say_moment(found.due_at)}"
        lines[-1] = lines[-1].model_copy(update={"text": first})
    return lines


def _first_promise(acts: Iterable[ev.AnyEvent]) -> tuple[ExplainLine, ...]:
    first = next((one for one in acts if isinstance(one, ev.Received | ev.Accepted)), None)
    if first is None:
        return ()
    at = vietnam_time(first.at)
    due = f", hẹn trả lần đầu {say_moment(first.due_at)}" if first.due_at else ""
    return (
        ExplainLine(kind=LineKind.RECEIVED, start=at, text=f"Tiếp nhận lúc {at:%H:%M} {say_day(at)}{due}"),
    )


def _moves(acts: Iterable[ev.AnyEvent], name: NameOf) -> Iterable[tuple[ExplainLine, bool]]:
    """Each act that moved the date, and whether the term counts anew from it.

    The end of a pause is a line of the term's own ledger until a date was set by hand.
    """
    due: datetime | None = None
    by_hand = False
    for act in acts:
        if isinstance(act, ev.Received | ev.Accepted):
            due, by_hand = act.due_at, False
            continue
        new = act.due_at if isinstance(act, _DATED) else None
        if new is None:
            continue
        anew = isinstance(act, ev.Supplemented) and act.restart
        if anew or (new != due and (by_hand or isinstance(act, ev.Extended | ev.Corrected))):
            yield _moved(act, due, new, name), anew
        if isinstance(act, ev.Extended):
            by_hand = True
        elif isinstance(act, ev.Corrected):
            by_hand = not ev.edited_fields(act) & {"received_at", "limit"}
        elif anew:
            by_hand = False
        due = new


def _moved(act: ev.AnyEvent, old: datetime | None, new: datetime, name: NameOf) -> ExplainLine:
    at = vietnam_time(act.at)
    when = f"lúc {at:%H:%M} {say_day(at)}"
    change = f"hẹn trả {say_moment(old)} → {say_moment(new)}" if old else f"hẹn trả {say_moment(new)}"
    if isinstance(act, ev.Extended):
        text = f"Xin lỗi và hẹn lại {when}: {change}. Lý do: {act.reason}. Người ký: {name(act.signed_by, at.date())}"
        rule = EXTEND_RULE
    elif isinstance(act, ev.Supplemented) and act.restart:
        text, rule = f"Nhận đủ hồ sơ bổ sung {when}, tính lại từ đầu: {change}", RESTART_RULE
    elif isinstance(act, ev.Supplemented):
        text, rule = f"Nhận đủ hồ sơ bổ sung {when}: {change}", PAUSE_RULE
    elif isinstance(act, ev.Resumed):
        text, rule = f"Hết tạm dừng {when}: {change}", PAUSE_RULE
    else:
        assert isinstance(act, ev.Corrected)
        text, rule = f"Đính chính {when}: {change}. Lý do: {act.reason}", CORRECT_RULE
    return ExplainLine(kind=LineKind.MOVED, start=at, text=text, rule=rule)


def _now(dossier: Dossier) -> Iterable[ExplainLine]:
    if dossier.due_at is None:
        return
    due = vietnam_time(dossier.due_at)
    text = f"Ngày hẹn trả hiện nay: {say_moment(due)}"
    if dossier.paused_at is not None and dossier.open:
        text += ", đang tạm dừng: định lại khi tính tiếp"
    yield ExplainLine(kind=LineKind.DUE, start=due, text=text)
