"""Forms for thermal printers: drawn as an image, because their code pages lose Vietnamese letters.

Imports Pillow and python-escpos: reach it through `render`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import lru_cache

from escpos.constants import ESC, GS, HW_INIT, PAPER_FULL_CUT
from escpos.image import EscposImage
from PIL import Image, ImageDraw, ImageFont

from tthc_tui.printing import codes
from tthc_tui.printing.compose import Grid, Line, Listing, Sheet, Signatures, Text, compose
from tthc_tui.printing.document import Document
from tthc_tui.printing.fonts import font_file, supported

BODY = 23  # dots: 2.9 mm at 203 dpi
SMALL = 19
TITLE = 29
LEADING = 1.28
BAR_HEIGHT = 84
QR_DOTS = 5  # dots a module of the QR
STRIP = 960  # dots of height sent at once: cheap printers hold no more
FEED_LINES = 5  # from the head to the knife

Run = tuple[str, str]  # text and face of the font


def to_escpos(doc: Document, dots: int = 576, copies: int | None = None) -> bytes:
    """ESC/POS commands that print the form `copies` times (as the form says where None), cut after each."""
    names = doc.form.copies if copies is None else [*doc.form.copies, *[""] * copies][: max(1, copies)]
    out = bytearray()
    for name in names:
        image = EscposImage(_draw(doc, dots, name))
        out += HW_INIT
        for part in image.split(STRIP):
            strip = EscposImage(part)
            size = (strip.width_bytes, strip.height)
            out += GS + b"v0\x00" + b"".join(number.to_bytes(2, "little") for number in size)
            out += strip.to_raster_format()
        out += ESC + b"d" + bytes([FEED_LINES]) + PAPER_FULL_CUT
    return bytes(out)


def to_image(doc: Document, dots: int = 576) -> Image.Image:
    """The form as an image of pure black and white (mode "1"), `dots` wide."""
    return _draw(doc, dots, "")


def _draw(doc: Document, dots: int, copy_name: str) -> Image.Image:
    roll = _Roll(dots)
    sheet = compose(doc)
    _heads(roll, sheet, copy_name)
    _codes(roll, sheet)
    for item in sheet.items:
        _item(roll, item)
    if sheet.model:
        roll.skip(10)
        roll.text(f"({sheet.model})", size=SMALL, align="center")
    return roll.image()


@lru_cache(maxsize=16)
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(face)), size, layout_engine=ImageFont.Layout.BASIC)


class _Roll:
    """A strip of paper that grows as it is written on. Lengths in dots."""

    def __init__(self, dots: int) -> None:
        self.width = dots
        self.y = 6
        self.strokes: list[Callable[[ImageDraw.ImageDraw], object]] = []

    def image(self) -> Image.Image:
        """All that was written, on white; no grey, because the printer would dither it."""
        canvas = Image.new("L", (self.width, self.y + 6), 255)
        draw = ImageDraw.Draw(canvas)
        for stroke in self.strokes:
            stroke(draw)
        return canvas.point(lambda level: 255 if level > 140 else 0).convert("1")

    def skip(self, dots: int) -> None:
        """Blank paper."""
        self.y += dots

    def rule(self, x: int = 0, width: int | None = None) -> None:
        """A line across, or `width` from `x`."""
        box = (x, self.y, x + (self.width if width is None else width), self.y + 1)
        self.box(box)
        self.y += 6

    def box(self, box: tuple[int, int, int, int]) -> None:
        """A black box, its right and lower edge included."""
        self.strokes.append(lambda draw: draw.rectangle(box, fill=0))

    def text(
        self,
        text: str,
        face: str = "",
        size: int = BODY,
        align: str = "left",
        box: tuple[int, int] | None = None,
    ) -> None:
        """`text` wrapped into the box (x, width), the whole strip where None."""
        x, width = box or (0, self.width)
        for part in supported(text).split("\n"):
            self.runs([(part, face)], size, align, (x, width), 0)

    def runs(
        self,
        runs: list[Run],
        size: int = BODY,
        align: str = "left",
        box: tuple[int, int] | None = None,
        indent: int = 16,
    ) -> None:
        """Text of several faces, wrapped; lines after the first are indented."""
        x, width = box or (0, self.width)
        for at, line in enumerate(_wrapped(runs, size, width, indent)):
            wide = sum(_font(face, size).getlength(text) for text, face in line)
            start = x + (indent if at else 0)
            if align == "center":
                start = x + int((width - wide) / 2)
            elif align == "right":
                start = x + int(width - wide)
            self._line(line, start, size)

    def _line(self, line: list[Run], x: float, size: int) -> None:
        y = self.y
        for text, face in line:
            font = _font(face, size)
            self.strokes.append(
                lambda draw, text=text, font=font, x=x, y=y: draw.text((x, y), text, font=font, fill=0)  # type: ignore[misc]
            )
            x += font.getlength(text)
        self.y += int(size * LEADING)


def _wrapped(runs: list[Run], size: int, width: int, indent: int) -> list[list[Run]]:
    """Words of the runs in lines of `width`; a word wider than a line is broken where it must."""
    lines: list[list[Run]] = [[]]
    used = 0.0
    for text, face in runs:
        font = _font(face, size)
        words = text.split(" ")
        for number, word in enumerate(words):
            piece = word + (" " if number < len(words) - 1 else "")
            for part in _parts(piece, font, width - indent):
                room = width - (indent if len(lines) > 1 else 0)
                if used and used + font.getlength(part.rstrip(" ")) > room:
                    lines.append([])
                    used = 0.0
                lines[-1].append((part, face))
                used += font.getlength(part)
    return lines


def _parts(word: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """`word` in parts no wider than `width`."""
    if font.getlength(word) <= width:
        return [word]
    parts = [""]
    for letter in word:
        if font.getlength(parts[-1] + letter) > width:
            parts.append("")
        parts[-1] += letter
    return parts


def _heads(roll: _Roll, sheet: Sheet, copy_name: str) -> None:
    for at, text in enumerate(sheet.left):
        roll.text(text, "B" if at else "", align="center")
    roll.text(sheet.number, align="center")
    roll.skip(6)
    for text in sheet.right:
        roll.text(text, "B", align="center")
    roll.skip(3)
    roll.rule(roll.width * 3 // 10, roll.width * 4 // 10)
    roll.text(sheet.place_date, "I", align="center")
    roll.skip(8)
    roll.text(sheet.title, "B", TITLE, "center")
    for mark in sheet.marks:
        roll.text(mark, "B", align="center")
    if copy_name:
        roll.text(copy_name, "I", SMALL, "center")
    roll.skip(8)


def _codes(roll: _Roll, sheet: Sheet) -> None:
    """The bar code across the paper, then the QR beside the code in words."""
    if not sheet.qr:
        return
    text = sheet.bar_text(roll.width, 2)
    if text:
        _bars(roll, text)
        if text != sheet.code and text == sheet.short_id:
            roll.text(sheet.short_caption, size=SMALL, align="center")
    matrix = codes.qr_matrix(sheet.qr)
    scale = min(QR_DOTS, roll.width // 2 // (len(matrix) + 2 * codes.QR_QUIET)) or 1
    side = (len(matrix) + 2 * codes.QR_QUIET) * scale
    top = roll.y
    for row, bits in enumerate(matrix):
        for column, dark in enumerate(bits):
            if dark:
                x, y = ((at + codes.QR_QUIET) * scale for at in (column, row))
                roll.box((x, top + y, x + scale - 1, top + y + scale - 1))
    beside = (side + 4, roll.width - side - 4)
    roll.y = top + codes.QR_QUIET * scale
    roll.text(sheet.code_caption, "B", box=beside)
    if sheet.short_caption:
        roll.text(sheet.short_caption, box=beside)
    roll.text(sheet.scan_caption, "I", SMALL, box=beside)
    roll.y = max(roll.y, top + side) + 4


def _bars(roll: _Roll, text: str) -> None:
    """Code 128 in the middle, whole dots a module: 2 at least, 3 where they fit."""
    dots = 3 if codes.code128_fits(text, roll.width, 3) else 2
    bits = codes.code128_modules(text)
    x = (roll.width - len(bits) * dots) // 2
    for bit, run in itertools.groupby(bits):
        width = len(list(run)) * dots
        if bit == "1":
            roll.box((x, roll.y, x + width - 1, roll.y + BAR_HEIGHT - 1))
        x += width
    roll.skip(BAR_HEIGHT + 6)


def _item(roll: _Roll, item: Line | Text | Listing | Grid | Signatures) -> None:
    match item:
        case Line():
            _line(roll, item)
        case Text():
            face = {"heading": "B", "note": "I"}.get(item.style, "")
            roll.text(item.text, face, SMALL if item.style == "note" else BODY)
        case Listing():
            _listing(roll, item)
        case Grid():
            _records(roll, item)
        case Signatures():
            _signatures(roll, item)


def _line(roll: _Roll, item: Line) -> None:
    label = f"{item.label}: " if item.label else ""
    if item.value:
        first, *rest = supported(item.value).split("\n")
        face = "B" if item.strong else ""
        roll.runs([(label, ""), (first, face)] if label else [(first, face)])
        for line in rest:
            roll.runs([(line, face)])
        return
    wide = _font("", BODY).getlength(label)
    if wide > roll.width * 3 // 4:
        roll.text(label)
        label, wide = "", 0
    for _ in range(item.blanks):
        roll.runs([(label + _dots(roll.width - wide), "")], indent=0)
        label, wide = "", 0


def _dots(width: float) -> str:
    return "." * max(1, int((width - 2) / _font("", BODY).getlength(".")))


def _listing(roll: _Roll, item: Listing) -> None:
    roll.text(f"{item.label}:")
    for number, (text, detail) in enumerate(item.entries, 1):
        runs = [(supported(f"{number}. {text}".replace("\n", " ")), "")]
        if detail:
            runs.append((supported(f": {detail}".replace("\n", " ")), "I"))
        roll.runs(runs, box=(14, roll.width - 14), indent=30)
    for number in range(1, 0 if item.entries else item.blanks + 1):
        roll.runs([(f"{number}. " + _dots(roll.width - 50), "")], box=(14, roll.width - 14))


def _records(roll: _Roll, item: Grid) -> None:
    """A table on narrow paper: one row under the other, each cell with its title."""
    for rows, face in ((item.rows, ""), (item.foot, "B")):
        for row in rows:
            roll.skip(4)
            roll.rule()
            for column, cell in zip(item.columns, row, strict=True):
                if cell:
                    first, *rest = supported(cell).split("\n")
                    roll.runs([(f"{column.title}: ", ""), (first, face)])
                    for line in rest:
                        roll.runs([(line, face)], box=(16, roll.width - 16))
    roll.skip(4)
    roll.rule()


def _signatures(roll: _Roll, item: Signatures) -> None:
    """Places to sign side by side, small titles so that they do."""
    share = roll.width // len(item.places)
    roll.skip(14)
    top = under = roll.y
    for at, place in enumerate(item.places):
        roll.y = top
        for text, face in ((place.title, "B"), (place.note, "I")):
            if text:
                roll.text(text, face, SMALL, "center", (at * share, share - 8))
        under = max(under, roll.y)
    under += 90
    end = under
    for at, place in enumerate(item.places):
        roll.y = under
        if place.name:
            roll.text(place.name, "B", SMALL, "center", (at * share, share - 8))
        end = max(end, roll.y)
    roll.y = end
