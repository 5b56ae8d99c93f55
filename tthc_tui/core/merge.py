"""Two officers, one dossier: what becomes of an event that was decided on an older state."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.rules import TARGET, guard
from tthc_tui.core.states import State


class Judgement(NamedTuple):
    """`outcome` is accepted, duplicate, flagged or refused; `fields` are those both officers set."""

    outcome: str
    reason: str = ""
    code: str = ""
    fields: tuple[str, ...] = ()


def judge(dossier: Dossier | None, event: ev.Event, seen: Callable[[], Dossier | None]) -> Judgement:
    """What becomes of `event` on the state the server has now.

    `seen` gives the state as the event's officer saw it; asked only for field edits.
    """
    try:
        guard(dossier, event)
    except Refused as refused:
        if dossier is not None and reached(dossier, event):
            return Judgement("duplicate")
        return Judgement("refused", refused.reason, refused.code)
    if isinstance(event, ev.FIELD_EDITS) and dossier is not None:
        clash = changed_fields(seen(), dossier, ev.edited_fields(event))
        if clash:
            return Judgement("flagged", fields=clash)
    return Judgement("accepted")


def changed_fields(seen: Dossier | None, now: Dossier, fields: frozenset[str]) -> tuple[str, ...]:
    """Those of `fields` that differ between the state an officer saw and the one there is."""
    if seen is None:
        return ()
    return tuple(sorted(name for name in fields if getattr(seen, name, None) != getattr(now, name, None)))


def reached(dossier: Dossier, event: ev.Event) -> bool:
    """Whether the state `event` leads to is there already, brought about by somebody else."""
    if dossier.voided:
        return False
    if isinstance(event, ev.HandoverAccepted):
        return not dossier.coming_to and dossier.holder_unit == event.unit
    if isinstance(event, ev.ResultHanded):
        return dossier.state is State.DONE and event.to_unit in (dossier.coming_to, dossier.holder_unit)
    if isinstance(event, ev.Supplemented):
        held = {paper.requirement for paper in dossier.papers}
        return (
            dossier.supplements > 0
            and dossier.paused_at is None
            and all(paper.requirement in held for paper in event.papers)
        )
    if isinstance(event, ev.Registered | ev.Received) or TARGET.get(type(event)) is not dossier.state:
        return False
    if isinstance(event, ev.Forwarded):
        return event.to_unit in (dossier.coming_to, dossier.holder_unit)
    if isinstance(event, ev.Resolved):
        return event.outcome == dossier.outcome
    return True
