"""Search over the whole catalogue in memory: every key press gets its answer within a frame.

Words are looked up in an index of bit sets (bit n is the n-th procedure in order of how likely it is meant),
so that "all words match" is a few AND operations; only the likeliest candidates are then ranked in detail.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from sqlalchemy import Connection, text

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.lookup import ProcedureHit, SearchResult
from tthc_tui.core.text import accents_match, clean, fold
from tthc_tui.store.popular import Popular, shipped_popular, words_of
from tthc_tui.store.search_slips import (
    closest_phrase,
    contained_phrase,
    mended_word,
    other_spelling,
    untyped,
)

_CODE = re.compile(r"\d[\d.]*$")
_POOL = 240  # candidates of one kind ranked in detail
_SHORT = 3  # words up to which a query that finds little is also looked up loosely
_LONGEST = 200  # characters of a query that are looked at
_KIND = {"STANDARD": 0.0, "SPECIFIC": -14.0, "STANDARD_INTERNAL": -40.0}
_VARIANT = 9.0
_SKIPPED = ["thu", "tuc"]


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


@dataclass(frozen=True, slots=True)
class _Query:
    """A query taken apart. `accented` are the tokens typed with accents; `phrase` the folded words."""

    tokens: tuple[str, ...]
    accented: tuple[str, ...]
    phrase: str


class SearchIndex:
    """An immutable index; build a new one when the catalogue or the counter's figures change."""

    def __init__(self) -> None:
        self._rows: list[SearchRow] = []
        self._static: list[float] = []
        self._weight: list[float] = []
        self._names: list[str] = []
        self._shorts: list[str] = []
        self._alias: list[tuple[str, ...]] = []
        self._marks: list[tuple[int, ...]] = []
        self._codes: list[str] = []
        self._initials: list[str] = []
        self._short_initials: list[str] = []
        self._variants: tuple[tuple[str, ...], ...] = ()
        self._words: list[str] = []  # folded words in order
        self._bits: dict[str, int] = {}  # folded word → procedures with it in name, short name, aliases
        self._field_bits: dict[str, int] = {}
        self._spelled: dict[str, list[tuple[str, int]]] = {}  # folded word → (as spelled, procedures)
        self._starts: list[tuple[str, int]] = []
        self._phrases: dict[str, str] = {}

    @staticmethod
    def build(
        rows: Iterable[SearchRow], popularity: Mapping[str, int], popular: Popular | None = None
    ) -> SearchIndex:
        """An index of these rows; `popularity` is how often this counter received each code."""
        known = popular or shipped_popular()
        index = SearchIndex()
        index._variants = known.variants
        marks_of = [(number, f" {' '.join(mark)} ") for number, mark in enumerate(known.variants)]
        folds: dict[str, str] = {}
        scored = []
        for row in rows:
            spelled = row.spelled.split() or words_of(row.name)
            folded = row.folded or " ".join(_folded(spelled, folds))
            words = folded.split()
            joined = f" {folded} "
            marks = tuple([number for number, mark in marks_of if mark in joined])
            weight = _weight(row, popularity, known)
            scored.append((weight + _standing(row, words, marks), weight, row, spelled, words, marks))
        scored.sort(key=lambda item: (-item[0], item[2].code))
        postings: defaultdict[str, list[int]] = defaultdict(list)
        fields: dict[str, list[int]] = {}
        for number, (static, weight, row, spelled, words, marks) in enumerate(scored):
            index._add(row, static, weight, words, marks)
            fields.setdefault(row.field_name, []).append(number)
            spoken = (*row.keywords, *known.aliases.get(row.code, ()))
            if spoken or row.short_name:
                index._add_spoken(number, spoken, folds)
                spelled = spelled + [word for said in (row.short_name, *spoken) for word in words_of(said)]
            for word in spelled:
                postings[word].append(number)
        index._finish(postings, fields, folds)
        return index

    def _add(
        self, row: SearchRow, static: float, weight: float, words: list[str], marks: tuple[int, ...]
    ) -> None:
        plain = words[2:] if words[:2] == _SKIPPED else words
        name = " ".join(plain)
        self._starts.append((name, len(self._rows)))
        self._rows.append(row)
        self._static.append(static)
        self._weight.append(weight)
        self._names.append(name)
        self._marks.append(marks)
        self._codes.append(fold(row.code))
        self._initials.append("".join([word[0] for word in plain]))
        self._shorts.append("")
        self._short_initials.append("")
        self._alias.append(())

    def _add_spoken(self, number: int, spoken: Sequence[str], folds: dict[str, str]) -> None:
        """The short name and the everyday words of a procedure; they are what slips are compared with."""
        row = self._rows[number]
        short = _folded(words_of(row.short_name), folds)
        self._shorts[number] = " ".join(short)
        self._short_initials[number] = "".join([word[0] for word in short])
        said = {" ".join(_folded(words_of(words), folds)): words for words in spoken}
        said.pop("", None)
        self._alias[number] = tuple(said)
        self._starts += [(phrase, number) for phrase in (self._shorts[number], *said) if phrase]
        if self._weight[number] > 0:
            for phrase, words in {self._shorts[number]: row.short_name, **said}.items():
                self._phrases.setdefault(phrase, words)

    def _finish(
        self, spelled: Mapping[str, list[int]], fields: Mapping[str, list[int]], folds: dict[str, str]
    ) -> None:
        size = len(self._rows) // 8 + 1
        for word, numbers in spelled.items():
            bits = _bitset(numbers, size)
            folded = folds.get(word) or folds.setdefault(word, fold(word))
            self._bits[folded] = self._bits.get(folded, 0) | bits
            self._spelled.setdefault(folded, []).append((word, bits))
        for field, numbers in fields.items():
            bits = _bitset(numbers, size)
            for word in set(_folded(words_of(field), folds)):
                self._field_bits[word] = self._field_bits.get(word, 0) | bits
        self._words = sorted({*self._bits, *self._field_bits})
        self._starts.sort()
        self._phrases.pop("", None)

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, typed: str, limit: int = 50, on: date | None = None) -> SearchResult:
        """The procedures meant by `typed`, best first, at most `limit`; on a day, or now.

        Every word must match: as the beginning of a word, inside a word or as initials ("dkks"); accents need
        not be typed. A code, part of one or its digits finds by code. Nothing typed lists the likeliest.
        Where slips of the finger are more likely than what was found, `suggestion` says the words meant.
        """
        query = _query(typed, self._bits)
        if not query.tokens:
            return SearchResult(tuple(self._hit(n, on) for n in range(min(limit, len(self._rows)))))
        ranked = self._ranked(query)
        typed_so = _query(typed)
        if typed_so != query and (found := self._ranked(typed_so)):  # the rarer spelling may be meant
            both = (ranked, found) if self._strays(typed_so, found[0]) else (found, ranked)
            ranked = list(dict.fromkeys([*both[0], *both[1]]))
        suggestion, strays = "", not ranked or self._strays(query, ranked[0])
        if not ranked or self._weak(query, ranked[0]):
            suggestion, better = self._meant(query, strays)
            ranked = list(dict.fromkeys([*better, *ranked]))
        elif strays:
            said, better = self._within(query)
            suggestion = said if better and better[0] != ranked[0] else ""
            ranked = list(dict.fromkeys([*better, *ranked]))
        return SearchResult(tuple(self._hit(n, on) for n in ranked[:limit]), suggestion)

    def _ranked(self, query: _Query) -> list[int]:
        pool: dict[int, float] = {}
        if any(ch.isdigit() for ch in query.phrase):
            pool.update(self._by_code(query))
        named = [self._prefix(token, self._bits) for token in query.tokens]
        all_named = reduce(and_, named)
        spelled = reduce(and_, map(self._as_spelled, query.accented)) if query.accented else 0
        for bits, count in ((all_named & spelled, _POOL), (all_named, _POOL)):
            self._rank(query, _numbers(bits, count), 200.0, spelled, pool)
        self._rank(query, self._starting(query.phrase), 200.0, spelled, pool)
        if len(pool) < _POOL:
            wide = [
                bits | self._prefix(token, self._field_bits)
                for token, bits in zip(query.tokens, named, strict=True)
            ]
            self._rank(query, _numbers(reduce(and_, wide), _POOL), 120.0, spelled, pool)
            if not pool or (len(pool) < _POOL // 4 and len(query.tokens) <= _SHORT):
                loose = [bits | self._loosely(token) for token, bits in zip(query.tokens, wide, strict=True)]
                self._rank(query, _numbers(reduce(and_, loose), _POOL), 60.0, spelled, pool)
        return sorted(pool, key=lambda number: (-pool[number], number))

    def _rank(
        self, query: _Query, numbers: Iterable[int], base: float, spelled: int, pool: dict[int, float]
    ) -> None:
        for number in numbers:
            if number in pool:
                continue
            score = base + self._static[number] + self._likeness(query, number)
            if query.accented and not spelled >> number & 1:
                score -= 60.0
            pool[number] = score

    def _likeness(self, query: _Query, number: int) -> float:
        """How well the words stand in the names: the whole, the beginning, together, or apart."""
        phrase, best = query.phrase, 0.0
        for said in self._alias[number]:
            if said == phrase:
                best = 75.0
                break
            if len(phrase) > 1 and said.startswith(phrase):
                best = max(best, 40.0)
        for said in (self._shorts[number], self._names[number]):
            if not said or best >= 75.0:
                continue
            if said == phrase:
                best = max(best, 75.0)
            elif said.startswith(phrase):
                best = max(best, 42.0)
            elif f" {phrase}" in said:
                best = max(best, 32.0)
        if len(query.tokens) == 1 and len(phrase) > 1:
            if phrase in (self._initials[number], self._short_initials[number]):
                best = max(best, 60.0)
            elif self._initials[number].startswith(phrase) or self._short_initials[number].startswith(phrase):
                best = max(best, 30.0)
        typed = set(query.tokens)
        for mark in self._marks[number]:
            if typed.issuperset(self._variants[mark]):
                best += _VARIANT
        return best

    def _by_code(self, query: _Query) -> Iterator[tuple[int, float]]:
        """Procedures whose code is, begins with or contains what was typed; other words must match too."""
        codes = [token for token in query.tokens if _CODE.match(token)]
        others = [token for token in query.tokens if not _CODE.match(token)]
        allowed = reduce(and_, (self._prefix(token, self._bits) for token in others)) if others else -1
        digits = "".join(ch for token in codes for ch in token if ch.isdigit())
        dotted = query.phrase if not others else codes[0] if codes else ""
        for number, code in enumerate(self._codes):
            if code == query.phrase:
                yield number, 2000.0
            elif digits and allowed >> number & 1:
                own = code.replace(".", "")
                if own == digits and len(digits) > 1:
                    yield number, 1900.0
                elif code.startswith(dotted) or own.startswith(digits):
                    yield number, 900.0 + self._static[number]
                elif len(digits) > 2 and digits in own:
                    yield number, 800.0 + self._static[number] + 20.0 * own.endswith(digits)

    def _prefix(self, token: str, index: Mapping[str, int]) -> int:
        """Procedures with a word that begins with the token."""
        at, bits = bisect_left(self._words, token), 0
        while at < len(self._words) and self._words[at].startswith(token):
            bits |= index.get(self._words[at], 0)
            at += 1
        return bits

    def _as_spelled(self, token: str) -> int:
        """Procedures with a word that begins with the token, accents agreeing."""
        folded, bits = fold(token), 0
        at = bisect_left(self._words, folded)
        while at < len(self._words) and self._words[at].startswith(folded):
            for word, having in self._spelled.get(self._words[at], ()):
                if accents_match(token, word):
                    bits |= having
            at += 1
        return bits

    def _loosely(self, token: str) -> int:
        """Procedures that have the token inside a word, as initials of neighbouring words, or typed raw."""
        inside = (bits for word, bits in self._bits.items() if token in word) if len(token) > 1 else ()
        found = reduce(or_, inside, 0)
        if 2 <= len(token) <= 8 and token.isalpha():
            numbers = [
                n
                for n, letters in enumerate(self._initials)
                if token in letters or token in self._short_initials[n]
            ]
            found |= _bitset(numbers, len(self._rows) // 8 + 1)
        if not found:
            for plain in untyped(token):
                found |= self._prefix(plain, self._bits)
        return found

    def _starting(self, phrase: str) -> Iterator[int]:
        at = bisect_left(self._starts, (phrase, -1))
        for said, number in self._starts[at : at + _POOL]:
            if not said.startswith(phrase):
                return
            yield number

    def _weak(self, query: _Query, number: int) -> bool:
        """Whether the best hit has the words only here and there: then a slip is likelier."""
        if len(query.tokens) < 2 or self._weight[number] > 0 or any(ch.isdigit() for ch in query.phrase):
            return False
        return not any(query.phrase in said for said in (self._names[number], self._shorts[number]))

    def _strays(self, query: _Query, number: int) -> bool:
        """Whether words typed whole stand nowhere in what is said of the hit, only beginnings and letters."""
        if len(query.tokens) < 2 or any(token.isdigit() and len(token) > 2 for token in query.tokens):
            return False
        said = (self._names[number], self._shorts[number], *self._alias[number])
        words = {word for each in (*said, fold(self._rows[number].field_name)) for word in each.split()}
        return not words.issuperset(query.tokens[:-1])

    def _within(self, query: _Query) -> tuple[str, list[int]]:
        """The everyday words that were typed among others ("giấy xác nhận hộ nghèo") and what they find."""
        phrase = contained_phrase(query.tokens, self._phrases)
        return (self._phrases[phrase], self._ranked(_query(phrase))) if phrase else ("", [])

    def _meant(self, query: _Query, strays: bool) -> tuple[str, list[int]]:
        """The words probably meant and what they find; nothing where there is no good guess.

        `strays`: no hit has all that was typed, so everyday words among it may be looked up alone.
        """
        phrase = closest_phrase(query.phrase, self._phrases)
        if phrase:
            spoken = self._phrases[phrase]
            return spoken, self._ranked(_query(phrase))
        if strays and (found := self._within(query))[1]:
            return found
        mended = [
            token if self._prefix(token, self._bits) else mended_word(token, self._bits)
            for token in query.tokens
        ]
        if "" in mended or tuple(mended) == query.tokens:
            return "", []
        numbers = self._ranked(_query(" ".join(mended)))
        if not numbers:
            return "", []
        row = self._rows[numbers[0]]
        spelled = {fold(word): word for word in words_of(f"{row.name} {row.short_name}")}
        return " ".join(self._full(word, spelled) for word in mended), numbers

    @staticmethod
    def _full(word: str, spelled: Mapping[str, str]) -> str:
        return spelled.get(word) or next(
            (full for bare, full in spelled.items() if bare.startswith(word)), word
        )

    def _hit(self, number: int, on: date | None) -> ProcedureHit:
        row = self._rows[number]
        in_force = row.gone is None or (on is not None and on < row.gone)
        return ProcedureHit(
            row.code, row.name, row.short_name, row.field_name, row.limit_text, row.level, row.kind, in_force
        )


def load_index(connection: Connection, popular: Popular | None = None) -> SearchIndex:
    """The index of everything in the store, with this counter's own figures."""
    query = text(
        "SELECT code, name, short_name, field_name, keywords, limit_text, level, kind, gone_at, spelled, folded "
        "FROM procedure"
    )
    rows = [
        SearchRow(
            code,
            name,
            short,
            field,
            tuple(keywords.split("\n")) if keywords else (),
            limit,
            level,
            kind,
            datetime.fromtimestamp(gone / 1000, VIETNAM).date() if gone else None,
            spelled,
            folded,
        )
        for code, name, short, field, keywords, limit, level, kind, gone, spelled, folded in connection.execute(
            query
        ).fetchall()
    ]
    uses = {
        code: int(times) for code, times in connection.execute(text("SELECT code, times FROM procedure_use"))
    }
    return SearchIndex.build(rows, uses, popular)


def _query(typed: str, known: Mapping[str, int] | None = None) -> _Query:
    """What was typed, taken apart; "kí" is read as "ký" where that is the usual spelling of the `known` words."""
    words = [word for word in clean(typed[:_LONGEST]).lower().split() if word]
    if len(words) == 1 and any(ch.isdigit() for ch in words[0]):
        return _Query((fold(words[0]),), (), fold(words[0]))
    parts = [part for word in words for part in ([word] if _CODE.match(word) else words_of(word))]
    if [fold(part) for part in parts[:2]] == _SKIPPED and len(parts) > 2:
        parts = parts[2:]  # names are kept without their "Thủ tục", too
    if known:
        parts = [*(_usual(part, known) for part in parts[:-1]), *parts[-1:]]  # the last may be half a word
    tokens = tuple(fold(part) for part in parts)
    accented = tuple(part for part, token in zip(parts, tokens, strict=True) if part != token)
    return _Query(tokens, accented, " ".join(tokens))


def _usual(part: str, known: Mapping[str, int]) -> str:
    other = other_spelling(part)
    times = [known.get(fold(word), 0).bit_count() for word in (part, other)]
    return other if other and times[1] > times[0] else part


def _folded(words: Iterable[str], folds: dict[str, str]) -> list[str]:
    return [folds.get(word) or folds.setdefault(word, fold(word)) for word in words]


def _weight(row: SearchRow, popularity: Mapping[str, int], known: Popular) -> float:
    """How likely a procedure is meant: what is usual everywhere, then what this counter receives."""
    return 0.5 * known.weights.get(row.code, 0) + 12.0 * math.log2(1 + max(0, popularity.get(row.code, 0)))


def _standing(row: SearchRow, words: Sequence[str], marks: Sequence[int]) -> float:
    """In force before gone, commune before ministry, plain before variants, short before long."""
    level = 10.0 if "Xã" in row.level else -8.0 if row.level == "Bộ" else 0.0
    gone = -150.0 if row.gone else 0.0
    return gone + level + _KIND.get(row.kind, -10.0) - _VARIANT * len(marks) - 0.4 * min(len(words), 50)


def _bitset(numbers: Iterable[int], size: int) -> int:
    bits = bytearray(size)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def _numbers(bits: int, count: int) -> Iterator[int]:
    """The lowest set bits, at most `count`: the likeliest procedures first."""
    while bits and count:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
        count -= 1
