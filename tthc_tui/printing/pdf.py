"""Forms as PDF with an embedded Vietnamese font. Imports fpdf2: reach it through `render`."""

from __future__ import annotations

import itertools

from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from tthc_tui.printing.compose import (
    Grid,
    Line,
    Listing,
    Signatures,
    Text,
    column_widths,
    compose,
    words_in_column,
)
from tthc_tui.printing.document import Document
from tthc_tui.printing.fonts import supported
from tthc_tui.printing.forms import Paper
from tthc_tui.printing.pdf_page import FOOT_MM, SIGN_GAP_MM, Page

FULL_CELL = 0.4  # a table cell may take this share of the page's height, then it is cut with "…"


def to_pdf(doc: Document, paper: Paper | None = None, copies: int | None = None) -> bytes:
    """The form as PDF on `paper` (the form's own where None), each copy on pages of its own.

    `copies` None means one for each copy the form names. The same document gives the same bytes.
    """
    sheet, names = compose(doc), doc.form.copies if copies is None else _copy_names(doc.form.copies, copies)
    full: frozenset[int] = frozenset()
    while True:
        pdf = _Form(doc, sheet, paper or doc.form.paper, full)
        for name in names:
            pdf.draw(name)
        if pdf.pushed <= full:
            return bytes(pdf.output())
        full |= pdf.pushed  # once more: on these pages the last lines leave with the signatures


def _copy_names(names: tuple[str, ...], copies: int) -> tuple[str, ...]:
    """Names for so many copies (1 at least); copies beyond those the form names have none."""
    return tuple(itertools.islice(itertools.chain(names, itertools.repeat("")), max(1, copies)))


