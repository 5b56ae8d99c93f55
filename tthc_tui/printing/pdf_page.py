"""The page of a PDF form: its fonts, its heads and feet, its codes. Imports fpdf2: reach it through `render`."""

from __future__ import annotations

import itertools
import logging

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from tthc_tui.core.base import vietnam_time
from tthc_tui.printing import codes
from tthc_tui.printing.compose import Sheet
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

logging.getLogger("fpdf").setLevel(logging.ERROR)  # a log line must not land on the officer's screen
logging.getLogger("fontTools").setLevel(logging.ERROR)


class Page(FPDF):
    """A page of a form. Lengths in mm.

    On the pages `full` the lines end so early that the last ones go over with the signatures; `pushed` tells the
    pages that the signatures had to leave.
    """

    def __init__(self, doc: Document, sheet: Sheet, size: Paper, full: frozenset[int] = frozenset()) -> None:
        super().__init__("landscape" if doc.form.landscape else "portrait", "mm", PAGE_MM[size])
        self.doc, self.sheet, self.size_name = doc, sheet, size
        self.body = BODY_PT[size]
        self.leading = self.body * 0.468
        self.signing_height = SIGN_GAP_MM[size] + self.leading * 5
        self.full, self.pushed = full, set[int]()
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

    def header(self) -> None:
        """What continues on a later page says of which form and dossier it is."""
        kept = self.signing_height + self.leading if self.page in self.full else 0  # two lines go over
        self.set_auto_page_break(True, FOOT_MM + 2 + kept)
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

    def _lines(self, text: str, width: float, height: float) -> list[str]:
        """`text` as the current font breaks it into lines of `width`."""
        return list(
            self.multi_cell(  # type: ignore[arg-type]
                width, height, text, align="L", dry_run=True, output=MethodReturnValue.LINES
            )
        )
