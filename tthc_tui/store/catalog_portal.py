"""Records of the national portal, as it returns them, made into procedures (law.md §3.3 and §4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.procedure import Case, Origin, Procedure
from tthc_tui.core.text import fold
from tthc_tui.store.catalog_papers import USUAL, read_cases
from tthc_tui.store.catalog_records import (
    CatalogError,
    Layer,
    ParsedProcedure,
    ParsedReplacement,
    Replacement,
    line_of,
    lines_of,
)
from tthc_tui.store.catalog_terms import PortalCase, read_fees, read_portal_cases, read_terms

PORTAL = "Cổng Dịch vụ công quốc gia"
INDEX_COLUMNS = ("code", "name", "linh_vuc", "co_quan", "ban_hanh", "doi_tuong", "type", "state")

_LEVELS = (("isMinistry", "Bộ"), ("isProvince", "Tỉnh"), ("isWard", "Xã"), ("isOtherAgency", "Cơ quan khác"))
_LEVEL_WORDS = (
    ("Xã", re.compile(r"cap xa|\bxa\b|\bphuong\b|cap co so")),
    ("Tỉnh", re.compile(r"cap tinh|\btinh\b|^so |; so |thanh pho|co quan chuyen mon")),
    ("Bộ", re.compile(r"^bo |; bo |^cuc |; cuc |^tong cuc|chinh phu|ngan hang nha nuoc viet nam")),
)
_LONG_NAME = 300


def is_detail(document: object) -> bool:
    """Whether a JSON document looks like a record of the portal, with or without its envelope."""
    if not isinstance(document, Mapping):
        return False
    if {"code", "data"} <= document.keys():
        return True
    return {"code", "name"} <= document.keys() and "executionCases" in document


def read_detail(document: Mapping[str, Any], path: Path, line: int) -> ParsedProcedure:
    """One full record, with or without the envelope {code, data, message}; CatalogError where it is none."""
    record: object = document
    if "data" in document and "executionCases" not in document:
        record = document["data"]
        if not isinstance(record, Mapping):
            said = line_of(document.get("message")) or line_of(document.get("code"))
            raise CatalogError(path, f"Cổng trả về lỗi “{said[:80]}” thay cho bản ghi thủ tục", line)
    assert isinstance(record, Mapping)
    code, name = line_of(record.get("code")), line_of(record.get("name"))
    if not code or not name:
        raise CatalogError(path, f"bản ghi thiếu {'mã' if not code else 'tên'} thủ tục", line)
    try:
        procedure = _procedure(record, code, name)
        changed = int(record.get("updatedAt") or 0)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise CatalogError(path, f"bản ghi của thủ tục {code[:40]} không đúng dạng của Cổng", line) from error
    return ParsedProcedure(procedure, Layer.PORTAL, path, line, changed)


def _procedure(record: Mapping[str, Any], code: str, name: str) -> Procedure:
    doubts: list[str] = []
    if str(record["code"]) != code:
        doubts.append(f"Mã trong nguồn có khoảng trắng thừa: “{str(record['code'])[:40]}”.")
    if len(name) > _LONG_NAME:
        doubts.append(f"Tên thủ tục dài {len(name)} ký tự; nên đặt tên rút gọn.")
    fields = record.get("categoriesDetails") or [record.get("category") or {}]
    portal_cases = read_portal_cases(record)
    cases = _with_case_codes(read_cases(record, doubts), portal_cases, doubts)
    return Procedure(
        code=code,
        name=name,
        field_code=line_of(fields[0].get("code")),
        field_name=line_of(fields[0].get("name")),
        promulgator=line_of(record.get("departmentPromulgateName")),
        executing=line_of(record.get("executingAgencies"))
        or _names(record, "departmentsExecuting", "unitGroupsExecuting", "unitGroupsAuthority"),
        levels=tuple(word for flag, word in _LEVELS if record.get(flag)),
        kind=line_of(record.get("type")) or "STANDARD",
        state=line_of(record.get("state")),
        subjects=tuple(_each_name(record.get("subjectTypesDetails"))),
        terms=read_terms(record, portal_cases, doubts),
        cases=cases,
        fees=read_fees(record, doubts),
        results=tuple(_each_name(record.get("resultsDetails"))),
        legal_bases=tuple(_legal_bases(record)),
        steps=_steps(record),
        conditions=lines_of(record.get("requirementsAndConditions")),
        notes=tuple(filter(None, (lines_of(record.get("note")),))),
        keywords=tuple(
            filter(None, (line_of(word) for word in str(record.get("keywords") or "").split(";")))
        ),
        non_territorial=bool(record.get("isNonTerritorial")),
        source=_source(record),
        source_date=_day(record.get("updatedAt")),
        origin=Origin.IMPORTED,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _with_case_codes(
    cases: tuple[Case, ...], portal: Sequence[PortalCase], doubts: list[str]
) -> tuple[Case, ...]:
    """The usual case takes the code of the only case of the portal; others can't be matched by anything."""
    codes = [case.code for case in portal if case.code]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        doubts.append(f"Mã trường hợp bị lặp: {', '.join(repeated)}.")
    if len(cases) == 1 and cases[0].name == USUAL and len(set(codes)) == 1:
        return (cases[0].model_copy(update={"code": codes[0]}),)
    return cases


