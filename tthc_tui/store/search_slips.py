"""Slips of the finger in a search: letters typed raw, swapped, missing or too many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

_TELEX = (
    ("dd", "d"),
    ("aa", "a"),
    ("ee", "e"),
    ("oo", "o"),
    ("aw", "a"),
    ("ow", "o"),
    ("uw", "u"),
    ("w", "u"),
)
_TONES = "sfrxjz"
_PART = 0.4  # least share of what was typed that a phrase found in it makes up
_GOOD = 0.82  # least likeness at which a phrase counts as meant
_ROUNDING = 1e-9


def untyped(token: str) -> list[str]:
    """What a token typed with Telex or VNI keys, but the input method off, stands for: "sinhf", "dang9"."""
    plain = re.sub(r"(?<=[a-z])\d+", "", token)
    for keys, letter in _TELEX:
        plain = plain.replace(keys, letter)
    found = [plain, plain[:-1] if plain[-1:] in _TONES else plain]
    inner = re.sub(rf"(?<=[aeiouy])[{_TONES}](?=[a-z]*$)", "", plain, count=1)
    return [word for word in dict.fromkeys([*found, inner]) if len(word) > 1 and word != token]


def other_spelling(word: str) -> str:
    """The word with i for y or y for i where both are written ("kí" for "ký", "sỹ" for "sĩ"); "" elsewhere."""
    marked = unicodedata.normalize("NFD", word)
    found = re.fullmatch(r"([hklmst]|qu)([iy])([\u0300-\u036f]*)", marked)
    if not found:
        return ""
    return unicodedata.normalize("NFC", f"{found[1]}{'y' if found[2] == 'i' else 'i'}{found[3]}")


def contained_phrase(tokens: Sequence[str], phrases: Iterable[str]) -> str:
    """The longest phrase (two words or more) whose words all stand among the tokens in its order.

    "" where none makes up a good part of what was typed; of equal ones the one that was typed first.
    """
    best, rank, typed = "", (1, 0), set(tokens)
    for phrase in phrases:
        words = phrase.split()
        rest = iter(tokens)
        if len(words) < max(rank[0], _PART * len(tokens)) or not typed.issuperset(words):
            continue
        own = (len(words), -tokens.index(words[0]))
        if own > rank and len(words) > 1 and all(word in rest for word in words):
            best, rank = phrase, own
    return best


def closest_phrase(typed: str, phrases: Iterable[str]) -> str:
    """The phrase (folded) that was most likely meant, the first of equal ones, "" where none is close."""
    best, least = "", _GOOD
    if len(typed) >= 4:
        letters, pairs = set(typed), _pairs(typed)
        for phrase in phrases:
            longest = max(len(typed), len(phrase))
            allowed = int((1 - least) * longest + _ROUNDING)
            if _far(typed, letters, pairs, phrase, allowed):
                continue
            likeness = 1 - slips(typed, phrase, allowed) / longest
            if likeness > least or (likeness >= least and not best):
                best, least = phrase, likeness
    return best


def mended_word(token: str, words: Iterable[str], times: Callable[[str], int]) -> str:
    """The known word one or two slips away, of the closest the one used most `times`; "" where there is none."""
    if len(token) < 3:
        return ""
    allowed = 1 if len(token) < 6 else 2
    letters, pairs = set(token), _pairs(token)
    near = {
        word: slips(token, word, allowed)
        for word in dict.fromkeys(words)
        if not _far(token, letters, pairs, word, allowed)
    }
    least = min(near.values(), default=allowed + 1)
    closest = [word for word, number in near.items() if number == least]
    return min(closest, key=lambda word: (-times(word), word)) if least <= allowed else ""


def _pairs(word: str) -> set[tuple[str, str]]:
    return {*pairwise(word)}


def _far(typed: str, letters: set[str], pairs: set[tuple[str, str]], word: str, allowed: int) -> bool:
    """Whether more than `allowed` slips lie between them for certain, told without counting them."""
    if not -allowed <= len(typed) - len(word) <= allowed or len(letters.difference(word)) > allowed:
        return True
    return len(pairs - _pairs(word)) > 3 * allowed  # one slip breaks three neighbourhoods at most


def slips(one: str, other: str, allowed: int) -> int:
    """How many letters were missed, added, replaced or swapped (Damerau's distance, in full).

    Counting ends where there are more than `allowed`: the answer is then just some larger number.
    """
    width, most = len(other), len(one) + len(other) + 1
    rows: list[list[int]] = [[most] * (width + 2), [most, *range(width + 1)]]
    last_row: dict[str, int] = {}
    for row, letter in enumerate(one, 1):
        above, line, last_match = rows[row], [most] * (width + 2), 0
        line[1] = least = row
        for column in range(max(1, row - allowed), min(width, row + allowed) + 1):  # farther off is too far
            wanted = other[column - 1]
            if letter == wanted:
                best, match = above[column], column
            else:
                best, match = above[column] + 1, last_match
            best = min(best, above[column + 1] + 1, line[column] + 1)
            if last_match and (from_row := last_row.get(wanted, 0)):
                swapped = rows[from_row][last_match] + row - from_row - 1 + column - last_match
                best = min(best, swapped)
            line[column + 1], last_match = best, match
            least = min(least, best)
        if least > allowed:
            return least
        last_row[letter] = row
        rows.append(line)
    return rows[-1][-1]
