"""The font files of printed forms (Be Vietnam Pro, embedded: no system font is needed)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

FACES = {"": "Regular", "B": "Bold", "I": "Italic"}


def font_file(face: str = "") -> Path:
    """The TTF file of face "" (regular), "B" (bold) or "I" (italic)."""
    from fontpkg_be_vietnam_pro import ROOT

    return Path(ROOT) / "files" / f"BeVietnamPro-{FACES[face]}.ttf"


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_file(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def supported(text: str) -> str:
    """`text` with "?" for each character the font has no drawing of (other scripts, symbols)."""
    letters = _letters()
    return "".join(letter if letter == "\n" or ord(letter) in letters else "?" for letter in text)
