"""The program on the terminal: screens by name, the store behind them, what lives in the background.

Imports stay few: the first screen is painted before anything of the store, printing or the rules loads.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen

from tthc_tui.live import Clock, LiveApp
from tthc_tui.screens.base import CounterScreen, DataChanged
from tthc_tui.widgets.scan import Scanned
from tthc_tui.widgets.vietnamese import next_mode

if TYPE_CHECKING:
    from tthc_tui.config import Config
    from tthc_tui.desk import Desk

_SCREENS = {
    "home": "HomeScreen",
    "lookup": "LookupScreen",
    "intake": "IntakeScreen",
    "receipt": "ReceiptScreen",
    "dossiers": "DossiersScreen",
    "detail": "DetailScreen",
    "handover": "HandoverScreen",
    "returning": "ReturningScreen",
    "monitor": "MonitorScreen",
    "setup": "SetupScreen",
    "sync": "SyncScreen",
    "alerts": "AlertsScreen",
    "shift": "ShiftScreen",
    "outbox": "OutboxScreen",
    "post": "PostScreen",
    "feedback": "FeedbackScreen",
    "register": "RegisterScreen",
    "moved": "MovedScreen",
}
_STYLES = Path(__file__).parent / "screens"
_WARM = (
    "screens.intake",
    "screens.receipt",
    "screens.lookup",
    "printing.codes",
    "printing.plain",
    "printing.slips",
)
_WARM_AFTER = 0.8  # seconds after the store opened
_SETUP_FIRST = "Máy này chưa được thiết lập: hãy nhập các thông tin trên màn hình này rồi nhấn F10."
_TYPING_SAID = {
    "off": "Đã tắt bộ gõ của chương trình (dùng bộ gõ của máy nếu có).",
    "telex": "Kiểu gõ: Telex.",
    "vni": "Kiểu gõ: VNI.",
}
_ELSEWHERE = {
    "print": "Màn hình này không có gì để in: F7 dùng ở biên nhận, chi tiết hồ sơ và bàn giao.",
    "supplement": "F9 (yêu cầu bổ sung) dùng khi đang tiếp nhận hoặc xem một hồ sơ.",
    "finish": "Màn hình này không có gì để hoàn tất.",
    "undo": "Không có thao tác nào ở màn hình này để hoàn tác.",
}


def _lazily(name: str, title: str) -> Callable[[], Screen[Any]]:
    """A screen that is imported when it is first shown."""

    def load() -> Screen[Any]:
        return getattr(import_module(f"tthc_tui.screens.{name}"), title)()  # type: ignore[no-any-return]

    return load


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


class CounterApp(LiveApp):
    """The counter program. `clock` gives aware instants; `desk_factory` opens a desk for tests.

    `desk` is None until `StoreReady`; keys typed before reach their fields all the same.
    """

    TITLE = "TTHC"
    one_program = False  # set where nothing else runs in this process
    # The bottom screen's own are not loaded by themselves.
    CSS_PATH: ClassVar[Any] = [_STYLES / "base.tcss", _STYLES / "home.tcss"]
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    SCREENS: ClassVar[dict[str, Any]] = {name: _lazily(name, title) for name, title in _SCREENS.items()}
    BINDINGS = [
        Binding("f1", "app.help", "Trợ giúp", id="help", tooltip="Trợ giúp về ô đang chọn"),
        Binding("f2", "app.go('lookup')", "Tra cứu", id="lookup", tooltip="Tra cứu thủ tục"),
        Binding("f3", "app.go('dossiers')", "Hồ sơ", id="dossiers", tooltip="Tìm hồ sơ"),
        Binding("f4", "app.go('intake')", "Tiếp nhận", id="intake", tooltip="Tiếp nhận hồ sơ"),
        Binding("f5", "app.go('returning')", "Trả KQ", id="returning", tooltip="Trả kết quả"),
        Binding("f6", "app.go('handover')", "Bàn giao", id="handover", tooltip="Chuyển, bàn giao hồ sơ"),
        Binding("f7", "app.elsewhere('print')", "In", id="print", show=False),
        Binding("f8", "app.go('monitor')", "Giám sát", id="monitor", tooltip="Giám sát quá hạn"),
        Binding("f9", "app.elsewhere('supplement')", "Bổ sung", id="supplement", show=False),
        Binding("f10,ctrl+s", "app.elsewhere('finish')", "Hoàn tất", id="finish", show=False),
        Binding("f12", "app.typing", "Kiểu gõ", id="typing", show=False, tooltip="Telex / VNI / tắt"),
        Binding("ctrl+l", "app.lock", "Khóa máy", id="lock", show=False, tooltip="Khóa máy"),
        Binding("ctrl+z", "app.elsewhere('undo')", "Hoàn tác", id="undo", show=False),
        Binding("ctrl+q", "app.leave", "Thoát", id="quit", show=False, priority=True),
        Binding(
            "full_stop",
            "app.repeat",
            "Lặp lại",
            id="repeat",
            key_display=".",
            show=False,
            tooltip="Tiếp nhận cùng thủ tục",
        ),
    ]

    def __init__(
        self,
        config: Config,
        clock: Clock | None = None,
        desk_factory: Callable[[Config, Clock], Desk] | None = None,
    ) -> None:
        super().__init__(config, clock)
        self.last_procedure = ""  # code of the procedure received last, for "."
        self._factory = desk_factory
        self._for_desk: list[Callable[[Desk], None]] = []
        self.typing_mode = config.typing_mode
        if config.reduced_motion:
            self.animation_level = "none"
        self._choose_theme()

    # -- start and end ------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """Home lies at the bottom of the stack."""
        return self.get_screen("home")

    def on_mount(self) -> None:
        """Paint first; the store opens behind the first frame."""
        self.key_signal.subscribe(self, self._key_seen)
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._open_store)
        if self._start_words:
            self.call_after_refresh(self._tell, self._start_words[0])

    def _choose_theme(self) -> None:
        """The theme of the settings, or the one this terminal can show."""
        from tthc_tui.theming import apply_theme

        themes = apply_theme(self, os.environ, self.config.theme, [self.config.themes_dir])
        self.theme_titles = themes.titles
        self._start_words = [*themes.problems, *([self.config.problem] if self.config.problem else [])]

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
        self._settle_memory()
        self.post_message(StoreReady(desk) if desk is not None else SetupNeeded(store))

    @on(StoreReady)
    async def _store_ready(self, message: StoreReady) -> None:
        await self._begin(message.desk)

    async def begin_with(self, desk: Desk) -> None:
        """The set-up made a desk: remember who works here and go home."""
        self.desk = desk
        counters = desk.site.counters
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
            await self.action_lock()
        waiting, self._for_desk = self._for_desk, []
        for job in waiting:
            job(self.desk)
        self._watch()
        self._keep_in_step()
        self.set_timer(_WARM_AFTER, self._warm)
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
    def _warm(self) -> None:
        """In a thread, once all is quiet: load what the first intake and its receipt will need."""
        for name in _WARM:
            if self._stop.is_set():
                return
            import_module(f"tthc_tui.{name}")
        import_module("tthc_tui.printing.forms").load_forms()
        if self.desk is not None:
            self.desk.search("khia sihn", limit=1)  # slips of the finger need a library of their own
        self._settle_memory()

    def _settle_memory(self) -> None:
        """Modules and the catalogue live to the end: do not search them for garbage while keys wait."""
        if self.one_program:
            gc.freeze()

    def _needs_sign_in(self) -> bool:
        desk = self.desk
        found = desk.site.officer(desk.officer.id) if desk and desk.site.officers else None
        return bool(found and found.pin_hash)

    @on(SetupNeeded)
    async def _setup_needed(self, message: SetupNeeded) -> None:
        self.setting_up = True
        await self.go("setup", store=message.store)

    @on(StoreFailed)
    def _store_failed(self, message: StoreFailed) -> None:
        for screen in {self.screen_stack[0], self.screen_stack[-1]}:
            if isinstance(screen, CounterScreen):
                screen.say(message.sentence, error=True)
                screen.data_unusable(message.sentence)
        self.store_problem = message.sentence
        self._for_desk.clear()
        while self._holds:
            self.release_keys()
        self.refresh_live()

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

    # -- screens ------------------------------------------------------------------------------------

    async def go(self, name: str, **wanted: Any) -> None:
        """Show a screen by name: brought up again where it already lies in the stack, else put on top.

        `wanted` is handed to its `enter()`. A screen keeps what was typed into it.
        """
        if self.locked or self._closed_to(name):
            return
        screen = self.get_screen(name)
        if screen in self.screen_stack:
            while self.screen is not screen:
                await self.pop_screen()
        else:
            await self.push_screen(screen)
        if isinstance(screen, CounterScreen):
            screen.enter(**wanted)

    def _closed_to(self, name: str) -> bool:
        """Whether nothing can be done on this screen: no usable data, or a centre still to be named. Says so."""
        reason = self.store_problem or ("" if self.desk is not None or not self.setting_up else _SETUP_FIRST)
        if not reason or name in ("home", "setup"):
            return False
        self._tell(reason)
        return True

    def open_screen(self, name: str, **wanted: Any) -> None:
        """`go` from where nothing can be awaited; following keys wait until the screen stands."""
        self.hold_keys()

        async def opening() -> None:
            try:
                await self.go(name, **wanted)
            finally:
                self.release_keys()

        self.call_later(opening)

    async def back(self) -> None:
        """One screen down; home stays."""
        if len(self.screen_stack) > 1:
            await self.pop_screen()

    async def action_go(self, name: str) -> None:
        """A verb key."""
        await self.go(name)

    @on(Scanned)
    def _scanned_in_dialog(self) -> None:
        """A scan while a question waits for its answer is heard, not obeyed."""
        self.bell()

    def action_elsewhere(self, verb: str) -> None:
        """A verb the present screen has no use for: say where it works."""
        self._tell(_ELSEWHERE[verb])

    def _tell(self, text: str, error: bool = True) -> None:
        if isinstance(self.screen, CounterScreen):
            self.screen.say(text, error=error)

    async def action_help(self) -> None:
        """Help on what has the focus."""
        self.show_help()

    def show_help(self, keys: bool = False) -> None:
        """Help on the focused widget and the screen, or only the keys of the screen."""
        from tthc_tui.screens.help import help_on

        if isinstance(self.screen, CounterScreen):
            self.push_screen(help_on(self.screen, self.focused, keys=keys))

    def action_themes(self) -> None:
        """Choose how the screen looks."""
        from tthc_tui.widgets.dialogs import Pick

        def chosen(name: str | None) -> None:
            if name:
                self.theme = name
                self.config = replace(self.config, theme=name)
                self._keep_config()

        options = [(name, title) for name, title in self.theme_titles.items()]
        self.push_screen(Pick("Giao diện màu", options, value=self.theme), chosen)

    def action_typing(self) -> None:
        """Telex, VNI, off."""
        self.typing_mode = next_mode(self.typing_mode)
        self.config = replace(self.config, typing_mode=self.typing_mode)
        self._keep_config()
        self.refresh_live()
        self._tell(_TYPING_SAID[self.typing_mode], error=False)

    async def action_lock(self) -> None:
        """Lock: what was open stays underneath as it was."""
        from tthc_tui.screens.lock import LockScreen

        if self.desk is not None and not isinstance(self.screen, LockScreen):
            self.last_key_at = self.now
            await self.push_screen(LockScreen())

    def action_leave(self) -> None:
        """Leave the program, after a question where an intake is not saved yet."""
        from tthc_tui.widgets.dialogs import Confirm

        intake = self._installed_screens.get("intake")
        if getattr(intake, "unsaved", False) and not isinstance(self.screen, Confirm):

            def answered(yes: bool | None) -> None:
                if yes:
                    self.exit()

            self.push_screen(
                Confirm(
                    "Thoát khi phiếu tiếp nhận chưa lưu?",
                    "Nội dung đang nhập sẽ mất.",
                    yes="Thoát",
                    enter_accepts=False,  # the Enter of a scanner must not throw an intake away
                ),
                answered,
            )
        else:
            self.exit()

    def action_help_quit(self) -> None:
        """Ctrl+C outside a field."""
        self._tell("Nhấn Ctrl+Q để thoát chương trình.", error=False)

    async def action_repeat(self) -> None:
        """The next citizen with the procedure received last."""
        if self.last_procedure:
            await self.go("intake", again=True)
        else:
            self._tell("Chưa tiếp nhận hồ sơ nào từ khi mở chương trình: F4 để tiếp nhận.")

    @property
    def officer_id(self) -> str:
        """Who works here, "" before anybody does."""
        return self.desk.officer.id if self.desk and self.desk.site.officers else ""

    @property
    def locked(self) -> bool:
        """Whether a PIN is being asked for: nothing may come to lie on top of it."""
        from tthc_tui.screens.lock import LockScreen

        return any(isinstance(screen, LockScreen) for screen in self.screen_stack)

    def signed_in(self, officer: str) -> None:
        """The lock was opened by this officer; an intake begun by another one is not taken over unseen."""
        self.last_key_at = self.now
        before, desk = self.config.officer, self.desk
        intake = self._installed_screens.get("intake")
        if desk is not None and before not in ("", officer) and getattr(intake, "unsaved", False):
            names = [found.name for who in (before, officer) if (found := desk.site.officer(who))]
            if len(names) == 2:
                words = f"Phiếu tiếp nhận chưa lưu do {names[0]} nhập; nếu hoàn tất sẽ ghi tên {names[1]}."
                self.call_after_refresh(self._tell, words)
        self.config = replace(self.config, officer=officer)
        self._keep_config()
        self.look_for_changes()
        self.call_after_refresh(self.refresh_live)

    def screen_say(self, text: str, error: bool = False) -> None:
        """One sentence on the message line of the screen on top."""
        self._tell(text, error)

    def _keep_config(self) -> None:
        """Remember the settings of this machine; a read-only folder is no reason to stop."""
        from tthc_tui.config import save_config

        try:
            save_config(self.config)
        except OSError as error:
            self._log(error)

    # -- trouble ------------------------------------------------------------------------------------

    def sentence_for(self, error: Exception) -> str:
        """One Vietnamese sentence for any error; the unexpected ones are logged for IT."""
        from tthc_tui.desk.opening import sentence_for

        return sentence_for(error) or self._log(error)

    def _fatal_error(self) -> None:
        """An error no screen caught: one sentence and the log instead of a traceback on the terminal."""
        error = self._exception
        sentence = self._log(error) if error is not None else ""
        self._exit_renderables.append(f"Chương trình phải đóng. {sentence} Việc đã báo lưu thì vẫn còn.")
        self._close_messages_no_wait()

    async def run_action(self, action: Any, default_namespace: Any = None, namespaces: Any = None) -> bool:
        """As Textual runs it; where a screen has greyed the action out, say why."""
        done = await super().run_action(action, default_namespace, namespaces)
        if not done:
            target, name, parameters = self._parse_action(action, default_namespace or self, namespaces)
            if isinstance(target, CounterScreen) and (reason := target.why_not(name, parameters)):
                target.say(reason, error=True)
                return True
        return done

    # -- palette ------------------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None of Textual's own: ours come from `palette.py`, with accents optional."""
        return ()

    def action_command_palette(self) -> None:
        """All commands by their Vietnamese names."""
        from tthc_tui.screens.palette import CounterPalette

        if isinstance(self.screen, CounterScreen):  # not over a question, and never over the lock
            self.push_screen(CounterPalette())
