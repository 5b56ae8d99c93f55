"""The catalogue prepared for search: a few long byte strings in place of many small objects.

They are made when the catalogue changes and kept in the file, so that a start only reads them.
"""

from __future__ import annotations

import json
import sys
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from tthc_tui.core.text import fold
from tthc_tui.store.popular import Popular, words_of

Parts = dict[str, bytes]
"""What a `SearchIndex` is made of, by name."""

FORMAT = f"1-{sys.byteorder}"
"""Changes whenever parts of an older program can't be read or mean something else."""

SKIPPED = ["thu", "tuc"]  # names are kept without the "Thủ tục" some begin with
VARIANT = 9.0  # what each mark of a variant takes from a procedure, and gives back where it was typed
_KIND = {"STANDARD": 0.0, "SPECIFIC": -14.0, "STANDARD_INTERNAL": -40.0}
_BREAKS = {9: " ", 10: " "}  # what cells and lines are divided by


class SearchRow(NamedTuple):
    """What the index needs of one procedure. `gone` is the day it left the national catalogue.

    `spelled` and `folded` are the words of the name, worked out where they are not given.
    """

    code: str
    name: str
    short_name: str = ""
    field_name: str = ""
    keywords: tuple[str, ...] = ()
    limit_text: str = ""
    level: str = ""
    kind: str = "STANDARD"
    gone: date | None = None
    spelled: str = ""
    folded: str = ""


class Lines:
    """Numbered lines in one byte string; line n stands between the breaks at `at[n]` and `at[n + 1]`."""

    __slots__ = ("at", "text")

    def __init__(self, parts: Mapping[str, bytes], name: str) -> None:
        self.text = parts[name]
        self.at = array("I", parts[f"{name}.at"])

    def __getitem__(self, number: int) -> str:
        return self.text[self.at[number] + 1 : self.at[number + 1]].decode()

    def having(self, part: str) -> Iterator[int]:
        """The numbers of the lines that contain `part`; a line break in it stands for the line's beginning or end."""
        wanted, at = part.encode(), self.text.find(part.encode())
        while at >= 0:
            number = bisect_right(self.at, at) - 1
            yield number
            at = self.text.find(wanted, self.at[number + 1])

    @staticmethod
    def pack(name: str, lines: Iterable[str]) -> Parts:
        """The parts a name's lines are kept in."""
        encoded = [line.replace("\n", " ").encode() for line in lines]
        ends = accumulate((len(line) + 1 for line in encoded), initial=0)
        return {name: b"\n".join((b"", *encoded, b"")), f"{name}.at": array("I", ends).tobytes()}


class _Scored(NamedTuple):
    static: float
    row: SearchRow
    spelled: list[str]
    words: list[str]  # folded
    marks: tuple[int, ...]
    weight: int


def pack(rows: Iterable[SearchRow], known: Popular) -> Parts:
    """The parts of the index of these rows: the likelier a procedure is meant, the lower its number."""
    folds = _Folds()
    marks = [(number, f" {' '.join(mark)} ") for number, mark in enumerate(known.variants)]
    scored = sorted(
        (_score(row, known, marks, folds) for row in rows), key=lambda one: (-one.static, one.row.code)
    )
    plain = [one.words[2:] if one.words[:2] == SKIPPED else one.words for one in scored]
    names = [" ".join(words) for words in plain]
    spoken = {n: said for n, one in enumerate(scored) if (said := _spoken(one.row, known, folds))}
    letters = [
        f"{_initials(words)}\t{_initials(folds.words(one.row.short_name))}"
        for words, one in zip(plain, scored, strict=True)
    ]
    codes = [fold(one.row.code) for one in scored]
    return {
        **Lines.pack("names", names),
        **Lines.pack("letters", letters),
        **Lines.pack("codes", codes),
        **Lines.pack("digits", [code.replace(".", "") for code in codes]),
        **{f"shown{part}": body for part, body in _shown(scored).items()},
        "by_name": array("I", sorted(range(len(names)), key=names.__getitem__)).tobytes(),
        "static": array("d", [one.static for one in scored]).tobytes(),
        **_words(scored, spoken, known, folds),
    }


