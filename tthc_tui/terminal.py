"""What the terminal library reads from the environment, set before it is imported."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

_GRACE = 3.0  # seconds an orderly end may take once the system asked for it


def prepare_terminal(environ: MutableMapping[str, str], *, kitty_keyboard: bool = False) -> None:
    """Set what Textual reads when it is imported: call this before importing `tthc_tui.app`.

    The kitty keyboard protocol swallows what input methods compose on several terminals, so it is off
    unless asked for; animations cost bytes over slow links. Values already set are left alone.
    """
    if not kitty_keyboard:
        environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    if "SSH_CONNECTION" not in environ:
        environ.setdefault(
            "TEXTUAL_FPS", "240"
        )  # an answer waits 4 ms for its frame, not 17; idle costs nothing


def drop_typed() -> None:
    """Forget what was typed while nothing asked for it: impatient Enters must not open and confirm things."""
    try:
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    except ImportError:  # Windows
        import msvcrt

        while msvcrt.kbhit():  # type: ignore[attr-defined, unused-ignore]
            msvcrt.getwch()  # type: ignore[attr-defined, unused-ignore]
    except (OSError, ValueError, termios.error):
        pass


def run_until_told(app: App[Any]) -> None:
    """Run the program until the officer leaves or the system asks it to end (SIGTERM, a closed terminal).

    Either way the terminal gets back its own screen, cursor and mouse. Where even that is not possible any
    more, because the terminal is gone, the process ends by itself: what was shown as saved is on the disk.
    """

    def told(number: int) -> None:
        last_resort = threading.Timer(_GRACE, os._exit, (128 + number,))
        last_resort.daemon = True
        last_resort.start()
        app.exit(return_code=128 + number)

    async def running() -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                with suppress(NotImplementedError, RuntimeError):  # Windows has no handlers in the loop
                    loop.add_signal_handler(number, told, number)
        await app.run_async()

    asyncio.run(running())