def _names(record: Mapping[str, Any], *keys: str) -> str:
    return next(("; ".join(names) for key in keys if (names := _each_name(record.get(key)))), "")


def _each_name(items: Iterable[Mapping[str, Any]] | None) -> list[str]:
    return list(dict.fromkeys(filter(None, (line_of(item.get("name")) for item in items or ()))))


def _legal_bases(record: Mapping[str, Any]) -> Iterable[str]:
    for item in record.get("legalBasisesDetails") or ():
        number, name = line_of(item.get("code")), line_of(item.get("name"))
        yield name if not number or number in name else f"{number} {name}".strip()


def _steps(record: Mapping[str, Any]) -> str:
    parts = []
    for step in record.get("executionSteps") or ():
        title, text = line_of(step.get("name")), lines_of(step.get("description"))
        parts.append(f"{title}\n{text}".strip())
    return "\n".join(filter(None, parts))


def _source(record: Mapping[str, Any]) -> str:
    proposal = record.get("procedureProposal") or {}
    number = line_of(proposal.get("proposalNumber"))
    day = _day(proposal.get("decisionDate"))
    decided = f", Quyết định {number}" + (f" ngày {day:%d/%m/%Y}" if day else "") if number else ""
    return PORTAL + decided


def _day(millis: object) -> date | None:
    """The day, in Vietnam, of the portal's milliseconds since 1970 UTC; None where they make no date."""
    if not isinstance(millis, int | float) or isinstance(millis, bool):
        return None
    try:
        return (datetime(1970, 1, 1, tzinfo=VIETNAM) + timedelta(milliseconds=millis, hours=7)).date()
    except OverflowError:
        return None


def read_index(lines: Sequence[str], path: Path) -> list[ParsedProcedure]:
    """The rows of the portal's list: tab-separated with the header INDEX_COLUMNS; CatalogError otherwise.

    The portal lists two different procedures under one code (" 1.014325" and "1.014325"): the one whose code
    is written cleanly keeps it, the other gets "#2" behind, so that neither is lost.
    """
    header = tuple(column.strip() for column in lines[0].split("\t")) if lines else ()
    if header != INDEX_COLUMNS:
        raise CatalogError(
            path, f"dòng đầu phải gồm các cột {', '.join(INDEX_COLUMNS)} cách nhau bằng Tab", 1
        )
    rows: dict[str, tuple[bool, ParsedProcedure]] = {}
    for number, text in enumerate(lines[1:], 2):
        if not text.strip():
            continue
        cells = text.split("\t")
        if len(cells) != len(header):
            raise CatalogError(path, f"có {len(cells)} cột, cần {len(header)} cột", number)
        row = dict(zip(header, cells, strict=True))
        parsed = _index_row(row, path, number)
        _place(rows, parsed, clean_code=row["code"] == parsed.procedure.code)
    if not rows:
        raise CatalogError(path, "danh mục không có thủ tục nào", 1)
    return [parsed for _, parsed in rows.values()]


def _index_row(row: Mapping[str, str], path: Path, line: int) -> ParsedProcedure:
    code, name = line_of(row["code"]), line_of(row["name"])
    if not code or not name:
        raise CatalogError(path, f"dòng thiếu {'mã' if not code else 'tên'} thủ tục", line)
    doubts = []
    if row["code"] != code:
        doubts.append(f"Mã trong nguồn có khoảng trắng thừa: “{row['code'][:40]}”.")
    executing = line_of(row["co_quan"])
    procedure = Procedure(
        code=code,
        name=name,
        field_name=line_of(row["linh_vuc"]),
        promulgator=line_of(row["ban_hanh"]),
        executing=executing,
        levels=_levels(executing),
        kind=line_of(row["type"]) or "STANDARD",
        state=line_of(row["state"]),
        subjects=tuple(filter(None, (line_of(part) for part in row["doi_tuong"].split(";")))),
        notes=("Mới có tên trong danh mục của Cổng, chưa có thành phần hồ sơ và thời hạn.",),
        source=f"{PORTAL}, danh mục thủ tục",
        origin=Origin.IMPORTED,
        doubts=tuple(doubts),
    )
    return ParsedProcedure(procedure, Layer.INDEX, path, line)


def _levels(executing: str) -> tuple[str, ...]:
    """The levels that the names of the executing bodies speak of; the list itself has no such column."""
    folded = fold(executing)
    return tuple(level for level, words in _LEVEL_WORDS if words.search(folded))


