"""The trial database when whoever writes is told to stop in the middle of it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tthc_tui.server.lite import Lite


@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT"])
async def test_stopping_a_writer_at_its_first_or_last_statement_ends_it_and_frees_the_file(
    tmp_path: Path, statement: str
) -> None:
    lite, under_way, go = Lite(tmp_path / "server.db"), threading.Event(), threading.Event()
    await lite.open()
    async with lite.writing() as tx:
        await tx.rows("CREATE TABLE kept (x INTEGER)")

    def hold(sql: str) -> None:  # on the connection's thread, as the statement begins to run
        if sql.startswith(statement):
            under_way.set()
            go.wait(10)

    lite._threads[0].submit(lite._connections[0].set_trace_callback, hold).result()

    async def write() -> None:
        async with lite.writing() as tx:
            await tx.rows("INSERT INTO kept VALUES (1)")

    task = asyncio.create_task(write())
    while not under_way.is_set():
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    async with lite.writing() as tx:
        await tx.rows("INSERT INTO kept VALUES (2)")
    async with lite.reading() as tx:
        assert await tx.rows("SELECT max(x) FROM kept") == [(2,)]
    await lite.close()
