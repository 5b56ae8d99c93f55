"""The program on the terminal: its keys and what each of them does anywhere.

Imports stay few: the first screen is painted before anything of the store, printing or the rules loads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from tthc_tui.live import Clock
from tthc_tui.screens.base import CounterScreen
from tthc_tui.starting import StartingApp
from tthc_tui.widgets.scan import Scanned
from tthc_tui.widgets.vietnamese import next_mode

if TYPE_CHECKING:
    from textual.driver import Driver

    from tthc_tui.config import Config
    from tthc_tui.desk import Desk

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


class CounterApp(StartingApp):
    """The counter program. `clock` gives aware instants; `desk_factory` opens a desk for tests.

    `desk` is None until `StoreReady`; keys typed before wait for it: there may be a lock to come.
    """

    TITLE = "TTHC"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
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
        super().__init__(config, clock, desk_factory)
        self.last_procedure = ""  # code of the procedure received last, for "."
        self.typing_mode = config.typing_mode
        if config.reduced_motion:
            self.animation_level = "none"
        self._choose_theme()

    def get_driver_class(self) -> type[Driver]:
        """The terminal's driver; on POSIX the one that no stray byte ends."""
        chosen = super().get_driver_class()
        if chosen.__name__ == "LinuxDriver":
            from tthc_tui.driver import SteadyDriver

            return SteadyDriver
        return chosen

    # -- start and end ------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Paint first; the store opens behind the first frame."""
        self.key_signal.subscribe(self, self._key_seen)
        self.set_interval(1.0, self._tick)
        self._await_store()
        self.call_after_refresh(self._open_store)
        if self._start_words:
            self.call_after_refresh(self._tell, self._start_words[0])

    def _choose_theme(self) -> None:
        """The theme of the settings, or the one this terminal can show."""
        from tthc_tui.theming import apply_theme

        themes = apply_theme(self, os.environ, self.config.theme, [self.config.themes_dir])
        self.theme_titles = themes.titles
        self._start_words = [*themes.problems, *([self.config.problem] if self.config.problem else [])]

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

    async def action_help(self) -> None:
        """Help on what has the focus."""
        self.show_help()

    def show_help(self, keys: bool = False) -> None:
        """Help on the focused widget and the screen, or only the keys of the screen."""
        from tthc_tui.screens.help import help_in_question, help_on

        if isinstance(self.screen, CounterScreen):
            self.push_screen(help_on(self.screen, self.focused, keys=keys))
        else:
            self.push_screen(help_in_question(self.screen, self.focused))

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
        # A question may be open over the screen whose lines tell the mode.
        below = next((one for one in reversed(self.screen_stack) if isinstance(one, CounterScreen)), None)
        if below is not None:
            below.refresh_live()
            below.say(_TYPING_SAID[self.typing_mode], error=False)

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

    # -- trouble ------------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """An error no screen caught: one sentence and the log instead of a traceback on the terminal."""
        error = self._exception
        sentence = self._log(error) if error is not None else ""
        self._exit_renderables.append(f"Chương trình phải đóng. {sentence} Việc đã báo lưu thì vẫn còn.")
        self._close_messages_no_wait()

    async def run_action(self, action: Any, default_namespace: Any = None, namespaces: Any = None) -> bool:
        """As Textual runs it; where a screen has greyed the action out, say why.

        An error nobody thought of ends this one action, not the program: what is typed elsewhere stays.
        """
        try:
            done = await super().run_action(action, default_namespace, namespaces)
        except Exception as error:  # noqa: BLE001 - one sentence for the officer, the rest for IT
            self.bell()
            self._tell(self._log(error))
            return True
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
