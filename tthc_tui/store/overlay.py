"""Corrections of the site: kept beside the imported record, with source and dates, applied on reading.

A part is named by words joined with ":": a field of the procedure ("short_name", "limit", "fees", …),
"requirement:<id>:<field>" for one line of the list of papers, "requirement:<id>" for a whole line
(a new one needs a legal basis; value null takes a line off the checklist), "case:<code>:limit", or "case:<code>"
for a whole case of the site's own: {"name", "limit", "cutoff", "like"}, with the papers of the case `like` (the first).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select, update

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.procedure import Case, Origin, PaperKind, Procedure, Requirement
from tthc_tui.core.text import clean, clean_lines
from tthc_tui.store.catalog_records import ON_SUPPLEMENT, impossible
from tthc_tui.store.catalog_tables import OverlayRow

_FIELDS = frozenset(
    {
        "short_name", "limit", "cutoff", "fees", "terms", "results", "notes", "keywords", "on_supplement",
        "executing", "non_territorial", "conditions", "steps",
    }
)  # fmt: skip
_LINE_FIELDS = frozenset(
    {
        "short", "kind", "originals", "copies", "needed", "one_of", "group", "template", "database",
        "database_basis", "legal_basis",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overlay:
    """One correction. Days are inclusive, None = open; `at` is aware. `value` as JSON gives it."""

    id: int
    code: str
    part: str
    value: Any
    source: str
    legal_basis: str
    valid_from: date | None
    valid_to: date | None
    author: str
    at: datetime

    def holds(self, on: date) -> bool:
        """Whether the correction is in effect on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


def apply_overlays(procedure: Procedure, overlays: Sequence[Overlay]) -> tuple[Procedure, list[Overlay]]:
    """The procedure with these corrections, and the corrections that no longer find what they correct.

    Corrected parts carry Origin.OVERLAY; `overlaid` names the parts. Later corrections of one part win.
    """
    lost: list[Overlay] = []
    applied: list[str] = []
    for overlay in overlays:
        try:
            changed = _apply(procedure, overlay)
        except (ValidationError, KeyError, TypeError):  # the model changed since the value was checked
            changed = None
        if changed is None:
            lost.append(overlay)
            continue
        procedure = changed
        applied.append(overlay.part)
    if not applied:
        return procedure, lost
    return procedure.model_copy(update={"overlaid": tuple(dict.fromkeys(applied))}), lost


def _apply(procedure: Procedure, overlay: Overlay) -> Procedure | None:
    words = overlay.part.split(":")
    if words[0] == "requirement":
        line = ":".join(words[1:-1]) if words[-1] in _LINE_FIELDS and len(words) > 2 else ":".join(words[1:])
        field = words[-1] if words[-1] in _LINE_FIELDS and len(words) > 2 else ""
        return _apply_line(procedure, line, field, overlay)
    if words[0] == "case" and not (words[-1] == "limit" and len(words) > 2):
        return _apply_case(procedure, ":".join(words[1:]), dict(overlay.value))
    if words[0] == "case":
        code = ":".join(words[1:-1])
        if not any(case.code == code for case in procedure.cases):
            return None
        cases = [
            Case.model_validate({**dict(case), words[-1]: overlay.value}) if case.code == code else case
            for case in procedure.cases
        ]
        return procedure.model_copy(update={"cases": tuple(cases)})
    value = overlay.value
    if overlay.part == "fees":
        value = [{**fee, "origin": Origin.OVERLAY} for fee in value]
    return Procedure.model_validate({**dict(procedure), overlay.part: value})


def _apply_case(procedure: Procedure, code: str, value: dict[str, Any]) -> Procedure | None:
    """The procedure with a case of the site's own behind the others, or that case changed; None without its model."""
    like = value.pop("like", procedure.cases[0].code)
    model = next((case for case in procedure.cases if case.code == like), None)
    if model is None or not code or not str(value.get("name", "")).strip() or not value.get("limit"):
        return None
    own = Case.model_validate({"requirements": model.requirements, **value, "code": code})
    if any(case.code == code for case in procedure.cases):
        cases = tuple(own if case.code == code else case for case in procedure.cases)
    else:
        cases = (*procedure.cases, own)
    return procedure.model_copy(update={"cases": cases})


def _apply_line(procedure: Procedure, line: str, field: str, overlay: Overlay) -> Procedure | None:
    known = any(paper.id == line for case in procedure.cases for paper in case.requirements)
    if not known and (field or overlay.value is None or not overlay.legal_basis):
        return None
    if not known and overlay.value.get("case", procedure.cases[0].code) not in {
        c.code for c in procedure.cases
    }:
        return None
    cases = []
    for case in procedure.cases:
        papers = [
            _corrected(paper, field, overlay) if paper.id == line else paper
            for paper in case.requirements
            if not (paper.id == line and not field and overlay.value is None)
        ]
        if not known and overlay.value.get("case", case.code) == case.code:
            papers = _with_paper(papers, line, overlay)
        cases.append(case.model_copy(update={"requirements": tuple(papers)}))
    return procedure.model_copy(update={"cases": tuple(cases)})


def _corrected(paper: Requirement, field: str, overlay: Overlay) -> Requirement:
    change = {field: overlay.value} if field else _line_values(overlay)
    return Requirement.model_validate({**dict(paper), **change, "origin": Origin.OVERLAY})


