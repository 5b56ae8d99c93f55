"""How procedures look on screen: lines of a search, the page of one procedure, its papers as a checklist."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from tthc_tui.core.duration import say_limit
from tthc_tui.core.lookup import SearchResult
from tthc_tui.core.procedure import Case, Channel, FeeKind, FeeRule, Origin, PaperKind, Procedure, Requirement
from tthc_tui.widgets.checklist import CheckLine
from tthc_tui.widgets.rowlist import Column, Row
from tthc_tui.widgets.vietnamese import clean

SUGGESTION = "?"  # key of the row that offers another spelling
SEARCH_COLUMNS = (
    Column("Mã", 13),
    Column("Thủ tục", least=20),
    Column("Thời hạn", 18),
    Column("Cấp", 6),
)
CHANNEL_NAMES = {Channel.DIRECT: "trực tiếp", Channel.ONLINE: "trực tuyến", Channel.POSTAL: "bưu chính"}
_ORIGINS = {
    Origin.IMPORTED: "Cổng Dịch vụ công quốc gia",
    Origin.CATALOG: "danh mục kèm chương trình",
    Origin.OVERLAY: "sửa tại đơn vị",
}
_PARTS = {
    "limit": "thời hạn",
    "fees": "phí, lệ phí",
    "cases": "thành phần hồ sơ",
    "cutoff": "giờ chốt nhận",
    "steps": "trình tự",
    "terms": "cách thức nộp",
}
Piece = tuple[str, str]


def hit_rows(result: SearchResult) -> list[Row]:
    """The lines of a search; another spelling stands second, so that Enter takes the likeliest hit."""
    rows = []
    for hit in result.hits:
        name = hit.label if hit.in_force else f"{hit.label} (đã thôi công bố)"
        rows.append(
            Row(hit.code, (hit.code, name, hit.limit_text, hit.level), "normal" if hit.in_force else "dim")
        )
    if result.suggestion:
        rows.insert(
            1, Row(SUGGESTION, ("", f"Có phải ý bạn: {result.suggestion}", "Enter để tìm", ""), "risk")
        )
    return rows


def check_lines(case: Case) -> list[CheckLine]:
    """The published list of papers as the checklist takes it."""
    return [
        CheckLine(
            id=line.id,
            label=line.label,
            full=line.name,
            kind=str(line.kind),
            needed=line.needed,
            one_of=line.one_of,
            originals=line.originals,
            copies=line.copies,
            database=line.database,
            group=line.group,
        )
        for line in case.requirements
    ]


def money(amount: int) -> str:
    """Whole đồng as officers write them: 150.000đ."""
    return f"{amount:,}".replace(",", ".") + "đ"


def fee_words(fee: FeeRule) -> str:
    """A published fee; a figure of 0 without the word "free" is no promise."""
    name = fee.name or ("Lệ phí" if fee.kind is FeeKind.FEE else "Phí")
    amount = "miễn" if fee.free else money(fee.amount) if fee.amount else "chưa có mức, xem ghi chú"
    words = f"{name}: {amount}" + (f"/{fee.per}" if fee.per else "")
    if fee.channel:
        words += f" ({CHANNEL_NAMES[fee.channel]})"
    return words + (f" – {fee.note}" if fee.note else "")


def procedure_content(procedure: Procedure) -> Content:
    """The page of one procedure: papers by case, limits with what is doubtful beside them, fees, steps, law."""
    pieces = [(clean(text), style) for text, style in _page(procedure)]
    return Content.assemble(*[piece for text, style in pieces for piece in ((text, style), "\n")])


def _page(procedure: Procedure) -> Iterator[Piece]:
    yield f"{procedure.code}  {procedure.name}", "bold"
    if procedure.field_name:
        yield f"Lĩnh vực: {procedure.field_name}", ""
    for doubt in procedure.doubts:
        yield f"! Cần đối chiếu: {doubt}", "$text-warning bold"
    yield from _limits(procedure)
    yield from _fees(procedure)
    for case in procedure.cases:
        yield from _papers(case, many=len(procedure.cases) > 1)
    yield from _section("Kết quả", procedure.results)
    yield from _section("Trình tự thực hiện", procedure.steps.splitlines())
    yield from _section("Yêu cầu, điều kiện", procedure.conditions.splitlines())
    yield from _section("Căn cứ pháp lý", procedure.legal_bases)
    yield from _section("Ghi chú", procedure.notes)
    yield from _sources(procedure)


def _section(title: str, lines: tuple[str, ...] | list[str]) -> Iterator[Piece]:
    if any(line.strip() for line in lines):
        yield title, "$text-primary bold"
        yield from ((f"  {line.strip()}", "") for line in lines if line.strip())


def _limits(procedure: Procedure) -> Iterator[Piece]:
    yield "Thời hạn giải quyết", "$text-primary bold"
    if procedure.limit:
        note = f" ({procedure.limit.note})" if procedure.limit.note else ""
        yield f"  {say_limit(procedure.limit)}{note}", ""
    for case in procedure.cases:
        if case.limit:
            yield f"  {case.name}: {say_limit(case.limit)}", ""
    for term in procedure.terms:
        said = say_limit(term.limit) if term.limit else ""
        text = term.limit_text if term.limit_text and term.limit_text != said else ""
        words = " – nguồn ghi: ".join(part for part in (said, text) if part) or "không ghi thời hạn"
        note = f" ({term.note})" if term.note else ""
        yield f"  Nộp {CHANNEL_NAMES[term.channel]}: {words}{note}", ""
    if not (procedure.limit or procedure.terms or any(case.limit for case in procedure.cases)):
        yield "  Nguồn không ghi thời hạn.", "$text-warning"
    if procedure.cutoff.source:
        yield f"  {procedure.cutoff.source}", ""


def _fees(procedure: Procedure) -> Iterator[Piece]:
    yield "Phí, lệ phí", "$text-primary bold"
    if not procedure.fees:
        yield "  Nguồn không ghi phí, lệ phí.", ""
    for fee in procedure.fees:
        yield f"  {fee_words(fee)}", ""


def _papers(case: Case, *, many: bool) -> Iterator[Piece]:
    yield "Thành phần hồ sơ" + (f" – {case.name}" if many else ""), "$text-primary bold"
    if not case.requirements:
        yield "  Nguồn không ghi thành phần hồ sơ.", "$text-warning"
    for line in case.requirements:
        yield _paper(line)


def _paper(line: Requirement) -> Piece:
    if line.kind is PaperKind.NOTE:
        return f"    {line.name}", "$text-muted"
    parts = [f"{n} {word}" for n, word in ((line.originals, "bản chính"), (line.copies, "bản sao")) if n]
    if line.kind is PaperKind.PRESENT:
        parts.append("xuất trình")
    if line.needed is False:
        parts.append("nếu có")
    if line.one_of:
        parts.append("một trong các giấy tờ")
    if line.database:
        parts.append(f"khai thác từ {line.database}, không yêu cầu nộp")
    if line.origin is Origin.OVERLAY:
        parts.append("sửa tại đơn vị")
    detail = f" [{'; '.join(parts)}]" if parts else ""
    return f"  – {line.name}{detail}", "$text-muted" if line.database else ""


def _sources(procedure: Procedure) -> Iterator[Piece]:
    yield "Nguồn", "$text-primary bold"
    day = f", cập nhật {procedure.source_date:%d/%m/%Y}" if procedure.source_date else ""
    yield f"  {procedure.source or _ORIGINS[procedure.origin]}{day}", ""
    if procedure.overlaid:
        parts = ", ".join(_PARTS.get(name, name) for name in procedure.overlaid)
        yield f"  Đơn vị đã sửa: {parts}", "$text-accent"
