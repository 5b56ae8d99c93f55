"""The trial database when whoever writes is told to stop in the middle of it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tthc_tui.server.database import Transaction
from tthc_tui.server.lite import Lite


@pytest.mark.parametrize("at_begin", [True, False])
async def test_stopping_a_writer_at_its_first_or_last_statement_ends_it_and_frees_the_file(
    tmp_path: Path, at_begin: bool
) -> None:
    lite, held, go = Lite(tmp_path / "server.db"), threading.Event(), threading.Event()
    await lite.open()
    async with lite.writing() as tx:
        await tx.rows("CREATE TABLE kept (x INTEGER)")

    def hold() -> None:
        lite._threads[0].submit(
            lambda: (held.set(), go.wait())
        )  # whatever comes next on the connection's thread waits

    async def write() -> None:
        if at_begin:
            hold()
        async with lite.writing() as tx:
            await tx.rows("INSERT INTO kept VALUES (1)")
            hold()

    task = asyncio.create_task(write())
    while not (held.is_set() and lite._threads[0]._work_queue.qsize()):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    async with lite.writing() as tx:
        await _add(tx)
    async with lite.reading() as tx:
        assert (await tx.rows("SELECT max(x) FROM kept"))[0] == (2,)
    await lite.close()


async def _add(tx: Transaction) -> None:
    await tx.rows("INSERT INTO kept VALUES (2)")
