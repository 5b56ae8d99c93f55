"""From the first frame to an open store: what waits for the data, the set-up of a new file, what loads ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.message import Message

from tthc_tui.live import Clock
from tthc_tui.screens.base import CounterScreen, DataChanged
from tthc_tui.stack import ScreensApp

if TYPE_CHECKING:
    from tthc_tui.config import Config
    from tthc_tui.desk import Desk


# What the receipt of an intake needs; not held in memory all day where only the monitor is watched.
_FOR_RECEIPTS = (
    "tthc_tui.screens.receipt",
    "tthc_tui.printing.codes",
    "tthc_tui.printing.plain",
    "tthc_tui.printing.slips",
    "segno",
    "barcode",
)
_BREATH = 0.02  # seconds between one module and the next
_LULL = timedelta(seconds=0.4)  # without a key: the screen may be made
_PAUSE = timedelta(seconds=0.25)  # without a key: the search for garbage goes unnoticed
_LULL_SOUGHT = 0.15  # seconds until the next look for one


@dataclass
class StoreReady(Message):
    """The store is open and an officer can work."""

    desk: Desk


@dataclass
class SetupNeeded(Message):
    """The data file is new: the centre has to be named first."""

    store: Any


@dataclass
class StoreFailed(Message):
    """The data file can't be used; `sentence` says what to do."""

    sentence: str


class StartingApp(ScreensApp):
    """The store opens in a thread behind the first frame; what needs the desk waits for it here."""

    def __init__(
        self,
        config: Config,
        clock: Clock | None = None,
        desk_factory: Callable[[Config, Clock], Desk] | None = None,
    ) -> None:
        super().__init__(config, clock)
        self._factory = desk_factory
        self._for_desk: list[Callable[[Desk], None]] = []
        self._receipt_prepared = False
        self._unopened = False  # keys wait until it is known who may type: the lock, the set-up, or home

    def _await_store(self) -> None:
        """What is typed before the data are open may be a PIN, or the name of a new centre: it waits."""
        self._unopened = True
        self.hold_keys()

    def _store_known(self) -> None:
        if self._unopened:
            self._unopened = False
            self.release_keys()

    def _hold_expired(self, hold: int) -> None:
        """However long a file takes to open, no key acts before a lock that is to come."""
        if self._unopened:
            self.set_timer(_LULL_SOUGHT, lambda: self._hold_expired(hold))
        else:
            super()._hold_expired(hold)

    @work(thread=True, group="store", exit_on_error=False)
    def _open_store(self) -> None:
        """In a thread: import the store, open the file, tell what came of it."""
        from tthc_tui.desk.opening import open_desk, sentence_for

        try:
            if self._factory is not None:
                desk: Desk | None = self._factory(self.config, self.clock)
                store = None
            else:
                store, desk = open_desk(self.config, self.clock)
        except Exception as error:  # noqa: BLE001 - every trouble ends as one sentence on the screen
            self.post_message(StoreFailed(sentence_for(error) or self._log(error)))
            return
        self.post_message(StoreReady(desk) if desk is not None else SetupNeeded(store))

    @on(StoreReady)
    async def _store_ready(self, message: StoreReady) -> None:
        await self._begin(message.desk)

    async def begin_with(self, desk: Desk) -> None:
        """The set-up made a desk: remember who works here and go home."""
        self.desk = desk
        counters = desk.site.counters_on(desk.now.date())
        desk.counter = desk.counter or (counters[0].id if counters else "")
        self.config = replace(self.config, officer=desk.officer.id, counter=desk.counter)
        self._keep_config()
        await self._begin(desk)
        await self.go("home")

    async def _begin(self, desk: Desk) -> None:
        """Everything that waited for the data goes on, in its order."""
        self.desk = desk
        self.set_keymap(self.desk.site.keymap)
        if self._needs_sign_in():
            await self.run_action("app.lock")
        self._store_known()
        waiting, self._for_desk = self._for_desk, []
        for job in waiting:
            job(self.desk)
        self._watch()
        self._keep_in_step()
        self.set_timer(_LULL_SOUGHT, self._settle_between_keys)
        self.refresh_live()
        self._tell_screen(DataChanged())

    @work(thread=True, group="sync", exit_on_error=False)
    def _keep_in_step(self) -> None:
        """In a thread: start the sync beside the screens, where the centre has a backend."""
        desk = self.desk
        if desk is not None and not self._stop.is_set():
            desk.start_sync()
            if self._stop.is_set():
                desk.stop_sync()

    @work(thread=True, group="warm", exit_on_error=False)
    def _prepare_receipt(self) -> None:
        """In a thread, while an intake is typed: load what its receipt needs, a breath between the modules."""
        for name in _FOR_RECEIPTS:
            if self._stop.is_set():
                return
            import_module(name)
            self._stop.wait(_BREATH)
        import_module("tthc_tui.printing.forms").load_forms()
        self._settle_memory()
        self.call_later(self._make_receipt)

    def _make_receipt(self) -> None:
        """Between two keys: make the screen of the receipt, so that F10 shows it at once."""
        if self._stop.is_set() or self.get_screen("receipt").is_running:
            return
        if not self.locked and self.keys_settled and self.now - self.last_key_at >= _LULL:
            self._get_screen("receipt")
        else:
            self.set_timer(_LULL_SOUGHT, self._make_receipt)

    def _settle_between_keys(self) -> None:
        """What the start left behind is searched once, while nobody types."""
        if self.keys_settled and self.now - self.last_key_at >= _PAUSE:
            self._settle_memory()
        elif not self._stop.is_set():
            self.set_timer(_LULL_SOUGHT, self._settle_between_keys)

    def _settle_memory(self) -> None:
        if self.pauses is not None:
            self.pauses.settle()

    def _needs_sign_in(self) -> bool:
        desk = self.desk
        found = desk.site.officer(desk.officer.id) if desk and desk.site.officers else None
        return bool(found and found.pin_hash)

    @on(SetupNeeded)
    async def _setup_needed(self, message: SetupNeeded) -> None:
        self.setting_up = True
        await self.go("setup", store=message.store)
        self._store_known()

    @on(StoreFailed)
    def _store_failed(self, message: StoreFailed) -> None:
        self._settle_memory()
        for screen in {self.screen_stack[0], self.screen_stack[-1]}:
            if isinstance(screen, CounterScreen):
                screen.say(message.sentence, error=True)
                screen.data_unusable(message.sentence)
        self.store_problem = message.sentence
        self._for_desk.clear()
        self._unopened = False
        while self._holds:
            self.release_keys()
        self.refresh_live()

    async def go(self, name: str, **wanted: Any) -> None:
        """Show a screen by name; with the first intake what its receipt needs is made ready."""
        await super().go(name, **wanted)
        if name == "intake" and self.pauses is not None and not self._receipt_prepared:
            self._receipt_prepared = True
            self._prepare_receipt()

    def with_desk(self, job: Callable[[Desk], None]) -> None:
        """Run `job` now, or as soon as the store is open."""
        if self.desk is not None:
            job(self.desk)
        else:
            self._for_desk.append(job)

    def on_unmount(self) -> None:
        """Stop the watcher, let go of the file."""
        self._stop.set()
        self._look.set()
        if self.desk is not None:
            self.desk.stop_sync()
        if self.desk is not None and self._factory is None:
            self.desk.store.close()
