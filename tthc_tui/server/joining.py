"""What a centre that worked alone may bring along when its file joins under a one-time code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tthc_tui.core.wire import Acted, JoinPlan
from tthc_tui.server.directory import Directory

Reason = Literal["", "unit", "officer", "scope"]


def join_plan(directory: Directory, unit: str, acted: Sequence[Acted]) -> JoinPlan:
    """Whether a device of `unit` could push each part of a history, as intake would judge its events."""
    reach = directory.scope(unit)
    reasons = tuple(_reason(directory, reach, part) for part in acted)
    chains = [above for part in acted if part.officer and (above := directory.above(part.unit))]
    parent = next((one for one in (chains or [()])[0] if all(one in chain for chain in chains)), "")
    names = directory.names
    return JoinPlan(
        unit=unit,
        unit_name=names.get(unit, unit),
        reasons=reasons,
        parent=parent,
        parent_name=names.get(parent, parent),
    )


def _reason(directory: Directory, reach: frozenset[str], part: Acted) -> Reason:
    if not directory.above(part.unit):
        return "unit"
    if not part.officer:  # dossiers were only sent there: any known unit may get them
        return ""
    if not all(directory.acts_for(part.officer, part.unit, day) for day in (part.first, part.last)):
        return "officer"
    return "" if part.unit in reach else "scope"
