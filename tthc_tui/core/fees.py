"""Fees: what a dossier owes by the site's tariff, what was paid, and whether a payment can be right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.parts import Payment
from tthc_tui.core.procedure import Channel
from tthc_tui.core.site_rules import ExemptionRule, TariffRule, rows_for
from tthc_tui.core.states import State


@dataclass(frozen=True, slots=True)
class Account:
    """The money of one dossier in whole đồng. `unknown`: a fee is named without a figure."""

    charged: int
    exempted: int
    paid: int
    refunded: int
    unknown: bool = False

    @property
    def owed(self) -> int:
        """What is still to be paid; negative when too much was paid."""
        return self.charged - self.exempted - self.paid + self.refunded


def account(dossier: Dossier) -> Account:
    """The sums of a dossier's charges, exemptions, payments and refunds."""
    return Account(
        charged=sum(fee.amount for fee in dossier.fees),
        exempted=sum(one.amount for one in dossier.exemptions),
        paid=sum(one.amount for one in dossier.payments if one.amount > 0),
        refunded=-sum(one.amount for one in dossier.payments if one.amount < 0),
        unknown=any(fee.amount == 0 and fee.note not in ("", "miễn") for fee in dossier.fees),
    )


def due(dossier: Dossier) -> int:
    """What is still to be taken, whole đồng: nothing for a dossier that ended without a result."""
    if dossier.voided or dossier.state in (State.REJECTED, State.WITHDRAWN, State.STOPPED):
        return 0
    return max(account(dossier).owed, 0)


def tariff(
    rules: Iterable[TariffRule],
    procedure: str,
    field: str,
    on: date,
    channel: Channel,
    group: str = "",
    commune: str = "",
) -> list[TariffRule]:
    """The fees that hold: for each name the row that names most of group, commune and channel."""
    fitting = [
        rule
        for rule in rules
        if rule.fits(procedure, field, on)
        and rule.channel in ("", channel)
        and rule.group in ("", group)
        and rule.commune in ("", commune)
    ]
    best: dict[str, TariffRule] = {}
    for rule in fitting:
        if rule.name not in best or _particular(rule) > _particular(best[rule.name]):
            best[rule.name] = rule
    return list(best.values())


def _particular(rule: TariffRule) -> tuple[object, ...]:
    return (*rule.weight[:2], rule.group != "", rule.commune != "", rule.channel != "", rule.valid_from)


def charges(rules: Sequence[TariffRule], count: int = 1) -> tuple[ev.FeeCharge, ...]:
    """The charges of tariff rows; `count` multiplies those that are per copy or page."""
    return tuple(
        ev.FeeCharge(
            name=rule.name,
            amount=0 if rule.free else rule.amount * (count if rule.per else 1),
            note="miễn" if rule.free else "",
        )
        for rule in rules
    )


def exemption(
    rules: Iterable[ExemptionRule], rule_id: str, procedure: str, field: str, on: date
) -> ExemptionRule | None:
    """The exemption with this id that holds for a procedure, or None."""
    named = [rule for rule in rules if rule.id == rule_id]
    found = rows_for(named, procedure, field, on)
    return found[0] if found else None


def exemptions(rules: Sequence[ExemptionRule], procedure: str, field: str, on: date) -> list[ExemptionRule]:
    """The exemptions that hold for a procedure on a day, one an id."""
    ids = dict.fromkeys(rule.id for rule in rules)
    return [rule for one in ids if (rule := exemption(rules, one, procedure, field, on)) is not None]


def by_method(payments: Iterable[Payment]) -> dict[ev.PayMethod, int]:
    """The sums of payments less refunds for each way of paying."""
    sums: dict[ev.PayMethod, int] = {}
    for payment in payments:
        sums[payment.method] = sums.get(payment.method, 0) + payment.amount
    return sums


def check_money(dossier: Dossier | None, event: ev.Event) -> None:
    """Refused when a payment can't be right. Asked where it is made only: a payment already made is accepted."""
    if dossier is None or not isinstance(event, ev.MONEY_EVENTS):
        return
    if dossier.voided and not isinstance(event, ev.FeeRefunded):
        raise Refused("Hồ sơ này đã bị hủy (hoàn tác tiếp nhận), không thu thêm được.", "voided")
    sums = account(dossier)
    if isinstance(event, ev.FeePaid):
        if event.method is not ev.PayMethod.CASH and not event.reference:
            raise Refused("Thu không bằng tiền mặt phải ghi mã giao dịch: hãy nhập mã.", "reference")
        if event.amount > sums.owed:
            raise Refused(
                f"Số tiền thu lớn hơn số còn phải nộp ({sums.owed:,} đồng): hãy kiểm tra lại.".replace(
                    ",", "."
                ),
                "amount",
            )
    elif isinstance(event, ev.FeeRefunded):
        if not event.reason:
            raise Refused("Hoàn tiền phải ghi lý do.", "reason")
        if event.amount > sums.paid - sums.refunded:
            raise Refused("Không hoàn được nhiều hơn số đã thu của hồ sơ này.", "amount")
    elif isinstance(event, ev.FeeExempted):
        if not event.ground:
            raise Refused("Miễn, giảm phí phải nêu căn cứ.", "ground")
        if event.amount > sums.charged - sums.exempted:
            raise Refused("Số miễn, giảm lớn hơn số phải nộp: hãy kiểm tra lại.", "amount")
