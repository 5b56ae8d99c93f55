"""What turns a document into something to look at or to print.

The drawing libraries are imported only when a form is really drawn: the first screen waits for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tthc_tui.printing.document import Document
from tthc_tui.printing.forms import Paper
from tthc_tui.printing.plain import screen_lines, to_text

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["DOTS_80MM", "Format", "render", "screen_lines", "to_escpos", "to_image", "to_pdf", "to_text"]

Format = Literal["pdf", "escpos", "text"]
DOTS_80MM = 576  # printable dots of an 80 mm printer at 203 dpi (384 for 58 mm)


def to_pdf(doc: Document, paper: Paper | None = None, copies: int | None = None) -> bytes:
    """The form as PDF (see pdf.to_pdf): `paper` and `copies` as the form says where None."""
    from tthc_tui.printing import pdf

    return pdf.to_pdf(doc, paper, copies)


def to_image(doc: Document, dots: int = DOTS_80MM) -> Image:
    """The form as one black-on-white image `dots` wide, as a thermal printer shows it."""
    from tthc_tui.printing import thermal

    return thermal.to_image(doc, dots)


def to_escpos(doc: Document, dots: int = DOTS_80MM, copies: int | None = None) -> bytes:
    """The form as ESC/POS commands, drawn as an image and cut after each copy."""
    from tthc_tui.printing import thermal

    return thermal.to_escpos(doc, dots, copies)


def render(
    doc: Document,
    kind: Format = "pdf",
    paper: Paper | None = None,
    copies: int | None = None,
    dots: int = DOTS_80MM,
) -> tuple[bytes, str]:
    """The form in one of the formats and the ending of its file (".pdf", ".bin", ".txt").

    `dots` is the printable width of a thermal printer.
    """
    if kind == "pdf":
        return to_pdf(doc, paper, copies), ".pdf"
    if kind == "escpos":
        return to_escpos(doc, dots, copies), ".bin"
    return to_text(doc).encode("utf-8"), ".txt"
