"""Who may call what: every call, every role, own unit and foreign unit; limits, logs."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import pytest
from server_tools import (
    AGENCY,
    OFFICERS,
    OTHER_AGENCY,
    UNITS,
    Backend,
    Station,
    code,
    open_backend,
)

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.rules import acting
from tthc_tui.core.site import Role, Route, Site
from tthc_tui.server.catalog import publish
from tthc_tui.server.migrate import connected
from tthc_tui.server.settings import ServerSettings

NUMBER = {"agency": AGENCY, "day": "2026-11-23"}
CALLS: dict[str, tuple[str, str, object]] = {
    "session": ("GET", "session", None),
    "feed": ("GET", "feed", None),
    "snapshot": ("GET", "snapshot", None),
    "catalog": ("GET", "catalog", None),
    "checkpoints": ("GET", "checkpoints", None),
    "fork": ("POST", "devices/fork", None),
    "numbers": ("POST", "numbers", NUMBER),
    "leases": ("POST", "leases", {"wants": [NUMBER]}),
    "held leases": ("GET", f"leases?agency={AGENCY}&day=2026-11-23", None),
    "void": ("POST", "leases/void", {"blocks": [{**NUMBER, "first": 1, "last": 1}]}),
    "events": ("POST", "events", {"events": []}),
    "sign out": ("DELETE", "session", None),
}
READING = {"session", "feed", "snapshot", "catalog", "checkpoints", "fork", "events", "sign out"}
COUNTER = READING | {"numbers", "leases", "held leases", "void"}
MAY = {
    Role.RECEIVING: COUNTER,
    Role.LEADER: COUNTER,
    Role.SPECIALIST: READING,
    Role.SUPERVISOR: READING,
    Role.ADMIN: READING,
}
"""Calls that answer 2xx; all others 403."""
ACTS: dict[str, ev.Action] = {
    "note": ev.AddNote(text="x"),
    "forward": ev.Forward(to_unit="phuong-a"),
    "withdraw": ev.Withdraw(reason="x"),
    "assign": ev.Assign(to_officer="lan"),
    "remind": ev.Remind(text="đôn đốc"),
}
MAY_ACT = {
    Role.RECEIVING: {"note", "forward", "withdraw", "remind"},
    Role.SPECIALIST: {"note", "forward"},
    Role.LEADER: {"note", "forward", "withdraw", "assign", "remind"},
    Role.SUPERVISOR: {"note", "remind"},
    Role.ADMIN: {"note"},
}
OWN = {"lan", "hung", "minh", "thu", "giam", "quan", "tinh"}
"""Officers whose feed holds a dossier that commune A received and forwarded to its justice desk."""


async def call(station: Station, name: str, headers: dict[str, str] | None = None) -> int:
    """The status a call answers with."""
    method, path, body = CALLS[name]
    if station.session.officer == "bich":  # her own commune's codes
        path, body = (
            path.replace(AGENCY, OTHER_AGENCY),
            json.loads(json.dumps(body).replace(AGENCY, OTHER_AGENCY)),
        )
    answer = await station.http.request(
        method, f"{wire.PREFIX}/{path}", json=body, headers=station.headers if headers is None else headers
    )
    return answer.status_code


@pytest.mark.parametrize("officer", OFFICERS)
async def test_every_call_for_every_officer(backend: Backend, officer: str) -> None:
    station = await backend.station(officer)
    may = MAY[OFFICERS[officer][1]]
    for name in CALLS:
        status = await call(station, name)
        assert (status < 300) is (name in may), (officer, name, status)
        assert status < 300 or status == 403, (officer, name, status)
    for name in CALLS:  # signed out by the last call
        assert await call(station, name) == 401, name


async def test_no_call_without_a_session(backend: Backend) -> None:
    lan = await backend.station("lan")
    for name in CALLS:
        for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": lan.session.token}):
            assert await call(lan, name, header) == 401, name
    for path in ("live",):
        assert (await lan.http.get(f"{wire.PREFIX}/{path}")).status_code == 401


FOREIGN: dict[str, tuple[str, str, object]] = {
    "numbers": ("POST", "numbers", {**NUMBER, "agency": OTHER_AGENCY}),
    "leases": ("POST", "leases", {"wants": [{**NUMBER, "agency": OTHER_AGENCY}]}),
    "void": ("POST", "leases/void", {"blocks": [{**NUMBER, "agency": OTHER_AGENCY, "first": 1, "last": 1}]}),
}
"""The calls that name an agency, with the one of commune B."""
ISSUES = {"lan": "a", "hung": "a", "thu": "a", "bich": "b", "tinh": "ab"}
"""Whose counters may give out codes of which commune; the roles of all others may not number at all."""


@pytest.mark.parametrize("officer", OFFICERS)
async def test_codes_are_given_for_agencies_of_ones_own_place_alone(backend: Backend, officer: str) -> None:
    station = await backend.station(officer)
    may = ISSUES.get(officer, "")
    for name in ("numbers", "leases"):
        for place, calls in (("a", CALLS), ("b", FOREIGN)):
            method, path, body = calls[name]
            answer = await station.http.request(
                method, f"{wire.PREFIX}/{path}", json=body, headers=station.headers
            )
            assert answer.status_code == (201 if place in may else 403), (officer, name, place)
            if place not in may and may:
                assert "không được cấp mã hồ sơ của cơ quan" in answer.json()["detail"]
    held = await station.get("leases", agency=OTHER_AGENCY, day="2026-11-23")
    assert held.status_code == (200 if may else 403)
    if may and "b" not in may:
        assert held.json()["leases"] == []
        method, path, body = FOREIGN["void"]
        answer = await station.http.request(
            method, f"{wire.PREFIX}/{path}", json=body, headers=station.headers
        )
        assert answer.status_code == 403


async def test_of_several_agencies_asked_for_only_the_allowed_are_lent(backend: Backend) -> None:
    lan = await backend.station("lan")
    wants = [{**NUMBER, "agency": agency} for agency in (OTHER_AGENCY, AGENCY, "H15", "H15.50.05.14")]
    answer = await lan.http.post(f"{wire.PREFIX}/leases", json={"wants": wants}, headers=lan.headers)
    assert [lease["agency"] for lease in answer.json()["leases"]] == [AGENCY, "H15", "H15.50.05.14"]


async def test_a_published_route_opens_an_agency_beyond_the_boundary(backend: Backend) -> None:
    lan = await backend.station("lan")
    ask = {**NUMBER, "agency": OTHER_AGENCY}
    site = Site(name="x", agency_code="H15", unit="tinh", routes=(Route(unit="mot-cua-b", field="Hộ tịch"),))
    with connected(backend.settings.database) as connection:
        publish(connection, site, [])
    backend.app.state.services.directory.forget()
    answer = await lan.http.post(f"{wire.PREFIX}/numbers", json=ask, headers=lan.headers)
    assert answer.status_code == 201


async def listen(backend: Backend, token: str, heard: asyncio.Queue[object], until: asyncio.Event) -> None:
    """One live connection: its status, then every hint, until the caller hangs up."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": f"{wire.PREFIX}/live", "raw_path": b"", "query_string": b"", "root_path": "",
        "headers": [(b"authorization", f"Bearer {token}".encode())], "client": ("127.0.0.1", 1), "server": ("s", 1),
    }  # fmt: skip
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, object]:
        if asked:
            return asked.pop()
        await until.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            heard.put_nowait(message["status"])
        elif b"data: " in message["body"]:
            heard.put_nowait(wire.Grown.model_validate_json(message["body"].split(b"data: ")[1]))

    await backend.app(scope, receive, send)


