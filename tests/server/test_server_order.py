"""Order and numbers under concurrent writers, on the real databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from server_tools import AGENCY, Backend, Station, add_device, code, open_backend, sign_in
from sqlalchemy import text

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.server.checkpoints import load_key, make_checkpoint
from tthc_tui.server.migrate import connected
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.verify import verify_database


async def many_stations(backend: Backend, other: Backend, count: int) -> list[Station]:
    """Stations of one centre, shared between two server processes' applications."""
    with connected(backend.settings.database) as connection:
        for number in range(count):
            add_device(connection, f"x{number}", "mot-cua-a")
    return [await sign_in((backend, other)[n % 2].http, "lan", f"x{n}") for n in range(count)]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_reader_skips_nothing_while_two_servers_write(backend: Backend) -> None:
    async with open_backend(backend.settings) as other:
        writers = await many_stations(backend, other, 8)
        reader, late = await backend.station("hung"), await other.station("thu")
        writing = True

        async def write(station: Station, first: int) -> None:
            for number in range(first, first + 12):
                dossier = station.receive(code(number))
                station.do(ev.AddNote(text="x"), dossier)
                await station.push()

        async def read(station: Station) -> list[int]:
            places: list[int] = []
            cursor = ""
            while True:
                last_round = not writing
                events, cursor = await station.feed(after=cursor, limit=7)
                places += [event.place for event in events]
                if last_round:
                    return places

        readers = [asyncio.create_task(read(station)) for station in (reader, late)]
        await asyncio.gather(*(write(station, 1 + 100 * n) for n, station in enumerate(writers)))
        writing = False
        for seen in await asyncio.gather(*readers):
            assert seen == list(range(1, 8 * 12 * 2 + 1))
        proof = await verify_database(backend.app.state.services.database)
        assert (proof.events, proof.dossiers, proof.trouble) == (192, 96, "")


@pytest.mark.parametrize("kind", ["postgres"])
def test_a_bare_sequence_would_lose_what_commits_late(settings: Any) -> None:
    """Why the log has a counter row: with a sequence a reader passes a number that is not there yet."""
    with (
        psycopg.connect(settings.database, autocommit=True) as reader,
        psycopg.connect(settings.database) as slow,
        psycopg.connect(settings.database) as quick,
    ):
        reader.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, who text)")
        reader.execute("TRUNCATE bare RESTART IDENTITY")
        slow.execute("INSERT INTO bare (who) VALUES ('slow')")
        quick.execute("INSERT INTO bare (who) VALUES ('quick')")
        quick.commit()
        seen = reader.execute("SELECT id, who FROM bare WHERE id > 0 ORDER BY id").fetchall()
        slow.commit()
        after = reader.execute("SELECT id, who FROM bare WHERE id > %s", (seen[-1][0],)).fetchall()
        assert (seen, after) == ([(2, "quick")], [])  # row 1 is lost to this reader for ever
        slow.execute("SELECT head FROM log WHERE id = 1 FOR UPDATE")
        quick.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):  # nobody gets place n + 1 before n is committed
            quick.execute("SELECT head FROM log WHERE id = 1 FOR UPDATE")


async def test_the_same_pushes_give_the_same_dossiers_on_one_server_and_on_two(backend: Backend) -> None:
    async with open_backend(backend.settings) as other:
        lan, hung = await sign_in(backend.http, "lan"), await sign_in(other.http, "hung")
        dossier = lan.receive(code(1))
        await lan.push()
        hung.do(ev.Forward(to_unit="tu-phap-a"), dossier)
        lan.do(ev.Forward(to_unit="tu-phap-a"), dossier)
        results = await asyncio.gather(lan.push(), hung.push())
        assert sorted(v.verdict for verdicts in results for v in verdicts) == ["accepted", "duplicate"]
        assert (await lan.feed())[0] == (await hung.feed())[0]


