"""What was typed into a search, taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tthc_tui.core.text import clean, fold
from tthc_tui.store.popular import words_of
from tthc_tui.store.search_parts import SKIPPED
from tthc_tui.store.search_slips import other_spelling

CODE = re.compile(r"\d[\d.]*$")
_LONGEST = 200  # characters of a query that are looked at


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart. `accented` are the tokens typed with accents; `phrase` the folded words."""

    tokens: tuple[str, ...]
    accented: tuple[str, ...]
    phrase: str

    @property
    def digits(self) -> bool:
        """Whether a digit was typed anywhere."""
        return any(ch.isdigit() for ch in self.phrase)


def read_query(typed: str, times: Callable[[str], int] | None = None) -> Query:
    """What was typed, taken apart; "kí" is read as "ký" where that is used more `times` (of a folded word)."""
    words = [word for word in clean(typed[:_LONGEST]).lower().split() if word]
    if len(words) == 1 and any(ch.isdigit() for ch in words[0]):
        return Query((fold(words[0]),), (), fold(words[0]))
    parts = [part for word in words for part in ([word] if CODE.match(word) else words_of(word))]
    if [fold(part) for part in parts[:2]] == SKIPPED and len(parts) > 2:
        parts = parts[2:]  # names are kept without their "Thủ tục", too
    if times:
        parts = [*(_usual(part, times) for part in parts[:-1]), *parts[-1:]]  # the last may be half a word
    tokens = tuple([fold(part) for part in parts])
    accented = tuple([part for part, token in zip(parts, tokens, strict=True) if part != token])
    return Query(tokens, accented, " ".join(tokens))


def _usual(part: str, times: Callable[[str], int]) -> str:
    other = other_spelling(part)
    return other if other and times(fold(other)) > times(fold(part)) else part
