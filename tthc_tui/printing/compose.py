"""From a document to what a renderer draws: texts filled, empty optional lines gone."""

from __future__ import annotations

from dataclasses import dataclass, field

from tthc_tui.printing import codes
from tthc_tui.printing.document import Document, Rows, fill
from tthc_tui.printing.forms import (
    Column,
    FieldBlock,
    ListBlock,
    SignatureBlock,
    TableBlock,
    TextBlock,
)


@dataclass(frozen=True, slots=True)
class Line:
    """label: value; an empty value is `blanks` dotted lines."""

    label: str
    value: str
    strong: bool = False
    blanks: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; style as in TextBlock."""

    text: str
    style: str = "normal"


@dataclass(frozen=True, slots=True)
class Listing:
    """A label and numbered entries (text, detail)."""

    label: str
    entries: tuple[tuple[str, str], ...]
    blanks: int = 3


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its closing rows."""

    columns: tuple[Column, ...]
    rows: Rows
    foot: Rows = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """One place to sign, with the printed name."""

    title: str
    note: str
    name: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """Places to sign, side by side."""

    places: tuple[Signature, ...]


Item = Line | Text | Listing | Grid | Signatures


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is on a form, in order."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    number: str
    place_date: str
    title: str
    marks: tuple[str, ...]  # reprint, replacement, provisional
    items: tuple[Item, ...] = field(default=())
    model: str = ""
    code: str = ""  # what bar code and QR stand for, "" without codes
    short_id: str = ""
    qr: str = ""
    code_caption: str = ""
    short_caption: str = ""
    scan_caption: str = ""
    continued: str = ""
    page: str = ""

    def bar_text(self, width_dots: int, dots_per_module: int = 2) -> str:
        """What the bar code carries on this width, "" for none (see codes.choose_code)."""
        try:
            return codes.choose_code(self.code, self.short_id, width_dots, dots_per_module)
        except ValueError:  # an identifier that is no ASCII is still printed in words and as QR
            return ""


def compose(doc: Document) -> Sheet:
    """The sheet of `doc`."""
    form, facts = doc.form, doc.facts()
    words = form.wording
    code = doc.code if form.codes else ""
    short_id = doc.short_id if form.codes else ""
    if doc.provisional:
        facts["code"] = fill(words.no_code, facts)
    return Sheet(
        left=tuple(filled for line in form.letterhead.left if (filled := fill(line, facts, "").upper())),
        right=form.letterhead.right,
        number=fill(form.number, facts, "…………"),
        place_date=fill(form.letterhead.place_date, facts),
        title=form.title,
        marks=_marks(doc, facts),
        items=_items(doc, facts),
        model=form.model,
        code="" if doc.provisional else code,
        short_id=short_id,
        qr=codes.qr_content(code, doc.lookup_url) if code and not doc.provisional else short_id,
        code_caption=fill(words.code_caption, facts) if facts["code"] and form.codes else "",
        short_caption=fill(words.short_caption, facts) if short_id else "",
        scan_caption=words.scan_caption,
        continued=words.continued,
        page=words.page,
    )


def _marks(doc: Document, facts: dict[str, str]) -> tuple[str, ...]:
    words = doc.form.wording
    return tuple(
        fill(text, facts)
        for text, wanted in (
            (words.provisional, doc.provisional),
            (words.replaces, bool(doc.replaces)),
            (words.code_kept, bool(facts.get("code_day"))),
            (words.reprint, doc.reprint_no > 0),
        )
        if wanted
    )


def _items(doc: Document, facts: dict[str, str]) -> tuple[Item, ...]:
    items: list[Item] = []
    for block in doc.form.blocks:
        match block:
            case FieldBlock():
                value = facts.get(block.key, "")
                if value or not block.optional:
                    items.append(Line(block.label, value, block.strong, block.blanks))
            case TextBlock():
                items.append(Text(fill(block.text, facts), block.style))
            case ListBlock():
                rows = doc.tables.get(block.key, ())
                entries = tuple((row[0], row[1] if len(row) > 1 else "") for row in rows if row)
                items.append(Listing(block.label, entries, block.blanks))
            case TableBlock():
                rows, foot = doc.tables.get(block.key, ()), doc.tables.get(block.foot, ())
                items.append(Grid(block.columns, _squared(rows, block), _squared(foot, block)))
            case SignatureBlock():
                places = tuple(Signature(s.title, s.note, facts.get(s.key, "")) for s in block.signers)
                items.append(Signatures(places))
    return tuple(items)


def _squared(rows: Rows, block: TableBlock) -> Rows:
    """Rows with exactly as many cells as the table has columns."""
    size = len(block.columns)
    return tuple((*row, *[""] * size)[:size] for row in rows)


def column_widths(columns: tuple[Column, ...], needed: list[float], room: float) -> list[float] | None:
    """Widths that fill `room` in the proportions of the form, yet none below what its longest word needs.

    None where the words don't fit side by side at all.
    """
    if sum(needed) > room:
        return None
    fixed: set[int] = set()
    while True:
        left = room - sum(needed[at] for at in fixed)
        weight = sum(column.width for at, column in enumerate(columns) if at not in fixed)
        widths = [
            needed[at] if at in fixed else left * column.width / weight for at, column in enumerate(columns)
        ]
        narrow = {at for at, width in enumerate(widths) if at not in fixed and width < needed[at]}
        if not narrow:
            return widths
        fixed |= narrow


def words_in_column(grid: Grid, at: int) -> list[str]:
    """Every word of a column, title and closing rows too."""
    texts = [grid.columns[at].title, *(row[at] for row in (*grid.rows, *grid.foot))]
    return [word for text in texts for word in text.split()]
