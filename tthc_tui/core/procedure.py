"""Administrative procedures (thủ tục hành chính) as the program holds them."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from tthc_tui.core.base import Model
from tthc_tui.core.dated import ALWAYS, FOREVER


class Channel(StrEnum):
    """How a dossier is submitted (Decree 118/2025, art. 15)."""

    DIRECT = "direct"
    ONLINE = "online"
    POSTAL = "postal"


class LimitUnit(StrEnum):
    """The unit a time limit is published in."""

    WORKING_DAY = "working_day"
    DAY = "day"
    HOUR = "hour"
    MONTH = "month"


class Limit(Model):
    """A time limit (thời hạn giải quyết). `amount` 0 working days means "trong ngày" (the same day)."""

    amount: Decimal
    unit: LimitUnit
    note: str = ""


class CutoffKind(StrEnum):
    """From when a late receipt counts; see law.md §1.3. All are data of a procedure."""

    NONE = "none"
    AFTER_HOUR = "after_hour"  # received after `at`: counts from the start of the next working day
    LAST_MINUTES = "last_minutes"  # received in the last `minutes` of office hours: likewise
    OUT_OF_HOURS = (
        "out_of_hours"  # received after `at` or on a day off: counts from `starts` next working day
    )


class Cutoff(Model):
    """The cut-off of a procedure, with the text it comes from."""

    kind: CutoffKind = CutoffKind.NONE
    at: time | None = None
    minutes: int | None = None
    starts: time | None = None
    source: str = ""


class PaperKind(StrEnum):
    """What is done with a line of the published list (law.md §1.4)."""

    SUBMIT = "submit"  # giấy tờ phải nộp
    PRESENT = "present"  # giấy tờ phải xuất trình
    NOTE = "note"  # lưu ý, tiêu đề: not a paper


class Origin(StrEnum):
    """Where a value of a procedure comes from."""

    IMPORTED = "imported"  # the national portal's record
    CATALOG = "catalog"  # the project's own catalogue file
    OVERLAY = "overlay"  # a correction of this site


class Requirement(Model):
    """One line of the list of papers (thành phần hồ sơ).

    `needed`: True required, False only if it applies ("nếu có"), None where the source does not say.
    `one_of`: lines sharing this key are alternatives, one suffices.
    `database`: the national database that replaces the paper (Resolution 66.7/2025/NQ-CP), "" if none.
    """

    id: str
    name: str
    short: str = ""
    kind: PaperKind = PaperKind.SUBMIT
    originals: int = 0
    copies: int = 0
    needed: bool | None = None
    one_of: str = ""
    group: str = ""
    template: str = ""
    database: str = ""
    database_basis: str = ""
    origin: Origin = Origin.CATALOG
    legal_basis: str = ""

    @property
    def label(self) -> str:
        """The short label where there is one, else the published name."""
        return self.short or self.name


class FeeKind(StrEnum):
    """Lệ phí or phí."""

    FEE = "fee"  # lệ phí
    SERVICE_FEE = "service_fee"  # phí


class FeeRule(Model):
    """A published fee. `amount` in whole đồng; None where the text gives no figure (0 is not "free" then).

    `free` is True only where the source says that nothing is charged; `optional` where it is charged only
    when the applicant asks for more (an extra copy), so an intake does not propose it.
    """

    kind: FeeKind = FeeKind.FEE
    name: str = ""
    amount: int | None = None
    free: bool = False
    optional: bool = False
    per: str = ""
    currency: str = "VND"
    channel: Channel | None = None
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    origin: Origin = Origin.CATALOG

    def holds(self, on: date) -> bool:
        """Whether the line is in effect on a day."""
        return (self.valid_from or ALWAYS) <= on <= (self.valid_to or FOREVER)


class ChannelTerms(Model):
    """What holds for one way of submitting: limit as published (None when free text only) and text."""

    channel: Channel
    limit: Limit | None = None
    limit_text: str = ""
    note: str = ""


class Case(Model):
    """A case (trường hợp) of a procedure: its own papers and, where given, its own limit and cut-off."""

    code: str = ""
    name: str = "Thông thường"
    requirements: tuple[Requirement, ...] = ()
    limit: Limit | None = None
    cutoff: Cutoff | None = None  # where the procedure's does not hold for this case


class Procedure(Model):
    """A procedure as one source publishes it, corrections of the site applied, each part with its origin.

    `code` is an opaque trimmed string. `doubts` are Vietnamese sentences on contradictions or
    suspicious values in the source, shown beside the values.
    """

    code: str
    name: str
    short_name: str = ""
    field_code: str = ""
    field_name: str = ""
    promulgator: str = ""
    executing: str = ""
    levels: tuple[str, ...] = ()
    kind: str = "STANDARD"
    state: str = ""
    subjects: tuple[str, ...] = ()
    terms: tuple[ChannelTerms, ...] = ()
    cases: tuple[Case, ...] = (Case(),)
    limit: Limit | None = None
    cutoff: Cutoff = Cutoff()
    fees: tuple[FeeRule, ...] = ()
    results: tuple[str, ...] = ()
    legal_bases: tuple[str, ...] = ()
    steps: str = ""
    conditions: str = ""
    notes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    non_territorial: bool = False
    on_supplement: str = "restart"  # or "pause": what the clock does after a supplement
    source: str = ""
    source_date: date | None = None
    version: str = ""
    valid_from: date | None = None
    origin: Origin = Origin.CATALOG
    doubts: tuple[str, ...] = ()
    overlaid: tuple[str, ...] = Field(default=())  # names of the parts this site corrected

    def case(self, code: str = "") -> Case:
        """The case with this code, or the first one."""
        return next((c for c in self.cases if code and c.code == code), self.cases[0])

    def limit_for(self, case: Case, channel: Channel = Channel.DIRECT) -> Limit | None:
        """The limit that applies: the case's, else the procedure's, else the channel's, else None."""
        if case.limit or self.limit:
            return case.limit or self.limit
        return next((t.limit for t in self.terms if t.channel is channel and t.limit), None)

    def cutoff_for(self, case: Case) -> Cutoff:
        """The cut-off that applies: the case's where it has its own, else the procedure's."""
        return case.cutoff if case.cutoff is not None else self.cutoff


LONGEST_GROUND = 300


def grounds_of(procedure: Procedure) -> list[str]:
    """The procedure's own text a refusal can rest on: each of its conditions, then its legal bases."""
    lines = [line.strip(" \t-–+*•;.") for line in re.split(r"[\n\r]+", procedure.conditions)]
    found = [line for line in lines if len(line) > 8]
    return [
        line if len(line) <= LONGEST_GROUND else line[: LONGEST_GROUND - 1] + "…"
        for line in dict.fromkeys([*found, *procedure.legal_bases])
    ]
