"""Search over the whole catalogue in memory: every key press gets its answer within a frame.

Words are looked up in an index of bit sets (bit n is the n-th procedure in order of how likely it is meant),
so that "all words match" is a few AND operations; only the likeliest candidates are then ranked in detail.
"""

from __future__ import annotations

import json
import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from heapq import merge
from itertools import chain, islice
from operator import and_, or_

from sqlalchemy import Connection

from tthc_tui.core.lookup import ProcedureHit, SearchResult
from tthc_tui.core.text import accents_match, fold
from tthc_tui.store.popular import Popular, shipped_popular, words_of
from tthc_tui.store.search_kept import kept_parts, packed
from tthc_tui.store.search_parts import VARIANT, Lines, Parts, SearchRow, pack
from tthc_tui.store.search_query import CODE, Query, read_query
from tthc_tui.store.search_slips import closest_phrase, contained_phrase, mended_word, untyped

_POOL = 240  # candidates of one kind ranked in detail
_SHORT = 3  # words up to which a query that finds little is also looked up loosely
_END = "\U0010ffff"  # sorts after every letter


class SearchIndex:
    """An immutable index; make a new one when the catalogue or the counter's figures change."""

    def __init__(self, parts: Parts, popularity: Mapping[str, int]) -> None:
        """Of what `pack` made; `popularity` is how often this counter received each code."""
        tables = json.loads(parts["tables"])
        self._size: int = tables["size"]
        self._width = self._size // 8 + 1
        self._bits = parts["bits"]
        self._folded: list[str] = tables["folded"]  # in order; as often as there are spellings of it
        self._spelled: list[str] = tables["spelled"]
        self._fields: list[str] = tables["fields"]
        self._variants = [frozenset(mark) for mark in tables["variants"]]
        self._names, self._letters = Lines(parts, "names"), Lines(parts, "letters")
        self._codes, self._digits = Lines(parts, "codes"), Lines(parts, "digits")
        self._shown = Lines(parts, "shown")
        self._by_name = array("I", parts["by_name"])
        self._static = array("d", parts["static"])
        self._spoken: dict[int, list[tuple[str, str]]] = dict(tables["spoken"])
        self._likely, self._used = self._set(-1), 0
        self._count(popularity)
        self._phrases = self._everyday_words()
        self._short_names: dict[str, str] = {}  # of the codes asked for

    @staticmethod
    def build(
        rows: Iterable[SearchRow], popularity: Mapping[str, int], popular: Popular | None = None
    ) -> SearchIndex:
        """An index of these rows; `popularity` is how often this counter received each code."""
        return SearchIndex(pack(rows, popular or shipped_popular()), popularity)

    def _count(self, popularity: Mapping[str, int]) -> None:
        """What this counter receives is likelier than what is usual elsewhere."""
        for code, times in popularity.items():
            number = next(self._codes.having(f"\n{fold(code)}\n"), None) if times > 0 else None
            if number is not None:
                self._static[number] += 12.0 * math.log2(1 + times)
                self._used |= 1 << number
        self._likely |= self._used
        self._often = sorted(_numbers(self._used), key=self._place)

    def _everyday_words(self) -> dict[str, str]:
        """Short names and everyday words of what is likely, folded → as written: slips are compared with them."""
        phrases: dict[str, str] = {}
        for number in sorted(self._spoken, key=self._place):
            if self._likely >> number & 1:
                for folded, words in dict(self._spoken[number]).items():
                    phrases.setdefault(folded, words)
        phrases.pop("", None)
        return phrases

    def _place(self, number: int) -> tuple[float, int]:
        return -self._static[number], number

    def _set(self, place: int) -> int:
        """The procedures of a place in the table of bits, from its end where negative."""
        at = place * self._width if place >= 0 else len(self._bits) + place * self._width
        return int.from_bytes(self._bits[at : at + self._width], "little")

    def __len__(self) -> int:
        return self._size

    def search(self, typed: str, limit: int = 50, on: date | None = None) -> SearchResult:
        """The procedures meant by `typed`, best first, at most `limit`; on a day, or now.

        Every word must match: as the beginning of a word, inside a word or as initials ("dkks"); accents need
        not be typed. A code, part of one or its digits finds by code. Nothing typed lists the likeliest.
        Where slips of the finger are more likely than what was found, `suggestion` says the words meant.
        """
        query = read_query(typed, self._times)
        if not query.tokens:
            return self._result(self._likeliest((1 << self._size) - 1, limit), limit, on)
        ranked = self._ranked(query)
        typed_so = read_query(typed)
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
        return self._result(ranked, limit, on, suggestion)

    def _result(
        self, numbers: Iterable[int], limit: int, on: date | None, suggestion: str = ""
    ) -> SearchResult:
        return SearchResult(tuple([self._hit(n, on) for n in islice(numbers, limit)]), suggestion)

    def short_name(self, code: str) -> str:
        """What officers call the procedure with this code; "" where it has no short name or is not listed."""
        if code not in self._short_names:
            number = next(self._codes.having(f"\n{fold(code)}\n"), None)
            self._short_names[code] = "" if number is None else self._hit(number, None).short_name
        return self._short_names[code]

    def _hit(self, number: int, on: date | None) -> ProcedureHit:
        code, name, short, field, limit, level, kind, gone = self._shown[number].split("\t")
        in_force = not gone or (on is not None and on < date.fromisoformat(gone))
        return ProcedureHit(code, name, short, field, limit, level, kind, in_force)

    # -- candidates ---------------------------------------------------------------------------------

    def _ranked(self, query: Query) -> list[int]:
        pool: dict[int, float] = self._by_code(query) if query.digits else {}
        named = [self._beginning(token) for token in query.tokens]
        all_named = reduce(and_, named)
        spelled = reduce(and_, map(self._as_spelled, query.accented)) if query.accented else 0
        if spelled & all_named:
            self._rank(query, self._likeliest(all_named & spelled, _POOL), 200.0, spelled, pool)
        self._rank(query, self._likeliest(all_named, _POOL), 200.0, spelled, pool)
        if all_named.bit_count() > _POOL:  # a name that begins so need not be among the likeliest
            self._rank(query, self._starting(query.phrase), 200.0, spelled, pool)
        if len(pool) < _POOL:
            wide = [bits | self._of_field(token) for token, bits in zip(query.tokens, named, strict=True)]
            self._rank(query, self._likeliest(reduce(and_, wide), _POOL), 120.0, spelled, pool)
            if not pool or (len(pool) < _POOL // 4 and len(query.tokens) <= _SHORT):
                loose = self._all_loosely(query.tokens, wide)
                self._rank(query, self._likeliest(loose, _POOL), 60.0, spelled, pool)
        return sorted(pool, key=lambda number: (-pool[number], *self._place(number)))

    def _likeliest(self, bits: int, count: int) -> Iterator[int]:
        """Of a set, the procedures most likely meant, at most `count`, the likeliest first."""
        often = [number for number in self._often if bits >> number & 1] if bits & self._used else []
        rest = _numbers(bits & ~self._used, count)
        return islice(merge(often, rest, key=self._place), count) if often else rest

    def _beginning(self, token: str) -> int:
        """Procedures with a word in name, short name or everyday words that begins with the token."""
        first, last = _range(self._folded, token)
        return reduce(or_, map(self._set, range(first, last)), 0)

    def _of_field(self, token: str) -> int:
        """Procedures of a field that has a word which begins with the token."""
        first, last = _range(self._fields, token)
        known = len(self._folded)
        return reduce(or_, map(self._set, range(known + first, known + last)), 0)

    def _as_spelled(self, token: str) -> int:
        """Procedures with a word that begins with the token, accents agreeing."""
        first, last = _range(self._folded, fold(token))
        places = (
            place
            for place in range(first, last)
            if self._spelled[place].startswith(token) or accents_match(token, self._spelled[place])
        )
        return reduce(or_, map(self._set, places), 0)

    def _times(self, folded: str) -> int:
        """In how many procedures a whole word (folded) stands."""
        first, last = bisect_left(self._folded, folded), bisect_left(self._folded, f"{folded}\0")
        return reduce(or_, map(self._set, range(first, last)), 0).bit_count()

    def _all_loosely(self, tokens: Sequence[str], strictly: Sequence[int]) -> int:
        """Procedures that have every token, each `strictly` or loosely; the rarest is asked first."""
        found = -1
        for bits, token in sorted(zip(strictly, tokens, strict=True), key=lambda pair: pair[0].bit_count()):
            found &= (bits | self._loosely(token)) if found else 0
        return found

    def _loosely(self, token: str) -> int:
        """Procedures that have the token inside a word, as initials of neighbouring words, or typed raw."""
        inside = [place for place, word in enumerate(self._folded) if token in word] if len(token) > 1 else ()
        found = reduce(or_, map(self._set, inside), 0)
        if 2 <= len(token) <= 8 and token.isalpha():
            for number in self._letters.having(token):
                found |= 1 << number
        if not found:
            for plain in untyped(token):
                found |= self._beginning(plain)
        return found

    def _starting(self, phrase: str) -> list[int]:
        """Procedures whose name, short name or everyday words begin with the phrase, the likeliest."""
        names, key = self._by_name, self._names.__getitem__
        first = bisect_left(names, phrase, key=key)
        last = bisect_left(names, phrase + _END, first, key=key)
        spoken = [n for n, said in self._spoken.items() if any(words.startswith(phrase) for words, _ in said)]
        return sorted({*names[first:last], *spoken}, key=self._place)[:_POOL]

    def _by_code(self, query: Query) -> dict[int, float]:
        """Procedures whose code is, begins with or contains what was typed; other words must match too."""
        codes = [token for token in query.tokens if CODE.match(token)]
        others = [token for token in query.tokens if not CODE.match(token)]
        found = dict.fromkeys(self._codes.having(f"\n{query.phrase}\n"), 2000.0)
        digits = "".join(ch for token in codes for ch in token if ch.isdigit())
        if not digits:
            return found
        allowed = reduce(and_, map(self._beginning, others)) if others else (1 << self._size) - 1
        dotted = query.phrase if not others else codes[0]

        def fresh(numbers: Iterable[int]) -> Iterator[int]:
            return (number for number in numbers if number not in found and allowed >> number & 1)

        if len(digits) > 1:
            found |= dict.fromkeys(fresh(self._digits.having(f"\n{digits}\n")), 1900.0)
        often = (number for number in self._often if self._digits[number].startswith(digits))
        begun = merge(self._codes.having(f"\n{dotted}"), self._digits.having(f"\n{digits}"))
        for number in islice(fresh(chain(often, begun)), _POOL):
            found[number] = 900.0 + self._static[number]
        for number in fresh(self._digits.having(digits)) if len(digits) > 2 else ():
            found[number] = 800.0 + self._static[number] + 20.0 * self._digits[number].endswith(digits)
        return found

    # -- ranking ------------------------------------------------------------------------------------

    def _rank(
        self, query: Query, numbers: Iterable[int], base: float, spelled: int, pool: dict[int, float]
    ) -> None:
        typed = set(query.tokens)
        first = len(self._folded) + len(self._fields)
        marked = [
            self._set(first + place) for place, mark in enumerate(self._variants) if typed.issuperset(mark)
        ]
        for number in numbers:
            if number in pool:
                continue
            score = base + self._static[number] + self._likeness(query, number)
            if query.accented and not spelled >> number & 1:
                score -= 60.0
            for bits in marked:
                if bits >> number & 1:
                    score += VARIANT
            pool[number] = score

    def _likeness(self, query: Query, number: int) -> float:
        """How well the words stand in the names: the whole, the beginning, together, or apart."""
        phrase = query.phrase
        text, at, end = self._names.text, self._names.at[number] + 1, self._names.at[number + 1]
        wanted = phrase.encode()
        best = 0.0
        if text.startswith(wanted, at):
            best = 75.0 if at + len(wanted) == end else 42.0
        elif text.find(b" " + wanted, at, end) >= 0:
            best = 32.0
        if number in self._spoken and best < 75.0:
            best = max(best, self._said(phrase, self._spoken[number]))
        if len(query.tokens) == 1 and len(phrase) > 1:
            letters = self._letters[number].split("\t")
            if phrase in letters:
                best = max(best, 60.0)
            elif any(initials.startswith(phrase) for initials in letters):
                best = max(best, 30.0)
        return best

    @staticmethod
    def _said(phrase: str, spoken: Sequence[tuple[str, str]]) -> float:
        """The same for a short name and everyday words."""
        short, best = spoken[0][0], 0.0
        for said, _ in spoken:
            if said == phrase:
                return 75.0
            if said.startswith(phrase):
                best = max(best, 42.0 if said is short else 40.0 if len(phrase) > 1 else 0.0)
        return max(best, 32.0 if f" {phrase}" in short else 0.0)

    # -- what else may have been meant --------------------------------------------------------------

    def _weak(self, query: Query, number: int) -> bool:
        """Whether the best hit has the words only here and there: then a slip is likelier."""
        if len(query.tokens) < 2 or self._likely >> number & 1 or query.digits:
            return False
        return not any(query.phrase in said for said in (self._names[number], *self._short(number)))

    def _strays(self, query: Query, number: int) -> bool:
        """Whether words typed whole stand nowhere in what is said of the hit, only beginnings and letters."""
        if len(query.tokens) < 2 or any(token.isdigit() and len(token) > 2 for token in query.tokens):
            return False
        field = fold(self._shown[number].split("\t")[3])
        said = (self._names[number], field, *(words for words, _ in self._spoken.get(number, ())))
        words = {word for each in said for word in each.split()}
        return not words.issuperset(query.tokens[:-1])

    def _short(self, number: int) -> list[str]:
        return [words for words, _ in self._spoken.get(number, ())[:1]]

    def _within(self, query: Query) -> tuple[str, list[int]]:
        """The everyday words that were typed among others ("giấy xác nhận hộ nghèo") and what they find."""
        phrase = contained_phrase(query.tokens, self._phrases)
        return (self._phrases[phrase], self._ranked(read_query(phrase))) if phrase else ("", [])

    def _meant(self, query: Query, strays: bool) -> tuple[str, list[int]]:
        """The words probably meant and what they find; nothing where there is no good guess.

        `strays`: no hit has all that was typed, so everyday words among it may be looked up alone.
        """
        phrase = closest_phrase(query.phrase, self._phrases)
        if phrase:
            return self._phrases[phrase], self._ranked(read_query(phrase))
        if strays and (found := self._within(query))[1]:
            return found
        mended = [
            token if self._beginning(token) else mended_word(token, self._folded, self._times)
            for token in query.tokens
        ]
        if "" in mended or tuple(mended) == query.tokens:
            return "", []
        numbers = self._ranked(read_query(" ".join(mended)))
        if not numbers:
            return "", []
        _, name, short, *_ = self._shown[numbers[0]].split("\t")
        spelled = {fold(word): word for word in words_of(f"{name} {short}")}
        return " ".join(_full(word, spelled) for word in mended), numbers


def kept_index(connection: Connection) -> SearchIndex | None:
    """The index kept in the file, with this counter's own figures; None where it has to be prepared first."""
    parts = kept_parts(connection)
    return SearchIndex(parts, _uses(connection)) if parts else None


def load_index(connection: Connection) -> SearchIndex:
    """The same; prepared now, for this time only, where none is kept."""
    return kept_index(connection) or SearchIndex(packed(connection), _uses(connection))


def _uses(connection: Connection) -> dict[str, int]:
    found = connection.exec_driver_sql("SELECT code, times FROM procedure_use")
    return {str(code): int(times) for code, times in found}


def _full(word: str, spelled: Mapping[str, str]) -> str:
    return spelled.get(word) or next((full for bare, full in spelled.items() if bare.startswith(word)), word)


def _range(words: Sequence[str], beginning: str) -> tuple[int, int]:
    """Where in a sorted list the words that begin so stand."""
    first = bisect_left(words, beginning)
    return first, bisect_left(words, beginning + _END, first)


def _numbers(bits: int, count: int = -1) -> Iterator[int]:
    """The lowest set bits, at most `count` (negative: all)."""
    while bits and count:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
        count -= 1
