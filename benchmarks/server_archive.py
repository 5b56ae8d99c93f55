"""A centre's archive on the server, and a new station (the real one, in its own process) that takes it over.

`python -m benchmarks.server_archive FOLDER URL CODE PASSWORD SERVER_PID` is that station.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks import server_world as world
from benchmarks.__main__ import Figure
from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, uuid7
from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.people import Person
from tthc_tui.core.site import Role
from tthc_tui.server import admin
from tthc_tui.server.migrate import connected
from tthc_tui.server.plan import units_of
from tthc_tui.server.shape import SHAPE

UNIT, OFFICER, PASSWORD = "mc-0", "cb-0", "mật khẩu dài 8"
A_DAY = 500  # dossiers
RATE = 5_000
TABLES = {"event": 14, "dossier": 8, "visibility": 3, "person": 4, "code": 2}


class Pattern:
    """One dossier (received, forwarded, taken over) decided by the rules; others are written after it."""

    def __init__(self, url: str) -> None:
        (station,) = world.counters(url, 1)
        station.clock = datetime(2026, 1, 5, 8, 0, tzinfo=VIETNAM)
        self.person = station.person()
        self.code = f"H15.100.13-{world.DAY}-00001"
        dossier = station.receive(self.code)
        dossier = station.do(ev.Forward(to_unit="xa-0"), dossier)
        dossier = station.do(ev.AddNote(text="Đã kiểm tra thành phần hồ sơ."), dossier)
        self.dossier: Dossier = dossier
        self.person = next(p for p in station.persons.values() if p.id == dossier.applicant.id)
        self.texts = [item.event for item in station.outbox]
        self.events = [ev.event_from_json(text) for text in self.texts]
        self.state = dossier.model_dump_json()
        self.units = sorted({*units_of(dossier), UNIT, "tinh"})

    def written(self, number: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The rows (table, values) of the dossier numbered `number`, from 0."""
        at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=number)
        day = date(2026, 1, 5) + timedelta(days=number // A_DAY)
        code = f"H15.100.13-{day:%y%m%d}-{number % A_DAY + 1:04d}"
        person = Person(**{**vars(self.person), "id": uuid7(at), "name": f"Nguyễn Văn {number}"})
        ref = person.ref()
        ids = {str(event.id): str(uuid7(at)) for event in self.events}
        identity = str(uuid7(at))
        known = self.dossier.applicant
        swaps = {**ids, str(self.dossier.id): identity, self.code: code}
        swaps |= {str(known.id): str(ref.id), known.commitment: ref.commitment}

        def own(text: str) -> str:
            for old, new in swaps.items():
                text = text.replace(old, new)
            return text

        head, first = GENESIS, number * len(self.events) + 1
        now = round(at.timestamp() * 1000)
        for n, (event, text) in enumerate(zip(self.events, map(own, self.texts), strict=True)):
            head = chain(head, canonical(text))
            who = (None, None, OFFICER, UNIT, OFFICER, now, now, "", head, text)
            yield "event", (first + n, ids[str(event.id)], identity, event.kind, *who)
        seen, version = json.dumps(self.units), len(self.events)
        involved = json.dumps(units_of(self.dossier))
        yield (
            "dossier",
            (identity, version, first + version - 1, head, seen, involved, SHAPE, own(self.state)),
        )
        for unit in self.units:
            yield "visibility", (unit, identity, first + (unit == "xa-0"))
        yield "person", (identity, str(ref.id), ref.commitment, person.model_dump_json())
        yield "code", (code, identity)


def make_archive(url: str, dossiers: int) -> None:
    """`dossiers` of one centre, three events each, as the server itself would have stored them."""
    pattern = Pattern(url)
    with psycopg.connect(url) as connection:
        for start in range(0, dossiers, 5_000):
            rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
            for number in range(start, min(start + 5_000, dossiers)):
                for table, row in pattern.written(number):
                    rows[table].append(row)
            for table, lines in rows.items():
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:  # type: ignore[arg-type]
                    for line in lines:
                        copy.write_row(line)
        connection.execute("UPDATE log SET head = (SELECT max(place) FROM event)")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def snapshot_figures(url: str, folder: Path, dossiers: int) -> list[Figure]:
    """How fast a new station has the whole archive, and what memory both sides take for it."""
    make_archive(url, dossiers)
    with connected(url) as connection:
        admin.put_officer(
            connection, admin.NewOfficer(OFFICER, "Cán bộ 0", UNIT, (Role.RECEIVING,)), PASSWORD
        )
        code = admin.enrolment_code(connection, UNIT)
    with world.serving(url, folder) as server:
        station = folder / "station"
        args = [str(station), server.url, code, PASSWORD, str(server.process.pid)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.server_archive", *args],
            stdout=subprocess.PIPE,
            check=True,
            cwd=world.ROOT,
        )
    told = json.loads(done.stdout)
    assert told["dossiers"] == dossiers, told
    rate = dossiers / told["seconds"]
    return [
        Figure(
            f"new station, {dossiers:,} dossiers ({dossiers * 3:,} events) by snapshot into its file",
            f"{rate:,.0f} dossiers/s, {told['processor'] / dossiers * 1e6:.0f} µs of processor each",
            f"≥ {RATE:,} dossiers/s",
            rate >= RATE,
        ),
        *(flat(f"memory of the {who} meanwhile", told[who]) for who in ("server", "station")),
    ]


def flat(what: str, samples: list[int]) -> Figure:
    """Memory is flat when it hardly grows after the first fifth."""
    early, most = samples[len(samples) // 5], max(samples)
    measured = f"{early >> 20} MiB, at most {most >> 20} MiB"
    return Figure(what, measured, "≤ 1.2 × after a fifth", most <= early * 1.2)


def main(folder: Path, url: str, code: str, password: str, server_pid: int) -> None:
    """The station: enrol, sign in, take the snapshot; what was measured as JSON on stdout."""
    from tthc_tui.store.remote import Remote
    from tthc_tui.store.sqlite import SqliteStore
    from tthc_tui.store.sync_engine import SyncEngine
    from tthc_tui.store.sync_secrets import Secrets

    folder.mkdir()
    own, server = psutil.Process(), psutil.Process(server_pid)
    samples: dict[str, list[int]] = {"server": [], "station": []}

    def progress(done: int, total: int) -> None:
        samples["station"].append(own.memory_info().rss)
        samples["server"].append(server.memory_info().rss)

    def clock() -> datetime:
        return datetime.now(UTC)

    with SqliteStore(folder / "tthc.db") as store:
        engine = SyncEngine(store, Remote(url, clock=clock), Secrets(folder, use_keyring=False), clock)
        engine.enrol(code, "máy mới")
        engine.sign_in(OFFICER, password)
        began, used = time.perf_counter(), time.process_time()
        done = engine.round(progress=progress)
        seconds, used = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"dossiers": done.dossiers, "seconds": seconds, "processor": used, **samples}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:5], int(sys.argv[5]))
