"""Catalogue sources are read whole or not at all, and every version is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.procedure import Channel, LimitUnit, Origin
from tthc_tui.store.catalog import (
    CatalogError,
    get_procedure,
    get_version,
    import_catalog,
    read_source,
    shipped_catalog,
)
from tthc_tui.store.migrations import schema
from tthc_tui.store.search import load_index

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the portal's records are not on this machine")

AT = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
TODAY = AT.date()
HEADER = "code\tname\tlinh_vuc\tco_quan\tban_hanh\tdoi_tuong\ttype\tstate"


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        for statement in schema():
            opened.exec_driver_sql(statement)
        yield opened
    engine.dispose()


def detail(code: str = "1.999001", name: str = "Đăng ký thử", **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "executionCases": [{"name": "", "profileComponents": [component("Tờ khai")]}],
        "executionMethods": [method("DIRECT", 3, "WORKING_DAY")],
        **more,
    }


def component(name: str, originals: int = 1, copies: int = 0, code: str = "") -> dict[str, Any]:
    return {"name": name, "code": code or name[:20], "originalQty": originals, "copyQty": copies}


def method(channel: str, time: Any, unit: str, description: str = "", fees: Any = ()) -> dict[str, Any]:
    return {
        "submissionMethod": channel,
        "processingTime": time,
        "processingTimeUnit": unit,
        "description": description,
        "fees": list(fees),
    }


def write(path: Path, *records: Any) -> Path:
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    return path


def index(path: Path, *rows: tuple[str, str]) -> Path:
    lines = [
        f"{code}\t{name}\tHộ tịch\tỦy ban nhân dân cấp xã\tBộ Tư pháp\tCông dân\tSTANDARD\tACTIVE"
        for code, name in rows
    ]
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def catalog(path: Path, body: str = "") -> Path:
    text = f'format = 1\n\n[[procedure]]\ncode = "1.999001"\nname = "Đăng ký thử"\n{body}'
    if "procedure.case" not in body:
        text += '\n  [[procedure.case]]\n  name = "Thông thường"\n'
    path.write_text(text, encoding="utf-8")
    return path


def count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def in_force(connection: Connection, code: str) -> bool:
    return next(hit.in_force for hit in load_index(connection).search(code).hits if hit.code == code)


# --- the real records -------------------------------------------------------------------------------------


@needs_data
def test_every_record_and_row_of_the_portal_comes_in_and_a_second_time_changes_nothing(
    connection: Connection,
) -> None:
    files = [DATA / "portal-details.jsonl", DATA / "portal-index.tsv", DATA / "nq66-7.json"]
    report = import_catalog(connection, files, AT)
    assert report.read == {"portal": 408, "index": 5670, "databases": 761}
    assert report.procedures == 5670 == count(connection, "procedure")
    again = import_catalog(connection, list(reversed(files)), AT + timedelta(days=1))
    assert (again.added, again.changed, again.gone) == (0, 0, [])

    birth = get_procedure(connection, "1.001193", TODAY)
    assert birth is not None
    papers = [paper for paper in birth.cases[0].requirements if paper.kind != "note"]
    assert len(papers) == 8
    assert len(birth.cases[0].requirements) == 33
    assert {paper.kind for paper in papers if "Hộ chiếu/Thẻ căn cước" in paper.name} == {"present"}
    assert all(fee.amount is None and not fee.free for fee in birth.fees)
    card = next(paper for paper in papers if "Hộ chiếu/Thẻ căn cước" in paper.name)
    assert card.database == "CSDL quốc gia về dân cư"
    assert "66.7/2025" in card.database_basis

    building = get_procedure(connection, "1.013225", TODAY)
    assert building is not None
    assert len(building.cases) == 7
    assert any("10 ngày làm việc" in doubt and "20 ngày" in doubt for doubt in building.doubts)
    assert any("07 ngày làm việc" in doubt for doubt in building.doubts)
    assert any("1.013225.01" in doubt for doubt in building.doubts)

    shared = [hit.code for hit in load_index(connection).search("1.014325").hits]
    assert {"1.014325", "1.014325#2"} <= set(shared)
    again_married = get_procedure(connection, "1.004746", TODAY)
    assert again_married is not None
    assert again_married.terms[0].limit is None
    assert report.to_json()
    assert "1.013225" in report.doubts


@needs_data
def test_a_folder_with_other_files_in_it_imports_what_it_knows_and_names_the_rest(
    connection: Connection,
) -> None:
    report = import_catalog(connection, [DATA], AT)
    assert report.procedures == 5670
    assert set(report.skipped) >= {"cantho-procedures.json", "procedures-facts.json"}


def test_the_shipped_catalogue_is_sound(connection: Connection) -> None:
    report = import_catalog(connection, [shipped_catalog()], AT)
    assert report.procedures >= 60
    birth = get_procedure(connection, "1.001193", TODAY)
    assert birth is not None
    assert birth.origin is Origin.CATALOG
    assert birth.short_name


# --- shapes of input --------------------------------------------------------------------------------------


def test_records_come_with_or_without_envelope_in_lines_single_files_lists_and_folders(
    connection: Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "records"
    (folder / "more").mkdir(parents=True)
    write(folder / "a.jsonl", {"code": "OK", "data": detail("1.000001"), "message": "OK"}, detail("1.000002"))
    write(folder / "more" / "b.json", detail("1.000003"))
    write(folder / "c.json", [detail("1.000004"), {"code": "OK", "data": detail("1.000005"), "message": ""}])
    (folder / "readme.txt").write_text("không phải danh mục", encoding="utf-8")
    (folder / "other.json").write_text('{"hello": 1}', encoding="utf-8")
    report = import_catalog(connection, [folder], AT)
    assert report.procedures == 5
    assert sorted(report.skipped) == ["other.json", "readme.txt"]


def test_the_code_is_only_trimmed(connection: Connection, tmp_path: Path) -> None:
    import_catalog(connection, [index(tmp_path / "i.tsv", (" 1.014325", "A"), ("1.014955-Xoa", "B"))], AT)
    assert get_procedure(connection, "1.014325", TODAY) is not None
    assert get_procedure(connection, " 1.014955-Xoa ", TODAY) is not None


def test_two_procedures_under_one_code_both_stay_whatever_their_order(
    connection: Connection, tmp_path: Path
) -> None:
    rows = [(" 1.014325", "Tư vấn pháp luật"), ("1.014325", "Chương trình công tác")]
    import_catalog(connection, [index(tmp_path / "i.tsv", *rows)], AT)
    import_catalog(connection, [index(tmp_path / "j.tsv", *reversed(rows))], AT + timedelta(days=1))
    first, second = (get_procedure(connection, code, TODAY) for code in ("1.014325", "1.014325#2"))
    assert first is not None
    assert first.name == "Chương trình công tác"
    assert second is not None
    assert second.name == "Tư vấn pháp luật"
    assert any("cùng mang mã" in doubt for doubt in first.doubts)


def test_a_repeated_record_keeps_the_later_update_and_says_so(connection: Connection, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", detail(name="Mới", updatedAt=2), detail(name="Cũ", updatedAt=1))
    report = import_catalog(connection, [path], AT)
    found = get_procedure(connection, "1.999001", TODAY)
    assert found is not None
    assert found.name == "Mới"
    assert any("hai bản ghi" in doubt for doubt in report.doubts["1.999001"])


def test_control_and_escape_characters_and_tags_never_come_in(connection: Connection, tmp_path: Path) -> None:
    name = "Đăng\x1b[31m ký\x00 <b>thử</b>\u202e &amp; nộp"
    nasty = detail(name=name, executionSteps=[{"name": "", "description": "Bước 1<br>\x9b2JBước 2"}])
    import_catalog(connection, [write(tmp_path / "a.jsonl", nasty)], AT)
    found = get_procedure(connection, "1.999001", TODAY)
    assert found is not None
    assert found.name == "Đăng ký thử & nộp"
    assert found.steps == "Bước 1\nBước 2"


# --- malformed input --------------------------------------------------------------------------------------

GOOD = json.dumps(detail("1.000001"))

BROKEN: list[tuple[str, bytes, int, str]] = [
    ("a.jsonl", f"{GOOD}\n{GOOD[:80]}".encode(), 2, "JSON"),
    ("a.jsonl", f'{GOOD}\n{{"hello": 1}}'.encode(), 2, "không phải bản ghi"),
    ("a.jsonl", f'{GOOD}\n{{"code": "ERROR", "data": null, "message": "Not found"}}'.encode(), 2, "Not found"),
    ("a.jsonl", f"{GOOD}\n\n{json.dumps(detail(name=' '))}".encode(), 3, "thiếu tên"),
    ("a.jsonl", f"{GOOD}\n{json.dumps(detail(executionCases=[7]))}".encode(), 2, "không đúng dạng"),
    ("a.jsonl", GOOD.encode() + b'\n{"code": "\xff\xfe"}', 2, "UTF-8"),
    ("a.json", b'[\n{"code": 1,\n"name" 2}]', 3, "JSON"),
    ("a.json", f"[{GOOD},\n{GOOD},\n\n5]".encode(), 4, "mục thứ 3"),
    ("a.json", b'{"hello": 1}', 1, "không nhận ra"),
    ("a.json", b"[" * 100_000, 1, "JSON"),
    ("a.jsonl", b"  \n", 1, "trống"),
    ("a.tsv", b"code\tname\n1.000001\tA\n", 1, "dòng đầu"),
    ("a.tsv", f"{HEADER}\n1.000001\tA\n".encode(), 2, "có 2 cột, cần 8"),
    ("a.tsv", f"{HEADER}\n{'x' * 5}{chr(9) * 7}\n".encode(), 2, "thiếu tên"),
    ("a.tsv", f"{HEADER}\n".encode(), 1, "không có thủ tục"),
    ("a.toml", b"format = 1\n[[procedure]\n", 2, "TOML"),
    ("a.toml", b'[[procedure]]\ncode = "1"\nname = "A"\n', 1, "format"),
    ("a.toml", b'format = 1\n[[procedure]]\ncode = "1"\n', 2, "thiếu “name”"),
    ("a.toml", b'format = 1\n[[procedure]]\ncode = "1"\nname = "A"\nnmae = "B"\n', 5, "từ lạ “nmae”"),
    ("a.toml", b'format = 1\n[[procedure]]\ncode = "1"\nname = "A"\nlimit = {amount = "x", unit = "day"}\n', 5, "amount"),
    ("a.toml", b'format = 1\n[[procedure]]\ncode = "1"\nname = "A"\n\n[[procedure]]\ncode = "1"\nname = "B"\n', 7, "đã có"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "line", "words"), BROKEN)
def test_a_malformed_file_is_one_sentence_with_file_and_line_and_nothing_comes_in(
    connection: Connection, tmp_path: Path, name: str, content: bytes, line: int, words: str
) -> None:
    good = write(tmp_path / "good.jsonl", detail("1.000009"))
    bad = tmp_path / name
    bad.write_bytes(content)
    with pytest.raises(CatalogError) as caught:
        import_catalog(connection, [good, bad], AT)
    said = str(caught.value)
    assert f"“{name}”, dòng {line}:" in said
    assert words in said
    assert "\n" not in said
    assert count(connection, "procedure_record") == count(connection, "procedure") == 0


def test_a_missing_file_an_unknown_kind_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_text("x")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, words in (
        (tmp_path / "none.json", "không tìm thấy"),
        (tmp_path / "a.docx", "không phải tệp danh mục"),
        (empty, "không có tệp danh mục"),
    ):
        with pytest.raises(CatalogError, match=words):
            list(read_source(path))


# --- which source wins, and versions ----------------------------------------------------------------------


@pytest.mark.parametrize("reverse", [False, True])
def test_details_win_over_the_index_and_the_checked_entry_over_both_in_any_order(
    connection: Connection, tmp_path: Path, reverse: bool
) -> None:
    paths = [
        index(tmp_path / "i.tsv", ("1.999001", "Tên trong danh mục"), ("1.999002", "Chỉ có trong danh mục")),
        write(
            tmp_path / "d.jsonl", detail(name="Tên trong bản ghi", executionSteps=[{"description": "Bước 1"}])
        ),
    ]
    import_catalog(connection, paths[::-1] if reverse else paths, AT)
    found = get_procedure(connection, "1.999001", TODAY)
    assert found is not None
    assert found.name == "Tên trong bản ghi"
    import_catalog(
        connection, [catalog(tmp_path / "c.toml", 'limit = { amount = "7.5", unit = "day" }\n')], AT
    )
    found = get_procedure(connection, "1.999001", TODAY)
    assert found is not None
    assert (found.name, found.origin, found.steps) == ("Đăng ký thử", Origin.CATALOG, "Bước 1")
    limit = found.limit_for(found.case(), Channel.DIRECT)
    assert limit is not None
    assert (limit.amount, limit.unit) == (Decimal("7.5"), LimitUnit.DAY)
    assert any("7,5 ngày" in doubt and "03 ngày làm việc" in doubt for doubt in found.doubts)
    import_catalog(
        connection, [write(tmp_path / "d2.jsonl", detail(name="Bản ghi sau"))], AT + timedelta(days=1)
    )
    found = get_procedure(connection, "1.999001", TODAY + timedelta(days=1))
    assert found is not None
    assert found.name == "Đăng ký thử"


def test_a_dossier_finds_the_version_it_was_received_under(connection: Connection, tmp_path: Path) -> None:
    import_catalog(connection, [write(tmp_path / "a.jsonl", detail(name="Tên cũ"))], AT)
    old = get_procedure(connection, "1.999001", TODAY)
    later = AT + timedelta(days=30)
    report = import_catalog(connection, [write(tmp_path / "a.jsonl", detail(name="Tên mới"))], later)
    new = get_procedure(connection, "1.999001", later.date())
    assert old is not None
    assert new is not None
    assert report.changed == 1
    assert (old.name, new.name) == ("Tên cũ", "Tên mới")
    assert old.version
    assert old.version != new.version
    assert get_version(connection, "1.999001", old.version) == old
    assert get_version(connection, "1.999001", new.version) == new
    assert get_version(connection, "1.999001", "none") is None
    yesterday = get_procedure(connection, "1.999001", later.date() - timedelta(days=1))
    assert yesterday is not None
    assert yesterday.name == "Tên cũ"


def test_an_entry_for_a_coming_day_waits_for_it(connection: Connection, tmp_path: Path) -> None:
    import_catalog(connection, [catalog(tmp_path / "a.toml", 'short_name = "Nay"\n')], AT)
    import_catalog(
        connection, [catalog(tmp_path / "b.toml", 'short_name = "Mai"\nvalid_from = 2027-01-01\n')], AT
    )
    days = {date(2026, 12, 31): "Nay", date(2027, 1, 1): "Mai"}
    for day, name in days.items():
        found = get_procedure(connection, "1.999001", day)
        assert found is not None
        assert found.short_name == name


def test_what_a_full_index_no_longer_lists_stays_but_is_not_in_force_until_it_is_back(
    connection: Connection, tmp_path: Path
) -> None:
    rows = [(f"1.00000{n}", f"Thủ tục {n}") for n in range(8)]
    import_catalog(connection, [index(tmp_path / "a.tsv", *rows)], AT)
    report = import_catalog(connection, [index(tmp_path / "b.tsv", *rows[1:])], AT + timedelta(days=1))
    assert report.gone == ["1.000000"]
    assert get_procedure(connection, "1.000000", TODAY) is not None
    assert not in_force(connection, "1.000000")
    assert in_force(connection, "1.000001")
    report = import_catalog(connection, [index(tmp_path / "a.tsv", *rows)], AT + timedelta(days=2))
    assert report.back == ["1.000000"]
    assert in_force(connection, "1.000000")


def test_a_part_of_the_index_takes_nothing_out_of_force(connection: Connection, tmp_path: Path) -> None:
    rows = [(f"1.00000{n}", f"Thủ tục {n}") for n in range(8)]
    import_catalog(connection, [index(tmp_path / "a.tsv", *rows)], AT)
    report = import_catalog(connection, [index(tmp_path / "b.tsv", *rows[:2])], AT + timedelta(days=1))
    assert report.gone == []
    assert any("một phần" in line for line in report.general)
    assert in_force(connection, "1.000007")


def test_papers_replaced_by_databases_are_marked_or_said_in_the_notes(
    connection: Connection, tmp_path: Path
) -> None:
    record = detail(
        executionCases=[
            {"name": "", "profileComponents": [component("Bản sao thẻ căn cước"), component("Đơn")]}
        ]
    )
    annex = [
        {"code": "1.999001", "name": "", "doc": "Căn cước", "csdl": "Cơ sở dữ liệu dân cư quốc gia", "vb": "NĐ 1", "dieu": "Điều 2"},
        {"code": "1.999001", "name": "", "doc": "Giấy chứng tử", "csdl": "CSDL hộ tịch về điện tử; CSDL dân cư", "vb": ""},
    ]  # fmt: skip
    (tmp_path / "nq.json").write_text(json.dumps(annex), encoding="utf-8")
    import_catalog(connection, [tmp_path / "nq.json", write(tmp_path / "a.jsonl", record)], AT)
    found = get_procedure(connection, "1.999001", TODAY)
    assert found is not None
    marked = {paper.name: paper.database for paper in found.cases[0].requirements}
    assert marked == {"Đơn": "", "Bản sao thẻ căn cước": "CSDL quốc gia về dân cư"}
    assert any(
        "Giấy chứng tử" in note and "CSDL hộ tịch điện tử; CSDL quốc gia về dân cư" in note
        for note in found.notes
    )


def test_progress_ends_at_the_total(connection: Connection, tmp_path: Path) -> None:
    rows = [(f"1.{n:06}", f"Thủ tục {n}") for n in range(700)]
    seen: list[tuple[int, int]] = []
    import_catalog(
        connection, [index(tmp_path / "a.tsv", *rows)], AT, lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (700, 700)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
