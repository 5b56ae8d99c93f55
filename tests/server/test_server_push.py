"""Pushing: verdicts, their replay, blocking, conflicts between officers, codes that are taken."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server_tools import Backend, Station, code, open_backend

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.events import event_from_json
from tthc_tui.core.states import State


async def shared_dossier(lan: Station) -> Dossier:
    """A dossier that every officer of the centre knows."""
    dossier = lan.receive(code(1))
    await lan.push()
    return dossier


async def test_an_accepted_event_is_in_the_feed_once_however_often_it_is_pushed(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    sent = list(lan.outbox)
    first = await lan.push()
    again = (await lan.post(sent)).json()["verdicts"]
    assert [v.verdict for v in first] == ["accepted"]
    assert again == [{"event": str(first[0].event), "verdict": "accepted", "seq": first[0].seq}]
    events, _ = await lan.feed()
    assert [event.event for event in events] == [sent[0].event]
    assert events[0].persons[0].name == "Nguyễn Văn An"


async def test_every_kind_of_verdict_is_replayed_word_for_word(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    dossier = await shared_dossier(lan)
    lan.do(ev.Withdraw(reason="đổi ý"), dossier)
    await lan.push()
    hung.do(ev.Withdraw(reason="người dân xin rút"), dossier)  # reached already
    hung.do(ev.Forward(to_unit="tu-phap-a"), dossier)  # no longer allowed
    hung.do(ev.AddNote(text="đã gọi điện"), dossier)  # blocked behind it
    hung.receive(code(1))  # a code that is taken
    sent = list(hung.outbox)
    first = (await hung.post(sent)).json()["verdicts"]
    assert [v["verdict"] for v in first] == ["duplicate", "refused", "refused", "accepted_with_flag"]
    for _ in range(2):
        assert (await hung.post(sent)).json()["verdicts"] == first


async def test_same_identity_with_other_bytes_is_a_conflict_and_changes_nothing(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    sent = lan.outbox[0]
    await lan.push()
    forged = json.loads(sent.event)
    forged["content"] = "khác"
    text = json.dumps(forged, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    answer = await lan.post([wire.WireEvent(event=text, device_seq=1)])
    assert answer.status_code == 409
    assert answer.json()["code"] == "other_bytes"
    assert answer.headers["content-type"] == wire.PROBLEM_TYPE
    events, _ = await lan.feed()
    assert [event.event for event in events] == [sent.event]


async def test_a_refused_event_with_other_bytes_is_a_conflict_too(backend: Backend) -> None:
    lan = await backend.station("lan")
    dossier = await shared_dossier(lan)
    lan.do(ev.Withdraw(reason="đổi ý"), dossier)
    lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    sent = lan.outbox[1]
    assert (await lan.push())[1].verdict == "refused"
    forged = sent.event.replace("tu-phap-a", "phuong-a")
    answer = await lan.post([wire.WireEvent(event=forged, device_seq=sent.device_seq)])
    assert (answer.status_code, answer.json()["code"]) == (409, "other_bytes")


async def test_a_cloned_station_is_told_and_goes_on_under_a_new_identity(backend: Backend) -> None:
    lan, clone = await backend.station("lan"), await backend.station("lan")
    lan.receive(code(1))
    await lan.push()
    clone.receive(code(1))  # the clone has the same lease, too
    sent = list(clone.outbox)
    answer = await clone.post(sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "seq_reused")
    forked = wire.Device.model_validate(
        (await backend.http.post(f"{wire.PREFIX}/devices/fork", headers=clone.headers)).json()
    )
    body = {
        "user": "lan",
        "password": "mật khẩu dài 8",
        "device": str(forked.device),
        "secret": forked.secret,
    }
    answer = await backend.http.post(f"{wire.PREFIX}/session", json=body)
    clone.session = wire.Session.model_validate(answer.json())
    (verdict,) = wire.Verdicts.model_validate((await clone.post(sent)).json()).verdicts
    assert verdict.verdict == "accepted_with_flag"
    assert verdict.flags[0].kind is wire.FlagKind.CODE_TAKEN


async def test_the_session_tells_how_far_the_device_had_pushed(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    lan.receive(code(2))
    await lan.push()
    assert (await backend.station("lan")).session.last_device_seq == 2


async def test_a_refusal_blocks_its_dossier_alone_until_it_is_resolved(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    dossier = await shared_dossier(lan)
    lan.do(ev.Withdraw(reason="đổi ý"), dossier)
    await lan.push()
    hung.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    hung.do(ev.AddNote(text="đã chuyển"), dossier)
    hung.receive(code(2))
    refused, blocked, other = await hung.push()
    assert (refused.verdict, blocked.verdict, other.verdict) == ("refused", "refused", "accepted")
    assert refused.winner is not None
    assert (refused.winner.officer, refused.winner.kind, refused.winner.unit) == (
        "lan",
        "withdrawn",
        "mot-cua-a",
    )
    assert "Công dân yêu cầu rút hồ sơ" in refused.reason
    assert (blocked.code, blocked.blocked_by) == ("blocked", refused.event)
    hung.do(ev.AddNote(text="vẫn chờ"), dossier)
    assert (await hung.push())[0].code == "blocked"  # in a later push, too
    hung.do(ev.AddNote(text="đã chuyển, giữ làm ghi chú"), dossier)
    assert [v.verdict for v in await hung.push(resolved=[refused.event])] == ["accepted"]
    known = await lan.dossier(dossier.id)
    assert known is not None
    assert (known.state, known.version) == (State.WITHDRAWN, 3)


async def test_a_refusal_does_not_block_the_dossier_for_other_stations(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    dossier = await shared_dossier(lan)
    forwarded = lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    await lan.push()
    hung.do(ev.Forward(to_unit="phuong-a"), dossier)
    assert (await hung.push())[0].verdict == "refused"
    lan.do(ev.AcceptHandover(), forwarded)
    assert (await lan.push())[0].verdict == "accepted"


async def test_notes_are_accepted_on_any_state_the_officer_saw(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    dossier = await shared_dossier(lan)
    lan.do(ev.Withdraw(reason="đổi ý"), dossier)
    await lan.push()
    hung.do(ev.AddNote(text="dân hỏi"), dossier)
    hung.do(ev.Print(form="mau-01"), dossier)
    assert [v.verdict for v in await hung.push()] == ["accepted", "accepted"]


async def test_two_officers_forward_to_different_units_and_one_is_told(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    dossier = await shared_dossier(lan)
    lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    hung.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    assert (await lan.push())[0].verdict == "accepted"
    assert (await hung.push())[0].verdict == "duplicate"
    hung.do(ev.Forward(to_unit="phuong-a"), dossier)
    (verdict,) = await hung.push()
    assert verdict.verdict == "refused"
    assert verdict.winner is not None
    assert verdict.winner.officer_name == "Lan"


async def test_a_field_edited_by_two_officers_keeps_both_and_is_flagged(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    dossier = await shared_dossier(lan)
    _, cursor = await hung.feed()
    seen = wire.decode_cursor(cursor).at
    lan.do(ev.Correct(reason="sai tên việc", content="Đăng ký khai sinh cho con"), dossier, seen=seen)
    lan.do(ev.Correct(reason="thiếu chữ", authorisation="Giấy ủy quyền"), dossier, seen=seen)
    assert [v.verdict for v in await lan.push()] == ["accepted", "accepted"]
    hung.do(ev.Correct(reason="sai nội dung", content="Khai sinh"), dossier, seen=seen)
    (verdict,) = await hung.push()
    assert verdict.verdict == "accepted_with_flag"
    assert verdict.flags[0].fields == ("content",)
    assert verdict.flags[0].winner is not None
    assert verdict.flags[0].winner.officer == "lan"
    known = await lan.dossier(dossier.id)
    assert known is not None
    assert known.content == "Khai sinh"
    events, cursor = await hung.feed()
    assert events[-1].flags[0].kind is wire.FlagKind.FIELD
    hung.do(
        ev.Correct(reason="đầy đủ", content="Đăng ký khai sinh"), dossier, seen=wire.decode_cursor(cursor).at
    )
    assert (await hung.push())[0].verdict == "accepted"


async def test_an_undo_is_judged_on_the_whole_history(backend: Backend) -> None:
    lan = await backend.station("lan")
    dossier = await shared_dossier(lan)
    forwarded = lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    await lan.push()
    lan.do(ev.Undo(event=forwarded.last_event, grace_seconds=120), forwarded)
    assert (await lan.push())[0].verdict == "accepted"
    known = await lan.dossier(dossier.id)
    assert known is not None
    assert known.state is State.ACCEPTED
    lan.do(ev.Forward(to_unit="tu-phap-a"), known)
    assert (await lan.push())[0].verdict == "accepted"


async def test_a_taken_code_gets_a_new_one_and_both_find_the_dossier(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    lan.receive(code(1))
    hung_dossier = hung.receive(code(1))
    await lan.push()
    (verdict,) = await hung.push()
    assert verdict.verdict == "accepted_with_flag"
    (flag,) = verdict.flags
    assert (flag.old_code, flag.code) == (code(1), code(2))
    known = await lan.dossier(hung_dossier.id)
    assert known is not None
    assert (known.code, known.aliases) == (code(2), (code(1),))
    answer = await lan.http.post(
        f"{wire.PREFIX}/numbers", json={"agency": "H15.50.05.13", "day": "2026-11-23"}, headers=lan.headers
    )
    assert answer.json()["code"] == code(3)


async def test_codes_of_stations_that_stood_alone_move_the_counter_past_them(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(37))
    await lan.push()
    ask = {"wants": [{"agency": "H15.50.05.13", "day": "2026-11-23", "count": 5}]}
    answer = await lan.http.post(f"{wire.PREFIX}/leases", json=ask, headers=lan.headers)
    assert answer.json()["leases"][0]["first"] == 38


async def test_states_survive_a_restart_of_the_server(backend: Backend) -> None:
    lan = await backend.station("lan")
    dossier = await shared_dossier(lan)
    async with open_backend(backend.settings) as restarted:
        hung = await restarted.station("hung")
        hung.do(ev.Forward(to_unit="tu-phap-a"), dossier)
        assert (await hung.push())[0].verdict == "accepted"
    lan.do(ev.Withdraw(reason="đổi ý"), dossier)  # the first process must see what the second one did
    lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
    assert [v.verdict for v in await lan.push()] == ["accepted", "refused"]


def taken(station: Station, action: ev.Action, dossier: Dossier) -> ev.AnyEvent:
    """Put what an officer does without looking first into the station's outbox."""
    event = ev.stamped(
        action,
        id=station.new_id(),
        dossier=dossier.id,
        version=1,
        actor=ev.Actor(officer=station.session.officer, unit="mot-cua-a", station="q"),
        at=station.clock,
    )
    station.put(event, dossier)
    return event


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_any_order_of_any_acts_ends_in_the_state_the_feed_tells(backend: Backend) -> None:
    acts = st.sampled_from(
        [
            ev.Forward(to_unit="tu-phap-a"),
            ev.AcceptHandover(),
            ev.Resolve(),
            ev.Return(),
            ev.Withdraw(reason="rút"),
            ev.AddNote(text="ghi"),
            ev.RequestSupplement(items=("giấy chứng sinh",)),
            ev.Supplement(),
            ev.Correct(reason="sai", content="khác"),
        ]
    )
    stations = [await backend.station(name) for name in ("lan", "hung")]
    numbers = iter(range(1, 10_000))
    loop_runs: list[list[tuple[int, ev.Action]]] = []

    @settings(max_examples=25, database=None, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 1), acts), max_size=8))
    def collect(run: list[tuple[int, ev.Action]]) -> None:
        loop_runs.append(run)

    collect()
    for run in loop_runs:
        dossier = stations[0].receive(code(next(numbers)))
        await stations[0].push()
        accepted: list[UUID] = []
        for who, action in run:
            station = stations[who]
            event = taken(station, action, dossier)
            (verdict,) = await station.push(resolved=[])
            if verdict.seq is not None and verdict.verdict != "duplicate":
                accepted.append(event.id)
            if verdict.verdict == "refused":
                note = taken(station, ev.AddNote(text="giữ"), dossier)
                (kept,) = await station.push(resolved=[verdict.event])
                assert kept.verdict == "accepted"
                accepted.append(note.id)
        events, _ = await stations[1].feed(limit=1000)
        told = [e for e in (event_from_json(line.event) for line in events) if e.dossier == dossier.id]
        assert [e.id for e in told[1:]] == accepted
        known = await stations[1].dossier(dossier.id)
        assert known is not None
        assert known.version == 1 + len(accepted)
