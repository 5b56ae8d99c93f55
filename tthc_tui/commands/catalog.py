"""`tthc catalog …` and `tthc procedure show`."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from tthc_tui.commands import values
from tthc_tui.commands.base import AsJson, Session, show, table
from tthc_tui.core.base import Refused
from tthc_tui.core.duration import say_limit
from tthc_tui.core.procedure import PaperKind, Procedure, Requirement
from tthc_tui.core.text import clean

Procedures = Annotated[str, typer.Argument(metavar="MÃ", help="Mã thủ tục, ví dụ 1.001193.")]


def import_paths(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="ĐƯỜNG_DẪN…", help="Tệp hoặc thư mục danh mục.")],
    all_doubts: Annotated[bool, typer.Option("--all", help="Liệt kê mọi điểm cần kiểm tra.")] = False,
    as_json: AsJson = False,
) -> None:
    """Nhập danh mục thủ tục. Nhập hết hoặc không nhập gì, kèm báo cáo điểm nghi vấn."""
    session: Session = ctx.obj
    for path in paths:
        if not path.exists():
            raise Refused(f"Không tìm thấy “{clean(str(path))[:80]}”: hãy kiểm tra đường dẫn.", "file")
    with session.desk(acting=True) as desk:
        report = desk.import_catalog(paths)
    show(as_json, json.loads(report.to_json()), report.to_text(None if all_doubts else 10))


def search(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="CHỮ", help="Tên (không cần dấu), chữ đầu, mã, lĩnh vực.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Số kết quả tối đa.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Tra cứu thủ tục. Khả năng cao nhất đứng đầu."""
    session: Session = ctx.obj
    with session.desk() as desk:
        found = desk.search(text, limit)
    data = {
        "query": clean(text),
        "suggestion": found.suggestion,
        "hits": [values.hit(hit) for hit in found.hits],
    }
    lines = [
        table([(hit.code, hit.label, hit.limit_text, hit.field_name) for hit in found.hits], (14, 60, 24, 24))
    ]
    if found.suggestion:
        lines.insert(0, f"Có phải ý bạn là: {found.suggestion}?")
    if not found.hits:
        lines = ["Không có thủ tục nào khớp: hãy thử từ khác hoặc mã thủ tục."]
    show(as_json, data, "\n".join(lines))


def correct(
    ctx: typer.Context,
    code: Procedures,
    part: Annotated[
        str, typer.Argument(metavar="PHẦN", help="Ví dụ short_name, limit, requirement:to-khai:needed.")
    ],
    value: Annotated[
        str, typer.Argument(metavar="GIÁ_TRỊ", help="Giá trị TOML, ví dụ false, 3, { amount = 3 }.")
    ],
    source: Annotated[str, typer.Option("--source", metavar="VĂN_BẢN", help="Nguồn của hiệu chỉnh.")],
    legal_basis: Annotated[str, typer.Option("--legal-basis", metavar="CĂN_CỨ", help="Căn cứ pháp lý.")] = "",
    valid_from: Annotated[str, typer.Option("--from", metavar="NGÀY", help="Từ ngày (yyyy-mm-dd).")] = "",
    valid_to: Annotated[str, typer.Option("--to", metavar="NGÀY", help="Đến hết ngày (yyyy-mm-dd).")] = "",
    as_json: AsJson = False,
) -> None:
    """Hiệu chỉnh một phần của thủ tục. Giữ nguyên bản đã nhập, còn hiệu lực qua các lần nhập lại."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        desk.correct_procedure(
            code,
            part,
            _toml_value(value),
            source=source,
            legal_basis=legal_basis,
            valid_from=_day(valid_from),
            valid_to=_day(valid_to),
        )
        found = desk.procedure(code)
        data = values.procedure(found, desk.handling_unit(found))
    show(
        as_json,
        data,
        f"Đã hiệu chỉnh “{clean(part)}” của thủ tục {found.code} {found.short_name or found.name}.",
    )


def show_procedure(
    ctx: typer.Context,
    code: Procedures,
    intake: Annotated[
        bool, typer.Option("--intake", help="In mẫu JSON để tiếp nhận bằng “tthc receive”.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Xem thủ tục: giấy tờ, thời hạn, phí, trình tự, căn cứ."""
    session: Session = ctx.obj
    with session.desk() as desk:
        found = desk.procedure(code)
        unit = desk.handling_unit(found)
        name = desk.site.unit_name(unit)
    if intake:
        show(True, intake_template(found), "")
        return
    show(as_json, values.procedure(found, unit), describe(found, name))


