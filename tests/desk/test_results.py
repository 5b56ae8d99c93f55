"""Results handed from unit to unit with a slip; certification slips; every print is logged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from law_tools import at_unit, take, texts

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.states import State
from tthc_tui.desk import Desk
from tthc_tui.printing.output import Printer
from tthc_tui.printing.render import render
from tthc_tui.store.dossiers import compare

FOLDER = Printer()


def resolved(desk: Desk) -> Dossier:
    """A dossier that the building desk has decided, its officer signed in."""
    desk.sign_in("lan")
    dossier = at_unit(desk, take(desk))
    return desk.resolve(dossier.id, number="12/GPXD")


def test_results_go_back_with_a_slip_and_the_counter_confirms_them(desk: Desk, tmp_path: Path) -> None:
    first, second = resolved(desk), resolved(desk)
    assert [line.code for line in desk.results_waiting()] == [first.code, second.code]
    slip, handed = desk.hand_results([first.id, second.id])
    assert slip == "KQ-0001/2026"
    assert {one.coming_to for one in handed} == {"ttpvhcc"}
    assert {one.state for one in handed} == {State.DONE}
    assert desk.results_waiting() == []
    assert (
        texts(desk, first)[-1]
        == "Bàn giao kết quả cho Trung tâm Phục vụ hành chính công (phiếu KQ-0001/2026)"
    )
    job = desk.print_form(second.id, FOLDER, tmp_path, "ban-giao-kq")
    text = render(job.document, "text")[0].decode()
    assert first.code in text
    assert second.code in text
    assert "Đỗ Anh Khoa" in text
    assert desk.print_form(first.id, FOLDER, tmp_path, "ban-giao-kq").reprint == 1
    desk.sign_in("lan")
    assert {line.code for line in desk.coming()} == {first.code, second.code}
    (taken,) = desk.accept_handover([first.id])
    assert (taken.holder_unit, taken.coming_to) == ("ttpvhcc", "")
    assert "Nguyễn Thị Lan" in render(desk.results_slip(first.id), "text")[0].decode()
    assert desk.return_result(first.id).state is State.RETURNED
    with desk.store.read() as connection:
        assert compare(connection) == []


def test_the_counter_that_gives_it_out_takes_it_over_with_that(desk: Desk) -> None:
    dossier = resolved(desk)
    desk.hand_results([dossier.id])
    desk.sign_in("binh")
    with pytest.raises(Refused, match="đang trên đường bàn giao"):
        desk.return_result(dossier.id)
    desk.sign_in("lan")
    returned = desk.return_result(dossier.id)
    assert (returned.state, returned.holder_unit) == (State.RETURNED, "ttpvhcc")


def test_nothing_goes_twice_nor_from_where_it_is_not_nor_without_a_result(desk: Desk) -> None:
    dossier = resolved(desk)
    unresolved = take(desk) if desk.sign_in("lan") else None
    assert unresolved is not None
    with pytest.raises(Refused, match="kết quả đang ở Phòng Kinh tế"):
        desk.hand_results([dossier.id], "tu-phap")
    with pytest.raises(Refused, match=rf"{unresolved.code}: Không thể bàn giao kết quả"):
        desk.hand_results([unresolved.id], "tu-phap")
    desk.sign_in("khoa")
    with pytest.raises(Refused, match="chính đơn vị này"):
        desk.hand_results([dossier.id], "dia-chinh")
    desk.hand_results([dossier.id])
    with pytest.raises(Refused, match="đang trên đường bàn giao"):
        desk.hand_results([dossier.id])


def test_a_slip_of_results_is_taken_back_whole(desk: Desk) -> None:
    first, second = resolved(desk), resolved(desk)
    desk.hand_results([first.id, second.id])
    assert [one.coming_to for one in desk.undo_all([first.id, second.id])] == ["", ""]
    with pytest.raises(Refused, match="chưa được bàn giao bằng phiếu nào"):
        desk.results_slip(first.id)


def test_a_second_slip_is_no_reprint_of_the_first(desk: Desk, tmp_path: Path) -> None:
    dossier = resolved(desk)
    desk.hand_results([dossier.id], "tu-phap")
    assert desk.print_form(dossier.id, FOLDER, tmp_path, "ban-giao-kq").reprint == 0
    desk.undo(dossier.id)
    desk.hand_results([dossier.id])
    assert desk.print_form(dossier.id, FOLDER, tmp_path, "ban-giao-kq").reprint == 0


def test_the_control_sheet_shows_who_gave_and_who_took_the_result(desk: Desk) -> None:
    dossier = resolved(desk)
    desk.hand_results([dossier.id])
    desk.sign_in("lan")
    desk.accept_handover([dossier.id])
    rows = desk.document(dossier.id, "mau-06").tables["steps"]
    assert [(row[2], row[3]) for row in rows] == [
        ("Nguyễn Thị Lan", "Đỗ Anh Khoa"),
        ("Đỗ Anh Khoa", "Nguyễn Thị Lan"),
    ]


def test_a_certification_slip_keeps_its_papers_and_logs_its_prints(desk: Desk, tmp_path: Path) -> None:
    dossier = take(desk, "2.000815")
    with pytest.raises(Refused, match="chưa có phiếu chứng thực"):
        desk.document(dossier.id, "chung-thuc")
    papers = [
        ev.CertifiedPaper(name="Giấy khai sinh", pages=2, copies=3, fee=12_000),
        ev.CertifiedPaper(name="Bằng tốt nghiệp", copies=2, fee=4_000),
    ]
    desk.certify(dossier.id, papers)
    assert "chung-thuc" in desk.forms_of(desk.dossier(dossier.id))
    job = desk.print_form(dossier.id, FOLDER, tmp_path, "chung-thuc")
    text = render(job.document, "text")[0].decode()
    assert "Giấy khai sinh" in text
    assert "16.000" in text
    assert texts(desk, dossier)[-2:] == [
        "Lập phiếu chứng thực: Giấy khai sinh (3 bản); Bằng tốt nghiệp (2 bản)",
        "In phiếu chứng thực",
    ]
    assert desk.print_form(dossier.id, FOLDER, tmp_path, "chung-thuc").reprint == 1
    desk.certify(dossier.id, papers[:1])
    assert desk.print_form(dossier.id, FOLDER, tmp_path, "chung-thuc").reprint == 0


def test_forms_of_no_dossier_are_logged_and_marked_too(desk: Desk, clock: Any, tmp_path: Path) -> None:
    take(desk)
    book = desk.register_document(clock.now.replace(hour=0), clock.now)
    first = desk.print_sheet(book, FOLDER, tmp_path, "so", "mau-07", "20261123-20261123")
    again = desk.print_sheet(book, FOLDER, tmp_path, "so", "mau-07", "20261123-20261123")
    other = desk.print_sheet(book, FOLDER, tmp_path, "so", "mau-07", "20261101-20261123")
    assert [job.reprint for job in (first, again, other)] == [0, 1, 0]
    assert "IN LẠI" in render(again.document, "text")[0].decode().upper()


def test_every_slip_counts_its_own_prints(desk: Desk, tmp_path: Path) -> None:
    """A dossier passed on twice: printing the second slip makes no reprint of the first."""
    dossier = take(desk)
    first, _ = desk.forward([dossier.id], "tu-phap")
    assert desk.print_passing(dossier.id, FOLDER, tmp_path).reprint == 0
    assert desk.print_passing(dossier.id, FOLDER, tmp_path).reprint == 1
    desk.sign_in("minh")
    desk.accept_handover([dossier.id])
    desk.forward([dossier.id], "dia-chinh")
    assert desk.print_passing(dossier.id, FOLDER, tmp_path).reprint == 0
    assert desk.print_passing(dossier.id, FOLDER, tmp_path).reprint == 1
    assert desk.handover_document(dossier.id).reprint_no == 2
    assert desk.handover_document(dossier.id, first).reprint_no == 2
    desk.print_passing(dossier.id, FOLDER, tmp_path)
    assert desk.handover_document(dossier.id, first).reprint_no == 2
