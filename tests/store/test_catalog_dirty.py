"""What the portal's records are really like, and what the officer is told about it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tthc_tui.core.procedure import Channel, FeeKind, LimitUnit, PaperKind, Procedure
from tthc_tui.store.catalog import ImportReport, read_source
from tthc_tui.store.catalog_records import ParsedProcedure


def component(name: str, originals: int = 1, copies: int = 0, **more: Any) -> dict[str, Any]:
    return {"name": name, "code": name[:30], "originalQty": originals, "copyQty": copies, **more}


def method(
    channel: str, time: Any = 3, unit: str = "WORKING_DAY", note: str = "", *fees: dict[str, Any]
) -> dict[str, Any]:
    return {
        "submissionMethod": channel,
        "processingTime": time,
        "processingTimeUnit": unit,
        "description": note,
        "fees": list(fees),
    }


def fee(value: Any, text: str, kind: str = "FEE", currency: str = "") -> dict[str, Any]:
    return {"type": kind, "value": value, "description": text, "currencyName": currency}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def record(*, groups: Any = (), methods: Any = (), **more: Any) -> Procedure:
        document = {
            "code": "1.999001",
            "name": "Đăng ký thử",
            "executionCases": [{"name": name, "profileComponents": parts} for name, parts in groups],
            "executionMethods": list(methods),
            **more,
        }
        path = tmp_path / "a.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        (parsed,) = read_source(path)
        assert isinstance(parsed, ParsedProcedure)
        return parsed.procedure

    return record


def kinds(procedure: Procedure) -> dict[str, PaperKind]:
    return {paper.name: paper.kind for case in procedure.cases for paper in case.requirements}


def test_notes_and_headings_are_no_papers_but_a_paper_without_counts_is(read: Any) -> None:
    procedure = read(
        groups=[
            (
                "* Giấy tờ phải xuất trình:",
                [
                    component("- Trường hợp gửi qua bưu chính thì phải gửi kèm bản sao.", 0),
                    component("- Giấy tờ có giá trị chứng minh thông tin về cư trú;", 0),
                    component("Hộ chiếu hoặc thẻ căn cước", 1),
                ],
            ),
            ("* Lưu ý :", [component("Giấy tờ do nước ngoài cấp phải được hợp pháp hóa lãnh sự", 0)]),
            (
                "",
                [
                    component("Người yêu cầu nộp/xuất trình các giấy tờ sau:", 0),
                    component("Văn bản ủy quyền (nếu có)", 1),
                    component("- Tờ khai theo mẫu;", 1),
                ],
            ),
        ]
    )
    assert kinds(procedure) == {
        "Tờ khai theo mẫu": PaperKind.SUBMIT,
        "Văn bản ủy quyền (nếu có)": PaperKind.SUBMIT,
        "Giấy tờ có giá trị chứng minh thông tin về cư trú": PaperKind.PRESENT,
        "Hộ chiếu hoặc thẻ căn cước": PaperKind.PRESENT,
        "Trường hợp gửi qua bưu chính thì phải gửi kèm bản sao.": PaperKind.NOTE,
        "Giấy tờ do nước ngoài cấp phải được hợp pháp hóa lãnh sự": PaperKind.NOTE,
        "Người yêu cầu nộp/xuất trình các giấy tờ sau:": PaperKind.NOTE,
    }
    order = [paper.kind for paper in procedure.cases[0].requirements]
    assert order == sorted(order, key=list(PaperKind).index)
    assert procedure.cases[0].requirements[0].name == "Tờ khai theo mẫu"
    assert procedure.cases[0].requirements[1].needed is False
    assert any("0 bản chính" in doubt for doubt in procedure.doubts)
    assert any("3 trong 7 dòng" in doubt for doubt in procedure.doubts)


def test_groups_that_are_cases_become_cases_and_share_what_belongs_to_none(read: Any) -> None:
    procedure = read(
        groups=[
            ("(1.1) Đối với công trình không theo tuyến:", [component("Bản vẽ A")]),
            ("(1.2) Đối với nhà ở riêng lẻ:", [component("Bản vẽ B"), component("Bản vẽ B")]),
            ("", [component("Đơn đề nghị")]),
            ("* Lưu ý:", [component("Người nộp phải ký từng trang", 0)]),
        ]
    )
    assert [case.name for case in procedure.cases] == [
        "(1.1) Đối với công trình không theo tuyến",
        "(1.2) Đối với nhà ở riêng lẻ",
    ]
    for case in procedure.cases:
        names = [paper.name for paper in case.requirements]
        assert names[0] == "Đơn đề nghị"
        assert names[-1] == "Người nộp phải ký từng trang"
        assert len({paper.id for paper in case.requirements}) == len(names)


def test_a_record_without_papers_says_so(read: Any) -> None:
    procedure = read(groups=[("", [])])
    assert procedure.cases[0].requirements == ()
    assert any("không ghi giấy tờ nào" in doubt for doubt in procedure.doubts)


@pytest.mark.parametrize(
    ("time", "unit", "amount", "expected"),
    [
        (7.5, "WORKING_DAY", "7.5", LimitUnit.WORKING_DAY),
        ("10", "DAY", "10", LimitUnit.DAY),
        (1, "HOUR", "1", LimitUnit.HOUR),
        (2, "MONTH", "2", LimitUnit.MONTH),
        ("Không quá 07 ngày làm việc kể từ ngày nhận đủ hồ sơ", "OTHER", "7", LimitUnit.WORKING_DAY),
    ],
)
def test_limits_in_numbers_fractions_and_plain_words(
    read: Any, time: Any, unit: str, amount: str, expected: LimitUnit
) -> None:
    (term,) = read(methods=[method("DIRECT", time, unit)]).terms
    assert (term.limit.amount, term.limit.unit) == (Decimal(amount), expected)


@pytest.mark.parametrize(
    "time",
    [
        "Không quá 10 ngày làm việc. Đối với các xã miền núi được tăng thêm không quá 10 ngày làm việc",
        "12.5 ngày làm việc + thời gian thực hiện cấp lại Giấy chứng nhận",
        "Theo mô tả",
    ],
)
def test_a_limit_in_words_is_shown_and_never_guessed(read: Any, time: str) -> None:
    procedure = read(methods=[method("DIRECT", time, "OTHER", "Theo quy định riêng của từng bước")])
    (term,) = procedure.terms
    assert term.limit is None
    assert term.limit_text
    assert any("chỉ ghi bằng lời" in doubt for doubt in procedure.doubts)


def test_the_unit_other_takes_its_unit_from_a_case_of_the_same_number_only(read: Any) -> None:
    def case(number: int, unit: str) -> dict[str, Any]:
        return {"code": "1.999001.01", "name": "A", "processingDay": {"qty": number, "type": unit}}

    known = read(methods=[method("DIRECT", 5, "OTHER")], cases=[case(5, "WORKING_DAY")])
    unknown = read(methods=[method("DIRECT", 5, "OTHER")], cases=[case(25, "DAY")])
    assert known.terms[0].limit.unit is LimitUnit.WORKING_DAY
    assert unknown.terms[0].limit is None
    assert unknown.terms[0].limit_text.startswith("5 ")
    assert all(any("đơn vị “khác”" in doubt for doubt in found.doubts) for found in (known, unknown))


def test_contradicting_limits_stand_side_by_side(read: Any) -> None:
    procedure = read(
        methods=[
            method("DIRECT", 10, "WORKING_DAY", "10 ngày làm việc (hoặc 7 ngày làm việc đối với nhà ở)"),
            method("ONLINE", 8, "WORKING_DAY"),
        ],
        cases=[{"code": "c", "name": "A", "processingDay": {"qty": 20, "type": "DAY"}}],
    )
    doubts = "\n".join(procedure.doubts)
    assert "trực tiếp 10 ngày làm việc; trực tuyến 08 ngày làm việc" in doubts
    assert "ghi 20 ngày" in doubts
    assert "còn nhắc 07 ngày làm việc" in doubts


def test_repeated_channels_with_the_same_words_are_one(read: Any) -> None:
    same = [method("DIRECT"), method("DIRECT"), method("ONLINE"), method("POSTAL", 5)]
    assert [term.channel for term in read(methods=same).terms] == [
        Channel.DIRECT,
        Channel.ONLINE,
        Channel.POSTAL,
    ]


def test_zero_is_not_free_and_a_fee_that_contradicts_its_text_is_told(read: Any) -> None:
    procedure = read(
        methods=[
            method(
                "DIRECT",
                3,
                "WORKING_DAY",
                "",
                fee(0, "Theo quy định của Hội đồng nhân dân cấp tỉnh"),
                fee(0, "", "SERVICE_FEE"),
                fee(0, "Không", "SERVICE_FEE"),
                fee(5000, "Nộp trực tuyến 7.000 đồng/lần", "SERVICE_FEE"),
                fee(20, "Đăng ký tại Cơ quan đại diện", "FEE", "USD"),
            )
        ]
    )
    by_council, silent, nothing, wrong, dollars = procedure.fees
    assert (by_council.amount, by_council.free) == (None, False)
    assert (silent.amount, silent.free) == (None, False)
    assert (nothing.amount, nothing.free) == (None, True)
    assert wrong.amount == 5000
    assert (dollars.amount, dollars.currency) == (20, "USD")
    doubts = "\n".join(procedure.doubts)
    assert "không có nghĩa là miễn phí" in doubts
    assert "5.000 đồng nhưng phần chữ ghi 7.000 đồng" in doubts


def test_an_exemption_for_some_is_not_free_for_all(read: Any) -> None:
    text = "Miễn lệ phí cho người thuộc gia đình có công với cách mạng"
    (rule,) = read(methods=[method("DIRECT", 3, "DAY", "", fee(0, text))]).fees
    assert not rule.free


def test_fees_equal_on_every_channel_stand_once_and_are_named_by_their_words(read: Any) -> None:
    phi, le_phi = fee(8000, "Phí cấp bản sao"), fee(10_000, "Lệ phí cấp giấy", "SERVICE_FEE")
    procedure = read(
        methods=[
            method("DIRECT", 3, "DAY", "", phi, le_phi),
            method("ONLINE", 3, "DAY", "", phi, fee(5000, "Lệ phí cấp giấy", "SERVICE_FEE")),
        ]
    )
    assert [(rule.kind, rule.amount, rule.channel) for rule in procedure.fees] == [
        (FeeKind.SERVICE_FEE, 8000, None),
        (FeeKind.FEE, 10_000, Channel.DIRECT),
        (FeeKind.FEE, 5000, Channel.ONLINE),
    ]


def test_a_long_name_stays_whole(read: Any) -> None:
    procedure = read(name="Cấp giấy " * 500)
    assert len(procedure.name) == 4499
    assert any("4499 ký tự" in doubt for doubt in procedure.doubts)


def test_the_report_is_readable_and_its_json_has_the_same_figures() -> None:
    report = ImportReport(read={"portal": 2}, added=2, procedures=2, gone=["1.1"])
    report.doubt("1.2", ["Thời hạn mâu thuẫn.", "Thời hạn mâu thuẫn."])
    report.doubt("1.3", ["Khác."])
    written = report.to_text(1)
    assert "Đã nhập: 2 bản ghi chi tiết của Cổng." in written
    assert written.count("Thời hạn mâu thuẫn.") == 1
    assert "… và 1 thủ tục nữa." in written
    data = json.loads(report.to_json())
    assert (data["added"], data["doubts"]["1.3"]) == (2, ["Khác."])
