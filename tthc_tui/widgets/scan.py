"""What a keyboard-wedge scanner sends, told from typing by its content and its speed.

A scanner types fast and ends with Enter (some with Tab). Only a burst whose whole text is a citizen card,
a dossier code, a short id or a procedure code is a scan; any other fast burst is type-ahead and stays typing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from textual.message import Message

from tthc_tui.widgets.vietnamese import clean

CARD, DOSSIER, SHORT, PROCEDURE = "card", "dossier", "short", "procedure"
UNKNOWN = "unknown"

_CARD_START = re.compile(r"\d{12}\|")
_POSSIBLE = re.compile(r"\d{1,12}|\d{12}\|.*|(?:[A-Z]|\d{2,3}\.)[A-Z0-9.\-]{0,47}|\d\.\d{0,6}")
_STRONG = re.compile(r"\d{12}\||[A-Z]\d\d|\d{1,3}\.\d")
_PROCEDURE = re.compile(r"\d\.\d{6}")
_SHORTEST = 8
_DIGITS = 6  # what a barcode of any office holds at least; no run of commands does
_GAP = 0.12  # longest pause inside a burst, seconds; a slow link delivers in clumps
_LATE_GAP = (
    0.5  # the same behind what nobody types by hand: a card's first digits, a whole code at that speed
)
_MEAN_GAP = 0.035  # mean pause of a scanner; the fastest typists stay above 0.06
_FIRST_KEY_WAIT = 0.045  # how long a key that is also a command waits for the rest of a burst


@dataclass
class Scanned(Message):
    """A scan arrived, wherever the focus was; sent to the active screen and bubbling to the app.

    `kind` is "card" (readable or not), "dossier", "short", "procedure", or "unknown" for what came as fast as
    a scan while no field had the focus and is none of these; `text` is what was scanned, NFC.
    """

    kind: str
    text: str


def scan_kind(text: str) -> str:
    """What `text` is as a whole: "card", "dossier", "short", "procedure", or "" where it is no scan."""
    if len(text) < _SHORTEST or not _POSSIBLE.fullmatch(text):
        return ""
    if _CARD_START.match(text):
        return CARD  # an unreadable one too: who reads it says what is wrong with it
    if _PROCEDURE.fullmatch(text):
        return PROCEDURE
    from tthc_tui.core.codes import parse_code, valid_short_id

    if len(text) == 12 and text.isascii() and text.isdigit():
        return SHORT if valid_short_id(text) else ""
    code = parse_code(text)
    return DOSSIER if code is not None and len(str(code)) == len(text) else ""


class Burst:
    """Keys that came so fast after one another that a scanner may have sent them. Times are in seconds."""

    def __init__(self) -> None:
        self.text = ""
        self.number = 0
        self.finished_text = ""
        self._before = (
            ""  # what was typed in the same breath before `text`: a stalled link delivers both at once
        )
        self._run_number = 0
        self._first = self._last = 0.0
        self._target: Any = None
        self._states: dict[int, Any] = {}
        self._scanned = 0  # number of the burst whose snapshot the scan wants back
        self._line_end = ("", 0.0)

    @property
    def alive(self) -> bool:
        """Whether the text so far can still become a scan."""
        return _POSSIBLE.fullmatch(self.text) is not None

    @property
    def is_strong(self) -> bool:
        """Whether the text so far is hardly typed by hand as a run of commands."""
        return _STRONG.match(self.text) is not None

    @property
    def patience(self) -> float:
        """How long to wait for the next key before the burst counts as ended."""
        return self._gap if self.is_strong or self._whole else _FIRST_KEY_WAIT

    @property
    def _gap(self) -> float:
        return _LATE_GAP if _CARD_START.match(self.text) or self._whole else _GAP

    @property
    def _whole(self) -> bool:
        """Whether a whole code came at a scanner's speed: only its Enter may still be on the way."""
        return self._mean_gap() <= _MEAN_GAP and bool(scan_kind(self.text))

    def broken(self, time: float, target: Any) -> bool:
        """Whether a key at `time`, going to `target`, no longer belongs to this burst."""
        return not self.text or target is not self._target or time - self._last > self._gap

    def add(self, letter: str, time: float, target: Any) -> bool:
        """Record a typed letter; True where it begins a new burst."""
        begins = self.broken(time, target)
        if begins:
            self.reset()
            self._run_number = self.number + 1
        elif letter.isdigit() and not self.alive:
            begins = True  # a card may begin here, right behind typed words
            self._before += self.text
            self.text = ""
        if begins:
            self._first, self._target = time, target
            self.number += 1
        self.text += letter
        self._last = time
        return begins

    def reset(self) -> None:
        """Forget the burst: a key that no scanner sends came."""
        self.text = self._before = ""
        self._target = None
        self._states.clear()

    def take_snapshot(self, target: Any, number: int) -> None:
        """Ask `target` what it holds, unless that burst is over."""
        if self._run_number <= number <= self.number:
            self._states[number] = target.snapshot()

    def take_state(self) -> Any:
        """The snapshot of the finished burst, once."""
        state = self._states.get(self._scanned)
        self._states.clear()
        return state

    def finish(self, key: str, time: float, target: Any, *, in_field: bool = True) -> str:
        """The burst ended with `key`: the kind of scan it was, else "". A Tab ends only a card.

        Outside a field (`in_field` false) a long run of digits is a scan too, of something unknown: its keys
        and its Enter must not work as commands.
        """
        text = clean(self.text).strip()
        broken = self.broken(time, target)
        kind = "" if broken else scan_kind(text)
        if self._before and kind != CARD:
            kind = ""
        self._scanned = self.number
        if not (kind or broken or in_field):
            text = clean(self._before + self.text).strip()
            if len(text) >= _SHORTEST and sum(letter.isdigit() for letter in text) >= _DIGITS:
                kind, self._scanned = UNKNOWN, self._run_number
        if kind != CARD and (key == "tab" or self._mean_gap() > _MEAN_GAP):
            kind = ""
        if kind:
            self.finished_text = text
            self._line_end = (key, time)
            self.text = self._before = ""
            self._target = None
        else:
            self.reset()
        return kind

    def is_second_line_end(self, key: str, time: float) -> bool:
        """Whether this is the LF of a scanner that ends with CR LF."""
        first, at = self._line_end
        self._line_end = ("", 0.0)
        return first == "enter" and key == "ctrl+j" and time - at <= _GAP

    def _mean_gap(self) -> float:
        return (self._last - self._first) / max(len(self.text) - 1, 1)
