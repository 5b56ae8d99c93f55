"""Papers from the detail screen: every form, certification, the slip of a result, what is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from dossier_day import press, said, shown, type_text
from law_centre import BUILDING, Opened, building, choose, fill_in, in_house, law_site

from tthc_tui.core.site import Site
from tthc_tui.desk import Desk


@pytest.fixture
def site(site: Site) -> Site:
    return law_site(site)


async def test_every_form_of_the_dossier_can_be_printed(desk: Desk, opened: Opened, tmp_path: Path) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "in mau khac")
        lines = shown(pilot.app)
        assert "Mẫu số 01" in lines
        assert "Giấy bàn giao" in lines
        await type_text(pilot, "kiem soat")
        await press(pilot, "enter")
        assert list((tmp_path / "bien-nhan").glob("mau-06-*.pdf"))


async def test_a_figure_typed_takes_the_place_of_the_offered_one(desk: Desk, opened: Opened) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "phieu chung thuc")
        await fill_in(pilot, "Bằng tốt nghiệp", "2", "3", "6000", "")
    kept = desk.dossier(dossier.id).certified[0]
    assert (kept.pages, kept.copies, kept.fee) == (2, 3, 6_000)


async def test_certification_slip_of_two_papers(desk: Desk, opened: Opened, tmp_path: Path) -> None:
    dossier = building(desk)
    async with opened(dossier) as pilot:
        await choose(pilot, "chung thuc")
        await fill_in(pilot, "Bằng tốt nghiệp đại học")
        await press(pilot, "end", "backspace", "0", "f10")
        assert "Số trang và số bản phải từ 1 trở lên" in shown(pilot.app)
        await press(pilot, "escape")
        await choose(pilot, "chung thuc")
        await fill_in(pilot, "Bằng tốt nghiệp đại học", "", "", "2000")
        await press(pilot, "right", "f10")
        assert "1. Bằng tốt nghiệp đại học: 1 bản" in shown(pilot.app)
        await fill_in(pilot, "Giấy khai sinh", "", "", "4000")
        await press(pilot, "f10")
        assert [paper.name for paper in desk.dossier(dossier.id).certified] == [
            "Bằng tốt nghiệp đại học",
            "Giấy khai sinh",
        ]
        assert list((tmp_path / "bien-nhan").glob("chung-thuc-*.pdf"))
        assert "In phiếu chứng thực" in shown(pilot.app)


async def test_f6_hands_a_result_back_to_where_the_dossier_was_received(
    desk: Desk, opened: Opened, tmp_path: Path
) -> None:
    dossier = in_house(desk)
    desk.resolve(dossier.id)
    async with opened(dossier) as pilot:
        assert "F6  Bàn giao kết quả" in shown(pilot.app)
        await press(pilot, "f6")
        assert "Bàn giao kết quả cho đơn vị" in shown(pilot.app)
        await press(pilot, "enter")
        assert "Đã bàn giao kết quả, phiếu KQ-0001/2026" in said(pilot.app)
        assert desk.dossier(dossier.id).coming_to == "ttpvhcc"
        assert list((tmp_path / "bien-nhan").glob("ban-giao-kq-*.pdf"))
        await press(pilot, "f6")
        assert "Hồ sơ đang trên đường bàn giao" in said(pilot.app)
        await press(pilot, "u")
        assert desk.dossier(dossier.id).coming_to == ""


async def test_a_supplement_has_what_is_missing_marked_and_names_what_a_database_replaces(
    desk: Desk, opened: Opened
) -> None:
    dossier = in_house(desk)
    async with opened(dossier) as pilot:
        await press(pilot, "f9")
        lines = shown(pilot.app)
        replaced = [line for line in desk.procedure(BUILDING).case().requirements if line.database]
        assert ("khai thác từ" in lines) == bool(replaced)
        assert "(đã nhận)" in lines
