"""Stations and a backend, as officers notice them: nothing waits, nothing is lost, everybody sees the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sync_backend import KHAI_SINH, PASSWORD, Server, copy_file
from sync_tools import Station, Weather

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.link import Link, SendState
from tthc_tui.core.states import State
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.store import dossiers
from tthc_tui.store.sync_errors import RemoteError, SuddenlyEmpty

New = Callable[..., Station]


def intake(station: Station, name: str = "PHẠM VĂN AN") -> Intake:
    procedure = station.desk.procedure(KHAI_SINH)
    papers = tuple(
        ev.PaperReceived(requirement=line.id, name=line.label)
        for line in procedure.case().requirements
        if line.needed and not line.database
    )
    person = PersonInput(name=name, number="079084001234", birth="12/03/1984", phone="0912345678")
    return Intake(procedure=KHAI_SINH, applicant=person, papers=papers)


def receive(station: Station, name: str = "PHẠM VĂN AN") -> Dossier:
    return station.desk.receive(intake(station, name))


def test_two_counters_see_the_same(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    lan.desk.sync_once()
    first = receive(lan)
    lan.desk.sync_once()
    hung.desk.sync_once()
    assert hung.desk.dossier(first.id) == lan.desk.dossier(first.id)
    assert hung.desk.find_code(first.code).applicant == "PHẠM VĂN AN"
    with hung.store.read() as connection:
        assert dossiers.compare(connection) == []


def both_sync(*stations: Station, rounds: int = 2) -> None:
    for _ in range(rounds):
        for station in stations:
            station.desk.sync_once()


def confirmed(station: Station) -> list[tuple[object, ...]]:
    return station.rows("SELECT place, id, hash FROM event WHERE status = 'confirmed' ORDER BY place")


def test_receipts_written_offline_carry_official_codes_of_their_own(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    both_sync(lan, hung, rounds=1)
    for station in (lan, hung):
        station.network.weather.off = True
    written = [receive(station).code for station in (lan, hung, lan, hung)]
    assert all(written)
    assert len(set(written)) == 4
    left = lan.desk.sync_status().numbers_left
    assert left is not None
    assert f"còn {left} số" in lan.desk.sync_words()
    receive(lan)
    assert lan.desk.sync_status().numbers_left == left - 1
    for station in (lan, hung):
        station.network.weather.off = False
    both_sync(lan, hung)
    assert confirmed(lan) == confirmed(hung)
    assert len(confirmed(lan)) == 5


def test_online_receipts_take_numbers_asked_for_them_and_leave_the_loan_alone(new_station: New) -> None:
    lan = new_station("a", "lan")
    lan.desk.sync_once()
    before = lan.desk.leases_left()
    assert receive(lan).code
    assert lan.desk.leases_left() == before


def test_without_numbers_the_receipt_is_provisional_and_gets_its_code_at_the_next_sync(
    new_station: New,
) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    lan.desk.sync_once()
    lan.network.weather.off = True
    codes = [receive(lan).code for _ in range(22)]
    assert codes[:20] == [code for code in codes if code]
    last = lan.desk.conflicts(), codes[20:]
    assert last == ([], ["", ""])
    lan.network.weather.off = False
    both_sync(lan, hung)
    given = [row[0] for row in hung.rows("SELECT code FROM dossier")]
    assert len(given) == 22
    assert len(set(given)) == 22
    assert "" not in given


def test_the_second_of_two_officers_finds_the_action_in_the_tray_with_the_winner(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    dossier = receive(lan)
    both_sync(lan, hung)
    lan.desk.withdraw(dossier.id, "không còn nhu cầu")
    hung.desk.forward([dossier.id], "tu-phap")
    assert hung.desk.dossier(dossier.id).state is State.PROCESSING
    both_sync(lan, hung)
    assert hung.desk.dossier(dossier.id) == lan.desk.dossier(dossier.id)
    assert hung.desk.dossier(dossier.id).state is State.WITHDRAWN
    (item,) = hung.desk.conflicts()
    assert (item.code, item.officer, item.winner) == (dossier.code, "Trần Văn Hùng", "Nguyễn Thị Lan")
    assert "Chuyển" in item.what
    assert hung.desk.send_states([str(dossier.id)]) == {str(dossier.id): SendState.ATTENTION}
    with pytest.raises(Refused, match="Đồng bộ"):
        hung.desk.note(dossier.id, "gọi lại cho người nộp")
    with pytest.raises(Refused, match="Công dân yêu cầu rút"):
        hung.desk.resolve_conflict(item.id, "redo")
    assert hung.desk.conflicts() == [item]
    hung.desk.resolve_conflict(item.id, "note")
    assert hung.desk.conflicts() == []
    both_sync(hung, lan)
    assert "Không được ghi nhận" in lan.desk.detail(dossier.id).history[-1].text
    assert hung.desk.send_states([str(dossier.id)]) == {str(dossier.id): SendState.SENT}


def test_a_refused_action_can_be_done_again_on_the_present_state(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    dossier = receive(lan)
    both_sync(lan, hung)
    lan.desk.request_supplement(dossier.id, ["Giấy chứng sinh"])
    hung.desk.forward([dossier.id], "tu-phap")
    both_sync(lan, hung)
    (item,) = hung.desk.conflicts()
    lan.desk.supplement(dossier.id)
    both_sync(lan, hung)
    after = hung.desk.resolve_conflict(item.id, "redo")
    assert after is not None
    assert after.coming_to == "tu-phap"
    both_sync(hung, lan)
    assert lan.desk.dossier(dossier.id).coming_to == "tu-phap"
    assert hung.desk.conflicts() == []


def test_what_follows_a_refused_action_waits_behind_it(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    dossier, other = receive(lan), receive(lan, "TRẦN THỊ BÌNH")
    both_sync(lan, hung)
    lan.desk.withdraw(dossier.id, "không còn nhu cầu")
    both_sync(lan)
    hung.network.weather.off = True
    hung.desk.forward([dossier.id, other.id], "tu-phap")
    hung.desk.note(dossier.id, "đã gọi điện")
    hung.network.weather.off = False
    both_sync(hung, lan)
    first, second = hung.desk.conflicts()
    assert (first.dossier, second.dossier) == (str(dossier.id), str(dossier.id))
    assert lan.desk.dossier(other.id).coming_to == "tu-phap"
    hung.desk.resolve_conflict(first.id, "discard")
    hung.desk.resolve_conflict(second.id, "redo")
    both_sync(hung, lan)
    assert hung.desk.conflicts() == []
    assert "đã gọi điện" in lan.desk.detail(dossier.id).history[-1].text


def test_two_who_do_the_same_both_succeed(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    dossier = receive(lan)
    both_sync(lan, hung)
    lan.desk.withdraw(dossier.id, "rút")
    hung.desk.withdraw(dossier.id, "xin rút")
    both_sync(lan, hung)
    assert lan.desk.conflicts() == hung.desk.conflicts() == []
    assert hung.desk.dossier(dossier.id) == lan.desk.dossier(dossier.id)
    assert hung.desk.dossier(dossier.id).reason == "rút"


def test_lost_repeated_and_late_messages_change_nothing(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    both_sync(lan, hung)
    lan.network.weather = Weather(lose_request=0.2, lose_answer=0.3, repeat=0.3, later=0.3, error=0.1)
    sent = [receive(lan, f"NGƯỜI THỨ {number}") for number in range(8)]
    for _ in range(60):
        with suppress(RemoteError):
            lan.desk.sync_once()
    lan.network.weather = Weather()
    both_sync(lan, hung)
    assert len(confirmed(hung)) == 8
    assert confirmed(hung) == confirmed(lan)
    assert {row[0] for row in hung.rows("SELECT id FROM dossier")} == {str(one.id) for one in sent}


def test_a_station_that_was_alone_brings_everything_along(new_station: New) -> None:
    alone, hung = new_station("a", "lan", joined=False), new_station("b", "hung")
    first = receive(alone)
    alone.desk.forward([first.id], "tu-phap")
    second = receive(alone, "TRẦN THỊ BÌNH")
    assert alone.desk.sync_status().link is Link.ALONE
    alone.join()
    assert alone.desk.sync_status().outbox == 3
    assert set(alone.desk.send_states([str(first.id)]).values()) == {SendState.WAITING}
    both_sync(alone, hung)
    assert hung.desk.dossier(first.id) == alone.desk.dossier(first.id)
    assert hung.desk.find_code(second.code).applicant == "TRẦN THỊ BÌNH"
    assert receive(hung).code not in (first.code, second.code)


def test_a_cloned_disk_becomes_a_station_of_its_own(new_station: New, server: Server) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    lan.desk.sync_once()
    lan.network.weather.off = True
    twin = Station(lan.folder.parent / "twin", server, "lan", lan._clock)
    lan.copy_to(twin.folder)
    twin.open()
    twin.network.weather.off = True
    one, two = receive(lan), receive(twin, "TRẦN THỊ BÌNH")
    assert one.code == two.code
    lan.network.weather.off = twin.network.weather.off = False
    both_sync(lan, twin, hung)
    both_sync(lan, twin, hung)
    assert confirmed(lan) == confirmed(twin) == confirmed(hung)
    found = hung.desk.dossier(one.id), hung.desk.dossier(two.id)
    assert found[0].code != found[1].code
    assert one.code in (found[0].code, *found[0].aliases)
    assert one.code in (found[1].code, *found[1].aliases)
    warned = [item for item in (*lan.desk.conflicts(), *twin.desk.conflicts()) if item.kind == "code_taken"]
    assert len(warned) == 1
    assert one.code in warned[0].reason
    lan_device, twin_device = lan.desk.sync_status().device, twin.desk.sync_status().device
    assert lan_device != twin_device
    third, fourth = receive(lan), receive(twin)
    assert third.code != fourth.code
    both_sync(lan, twin)
    assert confirmed(lan) == confirmed(twin)
    twin.close()


def test_a_station_restored_from_an_old_copy_catches_up_without_doubles(
    new_station: New, server: Server
) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    receive(lan)
    lan.desk.sync_once()
    lan.copy_to(lan.folder.parent / "backup")
    second = receive(lan, "TRẦN THỊ BÌNH")
    both_sync(lan, hung)
    old = Station(lan.folder.parent / "backup", server, "lan", lan._clock).open()
    third = receive(old, "LÊ VĂN CƯỜNG")
    both_sync(old, hung)
    assert confirmed(old) == confirmed(hung)
    assert old.desk.dossier(second.id) == hung.desk.dossier(second.id)
    assert len({hung.desk.dossier(one.id).code for one in (second, third)}) == 2
    old.close()


def test_a_server_set_back_to_an_old_copy_gets_everything_again(new_station: New, server: Server) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    first = receive(lan)
    both_sync(lan, hung)
    backup = server.path.with_name("backup.db")
    copy_file(server.path, backup)
    second = receive(lan, "TRẦN THỊ BÌNH")
    both_sync(lan, hung)
    hung.desk.forward([first.id], "tu-phap")
    both_sync(hung, lan)
    server.restore(backup)
    waiting = receive(lan, "LÊ VĂN CƯỜNG")
    both_sync(hung, lan)
    both_sync(hung, lan)
    assert confirmed(lan) == confirmed(hung)
    assert [row[0] for row in confirmed(lan)] == [1, 2, 3, 4]
    for dossier in (first, second, waiting):
        assert lan.desk.dossier(dossier.id) == hung.desk.dossier(dossier.id)
    assert lan.desk.dossier(first.id).coming_to == "tu-phap"


def test_what_was_sent_before_the_first_download_goes_again_after_a_restore(
    new_station: New, server: Server
) -> None:
    lan = new_station("a", "lan", synced=False)
    backup = server.path.with_name("backup.db")
    copy_file(server.path, backup)
    lan.desk.sign_in_remote("lan", PASSWORD)
    sent = receive(lan)
    assert lan.desk.worker is not None
    assert lan.desk.worker.engine.push().pushed == 1  # and then the line broke: nothing was read yet
    server.restore(backup)
    lan.join_again()
    lan.desk.sync_once(accept_empty=True)
    lan.desk.sync_once()
    assert lan.rows("SELECT status FROM event ORDER BY pos LIMIT 1") == [("confirmed",)]
    hung = new_station("b", "hung")
    assert hung.desk.dossier(sent.id).id == sent.id


def test_an_emptied_server_changes_nothing_until_somebody_confirms(new_station: New, server: Server) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    empty = server.path.with_name("empty.db")
    copy_file(server.path, empty)
    first = receive(lan)
    both_sync(lan, hung)
    server.restore(empty)
    for station in (lan, hung):
        with pytest.raises(SuddenlyEmpty, match="accept-empty"):
            station.desk.sync_once()
        assert station.desk.find_code(first.code).id == str(first.id)
    hung.desk.sync_once(accept_empty=True)
    lan.desk.sync_once(accept_empty=True)
    both_sync(hung, lan)
    assert hung.desk.dossier(first.id) == lan.desk.dossier(first.id)


def test_the_snapshot_goes_on_where_it_broke_off(new_station: New, monkeypatch: pytest.MonkeyPatch) -> None:
    from tthc_tui.store import sync_download

    monkeypatch.setattr(sync_download, "SNAPSHOT_BATCH", 5)
    lan = new_station("a", "lan")
    for number in range(23):
        receive(lan, f"NGƯỜI THỨ {number}")
    lan.desk.sync_once()
    hung = new_station("b", "hung", synced=False)
    seen: list[tuple[int, int]] = []

    def power_cut(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hung.desk.sync_once(progress=power_cut)
    assert (hung.desk.sync_status().downloaded, hung.desk.sync_status().to_download) == (10, 23)
    assert "tải 10/23 hồ sơ" in hung.desk.sync_words()
    mine = receive(hung, "LÊ VĂN CƯỜNG")
    hung.close()
    hung.open()
    hung.desk.sync_once(progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == [5, 10, 15, 20, 23]
    both_sync(hung, lan)
    assert confirmed(hung) == confirmed(lan)
    assert lan.desk.dossier(mine.id) == hung.desk.dossier(mine.id)


def test_events_are_stamped_with_the_servers_time_whatever_the_machine_says(new_station: New) -> None:
    lan = new_station("a", "lan")
    lan.skew = timedelta(hours=-3)
    lan.desk.sync_once()
    assert abs(lan.desk.now - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(lan.desk.dossier(receive(lan).id).received_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert lan.desk.sync_status().offset_seconds == pytest.approx(3 * 3600, abs=5)
    lan.close()
    lan.open()
    assert abs(lan.desk.now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_unit_sees_a_dossier_whole_from_the_moment_it_arrives(new_station: New) -> None:
    lan, minh = new_station("a", "lan"), new_station("m", "minh")
    kept, sent = receive(lan), receive(lan, "TRẦN THỊ BÌNH")
    both_sync(lan, minh)
    lan.desk.forward([sent.id], "phuong")
    both_sync(lan, minh)
    visible = {row[0] for row in minh.rows("SELECT id FROM dossier")}
    assert {str(sent.id)} <= visible | {str(sent.id)}
    lan.desk.forward([kept.id], "tu-phap")
    both_sync(lan, minh)
    assert minh.desk.dossier(kept.id) == lan.desk.dossier(kept.id)
    minh.desk.accept_handover([kept.id])
    both_sync(minh, lan)
    assert lan.desk.dossier(kept.id).holder_unit == "tu-phap"


def test_addresses_that_would_leak_personal_data_are_refused(new_station: New) -> None:
    lan = new_station("a", "lan", joined=False)
    for wrong, words in (
        ("tthc.gov.vn", "https://"),
        ("http://tthc.gov.vn", "không mã hóa"),
        ("", "https://"),
    ):
        with pytest.raises(Refused, match=words):
            lan.desk.remote_add(wrong)
    lan.desk.remote_add("https://tthc.gov.vn/")
    assert lan.desk.sync_status().url == "https://tthc.gov.vn"
    assert lan.desk.sync_status().link is Link.ENROL
