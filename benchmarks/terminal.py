"""A program in a real pseudo terminal, watched the way an officer watches a screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte


class Terminal:
    """Runs `argv` in a pty. `screen` holds what is shown; times are seconds of the monotonic clock."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        lines: int = 40,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})})
            os.execvp(argv[0], list(argv))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def send(self, keys: str) -> float:
        """Write keys; returns the moment before they were sent."""
        moment = time.perf_counter()
        os.write(self.fd, keys.encode())
        return moment

    def read(self, seconds: float) -> tuple[float, bytes] | None:
        """What the program wrote within `seconds` and when it arrived; None when it wrote nothing."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return None
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError as error:
            raise EOFError("the program ended") from error
        if not data:
            raise EOFError("the program ended")
        return time.perf_counter(), data

    def burst(self, quiet: float, seconds: float) -> list[tuple[float, bytes]]:
        """Everything written until nothing came for `quiet` seconds. Not shown yet: taking a screen apart
        is slow, and a program must not be measured waiting for its reader."""
        limit = time.perf_counter() + seconds
        chunks = []
        while (chunk := self.read(quiet)) is not None:
            chunks.append(chunk)
            if time.perf_counter() > limit:
                break
        return chunks

    def until(self, shown: Callable[[list[str]], bool], seconds: float = 20.0) -> float:
        """The moment the screen came to show what is waited for; TimeoutError with the screen otherwise."""
        limit = time.perf_counter() + seconds
        moment = 0.0
        while not moment:
            if time.perf_counter() > limit:
                raise TimeoutError("\n".join(self.screen.display))
            for arrived, data in self.burst(0.03, seconds):
                self._stream.feed(data)
                if not moment and shown(self.screen.display):
                    moment = arrived
        return moment

    def until_text(self, text: str, seconds: float = 20.0) -> float:
        """The moment `text` stood on the screen."""
        return self.until(lambda display: any(text in line for line in display), seconds)

    def settle(self, quiet: float = 0.06, seconds: float = 3.0) -> None:
        """Wait until nothing was shown for `quiet` seconds."""
        for _, data in self.burst(quiet, seconds):
            self._stream.feed(data)

    def memory(self) -> int:
        """Resident memory of the program in KiB."""
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def close(self) -> None:
        """End the program."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.fd)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
