"""What all events share: who acted, papers, fees, the procedure; the roots of actions and events."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from tthc_tui.core.base import Model
from tthc_tui.core.site import Role

__all__ = [
    "Action",
    "Actor",
    "Appointment",
    "CertifiedPaper",
    "Delivery",
    "Event",
    "FeeCharge",
    "PaperForm",
    "PaperReceived",
    "ProcedureRef",
]


class Actor(Model):
    """Who acts, for which unit, on which station; `over` are the units below theirs."""

    officer: str
    unit: str
    station: str
    roles: frozenset[Role] = frozenset({Role.RECEIVING})
    over: frozenset[str] = frozenset()


class Appointment(Model):
    """A planned appointment (hẹn lần 1, lần 2) inside the whole term; not the apology's re-appointment."""

    number: int
    purpose: str = ""
    due_at: AwareDatetime | None = None
    kept_at: AwareDatetime | None = None


class PaperForm(StrEnum):
    """The form a paper is handed in, as the receipt names it."""

    ORIGINAL = "bản chính"
    COPY = "bản sao"
    CERTIFIED = "bản sao chứng thực"
    ELECTRONIC = "bản điện tử"
    LOOKED_UP = "khai thác CSDL"
    SHOWN = "xuất trình"


class PaperReceived(Model):
    """One paper on the receipt."""

    requirement: str
    name: str
    form: PaperForm = PaperForm.ORIGINAL
    count: int = 1
    note: str = ""
    demanded: str = ""  # why it is demanded although a national database replaces it (Resolution 66.7)


class FeeCharge(Model):
    """A fee of a dossier, whole đồng."""

    name: str
    amount: int
    paid: bool = False
    number: str = ""  # số biên lai
    note: str = ""


class CertifiedPaper(Model):
    """One line of a certification slip (phiếu chứng thực); `fee` in whole đồng."""

    name: str
    pages: int = Field(default=1, ge=1)
    copies: int = Field(default=1, ge=1)
    fee: int = Field(default=0, ge=0)


class Delivery(StrEnum):
    """How the result goes to the applicant."""

    COUNTER = "counter"
    POST = "post"
    ONLINE = "online"

    @property
    def label(self) -> str:
        """Vietnamese name."""
        return {"counter": "tại quầy", "post": "qua bưu chính", "online": "trực tuyến"}[self.value]


class ProcedureRef(Model):
    """The procedure and the version of it that a dossier was received under."""

    code: str
    name: str
    version: str = ""
    field_code: str = ""
    field_name: str = ""
    case: str = ""
    case_name: str = ""


class Action(Model):
    """What an officer wants to do."""


class Event(Model):
    """What happened. `version` is the dossier's version it was decided on; `at` is aware."""

    id: UUID
    dossier: UUID
    version: int
    officer: str
    unit: str
    station: str
    at: AwareDatetime
