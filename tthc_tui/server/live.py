"""Telling stations that their feed has grown: one listener a process, news gathered per feed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tthc_tui.core.wire import LIVE_EVENT, Grown
from tthc_tui.server.auth import Caller, Gate
from tthc_tui.server.catalog import CURRENT_SQL
from tthc_tui.server.database import Database, Unavailable
from tthc_tui.server.directory import DirectoryKeeper

log = logging.getLogger("tthc.server")

GAP_SECONDS = 0.1  # between two hints of one feed
RETRY_SECONDS = 1.0
POLL_SECONDS = 0.5  # of a SQLite file that other processes may write


@dataclass(slots=True, eq=False)
class _Feed:
    """Who listens to one unit's feed, and how far it is known to reach."""

    head: int = 0
    waiting: set[asyncio.Event] = field(default_factory=set)
    timer: asyncio.TimerHandle | None = None
    told_at: float = -1.0


class Live:
    """The hub of one process."""

    def __init__(self, database: Database, gate: Gate, directory: DirectoryKeeper, heartbeat: float) -> None:
        self._database = database
        self._gate = gate
        self._directory = directory
        self._heartbeat = heartbeat
        self._feeds: dict[str, _Feed] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._head = 0
        self._epoch = ""
        self._catalog = ""  # version of the newest bundle
        self._closing = False
        self.connections = 0

    def start(self) -> None:
        """Begin to listen; call on the running loop."""
        self._tasks = [asyncio.create_task(self._listen())]
        if self._database.kind == "sqlite":
            self._tasks.append(asyncio.create_task(self._poll()))

    async def stop(self) -> None:
        """Stop listening and end all streams."""
        self._closing = True
        for feed in self._feeds.values():
            if feed.timer:
                feed.timer.cancel()
            for waiting in feed.waiting:
                waiting.set()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        while True:
            try:
                async for payload in self._database.listen():
                    if payload:
                        self._hear(payload)
                    else:  # (again) connected: anything may have been missed
                        self._gate.forget()
                        self._directory.forget()
                        await self._look()
            except Unavailable:
                log.warning("listener lost its connection")
            await asyncio.sleep(RETRY_SECONDS)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            with contextlib.suppress(Unavailable):
                await self._look()

    async def _look(self) -> None:
        async with self._database.reading() as tx:
            log_rows, bundles = await tx.many(
                [("SELECT epoch, head FROM log WHERE id = 1", {}), (CURRENT_SQL, {})]
            )
        ((self._epoch, head),) = log_rows
        catalog = bundles[0][0] if bundles else ""
        if head != self._head or catalog != self._catalog:
            self._catalog = catalog
            self._grown(head, list(self._feeds))

    def _hear(self, payload: str) -> None:
        notice = json.loads(payload)
        if notice.get("forget"):
            self._gate.forget()
            self._directory.forget()
            if "catalog" in notice:
                self._catalog = notice["catalog"]
                self._grown(self._head, list(self._feeds))
            return
        units = notice["units"]
        self._grown(notice["head"], list(self._feeds) if units == ["*"] else units)

    def _grown(self, head: int, units: list[str]) -> None:
        self._head = max(self._head, head)
        for unit in units:
            feed = self._feeds.get(unit)
            if feed is not None:
                feed.head = max(feed.head, head)
                self._tell_soon(feed)

    def _tell_soon(self, feed: _Feed) -> None:
        """At once, or when GAP_SECONDS have passed since the last hint of this feed."""
        if feed.timer is not None:
            return
        loop = asyncio.get_running_loop()
        wait = feed.told_at + GAP_SECONDS - loop.time()
        if wait <= 0:
            self._tell(feed)
        else:
            feed.timer = loop.call_later(wait, self._tell, feed)

    def _tell(self, feed: _Feed) -> None:
        feed.timer = None
        feed.told_at = asyncio.get_running_loop().time()
        for waiting in feed.waiting:
            waiting.set()

    async def stream(self, caller: Caller) -> AsyncIterator[bytes]:
        """The text of one live connection: where the log stands now, then every growth of the caller's feed."""
        feed = self._feeds.setdefault(caller.feed, _Feed())
        waiting = asyncio.Event()
        feed.waiting.add(waiting)
        self.connections += 1
        try:
            await self._look()
            yield self._hint(self._head)
            while not self._closing:
                try:
                    await asyncio.wait_for(waiting.wait(), self._heartbeat)
                except TimeoutError:
                    if not await self._may_stay(caller):
                        return
                    yield b": \n\n"
                    continue
                waiting.clear()
                if not self._closing:
                    yield self._hint(feed.head)
        finally:
            self.connections -= 1
            feed.waiting.discard(waiting)
            if not feed.waiting and feed.timer is None:
                self._feeds.pop(caller.feed, None)

    async def _may_stay(self, caller: Caller) -> bool:
        try:
            return await self._gate.still_in(caller)
        except Unavailable:
            return True  # the stream is a hint; the database coming back is no reason to reconnect everybody

    def _hint(self, head: int) -> bytes:
        data = Grown(head=head, epoch=self._epoch, catalog=self._catalog).model_dump_json()
        return f"event: {LIVE_EVENT}\ndata: {data}\n\n".encode()
