"""Bar codes and QR codes as modules and as terminal cells; drawing on paper is the renderers' work."""

from __future__ import annotations

from urllib.parse import quote

QUIET = 10  # blank modules that Code 128 needs on both sides (ISO/IEC 15417)
QR_QUIET = 4  # blank modules that a QR code needs on all sides (ISO/IEC 18004)
HALF_CELLS = {"00": " ", "10": "▌", "01": "▐", "11": "█"}
HALF_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def code128_modules(text: str) -> str:
    """The bars of `text` as "1" (bar) and "0" (space), without quiet zones.

    Raises ValueError (a Vietnamese sentence) where the text is empty or holds more than printable ASCII.
    """
    if not text or not all(" " <= letter <= "~" for letter in text):
        raise ValueError(f"Mã “{_shown(text)}” không in được thành mã vạch; chỉ dùng chữ không dấu và số.")
    from barcode import Code128

    class WholeCode128(Code128):  # type: ignore[misc]
        """The library takes a leading pair "99" for a change of character set and drops it."""

        def _try_to_optimize(self, encoded: list[int]) -> list[int]:
            return encoded if text.startswith("99") else super()._try_to_optimize(encoded)

    return str(WholeCode128(text).build()[0])


def code128_width(text: str) -> int:
    """Modules that the bars of `text` take, quiet zones included."""
    return len(code128_modules(text)) + 2 * QUIET


def code128_fits(text: str, width_dots: int, dots_per_module: int = 2) -> bool:
    """Whether the bars with their quiet zones fit into `width_dots` at so many dots a module."""
    return code128_width(text) * dots_per_module <= width_dots


def choose_code(code: str, short_id: str, width_dots: int, dots_per_module: int = 2) -> str:
    """What the bar code on paper carries: the whole code where it fits, otherwise the short id.

    "" where there is neither or where not even the short id fits.
    """
    for text in (code, short_id):
        if text and code128_fits(text, width_dots, dots_per_module):
            return text
    return ""


def qr_content(code: str, lookup_url: str = "") -> str:
    """What the QR carries: the look-up address with the code where configured, else the code.

    "{code}" in the address is replaced by the code; without it the code is put at the end.
    """
    if not lookup_url:
        return code
    safe = quote(code, safe="")
    return lookup_url.replace("{code}", safe) if "{code}" in lookup_url else lookup_url + safe


def qr_matrix(text: str) -> list[list[bool]]:
    """The modules of a QR code of `text` (any Unicode), True is dark, without the quiet zone.

    Raises ValueError (a Vietnamese sentence) where the text is empty or too long for a QR code.
    """
    import segno

    try:
        code = segno.make(text, error="m", micro=False)
    except ValueError as error:
        raise ValueError(f"“{_shown(text)}” không tạo được mã QR: trống hoặc quá dài.") from error
    return [[bool(module) for module in row] for row in code.matrix]


def half_cell_rows(text: str, rows: int = 3) -> list[str]:
    """Code 128 of `text` for a terminal: `rows` equal lines, two modules a cell, quiet zones included.

    To be shown black on white whatever the theme: light bars on dark do not scan.
    """
    bits = "0" * QUIET + code128_modules(text) + "0" * QUIET
    bits += "0" * (len(bits) % 2)
    line = "".join(HALF_CELLS[bits[at : at + 2]] for at in range(0, len(bits), 2))
    return [line] * rows


def qr_half_blocks(text: str, quiet: int = QR_QUIET) -> list[str]:
    """A QR of `text` for a terminal: two modules a cell above each other, quiet zone included.

    To be shown black on white whatever the theme.
    """
    matrix = qr_matrix(text)
    side = len(matrix) + 2 * quiet
    blank = [False] * side
    padded = [blank] * quiet + [[False] * quiet + row + [False] * quiet for row in matrix] + [blank] * quiet
    padded += [blank] * (side % 2)
    return [
        "".join(HALF_BLOCKS[pair] for pair in zip(padded[at], padded[at + 1], strict=True))
        for at in range(0, len(padded), 2)
    ]


def _shown(text: str) -> str:
    """`text` short enough and harmless for a message."""
    safe = "".join(letter if letter.isprintable() else "?" for letter in text)
    return safe if len(safe) <= 40 else safe[:39] + "…"