def _with_paper(papers: list[Requirement], line: str, overlay: Overlay) -> list[Requirement]:
    paper = Requirement.model_validate(
        {**_line_values(overlay), "id": line, "legal_basis": overlay.legal_basis, "origin": Origin.OVERLAY}
    )
    order = list(PaperKind)
    place = next(
        (n for n, other in enumerate(papers) if order.index(other.kind) > order.index(paper.kind)),
        len(papers),
    )
    return [*papers[:place], paper, *papers[place:]]


def _line_values(overlay: Overlay) -> dict[str, Any]:
    return {key: value for key, value in overlay.value.items() if key not in ("case", "id", "origin")}


def check_overlay(procedure: Procedure, overlay: Overlay) -> None:
    """Refused, with a Vietnamese sentence, where a correction is not allowed or can't be applied."""
    if not overlay.source.strip():
        raise Refused(
            "Sửa đổi cần ghi nguồn (văn bản, người đề nghị); hãy nhập nguồn rồi lưu lại.", "no_source"
        )
    if overlay.valid_from and overlay.valid_to and overlay.valid_to < overlay.valid_from:
        raise Refused("Ngày hết hiệu lực đứng trước ngày có hiệu lực; hãy sửa lại ngày.", "dates")
    words = overlay.part.split(":")
    if words[0] == "requirement" and len(words) > 1 and words[1]:
        _check_line(procedure, words, overlay)
    elif not (overlay.part in _FIELDS or (words[0] == "case" and len(words) > 1 and words[1])):
        raise Refused(f"Phần “{overlay.part}” của thủ tục không sửa được tại đơn vị.", "part")
    try:
        changed = _apply(procedure, overlay)
    except (ValidationError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"Giá trị mới của phần “{overlay.part}” không đúng dạng.", "value") from error
    if changed is None and words[0] == "case" and words[-1] != "limit":
        raise Refused("Trường hợp thêm vào cần có tên (name) và thời hạn (limit); hãy nhập đủ.", "value")
    if changed is None:
        raise Refused(f"Thủ tục {procedure.code} không có phần “{overlay.part}” để sửa.", "part")
    if changed.on_supplement not in ON_SUPPLEMENT:
        raise Refused(
            "Cách tính hạn sau bổ sung phải là restart (tính lại từ đầu) hoặc pause (tạm dừng).", "value"
        )
    if impossible(changed) and not impossible(procedure):
        raise Refused(
            f"Giá trị mới của phần “{overlay.part}” có số không thể có (âm hoặc quá lớn); hãy nhập lại.",
            "value",
        )


def _check_line(procedure: Procedure, words: list[str], overlay: Overlay) -> None:
    known = {paper.id for case in procedure.cases for paper in case.requirements}
    whole = ":".join(words[1:])
    field = len(words) > 2 and words[-1] in _LINE_FIELDS
    if whole in known or field or overlay.value is None:
        return
    if not overlay.legal_basis.strip():
        raise Refused(
            "Giấy tờ này không có trong danh mục đã công bố; muốn thêm phải ghi căn cứ pháp lý.",
            "legal_basis",
        )
    if not isinstance(overlay.value, dict) or not str(overlay.value.get("name", "")).strip():
        raise Refused("Giấy tờ thêm vào cần có tên; hãy nhập tên giấy tờ.", "value")


def insert_overlay(connection: Connection, overlay: Overlay, *, at_ms: int) -> int:
    """Write a checked correction; an older one of the same part and the same first day is taken off."""
    table = OverlayRow.__table__  # type: ignore[attr-defined]
    first = overlay.valid_from.isoformat() if overlay.valid_from else ""
    connection.execute(
        update(table)
        .where(
            table.c.code == overlay.code,
            table.c.part == overlay.part,
            table.c.valid_from == first,
            table.c.removed_at.is_(None),
        )
        .values(removed_at=at_ms, removed_by=clean(overlay.author))
    )
    row = {
        "code": overlay.code,
        "part": overlay.part,
        "value": json.dumps(cleaned(overlay.value), ensure_ascii=False),
        "source": clean(overlay.source),
        "legal_basis": clean(overlay.legal_basis),
        "valid_from": first,
        "valid_to": overlay.valid_to.isoformat() if overlay.valid_to else "",
        "author": clean(overlay.author),
        "at": at_ms,
        "removed_by": "",
    }
    return int(connection.execute(insert(table).returning(table.c.id), row).scalar_one())


def cleaned(value: Any) -> Any:
    """JSON data with every text NFC and free of control characters."""
    if isinstance(value, str):
        return clean_lines(value)
    if isinstance(value, dict):
        return {clean(str(key)): cleaned(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(part) for part in value]
    return value


def read_overlays(connection: Connection, codes: Sequence[str] | None = None) -> dict[str, list[Overlay]]:
    """Corrections not taken off, by procedure, oldest first; all procedures where `codes` is None."""
    table = OverlayRow.__table__  # type: ignore[attr-defined]
    query = select(table).where(table.c.removed_at.is_(None)).order_by(table.c.id)
    if codes is not None:
        query = query.where(table.c.code.in_(codes))
    found: dict[str, list[Overlay]] = {}
    for row in connection.execute(query):
        found.setdefault(row.code, []).append(
            Overlay(
                id=row.id,
                code=row.code,
                part=row.part,
                value=json.loads(row.value),
                source=row.source,
                legal_basis=row.legal_basis,
                valid_from=_day(row.valid_from),
                valid_to=_day(row.valid_to),
                author=row.author,
                at=datetime.fromtimestamp(row.at / 1000, VIETNAM),
            )
        )
    return found


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
