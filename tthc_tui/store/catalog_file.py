"""The project's own catalogue file (docs/catalogue.md): read, checked, every complaint with its line."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tthc_tui.core.procedure import Origin, Procedure
from tthc_tui.store.catalog_records import (
    ON_SUPPLEMENT,
    CatalogError,
    Layer,
    ParsedProcedure,
    impossible,
    line_of,
    lines_of,
)

FORMAT = 1
_MULTILINE = frozenset({"steps", "conditions"})
_PLURAL = {"term": "terms", "fee": "fees", "case": "cases", "requirement": "requirements"}
_OWN = frozenset({"origin", "overlaid"})  # fields of the value that a file may not set
_ASKED = {
    "missing": "thiếu “{key}”",
    "extra_forbidden": "có từ lạ “{key}”",
}


def read_catalog(text: str, path: Path) -> list[ParsedProcedure]:
    """The procedures of a catalogue file, in its order; CatalogError on anything the format does not allow."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else len(text.splitlines()) or 1
        raise CatalogError(path, "không đúng cú pháp TOML", line) from error
    except RecursionError as error:
        raise CatalogError(path, "TOML lồng nhau quá sâu", 1) from error
    except ValueError as error:
        raise CatalogError(path, "có số quá dài, không đọc được", 1) from error
    blocks = _Blocks(text)
    if data.get("format") != FORMAT:
        raise CatalogError(path, f"thiếu dòng “format = {FORMAT}” hoặc định dạng mới hơn chương trình", 1)
    if extra := sorted(data.keys() - {"format", "procedure"}):
        raise CatalogError(path, f"có từ lạ “{extra[0]}”", blocks.top(extra[0]))
    tables = data.get("procedure")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise CatalogError(path, "không có mục [[procedure]] nào", 1)
    found: dict[str, ParsedProcedure] = {}
    for number, table in enumerate(tables):
        parsed = _procedure(table, path, blocks, number)
        before = found.setdefault(parsed.procedure.code, parsed)
        if before is not parsed:
            raise CatalogError(
                path, f"mã {parsed.procedure.code} đã có ở dòng {before.line}", blocks.line(number, "code")
            )
    return list(found.values())


def _procedure(table: dict[str, Any], path: Path, blocks: _Blocks, number: int) -> ParsedProcedure:
    line = blocks.line(number)
    for key in ("code", "name"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise CatalogError(path, f"mục [[procedure]] thiếu “{key}”", line)
    code = line_of(table["code"])
    if forbidden := sorted(_OWN & table.keys()):
        raise CatalogError(
            path, f"thủ tục {code}: “{forbidden[0]}” không đặt trong tệp", blocks.line(number, forbidden[0])
        )
    if table.get("source") and not table.get("source_date"):
        raise CatalogError(path, f"thủ tục {code}: có “source” thì phải có “source_date”", line)
    try:
        procedure = Procedure.model_validate({**_shaped(table), "origin": Origin.CATALOG, "version": ""})
    except ValidationError as error:
        raise CatalogError(
            path, f"thủ tục {code}: {_said(error)}", _error_line(error, blocks, number)
        ) from error
    _check(procedure, path, blocks, number)
    if decision := line_of(table.get("version")):
        source = f"{procedure.source}; {decision}" if decision not in procedure.source else procedure.source
        procedure = procedure.model_copy(update={"source": source})
    return ParsedProcedure(procedure, Layer.CATALOG, path, line)


def _check(procedure: Procedure, path: Path, blocks: _Blocks, number: int) -> None:
    at = blocks.line(number)
    if not procedure.cases:
        raise CatalogError(path, f"thủ tục {procedure.code} cần ít nhất một [[procedure.case]]", at)
    if procedure.on_supplement not in ON_SUPPLEMENT:
        line = blocks.line(number, "on_supplement")
        raise CatalogError(path, f"thủ tục {procedure.code}: “on_supplement” là restart hoặc pause", line)
    if word := impossible(procedure):
        raise CatalogError(
            path, f"thủ tục {procedure.code}: số của “{word}” không thể có", blocks.line(number, word)
        )
    for case in procedure.cases:
        seen = set()
        for requirement in case.requirements:
            if not requirement.id or not requirement.name:
                raise CatalogError(path, f"thủ tục {procedure.code}: giấy tờ thiếu “id” hoặc “name”", at)
            if requirement.id in seen:
                line = blocks.line(number, f'id = "{requirement.id}"')
                raise CatalogError(path, f"thủ tục {procedure.code}: giấy tờ “{requirement.id}” bị lặp", line)
            seen.add(requirement.id)


def _shaped(value: Any, key: str = "") -> Any:
    """The file's names made the model's, every text cleaned (control characters gone, NFC)."""
    if isinstance(value, dict):
        return {_PLURAL.get(name, name): _shaped(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_shaped(part, key) for part in value]
    if isinstance(value, str):
        return lines_of(value) if key in _MULTILINE or "\n" in value else line_of(value)
    return value


def _said(error: ValidationError) -> str:
    first = error.errors()[0]
    key = str(first["loc"][-1]) if first["loc"] else "?"
    return _ASKED.get(first["type"], "giá trị của “{key}” không đúng dạng").format(key=key)


def _error_line(error: ValidationError, blocks: _Blocks, number: int) -> int:
    names = [part for part in error.errors()[0]["loc"] if isinstance(part, str)]
    return blocks.line(number, names[-1]) if names else blocks.line(number)


class _Blocks:
    """Where each [[procedure]] of the text begins, for complaints."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._starts = [
            n for n, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*procedure\s*\]\]", line)
        ]

    def line(self, number: int, word: str = "") -> int:
        """The line (from 1) of the first `word` in block `number`, or the block's first line."""
        if number >= len(self._starts):  # procedures written as an inline array
            return 1
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._lines)
        if word:
            pattern = re.compile(rf"(?:^|[\s{{,\[.]){re.escape(word)}(?:\s*=|\]|\s|$)")
            return next((n + 1 for n in range(start, end) if pattern.search(self._lines[n])), start + 1)
        return start + 1

    def top(self, word: str) -> int:
        """The first line that speaks of `word`."""
        return next((n + 1 for n, line in enumerate(self._lines) if word in line), 1)
