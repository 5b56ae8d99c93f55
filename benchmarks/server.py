"""`python -m benchmarks.server`: measure the backend on a real PostgreSQL and print what it promises as a table.

One server process, one PostgreSQL (fsync on), everything on loopback. Option: --quick.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import server_world as world
from benchmarks.__main__ import Figure, show
from benchmarks.server_archive import snapshot_figures
from benchmarks.server_world import Line, ServerProcess
from benchmarks.shared import Cluster
from tthc_tui.core import events as ev
from tthc_tui.core import wire

STATIONS = 32
PEAK = 100  # events a second, the busiest moment of a province
LIVE = 200
CROWD = 1_500
ROUNDS = 4  # of plain inserts: one is over in a moment, and a moment can be quiet or loud


# --- pushes -----------------------------------------------------------------------------------------------


async def single_pushes(url: str, server: ServerProcess, each: int) -> list[Figure]:
    """32 counters push one event after another without a pause, then at the pace of a province's peak."""
    lines = [Line(server, station) for station in world.counters(url, STATIONS)]
    busy: list[tuple[Line, bytes]] = []
    paced: list[tuple[Line, bytes]] = []
    for number in range(each + each // 2):
        for line in lines:
            line.station.receive(world.code(line.station, number + 1))
            (busy if number < each else paced).append((line, world.body(line.station)))
    await asyncio.gather(*(line.feed() for line in lines))

    async def push(line: Line, sent: bytes, times: list[float]) -> None:
        began = time.perf_counter()
        verdicts = wire.Verdicts.model_validate_json(await line.push(sent))
        times.append(time.perf_counter() - began)
        assert verdicts.verdicts[0].verdict == "accepted", verdicts

    async def without_pause(line: Line, times: list[float]) -> None:
        for own, sent in busy:
            if own is line:
                await push(line, sent, times)

    closed: list[float] = []
    began, used = time.perf_counter(), server.seconds()
    await asyncio.gather(*(without_pause(line, closed) for line in lines))
    rate = len(closed) / (time.perf_counter() - began)
    cost = (server.seconds() - used) / len(closed) * 1000
    opened: list[float] = []
    tasks = []
    for line, sent in paced:
        tasks.append(asyncio.create_task(push(line, sent, opened)))
        await asyncio.sleep(1 / PEAK)
    await asyncio.gather(*tasks)
    close(lines)
    return [
        most(
            f"push of single events, {STATIONS} stations without a pause ({rate:.0f}/s, {cost:.1f} ms of processor each), p95",
            closed,
            0.05,
        ),
        most(f"push of single events, {STATIONS} stations at {PEAK}/s in all, p95", opened, 0.05),
    ]


async def batches(url: str, server: ServerProcess, count: int) -> list[Figure]:
    """Accepted events a second in full batches of receipts and forwardings, against plain inserts."""
    lines = [Line(server, station) for station in world.counters(url, 4)]
    ready: dict[Line, list[bytes]] = {line: [] for line in lines}
    for number in range(count):
        line = lines[number % len(lines)]
        for n in range(wire.MAX_BATCH // 2):
            code = world.code(line.station, 50_000 + number * wire.MAX_BATCH + n)
            line.station.do(ev.Forward(to_unit="xa-0"), line.station.receive(code))
        ready[line].append(world.body(line.station))
    await asyncio.gather(*(line.feed() for line in lines))

    async def run(line: Line) -> int:
        good = 0
        for sent in ready[line]:
            verdicts = wire.Verdicts.model_validate_json(await line.push(sent)).verdicts
            good += sum(verdict.verdict == "accepted" for verdict in verdicts)
        return good

    began = time.perf_counter()
    accepted = sum(await asyncio.gather(*(run(line) for line in lines)))
    rate = accepted / (time.perf_counter() - began)
    assert accepted == count * wire.MAX_BATCH
    close(lines)
    one_each, together = plain_inserts(url, count)
    plain = max(one_each, together)
    what = f"accepted events/s, batches of {wire.MAX_BATCH}, one process"
    measured = f"{rate:,.0f}/s = {rate / plain:.2f} × {plain:,.0f}/s"
    compared = f"plain INSERT … RETURNING, executemany {one_each:,.0f}/s, rows of VALUES {together:,.0f}/s"
    target = "≥ 0.1 × the faster INSERT, ≥ 1,000/s"
    return [Figure(f"{what} ({compared})", measured, target, rate >= max(0.1 * plain, 1_000))]


def plain_inserts(url: str, count: int) -> tuple[float, float]:
    """Rows a second of `INSERT … RETURNING` in batches through psycopg, as executemany and as one statement a batch.

    They are the log's own rows, into a table like the log's.
    """
    with psycopg.connect(url) as connection:
        newest = "SELECT * FROM event ORDER BY place DESC LIMIT %s"
        events = connection.execute(newest, (count * wire.MAX_BATCH,)).fetchall()
        marks = "(" + ", ".join(["%s"] * len(events[0])) + ")"
        batches = [events[start : start + wire.MAX_BATCH] for start in range(0, len(events), wire.MAX_BATCH)]
        cursor = connection.cursor()

        def executemany(rows: list[tuple[Any, ...]]) -> None:
            cursor.executemany(f"INSERT INTO plain VALUES {marks} RETURNING place", rows, returning=True)

        def values(rows: list[tuple[Any, ...]]) -> None:
            together = ", ".join([marks] * len(rows))
            flat = [value for row in rows for value in row]
            cursor.execute(f"INSERT INTO plain VALUES {together} RETURNING place", flat)
            cursor.fetchall()

        def rate(insert: Callable[[list[tuple[Any, ...]]], None]) -> float:
            connection.execute("CREATE TABLE plain (LIKE event INCLUDING ALL)")
            connection.commit()
            taken = 0.0
            for _ in range(ROUNDS):
                began = time.perf_counter()
                for rows in batches:
                    insert(rows)
                    connection.commit()
                taken += time.perf_counter() - began
                connection.execute("TRUNCATE plain")
                connection.commit()
            connection.execute("DROP TABLE plain")
            connection.commit()
            return ROUNDS * len(events) / taken

        return rate(executemany), rate(values)


# --- live -------------------------------------------------------------------------------------------------


async def visible(url: str, server: ServerProcess, events: int, communes: int) -> list[float]:
    """Seconds from pressing the key at one counter to the event in the hands of its neighbour, LIVE stations listening."""
    stations = world.counters(url, LIVE, communes)
    begun: dict[bytes, float] = {}
    times: list[float] = []
    heard = [Line(server, station) for station in stations]
    asking = [Line(server, station) for station in stations]
    settled: set[Line] = set()

    async def listen(live: Line, feed: Line) -> None:
        async for head in live.hints():
            while True:
                page = await feed.feed()
                now = time.perf_counter()
                for part in page.split(b'{"at":')[1:]:
                    key = part.partition(b'\\"id\\":\\"')[2][:36]
                    if key in begun:
                        times.append(now - begun[key])
                if int(feed.cursor.split("-")[1]) >= head or b'"more": false' in page[-20:]:
                    break
            settled.add(live)

    await asyncio.gather(*(line.feed() for line in asking))
    tasks = [asyncio.create_task(listen(*pair)) for pair in zip(heard, asking, strict=True)]
    await until(lambda: as_awaitable(len(settled)), LIVE)  # every one has heard where the feed stands
    pushing = [Line(server, station) for station in stations[: min(communes, 50)]]
    pushes = []
    neighbours = LIVE // communes
    for number in range(events):
        line = pushing[number % len(pushing)]
        line.station.receive(world.code(line.station, 20_000 + communes * 100 + number))
        sent = line.station.outbox[0]
        identity = sent.event.partition('"id":"')[2][:36].encode()
        ready = world.body(line.station)
        begun[identity] = time.perf_counter()
        pushes.append(asyncio.create_task(line.push(ready)))
        await asyncio.sleep(1 / 20)
    await asyncio.gather(*pushes)
    await until(lambda: as_awaitable(len(times)), events * neighbours)
    await ended(tasks)
    close([*heard, *asking, *pushing])
    return times


async def crowd(url: str, server: ServerProcess, events: int) -> Figure:
    """CROWD live connections: each hears of the last event, and each feed then holds every event."""
    stations = world.counters(url, CROWD)
    lines = [Line(server, station) for station in stations]
    asking = [Line(server, station) for station in stations]
    told = [0] * CROWD
    before = world.rows(url, "SELECT head FROM log")[0][0]

    async def listen(number: int) -> None:
        async for head in lines[number].hints():
            told[number] = head

    gate = asyncio.Semaphore(100)

    async def begin(line: Line) -> None:
        async with gate:
            line.cursor = await end_of_feed(line)

    await asyncio.gather(*(begin(line) for line in asking))
    tasks = [asyncio.create_task(listen(number)) for number in range(CROWD)]
    await until(lambda: live_connections(asking[0]), CROWD, seconds=60)
    pushing = asking[: world.COMMUNES]
    for number in range(events):
        for line in pushing:
            line.station.receive(world.code(line.station, 70_000 + number))
        await asyncio.gather(*(line.push(world.body(line.station)) for line in pushing))
    heads = dict(
        world.rows(url, "SELECT unit, max(since) FROM visibility WHERE unit LIKE 'mc-%' GROUP BY unit")
    )
    wanted = [heads[station.session.unit] for station in stations]
    informed = lambda: as_awaitable(sum(a >= b for a, b in zip(told, wanted, strict=True)))  # noqa: E731
    await until(informed, CROWD, seconds=20)
    heard = sum(a >= b for a, b in zip(told, wanted, strict=True))
    found = 0

    async def read(line: Line) -> None:
        nonlocal found
        async with gate:
            page = await line.feed()
        found += page.count(b'{"at":') == events

    await asyncio.gather(*(read(line) for line in asking))
    alive = sum(not task.done() for task in tasks)
    await ended(tasks)
    close([*lines, *asking])
    after = world.rows(url, "SELECT head FROM log")[0][0]
    assert after - before == events * world.COMMUNES
    what = f"live connections on one process, {after - before:,} events pushed"
    measured = f"{alive} open, {heard} told, {found} whole"
    return Figure(what, measured, f"{CROWD:,} with nothing lost", min(alive, heard, found) == CROWD)


async def ended(tasks: list[asyncio.Task[None]]) -> None:
    """Tell tasks to stop, and wait until they have."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def end_of_feed(line: Line) -> str:
    """Read a feed to its head; the cursor there."""
    while b'"more": true' in (await line.feed())[-20:]:
        pass
    return line.cursor


async def live_connections(line: Line) -> int:
    """How many the server counts."""
    text = (await line.ask("GET", "metrics")).decode()
    return int(float(text.partition("\ntthc_live_connections ")[2].partition("\n")[0]))


async def as_awaitable(value: int) -> int:
    """A number where one is awaited."""
    return value


async def until(read: Callable[[], Awaitable[int]], wanted: int, seconds: float = 30) -> None:
    """Wait until a number is reached, or the time is over (the figure then tells)."""
    ends = time.monotonic() + seconds
    while await read() < wanted and time.monotonic() < ends:
        await asyncio.sleep(0.05)


def close(lines: list[Line]) -> None:
    """Hang all up."""
    for line in lines:
        line.close()


# --- the table --------------------------------------------------------------------------------------------


def most(what: str, times: list[float], limit: float) -> Figure:
    """A figure promised as the 95th percentile of durations."""
    value = world.percentile(times)
    return Figure(what, f"{value * 1000:.1f} ms of {len(times)}", f"≤ {limit * 1000:.0f} ms", value <= limit)


async def calls(url: str, folder: Path, quick: bool) -> list[Figure]:
    """The figures of one server process on one database."""
    with world.serving(url, folder) as server:
        figures = await single_pushes(url, server, 15 if quick else 60)
        show(figures)
        figures += await batches(url, server, 20 if quick else 80)
        show(figures[-1:])
        spread = await visible(url, server, 60 if quick else 200, world.COMMUNES)
        what = f"counter to the next counter's monitor, {LIVE} live stations"
        figures.append(most(f"{what} in {world.COMMUNES} communes, 20/s, p95", spread, 0.5))
        show(figures[-1:])
        figures.append(await crowd(url, server, 3 if quick else 10))
        show(figures[-1:])
    return figures


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The server's own event loop for the counters, where there is one: they share the machine with it."""
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop


def main() -> int:
    """Measure everything; the exit code is 1 when a promise is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server")
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Cluster() as cluster, tempfile.TemporaryDirectory() as scratch:
        node = cluster.primary()
        version = node.execute("SHOW server_version")[0][0]
        print(f"PostgreSQL {version}, Python {sys.version.split()[0]}, {sys.platform}", flush=True)
        for name in ("calls", "archive"):
            node.execute(f"CREATE DATABASE {name}")
            world.make_province(node.url(name))
        with asyncio.Runner(loop_factory=fast_loop()) as runner:
            figures = runner.run(calls(node.url("calls"), Path(scratch), quick))
        figures += snapshot_figures(node.url("archive"), Path(scratch), 20_000 if quick else 100_000)
    print()
    show(figures)
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