async def test_every_role_hears_live_of_its_own_units_alone(backend: Backend) -> None:
    stations = {officer: await backend.station(officer) for officer in OFFICERS}
    heard: dict[str, asyncio.Queue[Any]] = {officer: asyncio.Queue() for officer in OFFICERS}
    over = asyncio.Event()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for officer, station in stations.items():
            group.create_task(listen(backend, station.session.token, heard[officer], over))
        for queue in heard.values():
            assert await queue.get() == 200
            assert (await queue.get()).head == 0
        lan, bich = stations["lan"], stations["bich"]
        lan.do(ev.Forward(to_unit="tu-phap-a"), lan.receive(code(1)))
        await lan.push()
        for officer in sorted(OWN):
            assert (await heard[officer].get()).head == 2, officer
        bich.receive("")
        await bich.push()
        for officer in ("bich", "tinh"):  # for bich it is the first: of the other commune nothing was told
            assert (await heard[officer].get()).head == 3
        assert [officer for officer in OFFICERS if not heard[officer].empty()] == []
        over.set()


@pytest.mark.parametrize("officer", OFFICERS)
async def test_every_officer_reads_dossiers_of_their_own_units_alone(backend: Backend, officer: str) -> None:
    lan = await backend.station("lan")
    dossier = lan.do(ev.Forward(to_unit="tu-phap-a"), lan.receive(code(1)))
    await lan.push()
    station = await backend.station(officer)
    feed, snapshot = await station.get("feed"), await station.get("snapshot")
    for answer in (feed, snapshot):
        assert (str(dossier.id) in answer.text) is (officer in OWN)
    if officer not in OWN:
        assert feed.json()["events"] == []
        assert "Nguyễn" not in feed.text + snapshot.text


