"""Slips of the finger in a search: letters typed raw, swapped, missing or too many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

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
_GOOD = 82.0  # least likeness, of 100, at which a phrase counts as meant


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


def closest_phrase(typed: str, phrases: Mapping[str, str]) -> str:
    """The phrase (folded) that was most likely meant, "" where none is close."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    if len(typed) < 4:
        return ""
    found = process.extractOne(
        typed, phrases.keys(), scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=_GOOD / 100
    )
    return str(found[0]) if found else ""


def mended_word(token: str, words: Sequence[str], times: Callable[[str], int]) -> str:
    """The known word one or two slips away, of the closest the one used most `times`; "" where there is none."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    if len(token) < 3:
        return ""
    allowed = 1 if len(token) < 6 else 2
    scorer = DamerauLevenshtein.distance
    near = process.extract(token, words, scorer=scorer, score_cutoff=allowed, limit=None)
    if not near:
        return ""
    closest = {str(word) for word, distance, _ in near if distance == near[0][1]}
    return min(closest, key=lambda word: (-times(word), word))
