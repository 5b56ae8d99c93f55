"""The sync beside the screens: one thread for rounds, one for the live stream; no key ever waits for either."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from tthc_tui.core.base import vietnam_time
from tthc_tui.core.link import Link, SyncStatus
from tthc_tui.store import erasing
from tthc_tui.store import sync_state as state
from tthc_tui.store.errors import StoreClosed, StoreError
from tthc_tui.store.remote import NUMBER_SECONDS, Remote
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_engine import Round, SyncEngine
from tthc_tui.store.sync_errors import RemoteError, SignInNeeded, TooMany
from tthc_tui.store.sync_outbox import waits
from tthc_tui.store.sync_secrets import Secrets

POLL_SECONDS = 5.0  # without a live stream
CALM_SECONDS = 60.0  # with one: only a safety net
BACKOFF_FIRST, BACKOFF_MOST = 1.0, 60.0
SPREAD_SECONDS = 0.5  # a backend that restarts cuts all its streams at once
ASLEEP_SECONDS = 30.0  # the clock went on this much longer than we waited: the machine slept


class SyncWorker:
    """Keeps a file in step with its backend while the program runs. Methods may be called from any thread.

    `changed` is called (from the worker's thread) whenever the status may read differently. Start it once,
    stop it before the store closes.
    """

    def __init__(
        self,
        store: SqliteStore,
        clock: Callable[[], datetime],
        *,
        secrets: Secrets | None = None,
        connect: Callable[..., Remote] = Remote,
        changed: Callable[[], None] | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.store = store
        self._clock = clock
        self._changed = changed or (lambda: None)
        self._chance = chance or random.Random()
        self._stop, self._wake = threading.Event(), threading.Event()
        self._busy = threading.Lock()  # one round at a time
        self._link, self._problem = Link.STARTING, ""
        self._failures = 0
        self._live = False
        self._grown = True
        self._threads: list[threading.Thread] = []
        self._numbers = ThreadPoolExecutor(1, thread_name_prefix="sync-number")
        with store.read() as connection:
            setup = state.enrolment(connection)
            self._offset = state.offset(connection)
        self.remote = connect(setup.url, clock=clock, learned=self._learned, ca=setup.ca)
        self.engine = SyncEngine(store, self.remote, secrets or Secrets(store.path.parent), clock)

    # -- start and end ------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; returns at once."""
        self.store.after_write = self._stored
        for name, run in (("sync", self._run), ("sync-live", self._listen)):
            thread = threading.Thread(target=run, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """End, waiting at most `seconds` for what is under way; unsent events stay in the outbox."""
        self._stop.set()
        self._wake.set()
        self.store.after_write = None
        self.remote.reset()
        self._numbers.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def poke(self) -> None:
        """Try again now, however long the next round was put off."""
        self._failures = 0
        self._grown = True
        self._wake.set()

    # -- what others ask ----------------------------------------------------------------------------

    @property
    def offset(self) -> timedelta:
        """Server time minus this machine's."""
        return self._offset

    @property
    def online(self) -> bool:
        """Whether the last exchange succeeded."""
        return self._link is Link.ONLINE

    @property
    def hearing(self) -> bool:
        """Whether the live stream stands: news arrive without being asked for."""
        return self._live

    def status(self) -> SyncStatus:
        """The link at this moment."""
        day = vietnam_time(self._clock() + self._offset).date()
        with self.store.read() as connection:
            found = state.read_status(connection, day.isoformat())
        if found.link is not Link.STARTING:
            return found
        fresh = self.engine.data_at or found.data_at
        return replace(found, link=self._link, problem=self._problem, data_at=fresh)

    def sign_in(self, user: str, password: str) -> None:
        """Sign in and go on at once; RemoteError says what is wrong."""
        with self._busy:
            self.engine.sign_in(user, password)
        self.poke()

    def once(self, **wanted: object) -> Round:
        """One whole round now, in the caller's thread; RemoteError on trouble."""
        with self._busy:
            try:
                done = self.engine.round(**wanted)  # type: ignore[arg-type]
            except RemoteError as error:
                self._failed(error)
                raise
            finally:
                self._sweep()
        self._well()
        return done

    def reserve(self, agency: str, day: date) -> None:
        """Ask for a number for a dossier being received, and wait 300 ms at most; a late one is kept for later."""
        if not self.online or self._stop.is_set():
            return
        try:
            asked: Future[None] = self._numbers.submit(self.engine.ask_number, agency, day)
        except RuntimeError:  # shutting down
            return
        try:
            asked.result(NUMBER_SECONDS)
        except (TooLate, StoreError):
            return  # one from the lease, then

    # -- the thread of rounds -----------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.is_set():
            wait = self._once_quietly()
            self._sleep(wait)

    def _once_quietly(self) -> float:
        """One round; how long to wait for the next, in seconds."""
        self._grown = False
        try:
            with self._busy:
                try:
                    self.engine.round(progress=lambda done, total: self._changed())
                finally:
                    self._sweep()
        except StoreClosed:
            self._stop.set()
            return 0.0
        except StoreError as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 - the worker must not die; what it is goes to the screen
            return self._failed(StoreError(f"Đồng bộ gặp lỗi ngoài dự kiến ({type(error).__name__})."))
        self._well()
        return CALM_SECONDS if self._live else POLL_SECONDS

    def _sweep(self) -> None:
        """Nothing of whom the backend told to erase stays on the disk, even where the round ended early."""
        with suppress(StoreError):  # the file is away or locked: the next round tries again
            erasing.sweep(self.store)

    def _well(self) -> None:
        self._failures, self._link, self._problem = 0, Link.ONLINE, self.engine.catalog_trouble
        self._changed()

    def _failed(self, error: StoreError) -> float:
        self._failures += 1
        temporary = isinstance(error, RemoteError) and error.temporary
        if isinstance(error, SignInNeeded):
            self._link = Link.SIGN_IN
        else:
            self._link = Link.OFFLINE if temporary else Link.STUCK
        self._problem = str(error)
        self.engine.forget_greeting()
        self.remote.reset()  # whatever happened to the connection, the next call opens a new one
        self._changed()
        if isinstance(error, TooMany):
            return error.retry_after
        return self.backoff()

    def backoff(self) -> float:
        """Seconds until the next try: doubled each time up to a minute, spread so that stations don't march."""
        most: float = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(self._failures - 1, 10))
        return most * self._chance.uniform(0.5, 1.0)

    def _sleep(self, seconds: float) -> None:
        """Wait, but not when there is something to do, nor on after the machine slept."""
        ends = time.monotonic() + seconds
        wall = time.time()
        while not self._stop.is_set():
            left = ends - time.monotonic()
            if left <= 0:
                return
            step = min(left, 5.0)
            self._wake.wait(step)
            self._wake.clear()
            if time.time() - wall > ASLEEP_SECONDS + step:
                self.remote.reset()
                self._failures = 0
                return
            wall = time.time()
            if not self._failures and (self._grown or self._waiting()):
                return

    def _waiting(self) -> bool:
        try:
            with self.store.read() as connection:
                return waits(connection)
        except StoreError:
            return False

    def _stored(self) -> None:
        self._wake.set()

    def _learned(self, offset: timedelta) -> None:
        self._offset = offset
        self.engine.learned(offset)

    # -- the thread of the live stream --------------------------------------------------------------

    def _listen(self) -> None:
        failures = 0
        while not self._stop.is_set():
            if self._link is Link.ONLINE:
                try:
                    for hint in self.remote.live():
                        if hint is not None:
                            self.engine.heard_of_catalog(hint.catalog)
                        failures, self._live, self._grown = 0, True, True
                        self._wake.set()
                        if self._stop.is_set():
                            return
                except Exception:  # noqa: BLE001 - a hint only: polling goes on meanwhile
                    failures += 1
                if self._live:  # whether the backend is still there is asked now, not at the next calm round
                    self._live = False
                    self._stop.wait(self._chance.uniform(0.0, SPREAD_SECONDS))
                    self._grown = True
                    self._wake.set()
            wait = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(failures, 6)) * self._chance.uniform(0.5, 1.0)
            self._stop.wait(wait)
