"""What every screen at the counter shares: the lines around it, its keys, and work off the event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from tthc_tui.core.views import DueCounts
from tthc_tui.widgets.overdue import WIDE, OverdueItem, OverduePanel
from tthc_tui.widgets.rows import fit
from tthc_tui.widgets.scan import CARD, DOSSIER, PROCEDURE, SHORT, UNKNOWN, Scanned
from tthc_tui.widgets.status import KeyBar, KeyHint, MessageLine, StatusStrip, TitleBar, key_label

if TYPE_CHECKING:
    from tthc_tui.app import CounterApp
    from tthc_tui.desk import Desk

T = TypeVar("T")


@dataclass
class DataChanged(Message, bubble=False):
    """Something was committed to the data file, here or by another program. Sent to the active screen."""


@dataclass
class Ticked(Message, bubble=False):
    """A second went by; `now` is aware. Sent to the active screen."""

    now: datetime


@dataclass
class Live:
    """What the app knows of the whole centre, refreshed by itself: counts and the most pressing dossiers."""

    due: DueCounts | None = None
    items: tuple[OverdueItem, ...] = ()


class CounterScreen(Screen[None]):
    """A screen at the counter. Subclasses give `compose_body()` and may override the hooks below.

    `TITLE_VI` is the screen's name; `BAR` the ids of the bindings its footer shows, in order; `HELP_VI`
    what F1 says about the screen as a whole.
    """

    TITLE_VI = ""
    HELP_VI = ""
    BAR: tuple[str, ...] = ("help", "lookup", "dossiers", "intake", "returning", "monitor", "back")
    SHOWS_OVERDUE = True
    CSS_PATH: Any = "base.tcss"
    ESCAPE_TO_MINIMIZE = False
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (22, "-low"), (30, "-tall")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-normal"), (WIDE, "-wide"), (150, "-broad")]
    BINDINGS = [
        Binding("escape", "back", "Quay lại", id="back", tooltip="Về màn hình trước; không mất gì đã nhập"),
        Binding("question_mark", "keys", "Phím", id="keys", show=False, tooltip="Các phím của màn hình này"),
        Binding("left_square_bracket", "previous", "Hồ sơ trước", id="previous", show=False),
        Binding("right_square_bracket", "next", "Hồ sơ sau", id="next", show=False),
    ]

    @dataclass
    class _Worked(Message):
        """A job ended; exactly one of `result` and `error` matters."""

        job: _Job
        result: Any = None
        error: Exception | None = None

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, int] = {}
        self.last_error: Exception | None = None  # the error behind the sentence `failed` was called with

    # -- layout -------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, body, overdue panel, message, live counts, keys."""
        yield TitleBar()
        with Horizontal(id="desk"):
            with Vertical(id="body"):
                yield from self.compose_body()
            if self.SHOWS_OVERDUE:
                yield OverduePanel()
        yield MessageLine()
        yield StatusStrip()
        yield KeyBar(())

    def compose_body(self) -> Iterable[Widget]:
        """The widgets between title and footer."""
        return ()

    def on_mount(self) -> None:
        """Follow the bindings; what a subclass does on mount runs beside this."""
        self.bindings_updated_signal.subscribe(self, self._refresh_bar)
        self.call_after_refresh(self._refresh_bar, self)
        self.refresh_live()

    def on_screen_resume(self) -> None:
        """What changed while another screen lay on top."""
        self.refresh_live()
        if self.desk is not None:
            self.post_message(DataChanged())

    def on_resize(self) -> None:
        """The overdue panel needs a wide terminal."""
        for panel in self.query(OverduePanel):
            panel.set_class(self.app.size.width < WIDE, "-narrow")

    def _refresh_bar(self, screen: Any) -> None:
        """The footer: the bindings named in BAR, as the site's keymap has them now."""
        if not self.is_attached or self.app.screen is not self:
            return
        active: dict[str, Any] = {}
        for item in self.active_bindings.values():
            if item.binding.id:
                active.setdefault(item.binding.id, item)  # the first key of several is the one to show
        hints = []
        for name in self.BAR:
            if name in active:
                binding, namespace = active[name].binding, active[name].node
                action = binding.action if "." in binding.action or namespace is self else ""
                key = binding.key_display or key_label(binding.key)
                label = self.verb(name, binding.description)
                hints.append(KeyHint(key, label, active[name].enabled, action))
        self.query_one(KeyBar).hints = tuple(hints)

    def refresh_live(self) -> None:
        """Put what the app knows into the lines around the body; each repaints only when it changed."""
        app, live = self.counter_app, self.counter_app.live
        for title in self.query(TitleBar):
            title.counter, title.officer, title.centre = app.who
            title.sync, title.stale = app.sync_words, app.sync_stale
        for strip in self.query(StatusStrip):
            due = live.due
            strip.overdue, strip.today, strip.risk = (
                (due.overdue, due.today, due.at_risk) if due else (None, None, None)
            )
            strip.typing = app.typing_mode
            strip.clock = f"{app.now:%H:%M}"
        for panel in self.query(OverduePanel):
            due = live.due or DueCounts()
            panel.show(live.items, {"overdue": due.overdue, "today": due.today, "risk": due.at_risk})

    # -- what screens use ---------------------------------------------------------------------------

    @property
    def counter_app(self) -> CounterApp:
        """The app, typed."""
        return cast("CounterApp", self.app)

    @property
    def desk(self) -> Desk | None:
        """The door to the data; None until the store is open. `work` waits for it by itself."""
        return self.counter_app.desk

    @property
    def now(self) -> datetime:
        """The present moment, aware, on the clocks of Vietnam."""
        return self.counter_app.now

    def say(self, text: str, error: bool = False, severity: str = "") -> None:
        """One Vietnamese sentence at the bottom; errors ring the bell. `severity`: info, ok, warning, error."""
        if self.is_attached:
            self.query_one(MessageLine).show(text, severity or ("error" if error else "info"))

    def work(
        self,
        job: Callable[[Desk], T],
        then: Callable[[T], Awaitable[None] | None] | None = None,
        *,
        group: str = "work",
        hold: bool = False,
        write: bool = False,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run `job(desk)` in a thread, then `then(result)` here. Before the store is open it waits its turn.

        A newer job of the same `group` drops the answer of an older one. `hold` keeps typed keys waiting until
        `then` is done. `write` is for jobs that save: they hold keys, never drop their answer, and make
        every list look for changes at once. A refusal, trouble with the file or any other error becomes one
        sentence on the message line (or goes to `failed`).
        """
        number = self._asked[group] = self._asked.get(group, 0) + 1
        hold = hold or write
        if hold:
            self.counter_app.hold_keys()
        asked = _Job(job, then, failed, group, number, hold, write)
        self.counter_app.with_desk(lambda desk: self._start(asked, desk))

    def work_without_desk(
        self,
        job: Callable[[Any], T],
        then: Callable[[T], Awaitable[None] | None],
        *,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """The same as a writing `work` for what makes the desk in the first place; `job` is given None."""
        number = self._asked["setup"] = self._asked.get("setup", 0) + 1
        self.counter_app.hold_keys()
        self._start(_Job(job, then, failed, "setup", number, True, True), cast("Desk", None))

    def _start(self, job: _Job, desk: Desk) -> None:
        self.app.run_worker(
            lambda: self._run(job, desk), thread=True, exit_on_error=False, group=job.group, name=job.group
        )

    def _run(self, job: _Job, desk: Desk) -> None:
        """In the thread: touch no widget, send the outcome as a message."""
        if not job.write and self._asked.get(job.group) != job.number:
            outcome = self._Worked(job)
        else:
            try:
                outcome = self._Worked(job, job.run(desk))
            except Exception as error:  # noqa: BLE001 - told to the officer in a sentence, logged for IT
                outcome = self._Worked(job, error=error)
        if not self.post_message(outcome) and job.hold:
            self.app.call_later(self.counter_app.release_keys)

    @on(_Worked)
    async def _worked(self, message: _Worked) -> None:
        message.stop()
        job = message.job
        try:
            if not job.write and self._asked.get(job.group) != job.number:
                return
            if job.write:
                self.counter_app.look_for_changes()
            if message.error is not None:
                sentence = self.counter_app.sentence_for(message.error)
                self.last_error = message.error
                self.say(sentence, error=True)
                if job.failed is not None:
                    job.failed(sentence)
            elif job.then is not None:
                result = job.then(message.result)
                if isawaitable(result):
                    await result
        finally:
            if job.hold:
                self.counter_app.release_keys()

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why an action of this screen can't be taken now, one Vietnamese sentence; "" when it can."""
        return ""

    def verb(self, name: str, description: str) -> str:
        """What the footer calls a key now; screens whose key does different things say which."""
        return description

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey a key out where `why_not` has a reason; the app says the reason when it is pressed."""
        return None if self.why_not(action, parameters) else super().check_action(action, parameters)

    # -- hooks --------------------------------------------------------------------------------------

    def enter(self, **wanted: Any) -> None:
        """The app came to this screen with these wishes (a dossier, a procedure, a person)."""

    def on_data_changed(self, message: DataChanged) -> None:
        """Data changed: read again what is shown."""

    def data_unusable(self, sentence: str) -> None:
        """The data file can't be used, as `sentence` says: show nothing that looks like an empty list."""

    def on_ticked(self, message: Ticked) -> None:
        """A second went by: repaint what says how long is left."""

    def on_scanned(self, message: Scanned) -> None:
        """A scan arrived; screens with a use of their own for one override `scanned_…`."""
        message.stop()
        handler = {
            CARD: self.scanned_card,
            PROCEDURE: self.scanned_procedure,
            DOSSIER: self.scanned_dossier,
            SHORT: self.scanned_dossier,
            UNKNOWN: self.scanned_unknown,
        }.get(message.kind)
        if handler is not None:
            handler(message.text)

    def scanned_unknown(self, text: str) -> None:
        """Nothing this program knows: say so, do nothing."""
        self.say(f"Không nhận ra mã vừa quét “{fit(text, min(len(text), 20))}”; hãy quét lại.", error=True)

    def scanned_card(self, text: str) -> None:
        """A citizen card: the applicant of an intake."""
        self.counter_app.open_screen("intake", card=text)

    def scanned_procedure(self, text: str) -> None:
        """A procedure code: its page."""
        self.counter_app.open_screen("lookup", procedure=text)

    def scanned_dossier(self, text: str) -> None:
        """A dossier code or short id: open that dossier."""
        self.work(
            lambda desk: desk.find_code(text),
            lambda line: self.counter_app.open_screen("detail", dossier=line.id),
            group="scan",
            hold=True,
        )

    # -- keys ---------------------------------------------------------------------------------------

    async def action_back(self) -> None:
        """Back to the screen below; home stays."""
        await self.counter_app.back()

    def action_keys(self) -> None:
        """The keys of this screen."""
        self.counter_app.show_help(keys=True)

    def action_previous(self) -> None:
        """Only a dossier has a neighbour."""
        self.say("Phím [ dùng khi đang mở một hồ sơ.")

    def action_next(self) -> None:
        """Only a dossier has a neighbour."""
        self.say("Phím ] dùng khi đang mở một hồ sơ.")


@dataclass(frozen=True)
class _Job:
    """One call of the desk on its way."""

    run: Callable[[Any], Any]
    then: Callable[[Any], Awaitable[None] | None] | None
    failed: Callable[[str], None] | None
    group: str
    number: int
    hold: bool
    write: bool
