"""Joining what several sources say of one procedure into what officers see. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

from tthc_tui.core.duration import say_limit
from tthc_tui.core.procedure import Case, Limit, PaperKind, Procedure, Requirement
from tthc_tui.core.text import fold
from tthc_tui.store.catalog_records import RANK, Layer, Replacement
from tthc_tui.store.overlay import Overlay, apply_overlays

# What a checked entry may leave out and an imported record knows: texts only, never papers, limits or fees.
_FILLED = (
    "field_code", "field_name", "promulgator", "executing", "levels", "state", "subjects", "results",
    "legal_bases", "steps", "conditions", "limit", "terms", "fees",
)  # fmt: skip


def version_of(procedure: Procedure) -> str:
    """The identity of a content: 16 hexadecimal digits of its SHA-256, the same on every station."""
    text = procedure.model_copy(update={"version": ""}).model_dump_json(exclude_defaults=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def body_of(procedure: Procedure) -> str:
    """The JSON a table keeps."""
    return procedure.model_dump_json(exclude_defaults=True)


def join(
    layers: Mapping[Layer, Procedure],
    replacements: Sequence[Replacement],
    overlays: Sequence[Overlay],
    on: date,
) -> tuple[Procedure, list[Overlay]]:
    """The procedure on a day, and the corrections that found nothing to correct.

    The highest layer wins (catalog over portal over index); texts it leaves out come from the next one.
    Then papers replaced by databases are marked, then the site's corrections applied.
    """
    present = [layers[layer] for layer in reversed(RANK) if layer in layers]
    procedure = present[0]
    for lower in present[1:]:
        procedure = _filled(procedure, lower)
    if replacements:
        procedure = mark_databases(procedure, replacements)
    return apply_overlays(procedure, [overlay for overlay in overlays if overlay.holds(on)])


def _filled(upper: Procedure, lower: Procedure) -> Procedure:
    change: dict[str, object] = {
        name: getattr(lower, name) for name in _FILLED if not getattr(upper, name) and getattr(lower, name)
    }
    if not any(case.requirements for case in upper.cases) and any(case.requirements for case in lower.cases):
        change["cases"] = lower.cases  # an entry without papers must not hide the published list
    published = {term.limit for term in lower.terms if term.limit}
    ours = {limit for limit in (upper.limit, *(case.limit for case in upper.cases)) if limit}
    if published and ours and not _plain(published) & _plain(ours):
        said = " hoặc ".join(sorted(say_limit(limit) for limit in published))
        own = " hoặc ".join(sorted(say_limit(limit) for limit in ours))
        doubt = f"Thời hạn dùng ở đây: {own}; bản ghi nhập từ Cổng: {said}."
        change["doubts"] = (*upper.doubts, doubt)
    return upper.model_copy(update=change) if change else upper


def _plain(limits: set[Limit]) -> set[tuple[str, str]]:
    return {(str(limit.amount.normalize()), limit.unit) for limit in limits}


def mark_databases(procedure: Procedure, replacements: Sequence[Replacement]) -> Procedure:
    """Lines of the list that a database replaces are marked; what fits no line is said in the notes.

    Resolution 66.7/2025/NQ-CP: a paper that is in a published national database is looked up, not demanded.
    """
    notes = list(procedure.notes)
    known = {paper.database for case in procedure.cases for paper in case.requirements if paper.database}
    marks: dict[str, Replacement] = {}
    for replacement in replacements:
        lines = [
            paper.id
            for case in procedure.cases
            for paper in case.requirements
            if paper.kind is not PaperKind.NOTE and _same_paper(replacement.paper, paper.name)
        ]
        for line in lines:
            marks.setdefault(line, replacement)
        if not lines and replacement.database not in known:
            paper = f"“{replacement.paper}”" if replacement.paper else "giấy tờ"
            note = f"Tra cứu {paper} tại {replacement.database}, không yêu cầu nộp ({replacement.basis})."
            if note not in notes:
                notes.append(note)

    def marked(paper: Requirement) -> Requirement:
        mark = marks.get(paper.id)
        if mark is None or paper.database or paper.kind is PaperKind.NOTE:
            return paper
        return paper.model_copy(update={"database": mark.database, "database_basis": mark.basis})

    cases: list[Case] = [
        case.model_copy(update={"requirements": tuple(marked(paper) for paper in case.requirements)})
        for case in procedure.cases
    ]
    return procedure.model_copy(update={"cases": tuple(cases), "notes": tuple(notes)})


# What a line says besides papers: copies, certification, and that alternatives exist.
_IDENTITY = ("can cuoc", "chung minh nhan dan", "cccd")


def _same_paper(replaced: str, listed: str) -> bool:
    """Whether the annex's paper is the one a line of the list asks for.

    An identity card fits a line that offers it among alternatives; any other paper must be named whole, or
    resemble the line's first words closely.
    """
    ours, theirs = fold(replaced), fold(listed)
    if not ours:
        return False
    if len(ours) < 30 and any(word in ours for word in _IDENTITY):
        return any(word in theirs[:200] for word in _IDENTITY)
    if len(ours) >= 8 and ours in theirs:
        return True
    from rapidfuzz import fuzz

    head = theirs[: max(len(ours) + 20, 60)]
    return (
        len(ours) >= 12 and fuzz.token_set_ratio(ours, head) >= 90 and fuzz.ratio(ours[:60], head[:60]) >= 60
    )
