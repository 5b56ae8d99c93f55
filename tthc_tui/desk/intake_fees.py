"""Fees at the moment of receipt: what is waived, and what is left to be paid at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from tthc_tui.core import events as ev
from tthc_tui.core import fees as money
from tthc_tui.core.base import Refused
from tthc_tui.core.procedure import Procedure
from tthc_tui.core.site import Site
from tthc_tui.core.text import clean
from tthc_tui.desk.intake_form import Intake


def waivers(
    site: Site, intake: Intake, procedure: Procedure, fees: Iterable[ev.FeeCharge], day: date
) -> list[ev.ExemptFee]:
    """The waivers an intake names, one a fee: by a rule of the site, or wholly by a typed ground.

    Refused where the rule does not hold for the procedure on that day.
    """
    ground = clean(intake.exemption_ground)
    if not intake.exemption and not ground:
        return []
    rule = money.exemption(site.exemptions, intake.exemption, procedure.code, procedure.field_name, day)
    if intake.exemption and rule is None:
        raise Refused("Không có diện miễn, giảm này cho thủ tục: hãy chọn lại.", "exemption")
    percent = rule.percent if rule else 100
    shares = [(fee.name, fee.amount * percent // 100) for fee in fees]
    return [
        ev.ExemptFee(
            name=name,
            amount=share,
            ground=ground or (rule.ground or rule.name if rule else ""),
            group=rule.id if rule else "",
        )
        for name, share in shares
        if share > 0
    ]


def left_to_pay(fees: Iterable[ev.FeeCharge], waived: Sequence[ev.ExemptFee]) -> tuple[ev.FeeCharge, ...]:
    """The fees marked as paid at once, less what was waived of each; two of one name have two waivers."""
    gone = list(waived)
    left: list[ev.FeeCharge] = []
    for fee in fees:
        mine = next((one for one in gone if fee.amount and one.name == fee.name), None)
        if mine is not None:
            gone.remove(mine)
        if fee.paid:
            left.append(fee.model_copy(update={"amount": fee.amount - (mine.amount if mine else 0)}))
    return tuple(left)
