"""Corrections of the site: beside the record, dated, with a source, and still there after an import."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.procedure import Limit, LimitUnit, Origin, PaperKind, Procedure, Requirement
from tthc_tui.store.catalog import (
    get_procedure,
    get_version,
    import_catalog,
    overlays,
    remove_overlay,
    set_overlay,
)
from tthc_tui.store.migrations import schema
from tthc_tui.store.search import load_index

AT = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
TODAY = AT.date()
BY: dict[str, Any] = {"source": "Công văn 12/UBND", "author": "Lê Thị Minh", "at": AT}


def write(path: Path, *papers: str) -> Path:
    parts = [{"name": paper, "code": paper, "originalQty": 1, "copyQty": 0} for paper in papers]
    record = {
        "code": "1.5",
        "name": "Đăng ký thử",
        "executionCases": [{"name": "", "profileComponents": parts}],
        "executionMethods": [
            {
                "submissionMethod": "DIRECT",
                "processingTime": 3,
                "processingTimeUnit": "WORKING_DAY",
                "fees": [],
            }
        ],
    }
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        for statement in schema():
            opened.exec_driver_sql(statement)
        import_catalog(opened, [write(tmp_path / "a.json", "Tờ khai", "Giấy A")], AT)
        yield opened
    engine.dispose()


def procedure(connection: Connection, on: date = TODAY) -> Procedure:
    found = get_procedure(connection, "1.5", on)
    assert found is not None
    return found


def paper(connection: Connection, name: str) -> Requirement:
    return next(p for p in procedure(connection).cases[0].requirements if p.id == name)


def test_a_correction_shows_its_origin_and_leaves_the_record_untouched(connection: Connection) -> None:
    before = connection.execute(text("SELECT body FROM procedure_record")).scalar_one()
    set_overlay(connection, "1.5", "requirement:Giấy A:short", "Giấy A rút gọn", **BY)
    set_overlay(connection, "1.5", "requirement:Giấy A:kind", "present", **BY)
    set_overlay(connection, "1.5", "limit", {"amount": "2.5", "unit": "working_day"}, **BY)
    set_overlay(connection, "1.5", "fees", [{"name": "Lệ phí", "amount": 8000}], **BY)
    corrected = procedure(connection)
    line = paper(connection, "Giấy A")
    assert (line.label, line.kind, line.origin) == ("Giấy A rút gọn", PaperKind.PRESENT, Origin.OVERLAY)
    assert paper(connection, "Tờ khai").origin is Origin.IMPORTED
    limit = corrected.limit_for(corrected.case())
    assert limit is not None
    assert limit.amount == Decimal("2.5")
    assert [(rule.amount, rule.origin) for rule in corrected.fees] == [(8000, Origin.OVERLAY)]
    assert set(corrected.overlaid) == {"requirement:Giấy A:short", "requirement:Giấy A:kind", "limit", "fees"}
    assert connection.execute(text("SELECT body FROM procedure_record")).scalar_one() == before
    assert [entry.source for entry in overlays(connection, "1.5")] == ["Công văn 12/UBND"] * 4


def test_a_short_name_of_the_site_is_found_by_the_search(connection: Connection) -> None:
    set_overlay(connection, "1.5", "short_name", "Giấy vườn hồng", **BY)
    assert [hit.code for hit in load_index(connection).search("vuon hong").hits] == ["1.5"]


def test_corrections_survive_the_next_import_and_the_lost_ones_are_told(
    connection: Connection, tmp_path: Path
) -> None:
    set_overlay(connection, "1.5", "requirement:Tờ khai:needed", True, **BY)
    set_overlay(connection, "1.5", "requirement:Giấy A:short", "A", **BY)
    later = AT + timedelta(days=1)
    report = import_catalog(connection, [write(tmp_path / "b.json", "Tờ khai", "Giấy B")], later)
    found = procedure(connection, later.date())
    assert [p.name for p in found.cases[0].requirements] == ["Tờ khai", "Giấy B"]
    assert found.cases[0].requirements[0].needed is True
    assert any(
        "requirement:Giấy A:short" in doubt and "vẫn được giữ" in doubt for doubt in report.doubts["1.5"]
    )
    assert len(overlays(connection, "1.5")) == 2
    import_catalog(connection, [write(tmp_path / "c.json", "Tờ khai", "Giấy A")], later)
    assert (
        next(p for p in procedure(connection, later.date()).cases[0].requirements if p.id == "Giấy A").short
        == "A"
    )


def test_a_correction_holds_between_its_days_and_each_state_has_its_version(connection: Connection) -> None:
    plain = procedure(connection)
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    set_overlay(connection, "1.5", "short_name", "Tháng Mười hai", valid_from=first, valid_to=last, **BY)
    names = {
        day: procedure(connection, day).short_name
        for day in (TODAY, first - timedelta(days=1), first, last, last + timedelta(days=1))
    }
    assert list(names.values()) == ["", "", "Tháng Mười hai", "Tháng Mười hai", ""]
    december = procedure(connection, first)
    assert procedure(connection) == plain
    assert december.version != plain.version
    assert get_version(connection, "1.5", december.version) == december


def test_taking_a_correction_off_keeps_the_versions_of_dossiers(connection: Connection) -> None:
    plain = procedure(connection)
    made = set_overlay(connection, "1.5", "short_name", "Tên ngắn", **BY)
    corrected = procedure(connection)
    assert remove_overlay(connection, made.id, author="Lê Thị Minh", at=AT)
    assert not remove_overlay(connection, made.id, author="Lê Thị Minh", at=AT)
    assert procedure(connection) == plain
    assert overlays(connection, "1.5") == []
    assert get_version(connection, "1.5", corrected.version) == corrected


def test_the_last_correction_of_a_part_holds(connection: Connection) -> None:
    set_overlay(connection, "1.5", "short_name", "Một", **BY)
    set_overlay(connection, "1.5", "short_name", "Hai", **BY)
    assert procedure(connection).short_name == "Hai"
    assert [entry.value for entry in overlays(connection, "1.5")] == ["Hai"]


def test_a_paper_outside_the_published_list_needs_a_legal_basis(connection: Connection) -> None:
    new = {"name": "Ảnh 4x6", "originals": 2}
    with pytest.raises(Refused, match="căn cứ pháp lý") as refused:
        set_overlay(connection, "1.5", "requirement:anh", new, **BY)
    assert refused.value.code == "legal_basis"
    set_overlay(connection, "1.5", "requirement:anh", new, legal_basis="Điều 5 Thông tư 1/2026", **BY)
    added = paper(connection, "anh")
    assert (added.name, added.originals, added.origin) == ("Ảnh 4x6", 2, Origin.OVERLAY)
    assert added.legal_basis == "Điều 5 Thông tư 1/2026"


def test_a_line_that_is_no_paper_can_be_taken_off_the_checklist(connection: Connection) -> None:
    set_overlay(connection, "1.5", "requirement:Giấy A", None, **BY)
    assert [p.id for p in procedure(connection).cases[0].requirements] == ["Tờ khai"]


@pytest.mark.parametrize(
    ("part", "value", "more", "words"),
    [
        ("name", "Tên khác", {}, "không sửa được"),
        ("limit", {"amount": "nhiều", "unit": "day"}, {}, "không đúng dạng"),
        ("requirement:Không có:short", "x", {}, "không có phần"),
        ("requirement:Giấy A:originals", "hai", {}, "không đúng dạng"),
        ("requirement:", "x", {}, "không sửa được"),
        ("case:Không có:limit", None, {}, "không có phần"),
        ("fees", 7, {}, "không đúng dạng"),
        ("short_name", "x", {"source": " "}, "cần ghi nguồn"),
        (
            "short_name",
            "x",
            {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)},
            "Ngày hết hiệu lực",
        ),
    ],
)
def test_a_correction_that_can_not_be_is_refused_in_one_sentence(
    connection: Connection, part: str, value: Any, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        set_overlay(connection, "1.5", part, value, **{**BY, **more})
    assert "\n" not in refused.value.reason
    assert overlays(connection, "1.5") == []


REMOTE = {"name": "Xã miền núi, biên giới, hải đảo", "limit": {"amount": 13, "unit": "working_day"}}


def test_a_remote_commune_is_a_case_of_the_sites_own_with_its_longer_limit(connection: Connection) -> None:
    set_overlay(connection, "1.5", "case:1.5-mien-nui", REMOTE, **BY, valid_from=date(2026, 7, 1))
    usual, remote = procedure(connection).cases
    assert [p.id for p in remote.requirements] == [p.id for p in usual.requirements] == ["Tờ khai", "Giấy A"]
    assert procedure(connection).limit_for(usual) == Limit(amount=Decimal(3), unit=LimitUnit.WORKING_DAY)
    assert procedure(connection).limit_for(remote) == Limit(amount=Decimal(13), unit=LimitUnit.WORKING_DAY)
    assert len(procedure(connection, date(2026, 6, 30)).cases) == 1
    longer = {**REMOTE, "limit": {"amount": 15, "unit": "working_day"}}
    set_overlay(connection, "1.5", "case:1.5-mien-nui", longer, **BY, valid_from=date(2026, 11, 1))
    assert [c.limit and c.limit.amount for c in procedure(connection).cases] == [None, 15]


@pytest.mark.parametrize(
    "value",
    [
        {"name": "Xã đảo"},
        {"limit": REMOTE["limit"]},
        {**REMOTE, "like": "không có"},
        {**REMOTE, "limit": "13 ngày"},
        5,
        None,
    ],
)
def test_a_case_without_name_or_limit_is_refused(connection: Connection, value: Any) -> None:
    with pytest.raises(Refused, match=r"cần có tên|không đúng dạng"):
        set_overlay(connection, "1.5", "case:1.5-dao", value, **BY)
    assert len(procedure(connection).cases) == 1


def test_an_unknown_procedure_is_refused(connection: Connection) -> None:
    with pytest.raises(Refused, match=r"9\.9"):
        set_overlay(connection, "9.9", "short_name", "x", **BY)


def test_texts_of_corrections_are_cleaned(connection: Connection) -> None:
    set_overlay(connection, "1.5", "short_name", "Tên\x1b[31m ngắn\u202e", **BY)
    assert procedure(connection).short_name == "Tên ngắn"


def test_an_own_entry_without_papers_does_not_hide_the_published_list(
    connection: Connection, tmp_path: Path
) -> None:
    entry = tmp_path / "own.toml"
    entry.write_text(
        'format = 1\n[[procedure]]\ncode = "1.5"\nname = "Đăng ký thử"\nshort_name = "ĐK thử"\n',
        encoding="utf-8",
    )
    import_catalog(connection, [entry], AT)
    found = get_procedure(connection, "1.5", TODAY)
    assert found is not None
    assert found.short_name == "ĐK thử"
    assert [line.name for line in found.case().requirements] == ["Tờ khai", "Giấy A"]
    limit = found.limit_for(found.case())
    assert limit is not None
    assert limit.amount == 3