def describe(found: Procedure, unit: str) -> str:
    """A procedure on one page, as officers read it."""
    lines = [f"{found.code}  {found.name}", f"Lĩnh vực: {found.field_name}. Giải quyết: {unit}."]
    if found.limit:
        note = f" ({found.limit.note})" if found.limit.note else ""
        lines.append(f"Thời hạn: {say_limit(found.limit)}{note}.")
    for case in found.cases:
        own = f" – {say_limit(case.limit)}" if case.limit else ""
        lines += ["", f"Thành phần hồ sơ ({case.name}){own}:"]
        lines += [checklist_line(n, line) for n, line in enumerate(papers_of(case.requirements), 1)]
    if found.fees:
        lines += ["", "Phí, lệ phí:"]
        for fee in found.fees:
            amount = (
                "miễn"
                if fee.free
                else f"{fee.amount:,} đồng".replace(",", ".")
                if fee.amount
                else "theo quy định"
            )
            per = f"/{fee.per}" if fee.per else ""
            lines.append(f"  - {fee.name or 'Lệ phí'}: {amount}{per}" + (f". {fee.note}" if fee.note else ""))
    for title, texts in (
        ("Kết quả", found.results),
        ("Căn cứ pháp lý", found.legal_bases),
        ("Lưu ý", found.notes),
    ):
        if texts:
            lines += ["", f"{title}:", *(f"  - {text}" for text in texts)]
    if found.doubts:
        lines += ["", "Cần kiểm tra:", *(f"  ! {text}" for text in found.doubts)]
    return "\n".join(lines)


def papers_of(lines: tuple[Requirement, ...]) -> list[Requirement]:
    """The lines that are papers, without notes."""
    return [line for line in lines if line.kind is not PaperKind.NOTE]


def checklist_line(number: int, line: Requirement) -> str:
    """One line of a checklist in words."""
    counts = [f"{line.originals} chính"] if line.originals else []
    counts += [f"{line.copies} sao"] if line.copies else []
    marks = ["xuất trình"] if line.kind is PaperKind.PRESENT else []
    if line.database:
        marks.append(f"khai thác từ {line.database}")
    elif line.one_of:
        marks.append("một trong các giấy tờ")
    elif line.needed is False:
        marks.append("nếu có")
    extra = "; ".join([*counts, *marks])
    box = "·" if line.database else " "  # looked up, not handed in, as on the screen
    return f"  {number:>2} [{box}] {line.label}" + (f" ({extra})" if extra else "")


def intake_template(found: Procedure) -> dict[str, Any]:
    """A JSON intake of this procedure with every needed paper, to be filled in."""
    case, groups = found.cases[0], set[str]()
    papers = []
    for line in papers_of(case.requirements):
        if not line.needed or line.database or (line.one_of and line.one_of in groups):
            continue
        groups.add(line.one_of)
        papers.append({"requirement": line.id, "name": line.label, "form": "bản chính", "count": 1})
    return {
        "procedure": found.code,
        "case": case.code,
        "applicant": {"name": "", "number": "", "birth": "", "sex": "", "address": "", "phone": ""},
        "channel": "direct",
        "papers": papers,
        "sets": 1,
        "delivery": "counter",
    }


def _toml_value(text: str) -> object:
    """A typed value; what is not TOML is taken as plain text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return clean(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"Ngày “{clean(text)[:20]}” không đúng: hãy viết như 2026-07-01.", "time") from None


COMMANDS = {
    ("catalog", "import"): import_paths,
    ("catalog", "search"): search,
    ("catalog", "correct"): correct,
    ("procedure", "show"): show_procedure,
}
