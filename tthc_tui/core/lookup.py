"""What a search over the catalogue answers with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcedureHit:
    """One procedure found: what the result list shows of it.

    `level` is "Xã", "Tỉnh", "Bộ", several joined by ", ", or "". `in_force` is False once the
    national catalogue no longer lists the procedure.
    """

    code: str
    name: str
    short_name: str
    field_name: str
    limit_text: str
    level: str
    kind: str
    in_force: bool

    @property
    def label(self) -> str:
        """The short name where there is one, else the published name."""
        return self.short_name or self.name


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and the words probably meant ("" where what was typed was understood)."""

    hits: tuple[ProcedureHit, ...]
    suggestion: str = ""
