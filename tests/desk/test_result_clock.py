"""A result is handed over within the days a place sets, while no money is owed (data of the site, none by default)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from law_tools import BUILDING, at_unit, take

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.clocks import ClockKind
from tthc_tui.core.procedure import LimitUnit
from tthc_tui.core.site_rules import ResultRule
from tthc_tui.desk import Desk
from tthc_tui.desk.site_file import read_site_file, write_site_file

LAND = ResultRule(
    procedure=BUILDING,
    amount=Decimal(3),
    measure=LimitUnit.DAY,
    ground="Quyết định 138/2025/QĐ-UBND",
    valid_from=date(2026, 1, 1),
)


def with_rule(desk: Desk) -> None:
    desk.save_site(desk.site.model_copy(update={"result_limits": (LAND,)}))


def done(desk: Desk, **more: Any) -> Any:
    dossier = at_unit(desk, take(desk, **more))
    desk.finish_step(dossier.id)
    desk.finish_step(dossier.id)
    return desk.resolve(dossier.id)


def test_no_place_has_the_clock_unless_it_says_so(desk: Desk, clock: Any) -> None:
    assert done(desk).hand_by is None
    clock.now = datetime(2027, 1, 20, 9, 0, tzinfo=VIETNAM)
    assert desk.alerts([ClockKind.HAND]) == []


def test_a_result_not_handed_over_in_three_days_is_an_alert_until_it_is(desk: Desk, clock: Any) -> None:
    with_rule(desk)
    dossier = done(desk)
    assert dossier.hand_by == datetime(2026, 11, 26, 17, 30, tzinfo=VIETNAM)
    clock.now = datetime(2026, 11, 26, 17, 0, tzinfo=VIETNAM)
    assert desk.alerts([ClockKind.HAND]) == []
    clock.now = datetime(2026, 11, 27, 8, 0, tzinfo=VIETNAM)
    assert [(a.line.code, a.text) for a in desk.alerts([ClockKind.HAND])] == [
        (dossier.code, "chậm trả kết quả")
    ]
    desk.sign_in("lan")
    desk.return_result(dossier.id)
    assert desk.alerts([ClockKind.HAND]) == []


def test_the_clock_does_not_press_while_the_financial_duty_is_unpaid(desk: Desk, clock: Any) -> None:
    with_rule(desk)
    dossier = done(desk, fees=(ev.FeeCharge(name="Lệ phí", amount=50_000),))
    clock.now = datetime(2026, 11, 30, 8, 0, tzinfo=VIETNAM)
    assert desk.alerts([ClockKind.HAND]) == []
    desk.sign_in("lan")
    desk.pay(dossier.id, 50_000)
    assert [a.line.code for a in desk.alerts([ClockKind.HAND])] == [dossier.code]


def test_what_the_post_carries_is_handed_over(desk: Desk, clock: Any) -> None:
    with_rule(desk)
    dossier = done(desk, delivery=ev.Delivery.POST, delivery_address="12 Bờ Kè")
    clock.now = datetime(2026, 11, 30, 8, 0, tzinfo=VIETNAM)
    desk.sign_in("lan")
    assert desk.alerts([ClockKind.HAND])
    desk.send_post([(dossier.id, "EB123456789VN")])
    assert desk.alerts([ClockKind.HAND]) == []


def test_the_rule_stands_in_the_site_file(desk: Desk, tmp_path: Path) -> None:
    with_rule(desk)
    file = tmp_path / "a.toml"
    write_site_file(desk.site, file)
    assert "[[result_limit]]" in file.read_text(encoding="utf-8")
    assert read_site_file(file).result_limits == (LAND,)
