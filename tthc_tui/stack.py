"""Screens by name: shown, brought up again where they lie in the stack, left; the sentence on the top one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from textual.screen import Screen

from tthc_tui.live import LiveApp
from tthc_tui.screens.base import CounterScreen

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
_SETUP_FIRST = "Máy này chưa được thiết lập: hãy nhập các thông tin trên màn hình này rồi nhấn F10."


def _lazily(name: str, title: str) -> Callable[[], Screen[Any]]:
    """A screen that is imported when it is first shown."""

    def load() -> Screen[Any]:
        return getattr(import_module(f"tthc_tui.screens.{name}"), title)()  # type: ignore[no-any-return]

    return load


class ScreensApp(LiveApp):
    """The stack of screens; home lies at the bottom."""

    SCREENS: ClassVar[dict[str, Any]] = {name: _lazily(name, title) for name, title in _SCREENS.items()}
    # All of them at once: a sheet read later would have every rule parsed and every widget styled again.
    CSS_PATH: ClassVar[Any] = [_STYLES / "base.tcss", *sorted(_STYLES.glob("[!b]*.tcss"))]

    def get_default_screen(self) -> Screen[Any]:
        """Home lies at the bottom of the stack."""
        return self.get_screen("home")

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

    def _tell(self, text: str, error: bool = True) -> None:
        if isinstance(self.screen, CounterScreen):
            self.screen.say(text, error=error)

    def screen_say(self, text: str, error: bool = False) -> None:
        """One sentence on the message line of the screen on top."""
        self._tell(text, error)

    @property
    def locked(self) -> bool:
        """Whether a PIN is being asked for: nothing may come to lie on top of it."""
        from tthc_tui.screens.lock import LockScreen

        return any(isinstance(screen, LockScreen) for screen in self.screen_stack)

    def sentence_for(self, error: Exception) -> str:
        """One Vietnamese sentence for any error; the unexpected ones are logged for IT."""
        from tthc_tui.desk.opening import sentence_for

        return sentence_for(error) or self._log(error)

    def _keep_config(self) -> None:
        """Remember the settings of this machine; a read-only folder is no reason to stop."""
        from tthc_tui.config import save_config

        try:
            save_config(self.config)
        except OSError as error:
            self._log(error)
