"""A snapshot on its way down: dossiers are read and proved here while the writer stores those before them."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from tthc_tui.core import wire
from tthc_tui.store import sync_state as state
from tthc_tui.store.remote import Remote
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_errors import BadAnswer
from tthc_tui.store.sync_snapshot import Batch, apply_batch, check_not_emptied, prepare
from tthc_tui.store.sync_state import Snapshot

SNAPSHOT_BATCH = 400  # dossiers of one transaction: it holds officers up for less than a key is felt
_TURN = 0.0005  # seconds between the turns of threads: the writer needs its own at once, and seldom

Stored = Callable[[Snapshot, int], None]
"""Told how far the snapshot is stored, and by how many dossiers more."""


class BrokenOff(BadAnswer):
    """The snapshot broke off; it is resumed from its last dossier the next time."""

    temporary = True

    def __init__(self) -> None:
        super().__init__("Tải dữ liệu từ máy chủ bị ngắt giữa chừng; sẽ tải tiếp từ chỗ đã tới.")


def download(
    store: SqliteStore, remote: Remote, begun: Snapshot, stored: Stored, *, accept_empty: bool
) -> tuple[Snapshot, str]:
    """Take a snapshot over, from where it has come; how far it is, and the cursor to go on from.

    Raises RemoteError; what was stored until then is kept. SuddenlyEmpty unless `accept_empty`.
    """
    reached, cursor = begun, ""
    waiting: list[wire.SnapshotDossier] = []
    with _undisturbed(), _Ahead(store, stored) as ahead:
        for line in remote.snapshot(begun.as_of, begun.after):
            if isinstance(line, wire.SnapshotStart):
                if not begun.as_of and not accept_empty:
                    with store.read() as connection:
                        check_not_emptied(connection, line.dossiers)
                reached = replace(reached, as_of=line.as_of, total=line.dossiers)
                store.write(partial(state.put_snapshot, state=reached))
            elif isinstance(line, wire.SnapshotDossier):
                waiting.append(line)
            else:
                cursor = line.cursor
            if len(waiting) >= SNAPSHOT_BATCH or (waiting and cursor):
                batch = prepare(waiting, reached)
                ahead.store(batch)
                reached, waiting = batch.reached, []
        if waiting:  # the stream ended in between: keep what came
            ahead.store(prepare(waiting, reached))
    if not cursor:
        raise BrokenOff()
    return reached, cursor


class _Ahead:
    """One batch at the writer while the next is prepared. Leaving it waits for the last one."""

    def __init__(self, store: SqliteStore, stored: Stored) -> None:
        self._store = store
        self._stored = stored
        self._under_way: tuple[Batch, Future[None]] | None = None

    def store(self, batch: Batch) -> None:
        """Hand a batch to the writer, once the one before it is stored."""
        self.wait()
        self._under_way = batch, self._store.submit(partial(apply_batch, batch=batch))

    def wait(self) -> None:
        """Until nothing is under way; the error of the batch that was."""
        if self._under_way is not None:
            (batch, future), self._under_way = self._under_way, None
            future.result()
            self._stored(batch.reached, len(batch.histories))

    def __enter__(self) -> _Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A snapshot is millions of objects without cycles: looking for cycles among them took half of its time."""
    thresholds, turn = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(100_000, 50, 100)
    sys.setswitchinterval(min(turn, _TURN))
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(turn)
