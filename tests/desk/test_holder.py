"""Who may go on with a dossier: the unit that holds it, a leader above that unit, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from law_tools import at_unit, take

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.merge import judge
from tthc_tui.core.rules import decide
from tthc_tui.core.site import Officer, Role, Site, Unit
from tthc_tui.core.states import State
from tthc_tui.desk import Desk

HELD = "Phòng Kinh tế, Hạ tầng và Đô thị (Đỗ Anh Khoa)"


@pytest.fixture
def site(site: Site) -> Site:
    """The same centre under a commune that has a leader of its own."""
    phuong = Unit(id="phuong", name="UBND phường Rạch Giá", kind="commune")
    units = (
        phuong,
        *(one.model_copy(update={"parent": "phuong" if one.id == "dia-chinh" else ""}) for one in site.units),
    )
    chair = Officer(id="chu-tich", name="Võ Văn Chủ", unit="phuong", roles=frozenset({Role.LEADER}))
    return site.model_copy(update={"units": units, "officers": (*site.officers, chair)})


ELSEWHERE: dict[str, Callable[[Desk, Dossier], object]] = {
    "ghi kết quả": lambda desk, one: desk.resolve(one.id),
    "chuyển hồ sơ": lambda desk, one: desk.forward([one.id], "tu-phap"),
    "hoàn thành bước xử lý": lambda desk, one: desk.finish_step(one.id),
    "lấy ý kiến phối hợp": lambda desk, one: desk.consult(one.id, "tu-phap", "Đất công?"),
}


@pytest.mark.parametrize("verb", ELSEWHERE)
@pytest.mark.parametrize("officer", ["lan", "minh"])
def test_another_unit_is_told_who_holds_the_dossier(desk: Desk, verb: str, officer: str) -> None:
    """Neither the counter that received it nor a third unit does the work of the unit that holds it."""
    dossier = at_unit(desk, take(desk))
    desk.sign_in(officer)
    with pytest.raises(Refused) as refusal:
        ELSEWHERE[verb](desk, dossier)
    assert f"Hồ sơ đang ở {HELD}, chỉ nơi đó" in refusal.value.reason
    assert desk.dossier(dossier.id) == dossier


def test_the_list_of_steps_says_the_same_before_it_is_tried(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    assert desk.against(dossier, ev.Resolve()) == ""
    desk.sign_in("lan")
    assert desk.against(dossier, ev.Resolve()).startswith(f"Hồ sơ đang ở {HELD}")


def test_before_it_was_handed_over_only_the_counter_records_the_result(desk: Desk) -> None:
    dossier = take(desk)
    desk.sign_in("khoa")
    assert "Trung tâm Phục vụ hành chính công" in desk.against(dossier, ev.Resolve())
    with pytest.raises(Refused, match="chỉ nơi đó ghi kết quả được"):
        desk.resolve(dossier.id)
    desk.sign_in("lan")
    assert desk.against(dossier, ev.Resolve()) == ""
    assert desk.resolve(dossier.id).state is State.DONE


def test_a_unit_without_any_part_in_it_neither_asks_for_papers_nor_stops_the_clock(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("minh")
    for refused in (
        lambda: desk.request_supplement(dossier.id, ["Đơn"]),
        lambda: desk.pause(dossier.id, "xac-minh"),
        lambda: desk.propose(dossier.id, ev.Proposal.CLOSE, "trùng", code="trung-ho-so"),
    ):
        with pytest.raises(Refused, match="không do đơn vị bạn tiếp nhận, giải quyết hay đang giữ"):
            refused()
    assert desk.dossier(dossier.id) == dossier
    desk.sign_in("lan")  # the counter that received it passes the request on
    assert desk.request_supplement(dossier.id, ["Đơn"]).state is State.SUPPLEMENT


def test_a_leader_above_the_unit_records_it_for_that_unit(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("chu-tich")
    assert desk.against(dossier, ev.Resolve()) == ""
    done = desk.resolve(dossier.id, number="7/QĐ")
    assert done.state is State.DONE
    last = desk.detail(dossier.id).history[-1]
    assert (last.officer, last.unit) == ("Võ Văn Chủ", "Phòng Kinh tế, Hạ tầng và Đô thị")


def test_a_leader_beside_the_unit_does_not(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk, "1.001193"), "khoa")
    desk.forward([dossier.id], "tu-phap")
    desk.sign_in("minh")
    desk.accept_handover([dossier.id])
    for officer in ("binh", "chu-tich"):  # of another unit; above another unit
        desk.sign_in(officer)
        with pytest.raises(Refused, match="Bộ phận Tư pháp"):
            desk.resolve(dossier.id)


def test_an_answer_comes_from_the_unit_that_was_asked_or_through_the_one_that_asked(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    for question in ("Có tranh chấp?", "Đã khai tử?", "Có quy hoạch?"):
        keys = [one.key for one in desk.consult(dossier.id, "tu-phap", question).consultations]
    desk.answer_consult(dossier.id, keys[0], "Chưa, theo văn bản 12")
    desk.sign_in("chu-tich")
    with pytest.raises(Refused, match="Chỉ đơn vị được lấy ý kiến"):
        desk.answer_consult(dossier.id, keys[1], "Không")
    for officer, key in (("minh", keys[1]), ("lan", keys[2])):
        desk.sign_in(officer)
        desk.answer_consult(dossier.id, key, "Không")
    told = [item.text for item in desk.detail(dossier.id).history][-3:]
    assert told[0] == "Bộ phận Tư pháp – Hộ tịch trả lời: Chưa, theo văn bản 12"


def test_a_server_judges_what_a_station_sends_by_the_same_rule(desk: Desk) -> None:
    """A station that decided on an older state, when the dossier was still its own."""
    dossier = take(desk)
    forwarded = desk.dossier(dossier.id).changed({"state": State.PROCESSING})
    sent = decide(forwarded, ev.Resolve(), desk.actor, desk.now, new_id=desk.new_id)[0]
    now = at_unit(desk, dossier)
    verdict = judge(now, sent, lambda: None)
    assert (verdict.outcome, verdict.code) == ("refused", "holder")
    assert "đơn vị đang giữ hồ sơ" in verdict.reason
