"""What lists and screens show: small frozen values, made by the store, read by everyone else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tthc_tui.core.states import State


@dataclass(frozen=True, slots=True)
class DossierLine:
    """One dossier in a list. Times are aware, in Vietnam's zone; `row` is its place in the local file."""

    row: int
    id: str
    short_id: str
    code: str
    state: State
    running: bool
    applicant: str
    phone: str
    procedure_code: str
    procedure: str
    field: str
    holder_unit: str
    holder_officer: str
    coming_to: str
    received_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    handling_unit: str = ""
    slip: str = ""
    receiving_unit: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The instants the overdue counts are drawn at: overdue before `now`, today before `today_end`…"""

    now: datetime
    today_end: datetime
    at_risk_until: datetime


@dataclass(frozen=True, slots=True)
class DueCounts:
    """Running dossiers: past their date, due later today, and due soon after that."""

    overdue: int = 0
    today: int = 0
    at_risk: int = 0


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Running dossiers of one group (a unit, an officer, a field, a procedure)."""

    key: str
    overdue: int
    today: int
    at_risk: int
    running: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the home screen counts."""

    due: DueCounts = DueCounts()
    states: Mapping[State, int] = field(default_factory=dict)
    coming: int = 0  # dossiers on their way to this unit
    received_today: int = 0
    returned_today: int = 0


@dataclass(frozen=True, slots=True)
class DossierQuery:
    """What to look for. `text` is a code, short id, name (accents optional), phone or personal number."""

    text: str = ""
    states: frozenset[State] = frozenset()
    unit: str = ""  # holds it
    coming_to: str = ""
    officer: str = ""
    field: str = ""
    procedure: str = ""
    slip: str = ""
    received_from: datetime | None = None
    received_to: datetime | None = None
    open_only: bool = False
    limit: int = 20_000


@dataclass(frozen=True, slots=True)
class DueQuery:
    """Which running dossiers: `bucket` is overdue, today, risk or all; `by`/`key` narrow to one group."""

    bucket: str = "overdue"
    by: str = ""  # unit, officer, field, procedure
    key: str = ""
    unit: str = ""
