"""The real program behind a pseudo terminal: what is written to it, what its screen shows. POSIX only."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hands import PATIENCE

pytest.importorskip("pty", reason="a pseudo terminal exists on POSIX only")
pyte = pytest.importorskip("pyte")

F4, F10, CTRL_DOWN, CTRL_Q = "\x1bOS", "\x1b[21~", "\x1b[1;5B", "\x11"


class Terminal:
    """The program on a terminal of 80×24."""

    def __init__(self, folder: Path, *words: str) -> None:
        import pty

        environ = {**os.environ, "TERM": "xterm-256color", "TTHC_DATA": str(folder), "COLORTERM": "truecolor"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environ.pop(name, None)
        self.raw = b""
        self.over = False
        self._drawn = 0
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._code: int | None = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            _size(0, 80, 24)
            os.execve(sys.executable, [sys.executable, "-m", "tthc_tui", *words], environ)

    def write(self, text: str | bytes) -> None:
        """Type this at once."""
        left = text.encode() if isinstance(text, str) else text
        while left:
            left = left[os.write(self.fd, left) :]

    def read(self, seconds: float) -> None:
        """Take what the program paints, waiting so long for the first of it; `over` once it has ended."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return
        try:
            piece = os.read(self.fd, 65536)
        except OSError:
            piece = b""
        self.raw += piece
        self.over = not piece

    def until(self, done: Callable[[], Any]) -> bool:
        """Read until `done`; False when the program ended, or a very long time passed, before that."""
        ends = monotonic() + PATIENCE
        while not done():
            if self.over or monotonic() > ends:
                return False
            self.read(0.1)
        return True

    def page(self) -> str:
        """What the screen shows now."""
        self._stream.feed(self.raw[self._drawn :])
        self._drawn = len(self.raw)
        return "\n".join(self._screen.display)

    def shows(self, *texts: str) -> bool:
        """Whether the screen comes to show all of these."""
        return self.until(lambda: all(text in self.page() for text in texts))

    def painted(self) -> bool:
        """Whether the program comes to read keys: it has switched to the alternate screen."""
        return self.until(lambda: b"\x1b[?1049h" in self.raw)

    def resize(self, width: int, height: int) -> None:
        """Drag the window."""
        self.page()
        _size(self.fd, width, height)
        os.kill(self.pid, signal.SIGWINCH)
        self._screen.resize(height, width)

    def kill(self, number: int) -> int:
        """Send a signal that ends the program; its exit code, once everything it painted was read."""
        os.kill(self.pid, number)
        return self.ended()

    def ended(self) -> int:
        """The exit code, once everything it painted was read."""
        assert self.until(lambda: self.over), f"still there:\n{self.page()}"
        self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def close(self) -> None:
        """End the program if it is still there."""
        os.close(self.fd)
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def _size(fd: int, width: int, height: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


@pytest.fixture
def terminal(data_file: Path, config: Any) -> Any:
    """The program started on a centre that is set up."""
    from tthc_tui.config import save_config

    save_config(config)
    opened = Terminal(data_file.parent)
    yield opened
    opened.close()


def stored(data_file: Path, clock: Any) -> list[Any]:
    """Every dossier in the file in detail, the newest first."""
    from tthc_tui.core.views import DossierQuery
    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        desk = Desk(store, clock, officer="lan")
        return [desk.detail(line.id) for line in desk.lines(desk.find(DossierQuery()))]
