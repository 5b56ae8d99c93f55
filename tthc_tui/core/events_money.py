"""Money of a dossier: charged, paid, paid back, exempted. Amounts are whole đồng, each with its own number.

All of these are additive: two counters that take money for one dossier at once are both right.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from tthc_tui.core.events_base import Action, Event

__all__ = [
    "MONEY_EVENTS",
    "ChargeFee",
    "ExemptFee",
    "FeeCharged",
    "FeeExempted",
    "FeePaid",
    "FeeRefunded",
    "PayFee",
    "PayMethod",
    "RefundFee",
]


class PayMethod(StrEnum):
    """How money moves."""

    CASH = "cash"
    BANK = "bank"
    CARD = "card"
    PORTAL = "portal"  # Cổng Dịch vụ công quốc gia

    @property
    def label(self) -> str:
        """Vietnamese name, as the cash sheet sums it up."""
        return {
            "cash": "tiền mặt",
            "bank": "chuyển khoản",
            "card": "thẻ",
            "portal": "cổng thanh toán",
        }[self.value]


class ChargeFee(Action):
    """A fee is owed beyond those named on the receipt."""

    name: str
    amount: int = Field(gt=0)
    ground: str = ""
    note: str = ""


class PayFee(Action):
    """Money came in: at the counter, or by bank or portal under its reference."""

    amount: int = Field(gt=0)
    number: str  # số biên lai
    method: PayMethod = PayMethod.CASH
    item: str = ""
    reference: str = ""
    payer: str = ""
    counter: str = ""
    shift: str = ""


class RefundFee(Action):
    """Money goes back to the applicant."""

    amount: int = Field(gt=0)
    number: str
    reason: str
    method: PayMethod = PayMethod.CASH
    of: str = ""  # number of the receipt it pays back
    reference: str = ""
    payer: str = ""
    counter: str = ""
    shift: str = ""


class ExemptFee(Action):
    """Part or all of a fee need not be paid, by a named ground."""

    name: str
    amount: int = Field(gt=0)
    ground: str
    group: str = ""
    number: str = ""


class FeeCharged(Event, ChargeFee):
    kind: Literal["fee_charged"] = "fee_charged"


class FeePaid(Event, PayFee):
    kind: Literal["fee_paid"] = "fee_paid"


class FeeRefunded(Event, RefundFee):
    kind: Literal["fee_refunded"] = "fee_refunded"


class FeeExempted(Event, ExemptFee):
    kind: Literal["fee_exempted"] = "fee_exempted"


MONEY_EVENTS: tuple[type[Event], ...] = (FeeCharged, FeePaid, FeeRefunded, FeeExempted)
