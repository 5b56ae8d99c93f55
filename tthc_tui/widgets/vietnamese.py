"""Vietnamese text in fields: one normal form, no control characters, Telex and VNI typing.

Pure functions: no widget, no application. bogo is imported at the first composed letter.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

TYPING_MODES = ("off", "telex", "vni")
TYPING_LABELS = {"off": "Bộ gõ: tắt", "telex": "Telex", "vni": "VNI"}

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_TELEX_TONES = frozenset("sfrxjSFRXJ")
_VNI_TONES = frozenset("12345")
_LONGEST_SYLLABLE = 7  # "nghiêng"; longer runs are not Vietnamese and stay as typed
_CODE_BEFORE = frozenset("_@#0123456789")  # letters after these belong to a code or a mail address


def nfc(text: str) -> str:
    """`text` in Unicode normal form C, the only form this program holds."""
    return unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """`text` in NFC on one line: line ends, tabs and odd spaces become spaces, control characters go.

    Format characters (bidirectional overrides, zero-width marks) go too: they would reorder what is shown.
    """
    if text.isascii() and text.isprintable():
        return text
    letters: list[str] = []
    for letter in text:
        kind = unicodedata.category(letter)
        if kind in ("Zs", "Zl", "Zp") or letter in "\t\n\r\v\f\x85":
            letters.append(" ")
        elif kind[0] != "C":
            letters.append(letter)
    return nfc("".join(letters))


def one_line(text: str) -> str:
    """A pasted block on one line: escape sequences and hidden characters gone, line ends become a space."""
    from tthc_tui.core.text import clean as clean_text

    return clean_text(text)


def next_mode(mode: str) -> str:
    """The typing mode after `mode` in the F12 circle: off, telex, vni, off…"""
    return TYPING_MODES[(TYPING_MODES.index(mode) + 1) % 3] if mode in TYPING_MODES else "off"


def word_before(text: str, cursor: int) -> str:
    """The run of letters that ends at `cursor` and may be a syllable being typed, or "".

    Empty where the run is longer than any syllable or continues a code, a number or an address.
    """
    start = cursor
    while start > 0 and text[start - 1].isalpha():
        start -= 1
        if cursor - start > _LONGEST_SYLLABLE + 1:
            return ""
    return "" if start > 0 and text[start - 1] in _CODE_BEFORE else text[start:cursor]


def compose(word: str, raw: str, key: str, mode: str) -> tuple[str, str]:
    """The syllable `word`, typed as the keys `raw`, after one more `key`: (new word, new keys).

    `raw` may be the word itself where the keys are not known (the cursor was moved into an old word).
    A word that is not Vietnamese comes back exactly as its keys were typed.
    """
    if not key.isascii() or mode not in ("telex", "vni"):
        return word + key, raw + key
    process, rules = _engine(mode)
    tones = _TELEX_TONES if mode == "telex" else _VNI_TONES
    base = word
    if raw == word and key in tones and not word.isascii():
        base = _without_tone(word)  # an old word may carry its tone on the other vowel (hoà, hòa)
    new_word, new_raw = process(base, key, raw, rules)
    new_word = nfc(new_word)
    if sum(_has_tone(letter) for letter in new_word) > 1:
        return word + key, raw + key
    return new_word, new_raw


def uncompose(word: str, raw: str) -> tuple[str, str]:
    """The syllable and its keys after Backspace took the last letter away."""
    if len(word) < 2:
        return "", ""
    if raw == word:
        return word[:-1], word[:-1]
    from bogo.core import handle_backspace

    new_word, new_raw = handle_backspace(word, raw)
    return nfc(new_word), new_raw


def composes(key: str, word: str, mode: str) -> bool:
    """Whether `key` can be part of a syllable in this mode: a letter, or a VNI digit after a letter."""
    if len(key) != 1 or not key.isascii():
        return False
    return key.isalpha() or (mode == "vni" and key in "123456789" and bool(word))


@lru_cache(maxsize=2)
def _engine(mode: str) -> tuple[Any, dict[str, Any]]:
    from bogo.core import get_telex_definition, get_vni_definition, process_key

    if mode == "telex":
        return process_key, get_telex_definition(brackets_shorthand=False)
    return process_key, {**get_vni_definition(), "w": "+w"}


@lru_cache(maxsize=512)
def _has_tone(letter: str) -> bool:
    return any(mark in _TONES for mark in unicodedata.normalize("NFD", letter))


def _without_tone(word: str) -> str:
    return nfc("".join(mark for mark in unicodedata.normalize("NFD", word) if mark not in _TONES))
