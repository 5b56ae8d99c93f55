"""Forms as PDF with an embedded Vietnamese font. Imports fpdf2: reach it through `render`."""

from __future__ import annotations

import itertools
import logging

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.fonts import FontFace

from tthc_tui.core.base import vietnam_time
from tthc_tui.printing import codes
from tthc_tui.printing.compose import (
    Grid,
    Line,
    Listing,
    Sheet,
    Signatures,
    Text,
    column_widths,
    compose,
    words_in_column,
)
from tthc_tui.printing.document import Document, fill
from tthc_tui.printing.fonts import FACES, font_file, supported
from tthc_tui.printing.forms import Paper

MODULE_MM = 0.25  # two dots at 203 dpi: the narrowest bar that counter scanners read
WIDEST_MODULE_MM = 0.33
BAR_MM = 9.0
QR_MM = {"A5": 21.0, "A4": 25.0}
PAGE_MM: dict[Paper, tuple[float, float]] = {"A5": (148.0, 210.0), "A4": (210.0, 297.0)}
BODY_PT = {"A5": 8.7, "A4": 11.0}
MARGIN_MM = {"A5": (13.0, 9.0), "A4": (18.0, 13.0)}  # sides, top
SIGN_GAP_MM = {"A5": 15.0, "A4": 20.0}
FOOT_MM = 10.0
FULL_CELL = 0.4  # a table cell may take this share of the page's height, then it is cut with "…"

logging.getLogger("fpdf").setLevel(logging.ERROR)  # a log line must not land on the officer's screen
logging.getLogger("fontTools").setLevel(logging.ERROR)


def to_pdf(doc: Document, paper: Paper | None = None, copies: int | None = None) -> bytes:
    """The form as PDF on `paper` (the form's own where None), each copy on pages of its own.

    `copies` None means one for each copy the form names. The same document gives the same bytes.
    """
    pdf = _Page(doc, compose(doc), paper or doc.form.paper)
    for name in doc.form.copies if copies is None else _copy_names(doc.form.copies, copies):
        pdf.draw(name)
    return bytes(pdf.output())


def _copy_names(names: tuple[str, ...], copies: int) -> tuple[str, ...]:
    """Names for so many copies (1 at least); copies beyond those the form names have none."""
    return tuple(itertools.islice(itertools.chain(names, itertools.repeat("")), max(1, copies)))


