"""Reading catalogue sources: which kind a file is, and its records, without touching the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from tthc_tui.store.catalog_file import read_catalog
from tthc_tui.store.catalog_portal import (
    is_detail,
    is_replacement,
    read_detail,
    read_index,
    read_replacement,
)
from tthc_tui.store.catalog_records import CatalogError, Parsed, Skipped

_KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".tsv": "tsv", ".toml": "toml"}


def shipped_catalog() -> Path:
    """The folder of catalogue files that comes with the program."""
    return Path(str(files("tthc_tui"))) / "data" / "catalog"


def read_source(path: Path) -> Iterator[Parsed]:
    """Every record of a file or a folder (with its folders), in the order of the files' names.

    Known: portal records (JSON lines, one JSON document or a list, with or without envelope), the portal's
    index (.tsv), the annex of Resolution 66.7 (JSON list) and the project's catalogue (.toml). Files of a
    folder that are none of these come out as Skipped. Raises CatalogError with file and line.
    """
    if path.is_dir():
        yield from _folder(path)
        return
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise CatalogError(path, "không phải tệp danh mục (cần .jsonl, .json, .tsv hoặc .toml)")
    found = _read(path, kind)
    if found is None:
        raise CatalogError(path, "không nhận ra dữ liệu danh mục thủ tục trong tệp", 1)
    yield from found


def _folder(folder: Path) -> Iterator[Parsed]:
    known = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        kind = _KINDS.get(path.suffix.lower())
        found = _read(path, kind) if kind else None
        if found is None:
            yield Skipped(path)
            continue
        known += 1
        yield from found
    if not known:
        raise CatalogError(folder, "thư mục không có tệp danh mục nào (.jsonl, .json, .tsv, .toml)")


def _read(path: Path, kind: str) -> list[Parsed] | None:
    """The records of one file; None where it is well-formed but something else."""
    text = _text(path)
    if kind == "tsv":
        return [*read_index(text.split("\n"), path)]
    if kind == "toml":
        return [*read_catalog(text, path)]
    if kind == "jsonl":
        return _json_lines(text, path)
    return _json(text, path)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise CatalogError(path, "không tìm thấy tệp") from error
    except OSError as error:
        raise CatalogError(path, "không đọc được tệp (thiếu quyền hoặc ổ đĩa lỗi)") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogError(path, "không phải chữ mã UTF-8, hãy lưu lại tệp với mã UTF-8", line) from error
    if not text.strip():
        raise CatalogError(path, "tệp trống", 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _json_lines(text: str, path: Path) -> list[Parsed] | None:
    found: list[Parsed] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            document = _parsed(line, path, number)
            if not (is_detail(document) or is_replacement(document)):
                if not found:
                    return None
                raise CatalogError(path, "dòng không phải bản ghi thủ tục", number)
            found.append(_record(document, path, number))
    return found


def _json(text: str, path: Path) -> list[Parsed] | None:
    document = _parsed(text, path, None)
    items = document if isinstance(document, list) else [document]
    if not items:
        raise CatalogError(path, "danh sách trống", 1)
    if not (is_detail(items[0]) or is_replacement(items[0])):
        return None
    lines = _item_lines(text) if isinstance(document, list) else [1]
    found: list[Parsed] = []
    for number, item in enumerate(items):
        line = lines[number] if number < len(lines) else 1
        if not (is_detail(item) or is_replacement(item)):
            raise CatalogError(path, f"mục thứ {number + 1} không phải bản ghi thủ tục", line)
        found.append(_record(item, path, line))
    return found


def _record(document: Any, path: Path, line: int) -> Parsed:
    if is_replacement(document):
        return read_replacement(document, path, line)
    return read_detail(document, path, line)


def _parsed(text: str, path: Path, line: int | None) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CatalogError(
            path, "không đúng cú pháp JSON (tệp có thể bị cắt cụt)", line or error.lineno
        ) from error
    except RecursionError as error:
        raise CatalogError(path, "JSON lồng nhau quá sâu", line or 1) from error
    except ValueError as error:
        raise CatalogError(path, "có số quá dài, không đọc được", line or 1) from error


def _item_lines(text: str) -> list[int]:
    """The line each item of a top-level JSON list begins on."""
    lines: list[int] = []
    decoder, at, line, counted = json.JSONDecoder(), text.index("[") + 1, 1, 0
    while True:
        while at < len(text) and text[at] in " \t\n,":
            at += 1
        if at >= len(text) or text[at] == "]":
            return lines
        line += text.count("\n", counted, at)
        counted = at
        lines.append(line)
        at = decoder.raw_decode(text, at)[1]
