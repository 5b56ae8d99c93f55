"""Several worker processes behind one address give the results of one."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from server_tools import Station, code, sign_in
from test_server_live import free_port, hints, until, wait_until_healthy

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.events import event_from_json
from tthc_tui.server.settings import ServerSettings, to_environment
from tthc_tui.server.verify import verify_server

pytestmark = pytest.mark.parametrize("kind", ["postgres"])
EACH = 12


@contextmanager
def workers(settings: ServerSettings) -> Iterator[str]:
    """A server that starts two processes of its own, as `tthc serve` does; its address."""
    own = settings.model_copy(update={"port": free_port(), "workers": 2})
    program = "from tthc_tui.server.cli import run; from tthc_tui.server.settings import load_settings; run(load_settings())"
    process = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, **to_environment(own)}, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{own.port}"
    try:
        wait_until_healthy(address, lambda: process.poll() is None)
        yield address
    finally:
        process.terminate()
        process.wait(15)


async def accepted_by(http: httpx.AsyncClient) -> dict[str, int]:
    """How many events each process that answers has accepted, by the time it was started at."""
    found: dict[str, int] = {}
    for _ in range(8):
        page = (await http.get(f"{wire.PREFIX}/metrics")).text
        one = re.search(r"^process_start_time_seconds (\S+)$", page, re.M)
        number = re.search(r"^tthc_events_accepted_total (\d+)$", page, re.M)
        assert one
        assert number
        found[one[1]] = int(number[1])
    return found


async def day(address: str) -> dict[str, object]:
    """Counters of both communes work at once, every call on a connection of its own; what came of it."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=30) as http:
        async with asyncio.timeout(60):  # both are up
            while len(await accepted_by(http)) < 2:
                await asyncio.sleep(0)
        lan, hung, bich = [await sign_in(http, name) for name in ("lan", "hung", "bich")]
        shared = lan.receive(code(900))
        await lan.push()
        theirs = bich.receive(code(901))
        await bich.push()

        async def work(station: Station, first: int) -> list[str]:
            said = []
            for number in range(first, first + EACH):
                dossier = station.receive(code(number))
                if number % 3 == 0:
                    station.do(ev.AddNote(text="x"), dossier)
                said += [verdict.verdict for verdict in await station.push()]
            return said

        async with hints(hung) as heard:
            said = await asyncio.gather(work(lan, 1), work(hung, 101), work(bich, 201))
            head = len((await lan.feed())[0])
            assert await until(heard, head) >= 1
        async with asyncio.timeout(60):  # both took part
            while len(counts := await accepted_by(http)) < 2 or not all(counts.values()):
                bich.do(ev.AddNote(text="y"), theirs)
                await bich.push()
        both = []
        for station in (lan, hung):
            station.do(ev.Withdraw(reason="theo yêu cầu"), shared)
            both.append(station.push())
        race = [verdict.verdict for (verdict,) in await asyncio.gather(*both)]
        feeds = [[line.event for line in (await station.feed())[0]] for station in (lan, hung)]
        assert feeds[0] == feeds[1]
        await http.delete(f"{wire.PREFIX}/session", headers=bich.headers)
        async with asyncio.timeout(5):  # in every process
            while {(await bich.get("feed")).status_code for _ in range(8)} != {401}:
                await asyncio.sleep(0)
        events = [event_from_json(text) for text in feeds[0]]
        return {
            "said": [sorted(one) for one in said],
            "race": sorted(race),
            "kinds": sorted(event.kind for event in events),
            "codes": sorted(event.code for event in events if isinstance(event, ev.Received)),
        }


async def test_two_workers_give_the_results_of_one(settings: ServerSettings, cluster: str) -> None:
    with workers(settings) as address:
        several = await day(address)
    proof = await verify_server(settings)
    assert (proof.trouble, proof.dossiers) == ("", 3 * EACH + 2)
    assert several["race"] == ["accepted", "duplicate"]
    notes = sum(1 for first in (1, 101) for number in range(first, first + EACH) if number % 3 == 0)
    assert several["said"] == [["accepted"] * (EACH + EACH // 3)] * 3
    assert several["kinds"] == sorted(["received"] * (2 * EACH + 1) + ["noted"] * notes + ["withdrawn"])
    assert several["codes"] == sorted(
        code(number) for number in (*range(1, 1 + EACH), *range(101, 101 + EACH), 900)
    )
