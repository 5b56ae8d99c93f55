"""The history of a dossier in words an officer reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.site import Site
from tthc_tui.desk.event_words import describe, told_by_before


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line of the history; `undone` lines were taken back."""

    at: datetime
    text: str
    officer: str
    unit: str
    kind: str
    undone: bool = False


def timeline(events: Sequence[ev.AnyEvent], site: Site) -> tuple[TimelineItem, ...]:
    """The events of one dossier as lines, oldest first; each names people and units as they were called then.

    `site` is the whole site.
    """
    undone = {event.event for event in events if isinstance(event, ev.Undone)}
    then: dict[date, Site] = {}
    items = []
    for at_event, event in enumerate(events):
        at = vietnam_time(event.at)
        if at.date() not in then:
            then[at.date()] = site.on(at.date())
        known = then[at.date()]
        items.append(
            TimelineItem(
                at,
                told_by_before(event, events[:at_event], known) or describe(event, known),
                known.officer_name(event.officer),
                known.unit_name(event.unit),
                event.kind,
                event.id in undone,
            )
        )
    return tuple(items)
