"""Keys from a POSIX terminal that survive whatever comes down the line. Import only where `termios` exists."""

from __future__ import annotations

import os
import re
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from contextlib import suppress

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

_BEFORE_ESCAPE = re.compile("(?=\x1b)")
_LOOK = 0.1  # seconds between looks at the clock: an Esc alone is told from the start of a sequence by time
_CHUNK = 4096


class SteadyInput:
    """Bytes of a terminal made into events. Letters that are not UTF-8 become "\ufffd", broken sequences nothing.

    Textual's own reader ends the program at the first of either: a scanner set to another code page, a paste
    of a binary file or one garbled byte of a serial line would take the officer's screen away.
    """

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._parser = XTermParser(debug)

    def feed(self, data: bytes, final: bool = False) -> Iterator[Message]:
        """The events these bytes complete."""
        for piece in _BEFORE_ESCAPE.split(self._decode(data, final)):
            if piece:
                yield from self._guarded(self._parser.feed(piece))

    def tick(self) -> Iterator[Message]:
        """The events that only time completes."""
        yield from self._guarded(self._parser.tick())

    def close(self) -> None:
        """No more will come."""
        with suppress(EOFError, ParseError):
            for _ in self._parser.feed(""):
                pass

    def _guarded(self, events: Iterable[Message]) -> Iterator[Message]:
        try:
            yield from events
        except (ValueError, ArithmeticError, LookupError, TypeError, ParseError):
            self._parser = XTermParser(self._debug)  # the broken sequence is lost, the next one is whole


class SteadyDriver(LinuxDriver):
    """Textual's driver, reading through `SteadyInput`."""

    def run_input_thread(self) -> None:
        """Wait for input and dispatch events until the program ends or no more keys can come."""
        reader = SteadyInput(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            try:
                while not self.exit_event.is_set():
                    self._take(selector, reader)
                self._take(selector, reader, final=True)
            except (EOFError, OSError):  # OSError: a terminal that hung up, or was given to another session
                if not self.exit_event.is_set():
                    os.kill(os.getpid(), signal.SIGHUP)  # what the system sends where it notices by itself
        reader.close()

    def _take(self, selector: selectors.SelectSelector, reader: SteadyInput, final: bool = False) -> None:
        """Hand on what has come; EOFError where the other end of the line was closed."""
        if selector.select(_LOOK):
            data = os.read(self.fileno, _CHUNK)
            if not data:  # a raw terminal has at least one byte for a reader, or is gone: ready for ever
                raise EOFError
            for event in reader.feed(data, final):
                self.process_message(event)
        for event in reader.tick():
            self.process_message(event)
