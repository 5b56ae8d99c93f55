"""Hostile catalogue files: one clear sentence, at once, and nothing half imported."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.store.catalog import CatalogError, import_catalog, read_source, set_overlay
from tthc_tui.store.catalog_records import ParsedProcedure
from tthc_tui.store.migrations import schema

AT = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
RECORD: dict[str, Any] = {"code": "1.1", "name": "Đăng ký thử", "executionCases": []}
HEAD = 'format = 1\n[[procedure]]\ncode = "1.1"\nname = "Đăng ký thử"\n'


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.json", json.dumps({**RECORD, "updatedAt": float("inf")}), 1),
        (
            "b.json",
            json.dumps(
                {
                    **RECORD,
                    "executionCases": [{"profileComponents": [{"name": "Đơn", "originalQty": float("inf")}]}],
                }
            ),
            1,
        ),
        ("c.json", '{"code": "1", "name": "x", "executionCases": ' + "9" * 5000 + "}", 1),
        ("d.jsonl", json.dumps(RECORD) + "\n" + '{"code": ' + "9" * 5000 + "}", 2),
        ("e.toml", "format = 1\nx = " + "[" * 50_000, 1),
        ("f.toml", "format = 1\nx = " + "9" * 5000, 1),
        ("g.toml", "format = 1\nprocedure = [1, 2]", 1),
        ("h.toml", HEAD + 'limit = { amount = "-3", unit = "day" }', 5),
        ("i.toml", HEAD + 'limit = { amount = 1e9999, unit = "day" }', 5),
        ("j.toml", HEAD + "[[procedure.fee]]\namount = -5", 6),
        (
            "k.toml",
            HEAD + '[[procedure.case]]\n[[procedure.case.requirement]]\nid = "a"\nname = "b"\ncopies = -1',
            9,
        ),
    ],
)
def test_a_hostile_file_gets_a_sentence_with_its_line(
    tmp_path: Path, name: str, content: str, line: int
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CatalogError, match="chưa nhập gì") as raised:
        list(read_source(path))
    assert (name in str(raised.value), raised.value.line) == (True, line)


@pytest.mark.parametrize(
    "more",
    [
        {"executionMethods": [{"submissionMethod": "DIRECT", "processingTime": "1e999999"}]},
        {"executionMethods": [{"submissionMethod": "DIRECT", "fees": [{"value": "1e999999"}]}]},
        {"cases": [{"processingDay": {"qty": "1e999999", "type": "DAY"}}]},
    ],
)
def test_an_endless_number_is_read_at_once_as_no_number(tmp_path: Path, more: dict[str, Any]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**RECORD, **more}), encoding="utf-8")
    began = time.monotonic()
    (parsed,) = read_source(path)
    assert time.monotonic() - began < 2
    assert isinstance(parsed, ParsedProcedure)
    assert parsed.procedure.limit_for(parsed.procedure.case()) is None
    assert [fee.amount for fee in parsed.procedure.fees] in ([], [None])


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("limit", {"amount": "-1", "unit": "day"}),
        ("limit", {"amount": "1e300", "unit": "day"}),
        ("fees", [{"amount": -8000}]),
        ("on_supplement", "stop"),
        ("requirement:new", {"name": "Giấy A", "case": "no such case"}),
    ],
)
def test_the_site_cannot_set_what_cannot_be(tmp_path: Path, part: str, value: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        for statement in schema():
            connection.exec_driver_sql(statement)
        import_catalog(connection, [path], AT)
        with pytest.raises(Refused, match=r"không thể có|phải là|không có phần"):
            set_overlay(
                connection, "1.1", part, value, source="CV 1", author="An", at=AT, legal_basis="Luật 1"
            )
    engine.dispose()
