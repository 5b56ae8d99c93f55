"""What every reader of a catalogue source yields, and how it complains."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tthc_tui.core.procedure import Procedure
from tthc_tui.core.text import clean, clean_lines


class Layer(StrEnum):
    """The kinds of source. A higher rank wins what officers see; every record is kept beside the others."""

    INDEX = "index"  # one row of the portal's list
    PORTAL = "portal"  # a full record of the portal
    CATALOG = "catalog"  # the project's own catalogue file, checked by people
    DATABASES = "databases"  # papers replaced by databases (Resolution 66.7/2025/NQ-CP)


RANK = (Layer.INDEX, Layer.PORTAL, Layer.CATALOG)


ON_SUPPLEMENT = ("restart", "pause")  # what the clock does after a supplement
LONGEST_LIMIT = 9_999  # in any unit
HIGHEST_FEE = 10**12  # đồng
MOST_COPIES = 999


class CatalogError(Exception):
    """A source can't be read; `str()` is one Vietnamese sentence with file and line."""

    def __init__(self, path: Path, problem: str, line: int | None = None) -> None:
        where = f"Tệp “{path.name}”" + (f", dòng {line}" if line else "")
        super().__init__(f"{where}: {problem}; chưa nhập gì, hãy sửa tệp rồi nhập lại.")
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True)
class ParsedProcedure:
    """A procedure read from a source. `changed` orders records of one code in one source (epoch ms)."""

    procedure: Procedure
    layer: Layer
    path: Path
    line: int
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Replacement:
    """A paper that a database replaces: words of the resolution's annex, the database's name normalised."""

    paper: str
    database: str
    basis: str


@dataclass(frozen=True, slots=True)
class ParsedReplacement:
    """A row of the annex of Resolution 66.7/2025/NQ-CP."""

    code: str
    name: str
    replacement: Replacement
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a folder that is no catalogue source."""

    path: Path


Parsed = ParsedProcedure | ParsedReplacement | Skipped

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_BREAK = re.compile(r"<(?:br|/p|/li|/div|/tr)\b[^<>]{0,100}>", re.IGNORECASE)
_BULLET = re.compile(r"^[\s\-–—+*•.·]+(?=\S)")


def impossible(procedure: Procedure) -> str:
    """The name of the first number that no procedure can have (a negative or endless one), "" if none."""
    limits = [procedure.limit, *(case.limit for case in procedure.cases)]
    limits += [term.limit for term in procedure.terms]
    if any(limit and not 0 <= limit.amount <= LONGEST_LIMIT for limit in limits):
        return "amount"
    if any(fee.amount is not None and not 0 <= fee.amount <= HIGHEST_FEE for fee in procedure.fees):
        return "amount"
    papers = [paper for case in procedure.cases for paper in case.requirements]
    counts = (("originals", [paper.originals for paper in papers]), ("copies", [p.copies for p in papers]))
    return next((word for word, found in counts if any(not 0 <= n <= MOST_COPIES for n in found)), "")


def line_of(value: object) -> str:
    """Text of a source on one line: tags and entities resolved, control characters gone, NFC. None is ""."""
    return clean(_plain(value)) if value is not None else ""


def lines_of(value: object) -> str:
    """Text of a source with its line breaks: tags and entities resolved, control characters gone, NFC."""
    return clean_lines(_plain(value)).strip() if value is not None else ""


def unbulleted(text: str) -> str:
    """A line without the dash or star in front and the semicolon behind that the portal leaves in."""
    return _BULLET.sub("", text).rstrip(" ;")


def _plain(value: object) -> str:
    text = str(value)
    if "<" in text:
        text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return html.unescape(text) if "&" in text else text
