"""A result is not handed over past an open charge or an unfinished chain without a second thought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dossier_day import fill, make_app, press, ready, said, scan, shown

from tthc_tui.core.states import State
from tthc_tui.desk import Desk


async def test_money_still_owed_is_asked_about_before_the_result_goes(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    dossier = fill(desk, clock)["ready"]
    desk.charge(dossier.id, "Lệ phí bản sao", 15_000)
    app = make_app(desk, clock, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f5")
        await scan(pilot, dossier.code)
        await press(pilot, "f10")
        assert type(app.screen).__name__ == "Confirm"
        await press(pilot, "enter")  # a scanner's
        await press(pilot, "escape")
        assert desk.dossier(dossier.id).state is State.DONE
        await press(pilot, "f10", "f10")
        assert "Đã trả kết quả" in said(app)
        assert desk.dossier(dossier.id).state is State.RETURNED


async def test_a_chain_that_is_not_finished_is_asked_about_before_the_result_of_its_root_goes(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    dossier = fill(desk, clock)["ready"]
    child = desk.receive_child(dossier.id, dossier.procedure.code, papers=dossier.papers)
    app = make_app(desk, clock, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "f5")
        await scan(pilot, dossier.code)
        await press(pilot, "f10")
        assert type(app.screen).__name__ == "Confirm"
        print(shown(app))
        assert "Hồ sơ liên thông chưa xong" in shown(app)
        assert child.code in shown(app)
        await press(pilot, "escape")
        assert desk.dossier(dossier.id).state is State.DONE
        desk.resolve(child.id)
        await press(pilot, "f5")
        await scan(pilot, dossier.code)
        await press(pilot, "f10")
        assert "Đã trả kết quả" in said(app)