class _Page(FPDF):
    """A form being drawn. Lengths in mm."""

    def __init__(self, doc: Document, sheet: Sheet, size: Paper) -> None:
        super().__init__("landscape" if doc.form.landscape else "portrait", "mm", PAGE_MM[size])
        self.doc, self.sheet, self.size_name = doc, sheet, size
        self.body = BODY_PT[size]
        self.leading = self.body * 0.468
        self.first_page = 1  # of the copy being drawn
        side, top = MARGIN_MM[size]
        self.set_margins(side, top, side)
        self.side, self.across = side, self.w - 2 * side  # lists move the left margin, heads and feet do not
        self.c_margin = 0.0
        self.str_alias_nb_pages = ""  # else "{nb}" in an applicant's text would become the number of pages
        self.set_auto_page_break(True, FOOT_MM + 2)
        for face in FACES:
            self.add_font("Form", face, font_file(face))
        self.set_title(supported(sheet.title))
        self.set_subject(supported(doc.code or doc.number))
        self.set_lang("vi-VN")
        self.set_creation_date(vietnam_time(doc.issued_at))

    # --- the page -------------------------------------------------------------------------------

    def draw(self, copy_name: str) -> None:
        """One copy of the form, from a new page on."""
        self.first_page = self.page + 1
        self.add_page()
        self._heads()
        self._codes()
        self._title()
        for item, following in itertools.pairwise((*self.sheet.items, None)):
            if isinstance(item, Line) and isinstance(following, Signatures):
                self._room(self._signing_height() + 2 * self.leading)  # signatures never stand alone
            if item:
                self._item(item)
        self._feet(copy_name)

    def header(self) -> None:
        """What continues on a later page says of which form and dossier it is."""
        if self.page == self.first_page:
            return
        self.set_font("Form", "I", self.body - 1.5)
        parts = (self.sheet.title, self.doc.code or self.doc.number, self.sheet.continued)
        self.set_x(self.side)
        self.cell(self.across, self.leading, self._one_line(" · ".join(p for p in parts if p), self.across))
        self.ln(self.leading)
        self._rule(self.side, self.across, self.get_y() + 0.6)
        self.set_y(self.get_y() + 2)

    def _feet(self, copy_name: str) -> None:
        """At the foot of each page of the copy: model of the form, whose copy, page of how many."""
        last = self.page
        self.set_auto_page_break(False)
        left = " · ".join(text for text in (self.sheet.model, copy_name) if text)
        for number in range(self.first_page, last + 1):
            self.page = number
            at, of = number - self.first_page + 1, last - self.first_page + 1
            page = fill(self.sheet.page, {"page": str(at), "pages": str(of)})
            self.set_font(
                "Form", "B", self.body
            )  # another face first: the page must get the one below written
            self.set_font("Form", "", self.body - 2.5)
            self.set_y(-FOOT_MM)
            self._rule(self.side, self.across, self.get_y())
            for text, align in ((self._one_line(left, self.across - 22), "L"), (page, "R")):
                self.set_xy(self.side, 1 - FOOT_MM)
                self.cell(self.across, self.leading, text, align=align)
        self.set_auto_page_break(True, FOOT_MM + 2)

    def _rule(self, x: float, width: float, y: float) -> None:
        self.set_line_width(0.2)
        self.line(x, y, x + width, y)

    def _room(self, height: float) -> None:
        """A new page unless `height` still fits on this one."""
        if self.will_page_break(height):
            self.add_page()

    # --- head, codes, title -----------------------------------------------------------------------

    def _heads(self) -> None:
        top = self.get_y()
        left_width = self.epw * 0.46
        right_x, right_width = self.l_margin + left_width + 2, self.epw - left_width - 2
        size = self.body - (1.2 if self.size_name == "A5" else 0.5)
        rows = [(text, "B" if at else "") for at, text in enumerate(self.sheet.left)]
        left = self._centred(rows, self.l_margin, left_width, top, size)
        self._rule(self.l_margin + left_width * 0.33, left_width * 0.34, left + 0.7)
        left = self._centred([(self.sheet.number, "")], self.l_margin, left_width, left + 1.6, size)
        motto = [(text, "B") for text in self.sheet.right]
        right = self._centred(motto, right_x, right_width, top, size)
        self.set_font("Form", "B", size)
        underline = self.get_string_width(self.sheet.right[-1]) if self.sheet.right else 0
        self._rule(right_x + (right_width - underline) / 2, underline, right + 0.7)
        right = self._centred([(self.sheet.place_date, "I")], right_x, right_width, right + 1.6, size)
        self.set_xy(self.l_margin, max(left, right) + 1.5)

    def _centred(self, rows: list[tuple[str, str]], x: float, width: float, y: float, size: float) -> float:
        """Centred lines (text, face) in a box; returns where they end. A line a little too long shrinks."""
        for text, face in rows:
            self.set_xy(x, y)
            self.set_font("Form", face, size)
            wide = self.get_string_width(supported(text))
            if width < wide <= width * 1.2:
                self.set_font("Form", face, size * width / wide - 0.05)
            self.multi_cell(
                width, size * 0.47, supported(text), align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
            y = self.get_y()
        return y

    def _codes(self) -> None:
        """The bar code left, the QR right, the code in words below the bars."""
        if not self.sheet.qr:
            return
        top, side = self.get_y(), QR_MM[self.size_name]
        room = self.epw - side - 4
        text = self.sheet.bar_text(int(room / MODULE_MM), 1)
        bottom = self._bars(text, top + 1.5, room) if text else top + 3
        self.set_font("Form", "B", self.body)
        self._caption(self.sheet.code_caption, bottom + 0.6, room)
        if self.sheet.short_caption:
            self.set_font("Form", "", self.body - 1)
            self._caption(self.sheet.short_caption, self.get_y(), room)
        words_end = self.get_y()
        self._qr(self.l_margin + self.epw - side, top, side)
        self.set_font("Form", "", self.body - 3)
        self.set_xy(self.l_margin + self.epw - side - 3, top + side - 0.4)
        self.cell(side + 6, 2.6, self.sheet.scan_caption, align="C")
        self.set_xy(self.l_margin, max(words_end, top + side + 2.4) + 0.8)

    def _caption(self, text: str, y: float, width: float) -> None:
        self.set_xy(self.l_margin, y)
        self.multi_cell(
            width, self.leading * 0.95, supported(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def _bars(self, text: str, y: float, room: float) -> float:
        """Code 128 from the left margin; the margin is more than its quiet zone. Returns its end."""
        module = min(WIDEST_MODULE_MM, room / codes.code128_width(text))
        x = self.l_margin
        self.set_fill_color(0)
        for bit, run in itertools.groupby(codes.code128_modules(text)):
            width = len(list(run)) * module
            if bit == "1":
                self.rect(x, y, width, BAR_MM, style="F")
            x += width
        return y + BAR_MM

    def _qr(self, x: float, y: float, side: float) -> None:
        """The QR in a square of `side`, its quiet zone inside."""
        matrix = codes.qr_matrix(self.sheet.qr)
        module = side / (len(matrix) + 2 * codes.QR_QUIET)
        self.set_fill_color(0)
        for row, bits in enumerate(matrix):
            column = 0
            for dark, run in itertools.groupby(bits):
                length = len(list(run))
                if dark:
                    at = codes.QR_QUIET
                    self.rect(
                        x + (column + at) * module,
                        y + (row + at) * module,
                        length * module,
                        module,
                        style="F",
                    )
                column += length

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

    def _signing_height(self) -> float:
        return SIGN_GAP_MM[self.size_name] + self.leading * 5

    def _signatures(self, item: Signatures) -> None:
        share = self.epw / len(item.places)
        gap = SIGN_GAP_MM[self.size_name]
        self._room(self._signing_height())
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

    def _one_line(self, text: str, width: float) -> str:
        """`text` cut with "…" so that it takes `width` at most on one line of the current font."""
        text = supported(text)
        if self.get_string_width(text) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.get_string_width(text[:middle] + "…") <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low] + "…"

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

    def _lines(self, text: str, width: float, height: float) -> list[str]:
        """`text` as the current font breaks it into lines of `width`."""
        return list(
            self.multi_cell(  # type: ignore[arg-type]
                width, height, text, align="L", dry_run=True, output=MethodReturnValue.LINES
            )
        )
