"""What goes on by itself: the clock, the live counts, other programs' changes to the file, the idle lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.message import Message
from textual.worker import get_current_worker

from tthc_tui.core.views import DueCounts, DueQuery
from tthc_tui.screens.base import CounterScreen, DataChanged, Live, Ticked
from tthc_tui.trouble import log_trouble
from tthc_tui.widgets.keys import OrderedKeys
from tthc_tui.widgets.overdue import OverdueItem

if TYPE_CHECKING:
    from tthc_tui.config import Config
    from tthc_tui.desk import Desk
    from tthc_tui.pauses import Pauses

Clock = Callable[[], datetime]

_VIETNAM = timezone(timedelta(hours=7))  # one zone, no summer time since 1975; cheaper than the zone database
_WATCH_SECONDS = 0.5
_STILL = timedelta(seconds=3)  # without a key: a pause of some milliseconds meets nobody
_PANEL_ROWS = 30  # dossiers of each bucket the panel is given


class LiveApp(OrderedKeys):
    """The app's background: nothing here paints, screens are told and repaint what changed."""

    pauses: Pauses | None = None
    """The garbage collector, where nothing else runs in this process."""

    store_problem: str = ""
    """Why the data file can't be used; "" while it can."""

    setting_up: bool = False
    """Whether the centre still has to be named before anything can be done."""

    sync_words: str = "● một máy"
    """The state of the link as the title shows it."""

    version_seen: int = -1
    """The version of the data file whose changes the screens were told of last (tests wait for it)."""

    sync_stale: bool = False
    """Whether what is shown may be behind the backend."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        super().__init__()
        self.config = config
        self.clock: Clock = clock or (lambda: datetime.now(UTC))
        self.desk: Desk | None = None
        self.live = Live()
        self.last_key_at = self.now
        self._stop, self._look = threading.Event(), threading.Event()
        self._counting = self._count_again = self._sending = False
        self._minute = ""
        self._last_trouble = ""

    @property
    def now(self) -> datetime:
        """The present moment, aware, on the clocks of Vietnam."""
        return self.clock().astimezone(_VIETNAM)

    @property
    def who(self) -> tuple[str, str, str]:
        """(counter, officer, centre) as the title shows them."""
        if self.desk is None:
            waiting = "chưa thiết lập" if self.setting_up else "đang mở dữ liệu…"
            return "", "", "chưa dùng được dữ liệu" if self.store_problem else waiting
        desk = self.desk
        counter = desk.site.counter_name(desk.counter)
        officer = desk.site.officer(desk.officer.id) if desk.site.officers else None
        return counter, officer.name if officer else "", desk.site.name

    def _tick(self) -> None:
        """Every second: the clock of the status line, the counts, the idle lock."""
        now = self.now
        self.last_key_at = min(self.last_key_at, now)  # a clock set back must not keep the counter open
        self._tell_screen(Ticked(now))
        if self.pauses is not None and now - self.last_key_at >= _STILL:
            self.pauses.sweep()
        if self.desk is None:
            return
        self._count(lists=f"{now:%H:%M}" != self._minute)
        if f"{now:%H:%M}" != self._minute != "" and not self._sending:
            self._sending = True
            self._send_notices()
        self._minute = f"{now:%H:%M}"
        if self._idle_too_long() and not self._on_the_wall():
            self.call_later(self.run_action, "app.lock")

    @work(thread=True, group="notices", exit_on_error=False)
    def _send_notices(self) -> None:
        """Every minute, in a thread: messages that are due go out, what an erasing left on the disk goes."""
        try:
            if self.desk is not None and not self._stop.is_set():
                self.desk.send_notices(self.config.data_dir / "tin-nhan")
                self.desk.sweep_erased()
        except Exception as error:  # noqa: BLE001 - what did not go out stays in the outbox
            self._log(error)
        self._sending = False

    def _idle_too_long(self) -> bool:
        if self.desk is None:
            return False
        minutes = self.config.lock_minutes
        limit = self.desk.site.settings.lock_minutes if minutes is None else minutes
        return bool(limit) and self.now - self.last_key_at >= timedelta(minutes=limit)

    def _on_the_wall(self) -> bool:
        """A wall of figures stays open for days; the first key on it asks who is there."""
        return self.screen.has_class("-wall")

    def _key_seen(self, event: Any) -> None:
        if self._idle_too_long() and self._on_the_wall():
            self.call_later(self.run_action, "app.lock")
        self.last_key_at = self.now

    @work(thread=True, group="watch", exit_on_error=False)
    def _watch(self) -> None:
        """In a thread: notice every commit to the file, of any program, within half a second."""
        worker, desk = get_current_worker(), self.desk
        assert desk is not None
        while not (worker.is_cancelled or self._stop.is_set()):
            try:
                version = desk.store.data_version()
            except Exception:  # noqa: BLE001 - closed, or locked for a moment: look again
                version = self.version_seen
            if version != self.version_seen:
                desk.follow_file()
                self.post_message(DataChanged())
                self.version_seen = version
            self._look.wait(_WATCH_SECONDS)
            self._look.clear()

    def look_for_changes(self) -> None:
        """Something was just saved here: do not wait for the next half second."""
        self._look.set()

    @on(DataChanged)
    def _data_changed(self) -> None:
        self._count(lists=True)
        self._tell_screen(DataChanged())

    def _tell_screen(self, message: Message) -> None:
        if self.screen_stack:
            self.screen.post_message(message)

    def _count(self, *, lists: bool) -> None:
        """Ask for the counts, and for the most pressing dossiers where `lists`; never two at a time."""
        if self._counting:
            self._count_again = self._count_again or lists
        else:
            self._counting = True
            self._count_worker(lists)

    @work(thread=True, group="counts", exit_on_error=False)
    def _count_worker(self, lists: bool) -> None:
        desk = self.desk
        if desk is None or self._stop.is_set():
            return
        try:
            due = desk.due_counts()
            items = pressing(desk) if lists or due != self.live.due else self.live.items
            link = desk.sync_status()
            self.sync_words, self.sync_stale = link.words(desk.now), link.stale(desk.now)
        except Exception as error:  # noqa: BLE001 - the counts stay as they were; the next second tries again
            if str(error) != self._last_trouble:  # it may come back every second
                self._last_trouble = str(error)
                self._log(error)
            due, items = self.live.due or DueCounts(), self.live.items
        self.call_later(self._counted, Live(due, items))

    def _counted(self, live: Live) -> None:
        self._counting = False
        if self._count_again:
            self._count_again = False
            self._count(lists=True)
        if live != self.live:
            self.live = live
        self.refresh_live()

    def refresh_live(self) -> None:
        """The lines around the body of the active screen; each widget repaints only when it changed."""
        if self.screen_stack and isinstance(self.screen, CounterScreen):
            self.screen.refresh_live()

    def _log(self, error: BaseException) -> str:
        """Write an unexpected error to the log file; what to tell the officer."""
        return log_trouble(self.config.log_file, error)


def pressing(desk: Desk) -> tuple[OverdueItem, ...]:
    """The most pressing dossiers of the centre for the panel: overdue, due today, at risk."""
    from tthc_tui.screens.dossier_rows import short_code  # of the rules: not before the first screen

    found = []
    for bucket in ("overdue", "today", "risk"):
        for line in desk.pressing(DueQuery(bucket), _PANEL_ROWS):
            item = OverdueItem(line.id, short_code(line), line.applicant, desk.remaining_text(line), bucket)
            found.append(item)
    return tuple(found)