async def test_one_push_sent_twice_at_once_is_stored_once(backend: Backend) -> None:
    async with open_backend(backend.settings) as other:
        lan = await sign_in(backend.http, "lan")
        twin = Station(other.http, lan.session)
        for number in range(1, 6):
            lan.receive(code(number))
        sent = list(lan.outbox)
        answers = await asyncio.gather(*(station.post(sent) for station in (lan, twin, lan, twin)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({str(answer.json()["verdicts"]) for answer in answers}) == 1
        assert len((await lan.feed())[0]) == 5


async def test_blocks_of_numbers_never_overlap(backend: Backend) -> None:
    async with open_backend(backend.settings) as other:
        stations = [
            await sign_in((backend, other)[n % 2].http, who) for n, who in enumerate(("lan", "hung") * 3)
        ]
        days = ["2026-11-23", "2026-11-24", "2026-11-25"]

        async def lease(station: Station, turn: int) -> list[wire.Lease]:
            wants = [{"agency": AGENCY, "day": day, "count": 7} for day in (days if turn % 2 else days[::-1])]
            answer = await station.http.post(
                f"{wire.PREFIX}/leases", json={"wants": wants}, headers=station.headers
            )
            assert answer.status_code == 201, answer.text
            return list(wire.Leases.model_validate(answer.json()).leases)

        async def single(station: Station) -> list[wire.Lease]:
            answer = await station.http.post(
                f"{wire.PREFIX}/numbers", json={"agency": AGENCY, "day": days[0]}, headers=station.headers
            )
            given = wire.NumberGiven.model_validate(answer.json())
            return [wire.Lease(agency=AGENCY, day=given.day, first=given.number, last=given.number)]

        tasks = [lease(station, turn) for turn in range(4) for station in stations]
        tasks += [single(station) for _ in range(5) for station in stations]
        blocks = [block for blocks in await asyncio.gather(*tasks) for block in blocks]
        for day in days:
            numbers = [n for b in blocks if b.day.isoformat() == day for n in range(b.first, b.last + 1)]
            assert sorted(numbers) == list(range(1, len(numbers) + 1)), day  # none twice, none left out


async def test_unused_numbers_are_explained_by_who_holds_them(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    wants = {"wants": [{"agency": AGENCY, "day": "2026-11-23", "count": 5}]}
    await lan.http.post(f"{wire.PREFIX}/leases", json=wants, headers=lan.headers)
    held = await lan.get("leases", agency=AGENCY, day="2026-11-23")
    assert held.json()["leases"] == [{"agency": AGENCY, "day": "2026-11-23", "first": 1, "last": 5}]
    lan.receive(code(2))
    await lan.push()
    body = {"blocks": held.json()["leases"]}
    answers = [
        await s.http.post(f"{wire.PREFIX}/leases/void", json=body, headers=s.headers)
        for s in (hung, lan, lan)
    ]
    assert [a.status_code for a in answers] == [403, 200, 200]
    assert [a.json()["voided"] for a in answers[1:]] == [4, 0]
    assert (await hung.get("leases", agency=AGENCY, day="2026-11-23")).json() == {"leases": []}
    events, _ = await hung.feed()  # the gaps are told in the log, beside the code that was used
    told = [event for line in events if isinstance(event := ev.event_from_json(line.event), ev.NumbersVoided)]
    assert [(one.first, one.last, one.count) for one in told] == [
        (code(1), code(1), 1),
        (code(3), code(5), 3),
    ]
    assert {one.officer for one in told} == {"server"}
    assert {one.returned_by for one in told} == {"lan"}
    after = lan.do(ev.Forward(to_unit="tu-phap-a"), await lan.dossier(told[0].dossier))
    assert after.version == 4
    assert (await lan.push())[0].verdict == "accepted"
    assert (await verify_database(backend.app.state.services.database)).trouble == ""


@pytest.mark.parametrize("kind", ["postgres"])
async def test_no_call_that_holds_a_connection_waits_for_another(settings: ServerSettings) -> None:
    few = settings.model_copy(update={"pool_size": 2, "trust_seconds": 0.0})  # all is looked up every time
    async with open_backend(few) as backend:
        stations = await many_stations(backend, backend, 8)
        wants = {"wants": [{"agency": AGENCY, "day": "2026-11-23", "count": 5}]}
        held = []
        for station in stations:
            answer = await station.http.post(f"{wire.PREFIX}/leases", json=wants, headers=station.headers)
            held.append({"blocks": answer.json()["leases"]})
        stations[0].receive(code(1))
        await stations[0].push()

        async def void(station: Station, body: dict[str, Any]) -> int:
            await station.feed()
            answer = await station.http.post(
                f"{wire.PREFIX}/leases/void", json=body, headers=station.headers, timeout=30
            )
            await station.get("session")
            return answer.status_code

        began = asyncio.get_running_loop().time()
        answers = await asyncio.gather(*map(void, stations, held))
        assert answers == [200] * 8
        assert asyncio.get_running_loop().time() - began < 4  # nobody waited for the pool's five seconds
        assert (await verify_database(backend.app.state.services.database)).trouble == ""


async def test_a_day_without_any_dossier_leaves_no_gap_to_tell(backend: Backend) -> None:
    lan = await backend.station("lan")
    wants = {"wants": [{"agency": AGENCY, "day": "2026-11-23", "count": 5}]}
    answer = await lan.http.post(f"{wire.PREFIX}/leases", json=wants, headers=lan.headers)
    body = {"blocks": answer.json()["leases"]}
    answer = await lan.http.post(f"{wire.PREFIX}/leases/void", json=body, headers=lan.headers)
    assert answer.json() == {"voided": 5}
    assert (await lan.feed())[0] == []


async def test_no_station_may_push_what_only_the_server_says(backend: Backend) -> None:
    tinh = await backend.station("tinh")
    for action in (
        ev.VoidNumbers(first=code(1), last=code(1), count=1),
        ev.ErasePerson(persons=(tinh.new_id(),), reason="x"),
    ):
        dossier = tinh.receive("")
        actor = ev.Actor(officer="tinh", unit="tinh", station="q")
        forged = ev.stamped(
            action, id=tinh.new_id(), dossier=dossier.id, version=1, actor=actor, at=datetime.now(UTC)
        )
        tinh.put(forged, dossier)
        assert [(v.verdict, v.code) for v in await tinh.push()] == [("accepted", ""), ("refused", "role")]


async def test_a_server_proves_itself_and_names_what_was_tampered_with(backend: Backend) -> None:
    lan = await backend.station("lan")
    database = backend.app.state.services.database
    key = load_key(backend.settings.key_file)
    for number in range(1, 4):
        dossier = lan.receive(code(number))
        lan.do(ev.AddNote(text="ghi chú"), dossier)
        await lan.push()
        await make_checkpoint(database, key)
    assert await make_checkpoint(database, key) is None  # nothing new to sign
    proof = await verify_database(database)
    assert (proof.events, proof.dossiers, proof.unsigned, proof.trouble) == (6, 3, 0, "")
    events, _ = await lan.feed()
    other = load_key(backend.settings.key_file.with_name("other.key"))
    assert (
        "mốc ký số 1"
        in (await verify_database(database, key=other.public_key().public_bytes_raw().hex())).trouble
    )
    await _change(backend, "UPDATE event SET body = replace(body, 'ghi chú', 'ghi chu') WHERE place = 4")
    proof = await verify_database(database)
    assert proof.broken is not None
    assert proof.broken.event in events[3].event
    await _change(backend, "UPDATE event SET body = replace(body, 'ghi chu', 'ghi chú') WHERE place = 4")
    assert (await verify_database(database)).trouble == ""
    await _change(backend, "DELETE FROM event WHERE place = 6")  # the end of a chain cut off
    assert "mốc ký số 3" in (await verify_database(database)).trouble


async def test_checkpoints_are_served_to_stations(backend: Backend) -> None:
    lan = await backend.station("lan")
    lan.receive(code(1))
    await lan.push()
    await make_checkpoint(backend.app.state.services.database, load_key(backend.settings.key_file))
    known = wire.Checkpoints.model_validate((await lan.get("checkpoints")).json()).checkpoints
    assert known[-1].checkpoint.place == 1
    after = await lan.get("checkpoints", after=known[-1].checkpoint.number)
    assert after.json() == {"checkpoints": []}


async def _change(backend: Backend, sql: str) -> None:
    with connected(backend.settings.database) as connection:
        connection.execute(text(sql))
