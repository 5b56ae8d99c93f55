"""The law at the moment of receipt: fees, waivers, appointments, papers of databases, approval of a refusal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from dossier_day import make_app, open_screen, press, ready, said, settle, shown, type_text
from law_centre import BUILDING, building, law_site

from tthc_tui.core.fees import account
from tthc_tui.core.site import Site
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk import Desk

Receiving = Callable[[str], AbstractAsyncContextManager[Any]]


@pytest.fixture
def site(site: Site) -> Site:
    return law_site(site)


@pytest.fixture
def receiving(desk: Desk, clock: Any, tmp_path: Path) -> Receiving:
    """The intake of a procedure with an applicant and every paper that may be demanded."""

    @asynccontextmanager
    async def take(code: str) -> AsyncIterator[Any]:
        app = make_app(desk, clock, tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            await ready(pilot)
            screen = await open_screen(pilot, "intake", procedure=code)
            await settle(pilot)
            screen.applicant.put({"name": "Phạm Văn An", "number": "079084001234"})
            screen.action_all_papers()
            await settle(pilot)
            yield pilot

    return take


def newest(desk: Desk) -> Any:
    return desk.dossier(desk.lines(desk.find(DossierQuery()))[0].id)


async def test_fees_are_waived_and_paid_with_the_receipt(desk: Desk, receiving: Receiving) -> None:
    desk.open_shift()
    async with receiving(BUILDING) as pilot:
        assert "75.000" in shown(pilot.app)
        await press(pilot, "ctrl+f")
        assert "theo bảng phí: Lệ phí cấp phép 75.000 đồng" in shown(pilot.app)
        await press(pilot, "enter", "enter", "right", "enter", "enter", "right", "enter")
        assert "miễn, giảm: Hộ nghèo 50%" in shown(pilot.app)
        assert "thu ngay tiền mặt" in shown(pilot.app)
        await press(pilot, "f10")
        assert "Đã thu 37.500 đồng, biên lai 000001/2026" in said(pilot.app)
    dossier = newest(desk)
    assert account(dossier).owed == 0
    assert (dossier.exemptions[0].amount, dossier.exemptions[0].ground) == (37_500, "NQ 12/2025/NQ-HĐND")
    assert desk.shift_sheet().expected == 37_500


async def test_a_figure_of_its_own_and_a_ground_that_is_missing(desk: Desk, receiving: Receiving) -> None:
    async with receiving(BUILDING) as pilot:
        await press(pilot, "ctrl+f", "enter")
        await type_text(pilot, "150000")
        await press(pilot, "enter", "left", "f10")
        assert "phải nêu căn cứ" in shown(pilot.app)
        await press(pilot, "right", "f10", "f10")
    assert account(newest(desk)).owed == 150_000


async def test_planned_appointments_stand_under_the_promise(receiving: Receiving) -> None:
    async with receiving(BUILDING) as pilot:
        assert "hẹn làm việc lần 1 (kiểm tra thực địa) 08:42 thứ Năm 26/11" in shown(pilot.app)


async def test_a_paper_of_a_database_needs_a_reason(desk: Desk, receiving: Receiving) -> None:
    code, line = _replaced(desk)
    async with receiving(code) as pilot:
        papers = pilot.app.screen.papers
        papers.focus()
        papers.cursor = [one.id for one in papers.lines].index(line)
        await press(pilot, "space")
        assert "Ctrl+D nếu vẫn phải yêu cầu" in said(pilot.app)
        await press(pilot, "ctrl+d")
        assert "Vì sao vẫn phải yêu cầu nộp?" in shown(pilot.app)
        await type_text(pilot, "dữ liệu sai")
        await press(pilot, "enter")
        assert "Đã yêu cầu nộp" in shown(pilot.app)
        await press(pilot, "f10")
    kept = next(paper for paper in newest(desk).papers if paper.requirement == line)
    assert kept.demanded == "dữ liệu sai"


async def test_a_refusal_goes_to_the_leader_where_the_site_wants_it(desk: Desk, receiving: Receiving) -> None:
    settings = desk.site.settings.model_copy(update={"rejection_approval": True})
    desk.save_site(desk.site.model_copy(update={"settings": settings}))
    async with receiving(BUILDING) as pilot:
        await press(pilot, "ctrl+r")
        await type_text(pilot, "không đủ điều kiện")
        await press(pilot, "enter", "enter", "enter")
        assert "Từ chối phải được lãnh đạo duyệt" in shown(pilot.app)
        await press(pilot, "enter")
        assert "Chờ duyệt" in shown(pilot.app)
        assert "trình lãnh đạo duyệt việc từ chối" in said(pilot.app)
    dossier = newest(desk)
    assert (dossier.state, dossier.proposal.reason) == (State.NEW, "không đủ điều kiện")
    desk.sign_in("binh")
    assert desk.approve(dossier.id).state is State.REJECTED


async def test_the_monitor_names_the_other_alerts_and_leads_to_the_apology(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    building(desk, "Lê Thị Chậm")
    clock.forward(days=8)
    app = make_app(desk, clock, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await open_screen(pilot, "monitor")
        assert "5 Cảnh báo 3" in shown(app)
        await press(pilot, "2", "x")
        assert "Hẹn lại ngày trả kết quả" in shown(app)
        await press(pilot, "escape", "escape", "5")
        assert app.screen.TITLE_VI == "Cảnh báo"


def _replaced(desk: Desk) -> tuple[str, str]:
    """A shipped procedure with a paper that a database replaces."""
    for code in ("1.001193", "1.000894", "1.004873", "1.000656", "1.001022"):
        for line in desk.procedure(code).case().requirements:
            if line.database and line.kind.value != "note":
                return code, line.id
    raise AssertionError("no shipped procedure has a paper of a database")
