"""The shipped knowledge of what officers look up most (data/popular.toml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from tthc_tui.core.text import clean, fold

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Popular:
    """Weights (0 to 100) and everyday words by procedure code, and the marks of variants as folded words."""

    weights: Mapping[str, int]
    aliases: Mapping[str, tuple[str, ...]]
    variants: tuple[tuple[str, ...], ...]


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, as typed."""
    return _WORD.findall(text.lower())


def parse_popular(text: str) -> Popular:
    """The content of a popularity file; ValueError where it is not one."""
    import tomllib

    data = tomllib.loads(text)
    tables = data.get("procedure", [])
    return Popular(
        weights={table["code"]: int(table.get("weight", 0)) for table in tables},
        aliases={
            table["code"]: tuple(clean(alias) for alias in table.get("aliases", ())) for table in tables
        },
        variants=tuple(tuple(fold(mark).split()) for mark in data.get("variants", ())),
    )


def shipped_text() -> str:
    """The file that comes with the program, as it is."""
    return (files("tthc_tui") / "data" / "popular.toml").read_text(encoding="utf-8")


def shipped_popular() -> Popular:
    """The file that comes with the program."""
    return parse_popular(shipped_text())
