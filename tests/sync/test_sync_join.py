"""A centre that worked alone joins: told beforehand what a code does not cover, everything taken under one that does."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sync_backend import PASSWORD, URL, Server
from sync_tools import Station
from test_sync_rounds import New, receive

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.link import SendState
from tthc_tui.desk import Desk
from tthc_tui.server.migrate import connected
from tthc_tui.store.sync_errors import SignInNeeded


@pytest.fixture
def alone(new_station: New) -> Station:
    """A counter machine that all units of the centre share, without a backend."""
    return new_station("a", "lan", joined=False)


def as_officer(station: Station, officer: str) -> Desk:
    """Another officer at the same machine."""
    return Desk(station.store, station.clock, officer=officer, counter="07")


def worked_on(station: Station) -> tuple[Dossier, Dossier]:
    """One dossier of the counter's unit alone, one that the justice desk took over."""
    own, shared = receive(station), receive(station, "LÊ THỊ BÌNH")
    station.desk.act(shared.id, ev.Forward(to_unit="tu-phap"))
    shared = as_officer(station, "minh").act(shared.id, ev.AcceptHandover())
    return own, shared


def named(station: Station) -> None:
    """The backend is named; the program reads that when it starts."""
    station.desk.remote_add(URL)
    station._work()


def test_a_code_that_does_not_cover_all_is_told_beforehand_and_stays_good(
    alone: Station, server: Server
) -> None:
    worked_on(alone)
    named(alone)
    code = server.enrolment_code("ttpvhcc")
    with pytest.raises(Refused) as told:
        alone.desk.enrol(code)
    assert "“Trung tâm PVHCC” không nhận được 1 hồ sơ (3 thao tác)" in told.value.reason
    assert "thao tác của Bộ phận Tư pháp" in told.value.reason
    assert "xin mã đăng ký của “UBND phường Rạch Giá” (mã phuong)" in told.value.reason
    assert alone.desk.sync_status().device == ""
    assert alone.desk.enrol(code, partial=True)


def test_under_the_parents_code_the_whole_centre_goes_up(alone: Station, server: Server) -> None:
    own, shared = worked_on(alone)
    named(alone)
    alone.desk.enrol(server.enrolment_code("phuong"))
    alone.desk.sign_in_remote("lan", PASSWORD)
    done = alone.desk.sync_once()
    assert (done.pushed, done.refused, alone.desk.conflicts()) == (4, 0, [])
    alone.desk.enrol(server.enrolment_code("ttpvhcc"))  # then the code of its own unit, for what is to come
    alone.desk.sign_in_remote("lan", PASSWORD)
    assert (alone.desk.sync_once().refused, alone.desk.conflicts()) == (0, [])
    states = alone.desk.send_states([str(own.id), str(shared.id)])
    assert set(states.values()) == {SendState.SENT}


def test_what_a_code_does_not_cover_stays_on_the_machine_until_one_does(
    alone: Station, server: Server
) -> None:
    own, shared = worked_on(alone)
    named(alone)
    alone.desk.enrol(server.enrolment_code("ttpvhcc"), partial=True)
    alone.desk.sign_in_remote("lan", PASSWORD)
    done = alone.desk.sync_once()
    assert (done.pushed, done.refused, alone.desk.conflicts()) == (1, 0, [])
    assert alone.desk.dossier(shared.id) == shared
    states = alone.desk.send_states([str(own.id), str(shared.id)])
    assert states == {str(own.id): SendState.SENT, str(shared.id): SendState.NONE}

    alone.desk.enrol(server.enrolment_code("phuong"))
    alone.desk.sign_in_remote("lan", PASSWORD)
    done = alone.desk.sync_once()
    assert (done.pushed, done.refused, alone.desk.conflicts()) == (3, 0, [])
    assert alone.desk.send_states([str(shared.id)]) == {str(shared.id): SendState.SENT}


def test_a_device_of_one_unit_still_can_not_write_for_another(alone: Station, server: Server) -> None:
    named(alone)
    alone.desk.enrol(server.enrolment_code("ttpvhcc"))
    alone.desk.sign_in_remote("lan", PASSWORD)
    _, shared = worked_on(alone)
    done = alone.desk.sync_once()
    assert done.refused == 1
    (item,) = alone.desk.conflicts()
    assert (item.dossier, item.reason) == (
        str(shared.id),
        "Thao tác này thuộc đơn vị khác với đơn vị của máy.",
    )


def test_units_and_officers_the_backend_does_not_know_are_named(alone: Station, server: Server) -> None:
    worked_on(alone)
    named(alone)
    with connected(f"sqlite:///{server.path}") as connection:  # no justice desk there, and no Lan
        connection.execute(text("DELETE FROM unit WHERE id = 'tu-phap'"))
        connection.execute(text("DELETE FROM officer WHERE id = 'lan'"))
    server.stop()
    server.start()
    with pytest.raises(Refused) as told:
        alone.desk.enrol(server.enrolment_code("phuong"))
    assert "đơn vị chưa có trên máy chủ (Bộ phận Tư pháp)" in told.value.reason
    assert "Nguyễn Thị Lan" in told.value.reason
    assert "nhờ quản trị nạp tệp khai báo của trung tâm" in told.value.reason


def test_without_a_good_code_nothing_is_told(alone: Station) -> None:
    receive(alone)
    named(alone)
    with pytest.raises(SignInNeeded, match="Mã đăng ký máy không đúng"):
        alone.desk.enrol("AAAAA-AAAAA-AAAAA-AAAAA", partial=True)
    assert alone.desk.sync_status().outbox == 0
