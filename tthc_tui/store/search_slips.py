"""Slips of the finger in a search: letters typed raw, swapped, missing or too many."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
_GOOD = 82.0  # least likeness, of 100, at which a phrase counts as meant


def untyped(token: str) -> list[str]:
    """What a token typed with Telex or VNI keys, but the input method off, stands for: "sinhf", "dang9"."""
    plain = re.sub(r"(?<=[a-z])\d+", "", token)
    for keys, letter in _TELEX:
        plain = plain.replace(keys, letter)
    found = [plain, plain[:-1] if plain[-1:] in _TONES else plain]
    inner = re.sub(rf"(?<=[aeiouy])[{_TONES}](?=[a-z]*$)", "", plain, count=1)
    return [word for word in dict.fromkeys([*found, inner]) if len(word) > 1 and word != token]


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


def mended_word(token: str, words: Mapping[str, int]) -> str:
    """The known word one or two slips away, the most used of the closest; "" where there is none."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    if len(token) < 3:
        return ""
    allowed = 1 if len(token) < 6 else 2
    scorer = DamerauLevenshtein.distance
    near = process.extract(token, list(words), scorer=scorer, score_cutoff=allowed, limit=20)
    if not near:
        return ""
    return min(near, key=lambda item: (item[1], -words[item[0]].bit_count()))[0]
