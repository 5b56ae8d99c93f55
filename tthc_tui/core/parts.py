"""The parts a dossier is made of beside its own fields: steps, questions, holds, payments, sendings."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from tthc_tui.core.base import Model
from tthc_tui.core.events_money import PayMethod
from tthc_tui.core.events_process import Proposal

SUPPLEMENT_HOLD = "bo-sung"
"""The code of the hold that waits for a supplement; the others are the site's pause reasons."""


class StepRun(Model):
    """One run of an internal step; a step sent back and done again has several."""

    step: str
    name: str = ""
    unit: str = ""
    officer: str = ""
    started_at: AwareDatetime
    due_at: AwareDatetime | None = None
    done_at: AwareDatetime | None = None
    returned: str = ""  # why it was sent back; "" when it was simply done

    @property
    def late(self) -> bool:
        """Whether it was finished after its own due time."""
        return self.done_at is not None and self.due_at is not None and self.done_at > self.due_at


class Consultation(Model):
    """A question to a co-operating unit."""

    key: str
    unit: str
    question: str
    asked_at: AwareDatetime
    due_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    answer: str = ""
    agrees: bool | None = None


class Hold(Model):
    """A reason why the clock stands still now."""

    code: str
    start: AwareDatetime
    reason: str = ""
    payment: bool = False
    until: AwareDatetime | None = None


class Payment(Model):
    """Money that moved; `amount` in whole đồng, negative for a refund. `event` is its identity."""

    event: UUID
    at: AwareDatetime
    number: str
    amount: int
    method: PayMethod
    item: str = ""
    reference: str = ""
    payer: str = ""
    officer: str = ""
    station: str = ""
    counter: str = ""
    shift: str = ""


class Exemption(Model):
    """Part of a fee that need not be paid, in whole đồng."""

    name: str
    amount: int
    ground: str
    group: str = ""


class Sending(Model):
    """A result given to the post; `state` is sent, delivered, returned or lost."""

    number: str
    carrier: str = ""
    address: str = ""
    slip: str = ""
    sent_at: AwareDatetime
    state: str = "sent"
    state_at: AwareDatetime | None = None
    note: str = ""

    @property
    def label(self) -> str:
        """The state in Vietnamese."""
        return {
            "sent": "đang gửi",
            "delivered": "đã phát",
            "returned": "chuyển hoàn",
            "lost": "thất lạc",
        }.get(self.state, self.state)


class Waiting(Model):
    """A proposal that waits for a leader."""

    what: Proposal
    reason: str
    ground: str = ""
    code: str = ""
    due_at: AwareDatetime | None = None
    requested_at: AwareDatetime | None = None
    officer: str
    unit: str
    at: AwareDatetime
