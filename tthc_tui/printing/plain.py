"""Forms as plain text: for files, for the screen, for printers that know nothing else."""

from __future__ import annotations

import textwrap

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
from tthc_tui.printing.document import Document
from tthc_tui.printing.forms import Column

SIDE_BY_SIDE = 64  # columns from which the two heads stand side by side
LONGEST_WORD = 30  # longer words are broken in a table


def to_text(doc: Document, width: int = 80) -> str:
    """The form as text of at most `width` columns (20 at least), lines ended by "\\n", no control characters."""
    return "\n".join(screen_lines(doc, width)) + "\n"


def screen_lines(doc: Document, width: int = 80) -> list[str]:
    """The lines of the form for a screen of `width` columns (20 at least). The codes are widgets of their own."""
    width = max(20, width)
    sheet = compose(doc)
    lines = [*_head(sheet, width), ""]
    lines += [line.center(width).rstrip() for line in _wrap(sheet.title, width)]
    for mark in sheet.marks:
        lines += [line.center(width).rstrip() for line in _wrap(f"[{mark}]", width)]
    named = any(isinstance(item, Line) and item.value == doc.code for item in sheet.items)
    captions = [caption for caption in ("" if named else sheet.code_caption, sheet.short_caption) if caption]
    if captions:
        lines += [line.center(width).rstrip() for line in _wrap(" · ".join(captions), width)]
    lines.append("")
    for item in sheet.items:
        lines += _item(item, width)
    if sheet.model:
        lines += ["", *_wrap(f"({sheet.model})", width)]
    return lines


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """`text` in lines of `width`, its own line breaks kept; codes are never broken at their hyphens."""
    lines: list[str] = []
    for part in text.split("\n"):
        wrapped = textwrap.wrap(
            part,
            max(width, len(rest) + 8),
            initial_indent=first if not lines else rest,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )
        lines += wrapped or [""]
    return lines


def _head(sheet: Sheet, width: int) -> list[str]:
    rule = "─" * min(18, width)
    left = [line for text in sheet.left for line in _wrap(text, width * 45 // 100)]
    right = [*sheet.right, rule, sheet.place_date]
    left += [rule[:10], sheet.number]
    if width < SIDE_BY_SIDE:
        heads = [*(line for text in sheet.left for line in _wrap(text, width)), sheet.number, ""]
        heads += [line for text in right for line in _wrap(text, width)]
        return [line.center(width).rstrip() for line in heads]
    return _beside([left, right], [width * 45 // 100, width - width * 45 // 100])


def _beside(blocks: list[list[str]], widths: list[int]) -> list[str]:
    """Blocks of lines centred side by side."""
    height = max(len(block) for block in blocks)
    padded = [block + [""] * (height - len(block)) for block in blocks]
    return [
        "".join(cell.center(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in zip(*padded, strict=True)
    ]


def _item(item: Line | Text | Listing | Grid | Signatures, width: int) -> list[str]:
    match item:
        case Line():
            return _line(item, width)
        case Text():
            gap = [""] if item.style == "heading" else []
            return gap + _wrap(item.text, width)
        case Listing():
            return _listing(item, width)
        case Grid():
            return _grid(item, width)
        case Signatures():
            return _signatures(item, width)


def _line(item: Line, width: int) -> list[str]:
    label = f"{item.label}: " if item.label else ""
    if item.value:
        return _wrap(label + item.value, width, rest="  ")
    lines = _wrap(label, width, rest="  ") if label else [""]
    start = f"{lines[-1]} ".lstrip() if lines[-1].strip() else ""
    if width - len(start) < 6:
        lines.append("." * width)
    else:
        lines[-1] = start + "." * (width - len(start))
    return lines + ["." * width] * (item.blanks - 1)


def _listing(item: Listing, width: int) -> list[str]:
    lines = _wrap(f"{item.label}:", width)
    for number, (text, detail) in enumerate(item.entries, 1):
        lines += _wrap(text + (f": {detail}" if detail else ""), width, f"{number:>3}. ", "     ")
    if not item.entries:
        lines += [f"{number:>3}. " + "." * (width - 5) for number in range(1, item.blanks + 1)]
    return lines


def _grid(item: Grid, width: int) -> list[str]:
    widths = _widths(item, width)
    if not widths:
        return _records(item, width)
    rule = "─┼─".join("─" * size for size in widths)
    titles = tuple(column.title for column in item.columns)
    lines = ["", *_cells(titles, item.columns, widths), rule]
    for row in item.rows:
        lines += _cells(row, item.columns, widths)
    if item.foot:
        lines.append(rule)
    for row in item.foot:
        lines += _cells(row, item.columns, widths)
    return [*(line.rstrip() for line in lines), ""]


def _widths(item: Grid, width: int) -> list[int]:
    """Columns of the table, [] where it is too wide to stand side by side."""
    room = width - 3 * (len(item.columns) - 1)
    needed = [
        float(min(LONGEST_WORD, max(len(word) for word in words_in_column(item, at) or [" "])))
        for at in range(len(item.columns))
    ]
    widths = [int(size) for size in column_widths(item.columns, needed, room) or []]
    if widths:
        widths[widths.index(max(widths))] += room - sum(widths)
    return widths


def _cells(row: tuple[str, ...], columns: tuple[Column, ...], widths: list[int]) -> list[str]:
    wrapped = [
        [
            line
            for part in cell.split("\n")
            for line in textwrap.wrap(part, size, break_on_hyphens=False) or [""]
        ]
        for cell, size in zip(row, widths, strict=True)
    ]
    height = max(len(lines) for lines in wrapped)
    aligned = {"left": str.ljust, "right": str.rjust, "center": str.center}
    return [
        " │ ".join(
            aligned[column.align](lines[at] if at < len(lines) else "", size)
            for lines, column, size in zip(wrapped, columns, widths, strict=True)
        )
        for at in range(height)
    ]


def _records(item: Grid, width: int) -> list[str]:
    """A table too wide for the paper: one row under the other, each cell with its title."""
    lines: list[str] = []
    for row in (*item.rows, *item.foot):
        lines.append("─" * width)
        for column, cell in zip(item.columns, row, strict=True):
            if cell:
                lines += _wrap(f"{column.title}: {cell}", width, rest="  ")
    return [*lines, "─" * width]


def _signatures(item: Signatures, width: int) -> list[str]:
    share = width // len(item.places)
    widths = [share] * len(item.places)
    blocks = [
        [
            *_wrap(place.title, share - 2),
            *_wrap(place.note, share - 2),
            "",
            "",
            "",
            *_wrap(place.name, share - 2),
        ]
        for place in item.places
    ]
    return ["", *_beside(blocks, widths)]