def _place(rows: dict[str, tuple[bool, ParsedProcedure]], parsed: ParsedProcedure, clean_code: bool) -> None:
    code = parsed.procedure.code
    before = rows.get(code)
    if before is None:
        rows[code] = (clean_code, parsed)
        return
    if before[1].procedure.name == parsed.procedure.name:
        doubt = f"Danh mục ghi mã {code} hai lần (dòng {before[1].line} và {parsed.line}); dùng dòng sau."
        rows[code] = (clean_code, _doubted(parsed, code, doubt))
        return
    keeps, moves = (before, (clean_code, parsed)) if before[0] or not clean_code else ((True, parsed), before)
    number = next(n for n in range(2, len(rows) + 3) if f"{code}#{n}" not in rows)
    doubt = f"Hai thủ tục khác nhau cùng mang mã {code} (dòng {keeps[1].line} và {moves[1].line})."
    rows[code] = (keeps[0], _doubted(keeps[1], code, doubt))
    rows[f"{code}#{number}"] = (True, _doubted(moves[1], f"{code}#{number}", doubt))


def _doubted(parsed: ParsedProcedure, code: str, doubt: str) -> ParsedProcedure:
    doubts = (*parsed.procedure.doubts, doubt)
    procedure = parsed.procedure.model_copy(update={"code": code, "doubts": doubts})
    return ParsedProcedure(procedure, parsed.layer, parsed.path, parsed.line, parsed.changed)


_DATABASES = (
    (re.compile(r"dang ky doanh"), "CSDL quốc gia về đăng ký doanh nghiệp"),
    (re.compile(r"dan cu"), "CSDL quốc gia về dân cư"),
    (re.compile(r"dat dai"), "CSDL quốc gia về đất đai"),
    (re.compile(r"ho tich"), "CSDL hộ tịch điện tử"),
    (re.compile(r"dang ky xe"), "CSDL đăng ký xe"),
    (re.compile(r"can cuoc"), "CSDL căn cước"),
    (re.compile(r"ly lich tu phap"), "CSDL lý lịch tư pháp"),
    (re.compile(r"giay phep lai xe"), "CSDL giấy phép lái xe"),
    (re.compile(r"hop tac xa"), "CSDL về hợp tác xã"),
    (re.compile(r"ho kinh doanh"), "CSDL về hộ kinh doanh"),
    (re.compile(r"ho chieu"), "CSDL cấp, quản lý hộ chiếu phổ thông"),
    (re.compile(r"bao hiem|bhxh"), "CSDL quốc gia về bảo hiểm"),
    (re.compile(r"y te"), "CSDL quốc gia về y tế"),
    (re.compile(r"so suc khoe"), "CSDL sổ sức khỏe điện tử"),
    (re.compile(r"tre em"), "CSDL trẻ em"),
    (re.compile(r"dinh danh dien tu to chuc"), "CSDL định danh điện tử tổ chức"),
)


def databases(text: str) -> str:
    """The databases a cell of the annex names, each by one spelling, joined by "; "; unknown ones as written."""
    folded = fold(text)
    found = {match.start(): name for pattern, name in _DATABASES if (match := pattern.search(folded))}
    return "; ".join(dict.fromkeys(found[at] for at in sorted(found))) or line_of(text).rstrip(" .;")


def is_replacement(document: object) -> bool:
    """Whether a JSON object is a row of the annex of Resolution 66.7/2025/NQ-CP."""
    return isinstance(document, Mapping) and {"code", "doc", "csdl"} <= document.keys()


def read_replacement(row: Mapping[str, Any], path: Path, line: int) -> ParsedReplacement:
    """A row of the annex of Resolution 66.7/2025/NQ-CP; CatalogError where code or paper is missing.

    In some rows the paper's column is empty and everything stands one column to the left.
    """
    code, paper, database = line_of(row.get("code")), line_of(row.get("doc")), line_of(row.get("csdl"))
    basis = [line_of(row.get("dieu")), line_of(row.get("vb"))]
    if fold(paper).startswith(("co so du lieu", "csdl")):
        paper, database, basis = "", paper, [line_of(row.get("vb")), line_of(row.get("bo"))]
    if not code or not database:
        raise CatalogError(path, "dòng thiếu mã thủ tục hoặc tên cơ sở dữ liệu", line)
    source = "Nghị quyết 66.7/2025/NQ-CP" + "".join(f"; {part}" for part in basis if part)
    return ParsedReplacement(
        code,
        line_of(row.get("name")),
        Replacement(unbulleted_paper(paper), databases(database), source),
        path,
        line,
    )


def unbulleted_paper(paper: str) -> str:
    """The paper's name without dashes in front."""
    return paper.lstrip("-+ ").rstrip(" ;.")