def below(unit: str, role: Role) -> frozenset[str]:
    """The units a leader of `unit` may act for."""
    if role is not Role.LEADER:
        return frozenset()
    found = {unit}
    for one in (*UNITS, *UNITS):  # twice: whatever their order
        found |= {one.id} if one.parent in found else set()
    return frozenset(found)


@pytest.mark.parametrize("officer", OFFICERS)
async def test_every_act_of_every_role_on_own_and_foreign_dossiers(backend: Backend, officer: str) -> None:
    unit, role = OFFICERS[officer]
    for name, action in ACTS.items():
        lan, station = await backend.station("lan"), await backend.station(officer)
        last = max(lan.session.last_device_seq, station.session.last_device_seq)
        lan.seq = station.seq = last
        dossier = lan.do(ev.Forward(to_unit="tu-phap-a"), lan.receive(""))
        minh = await backend.station("minh")
        minh.seq = minh.session.last_device_seq
        dossier = minh.do(ev.AcceptHandover(), dossier)
        assert [v.verdict for v in (*await lan.push(), *await minh.push())] == ["accepted"] * 3
        station = await backend.station(officer)
        station.seq = station.session.last_device_seq
        who = ev.Actor(
            officer=officer, unit=unit, station="q", roles=frozenset({role}), over=below(unit, role)
        )
        event = ev.stamped(
            action,
            id=station.new_id(),
            dossier=dossier.id,
            version=dossier.version,
            actor=acting(dossier, type(action), who),  # a leader does a lower unit's work in its name
            at=datetime.now(UTC),
        )
        station.put(event, dossier, seen=1_000_000)
        (verdict,) = await station.push()
        allowed = name in MAY_ACT[role] and officer in OWN
        assert (verdict.verdict == "accepted") is allowed, (officer, name, verdict)
        if officer not in OWN:
            assert verdict.winner is None
            assert verdict.code == ("unknown" if name in MAY_ACT[role] else "role")
            assert verdict.reason == "Không tìm thấy hồ sơ này trên máy chủ." or verdict.code == "role"
        elif not allowed:
            assert verdict.code == "role", (officer, name, verdict)


async def test_a_person_of_another_dossier_is_not_handed_out_by_naming_it(backend: Backend) -> None:
    lan, bich = await backend.station("lan"), await backend.station("bich")
    lan.receive(code(1))
    await lan.push()
    (person,) = lan.persons.values()
    taken = ev.Receive(
        code="",
        procedure=ev.ProcedureRef(code="1", name="x"),
        applicant=person.ref(),
    )
    bich.do(taken)
    assert (await bich.push())[0].verdict == "accepted"
    ((event,), _) = await bich.feed()
    assert event.persons == ()


async def test_too_much_at_once_is_refused_whether_declared_or_not(settings: ServerSettings) -> None:
    async with open_backend(settings.model_copy(update={"max_body_bytes": 20_000})) as backend:
        lan = await backend.station("lan")

        async def drops() -> object:
            for _ in range(30):
                yield b" " * 1000

        for content in (b" " * 30_000, drops()):
            answer = await lan.http.post(f"{wire.PREFIX}/events", content=content, headers=lan.headers)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
            assert "Dữ liệu gửi lên quá lớn" in answer.json()["detail"]


async def test_logs_and_metrics_hold_no_personal_data(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    from tthc_tui.server.logs import JsonLines

    caplog.set_level(logging.DEBUG)
    lan = await backend.station("lan")
    lan.receive(code(1))
    await lan.push()
    await lan.get("feed")
    await lan.http.get(f"{wire.PREFIX}/Nguyễn Văn An")
    lines = "".join(JsonLines().format(record) for record in caplog.records if record.name.startswith("tthc"))
    assert '"route": "/api/v1/events"' in lines
    answer = await lan.http.get(f"{wire.PREFIX}/metrics")
    assert "tthc_events_accepted_total 1\n" in answer.text
    assert 'tthc_requests_total{method="POST",route="/api/v1/events",status="200"} 1\n' in answer.text
    for told in (lines, answer.text):
        assert "Nguyễn" not in told
        assert "089123456789" not in told
        assert "lan" not in told.replace("language", "")


async def test_every_answer_carries_the_servers_clock(backend: Backend) -> None:
    for path in ("health", "feed", "nowhere"):
        answer = await backend.http.get(f"{wire.PREFIX}/{path}")
        sent = datetime.fromisoformat(answer.headers[wire.TIME_HEADER])
        assert abs((datetime.now(UTC) - sent).total_seconds()) < 5
    health = wire.Health.model_validate((await backend.http.get(f"{wire.PREFIX}/health")).json())
    assert (health.status, health.head) == ("ok", 0)