class _Folds(dict[str, str]):
    """Folded words, each worked out once."""

    def __missing__(self, word: str) -> str:
        self[word] = folded = fold(word)
        return folded

    def words(self, text: str) -> list[str]:
        return [self[word] for word in words_of(text)]


def _score(row: SearchRow, known: Popular, marks_of: Sequence[tuple[int, str]], folds: _Folds) -> _Scored:
    spelled = row.spelled.split() or words_of(row.name)
    words = row.folded.split() or [folds[word] for word in spelled]
    joined = f" {' '.join(words)} "
    marks = tuple([number for number, mark in marks_of if mark in joined])
    weight = known.weights.get(row.code, 0)
    return _Scored(0.5 * weight + _standing(row, words, marks), row, spelled, words, marks, weight)


def _standing(row: SearchRow, words: Sequence[str], marks: Sequence[int]) -> float:
    """In force before gone, commune before ministry, plain before variants, short before long."""
    level = 10.0 if "Xã" in row.level else -8.0 if row.level == "Bộ" else 0.0
    gone = -150.0 if row.gone else 0.0
    return gone + level + _KIND.get(row.kind, -10.0) - VARIANT * len(marks) - 0.4 * min(len(words), 50)


def _spoken(row: SearchRow, known: Popular, folds: _Folds) -> list[tuple[str, str]]:
    """(folded, as written) of the short name ("" without one) and then of the everyday words; [] without any."""
    said = (*row.keywords, *known.aliases.get(row.code, ()))
    if not said and not row.short_name:
        return []
    phrases = {" ".join(folds.words(words)): words for words in said}
    phrases.pop("", None)
    return [(" ".join(folds.words(row.short_name)), row.short_name), *phrases.items()]


def _initials(words: Sequence[str]) -> str:
    return "".join([word[0] for word in words])


def _shown(scored: Sequence[_Scored]) -> Parts:
    """What a hit shows of a procedure, cells divided by tabs."""
    cells = (
        (
            row.code,
            row.name,
            row.short_name,
            row.field_name,
            row.limit_text,
            row.level,
            row.kind,
            row.gone.isoformat() if row.gone else "",
        )
        for row in (one.row for one in scored)
    )
    return Lines.pack("", ("\t".join([cell.translate(_BREAKS) for cell in line]) for line in cells))


def _words(
    scored: Sequence[_Scored], spoken: Mapping[int, list[tuple[str, str]]], known: Popular, folds: _Folds
) -> Parts:
    """The words and, of each, the procedures as a set of bits: of names, of fields, of variants, of the usual."""
    named: defaultdict[str, list[int]] = defaultdict(list)
    fields: defaultdict[str, list[int]] = defaultdict(list)
    marked: list[list[int]] = [[] for _ in known.variants]
    usual = []
    for number, one in enumerate(scored):
        for word in one.spelled:
            named[word].append(number)
        for _, said in spoken.get(number, ()):
            for word in words_of(said):
                named[word].append(number)
        for word in set(folds.words(one.row.field_name)):
            fields[word].append(number)
        for mark in one.marks:
            marked[mark].append(number)
        if one.weight > 0:
            usual.append(number)
    words = sorted((folds[word], word) for word in named)
    field_words = sorted(fields)
    postings = [named[word] for _, word in words] + [fields[word] for word in field_words] + [*marked, usual]
    width = len(scored) // 8 + 1
    tables = {
        "size": len(scored),
        "folded": [folded for folded, _ in words],
        "spelled": [word for _, word in words],
        "fields": field_words,
        "variants": known.variants,
        "spoken": list(spoken.items()),
    }
    return {
        "tables": json.dumps(tables, ensure_ascii=False).encode(),
        "bits": b"".join(_bitset(numbers, width) for numbers in postings),
    }


def _bitset(numbers: Iterable[int], width: int) -> bytes:
    bits = bytearray(width)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return bytes(bits)
