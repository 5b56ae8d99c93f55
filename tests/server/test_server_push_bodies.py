"""Pushing: what is checked of the bodies sent, and that they come down as they went up."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from server_tools import Backend, code, receive

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.events import event_from_json, event_to_json


async def test_persons_must_match_what_the_event_promises(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    sent = lan.outbox.pop()
    other = sent.persons[0].model_copy(update={"name": "Người khác"})
    lan.outbox.append(sent.model_copy(update={"persons": (other,)}))
    (verdict,) = await lan.push()
    assert (verdict.verdict, verdict.code) == ("refused", "person")


async def test_a_clock_that_is_off_is_flagged(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    (sent,) = lan.outbox
    body = wire.Push(events=(sent,), sent_at=lan.clock + timedelta(minutes=9))
    answer = await lan.http.post(f"{wire.PREFIX}/events", content=body.model_dump_json(), headers=lan.headers)
    (verdict,) = wire.Verdicts.model_validate(answer.json()).verdicts
    assert verdict.flags[0].kind is wire.FlagKind.CLOCK
    assert verdict.flags[0].offset_seconds is not None
    assert 530 < verdict.flags[0].offset_seconds < 550
    events, _ = await lan.feed()
    assert abs((events[0].received_at - lan.clock).total_seconds()) < 60


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"officer": "nobody"}, "scope"),
        ({"officer": "bich"}, "scope"),
        ({"unit": "mot-cua-b"}, "scope"),
        ({"officer": "quan"}, "role"),
        ({"at": "1999-01-01T00:00:00+07:00"}, "time"),
        ({"kind": "teleported"}, "unreadable"),
    ],
)
async def test_an_event_that_can_not_be_is_refused_by_name(
    backend: Backend, change: dict[str, str], refusal: str
) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    data = {**json.loads(lan.outbox.pop().event), **change}
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    lan.outbox.append(wire.WireEvent(event=text, device_seq=1))
    (verdict,) = await lan.push()
    assert (verdict.verdict, verdict.code) == ("refused", refusal)
    assert verdict.reason.endswith(".")


async def test_what_is_not_written_canonically_is_refused(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    text = lan.outbox.pop().event
    (verdict,) = wire.Verdicts.model_validate(
        (await lan.post([wire.WireEvent(event=json.dumps(json.loads(text)), device_seq=1)])).json()
    ).verdicts
    assert verdict.code == "unreadable"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "nul", '{"id":3}', '{"id":"x","dossier":"y"}', "[" * 5000], ids=range(7)
)
async def test_what_is_no_event_at_all_is_a_problem_document(backend: Backend, text: str) -> None:
    lan = await backend.station("lan")
    answer = await lan.post([wire.WireEvent(event=text, device_seq=7)])
    assert answer.status_code == 422
    assert answer.json()["device_seq"] == 7


async def test_events_out_of_order_are_a_problem_document(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    lan.receive(code(2))
    answer = await lan.post(lan.outbox[::-1])
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_one_push_takes_two_hundred_events_and_no_more(backend: Backend) -> None:
    lan = await backend.station("lan")
    for number in range(1, 202):
        lan.do(receive(lan.person(), code(number)))
    answer = await lan.http.post(
        f"{wire.PREFIX}/events",
        content=json.dumps({"events": [e.model_dump(mode="json") for e in lan.outbox]}),
        headers=lan.headers,
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "events")
    lan.outbox.pop()
    verdicts = await lan.push()
    assert [v.seq for v in verdicts] == list(range(1, 201))


async def test_an_events_bytes_come_down_as_they_went_up(backend: Backend) -> None:
    lan = await backend.station("lan")
    note = 'dấu " và \\ và \u0000 và \u2028 và 𠮷 và \x1b[31m'
    dossier = lan.receive(code(1))
    lan.do(ev.AddNote(text=note), dossier)
    sent = [item.event for item in lan.outbox]
    await lan.push()
    events, _ = await lan.feed()
    assert [event.event for event in events] == sent
    assert event_to_json(event_from_json(events[1].event)) == sent[1]


async def test_a_push_under_the_prefix_of_a_proxy_gets_the_same_answer(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    body = wire.Push(events=tuple(lan.outbox)).model_dump_json()
    short = await lan.http.post(f"{wire.PREFIX}/events", content=body, headers=lan.headers)
    transport = httpx.ASGITransport(backend.app, root_path="/tthc")
    async with httpx.AsyncClient(transport=transport, base_url="http://server/tthc") as proxied:
        long = await proxied.post(f"{wire.PREFIX}/events", content=body, headers=lan.headers)
    assert (short.status_code, long.status_code) == (200, 200)
    assert short.json()["verdicts"] == long.json()["verdicts"]
    kept = ("content-type", "cache-control", "x-content-type-options")
    assert [short.headers[name] for name in kept] == [long.headers[name] for name in kept]
    assert wire.TIME_HEADER in short.headers
    assert wire.TIME_HEADER in long.headers