class _Form(Page):
    """A form being drawn: the items of its sheet, one after another."""

    def draw(self, copy_name: str) -> None:
        """One copy of the form, from a new page on."""
        self.first_page = self.page + 1
        self.add_page()
        self._heads()
        self._codes()
        self._title()
        for item in self.sheet.items:
            self._item(item)
        self._feet(copy_name)

    def _title(self) -> None:
        rows = [(self.sheet.title, "B")]
        y = self._centred(rows, self.l_margin, self.epw, self.get_y() + 1, self.body + 2.5)
        if self.sheet.marks:
            marks = [(mark, "B") for mark in self.sheet.marks]
            y = self._centred(marks, self.l_margin, self.epw, y + 0.5, self.body - 0.5)
        self.set_xy(self.l_margin, y + 1.8)

    # --- the lines of the form -----------------------------------------------------------------------

    def _item(self, item: Line | Text | Listing | Grid | Signatures) -> None:
        match item:
            case Line():
                self._line(item)
            case Text():
                self._text(item)
            case Listing():
                self._listing(item)
            case Grid():
                self._grid(item)
            case Signatures():
                self._signatures(item)

    def _run(self, text: str, face: str = "") -> None:
        self.set_font("Form", face, self.body)
        self.write(self.leading, supported(text))

    def _line(self, item: Line) -> None:
        self._room(self.leading)
        if item.label:
            self._run(f"{item.label}: ")
        if item.value:
            self._run(item.value, "B" if item.strong else "")
            self._end_line()
            return
        if self.get_x() + 12 > self.l_margin + self.epw:
            self._end_line()
        for _ in range(item.blanks):
            self._dots()

    def _end_line(self) -> None:
        self.ln(self.leading + 0.35)

    def _dots(self) -> None:
        """Dots to write on, from here to the end of the line."""
        self._room(self.leading)
        self.set_font("Form", "", self.body)
        room = self.l_margin + self.epw - self.get_x()
        self.cell(room, self.leading, "." * int(room / self.get_string_width(".")))
        self._end_line()

    def _text(self, item: Text) -> None:
        if item.style == "heading":
            self._room(self.leading * 4)
            self.ln(1.5)
        face = {"heading": "B", "note": "I"}.get(item.style, "")
        self.set_font("Form", face, self.body - (1.5 if item.style == "note" else 0))
        self.multi_cell(
            self.epw, self.leading, supported(item.text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.ln(0.35)

    def _listing(self, item: Listing) -> None:
        self._room(self.leading * 2)
        self._run(f"{item.label}:")
        self._end_line()
        margin = self.l_margin
        indent = margin + self.body * (0.62 if len(item.entries) < 10 else 0.82)
        for number in range(1, max(len(item.entries), 0 if item.entries else item.blanks) + 1):
            self._room(self.leading)
            self.set_x(margin + 1)
            self._run(f"{number}.")
            self.set_left_margin(indent)
            self.set_x(indent)
            if item.entries:
                text, detail = item.entries[number - 1]
                self._run(text)
                if detail:
                    self._run(f": {detail}", "I")
                self._end_line()
            else:
                self._dots()
            self.set_left_margin(margin)
            self.set_x(margin)

    def _signatures(self, item: Signatures) -> None:
        share = self.epw / len(item.places)
        gap = SIGN_GAP_MM[self.size_name]
        if self.will_page_break(self.signing_height):
            self.pushed.add(self.page)
            self.add_page()
        top = self.get_y() + 2.5
        under = top
        for at, place in enumerate(item.places):
            rows = [(place.title, "B"), (place.note, "I")]
            rows = [row for row in rows if row[0]]
            under = max(under, self._centred(rows, self.l_margin + at * share, share - 2, top, self.body))
        end = under + gap
        for at, place in enumerate(item.places):
            if place.name:
                self.set_font("Form", "B", self.body)
                name = [(self._one_line(place.name, 2 * (share - 2)), "B")]
                end = max(
                    end, self._centred(name, self.l_margin + at * share, share - 2, under + gap, self.body)
                )
        self.set_xy(self.l_margin, min(end + 1, self.h - FOOT_MM))

    # --- tables ------------------------------------------------------------------------------------

    def _grid(self, item: Grid) -> None:
        small = self.body - 1.5
        widths = self._column_widths(item, small)
        groups = any(column.group for column in item.columns)
        self.ln(1)
        self.set_font("Form", "", small)
        with self.table(
            width=self.epw,
            col_widths=tuple(widths),
            line_height=small * 0.47,
            text_align=tuple(column.align.upper() for column in item.columns),
            headings_style=FontFace(emphasis="BOLD"),
            num_heading_rows=2 if groups else 1,
            padding=(0.7, 1.0),
        ) as table:
            self._headings(table, item)
            for row in item.rows:
                cells = table.row()
                for text, width in zip(row, widths, strict=True):
                    cells.cell(self._fitted(text, width - 2, small))
            for row in item.foot:
                cells = table.row(style=FontFace(emphasis="BOLD"))
                for text, width in zip(row, widths, strict=True):
                    cells.cell(self._fitted(text, width - 2, small))
        self.set_xy(self.l_margin, self.get_y() + 1.5)

    def _column_widths(self, item: Grid, size: float) -> list[float]:
        """Widths as the form wants them, but codes and dates stay whole where they can."""
        self.set_font("Form", "B", size)
        needed = []
        for at in range(len(item.columns)):
            words = {supported(word)[:30] for word in words_in_column(item, at)}
            needed.append(max((self.get_string_width(word) for word in words), default=0.0) + 2.4)
        widths = column_widths(item.columns, needed, self.epw)
        total = sum(column.width for column in item.columns)
        return widths or [self.epw * column.width / total for column in item.columns]

    def _headings(self, table: object, item: Grid) -> None:
        """The heading row, or two where neighbours share a heading."""
        first = table.row()  # type: ignore[attr-defined]
        if not any(column.group for column in item.columns):
            for column in item.columns:
                first.cell(column.title, align="CENTER")
            return
        second = table.row()  # type: ignore[attr-defined]
        for group, run in itertools.groupby(item.columns, key=lambda column: column.group):
            columns = list(run)
            if group:
                first.cell(group, colspan=len(columns), align="CENTER")
                for column in columns:
                    second.cell(column.title, align="CENTER")
            else:
                for column in columns:
                    first.cell(column.title, rowspan=2, align="CENTER")

    def _fitted(self, text: str, width: float, size: float) -> str:
        """`text` cut with "…" where its cell would take more than FULL_CELL of the page: a row can't be split."""
        text = supported(text)
        most = int(self.eph * FULL_CELL / (size * 0.47))
        if len(text) <= most:
            return text
        lines = self._lines(text, width, size * 0.47)
        return text if len(lines) <= most else "\n".join(lines[: most - 1]) + "\n…"
