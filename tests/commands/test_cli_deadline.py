"""`tthc deadline`: the law's examples, with no data file anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def due(tthc: Any, start: str, amount: str, unit: str = "working_day", *more: str) -> str:
    answer = tthc("deadline", "--from", start, "--amount", amount, "--unit", unit, "--json", *more)
    assert answer.code == 0, answer.err
    return str(answer.json["due_at"])


@pytest.mark.parametrize(
    ("start", "amount", "unit", "more", "expected"),
    [
        # Working minutes run from the receipt; Tuesday 24/11/2026 is a public holiday.
        ("2026-11-20T08:42", "3", "working_day", (), "2026-11-26T08:42:00+07:00"),
        # Civil Code: the day of receipt is not counted, the term ends with office hours.
        ("2026-11-20T08:42", "3", "working_day", ("--style", "civil"), "2026-11-26T17:30:00+07:00"),
        # "Trong ngày": by the end of office hours; after 15:00 the next working day, at 15:00 not yet.
        ("2026-11-20T10:00", "0", "working_day", ("--cutoff", "15:00"), "2026-11-20T17:30:00+07:00"),
        ("2026-11-20T15:00", "0", "working_day", ("--cutoff", "15:00"), "2026-11-20T17:30:00+07:00"),
        ("2026-11-20T15:01", "0", "working_day", ("--cutoff", "15:00"), "2026-11-23T17:30:00+07:00"),
        # Half days and hours; a decimal comma is how Vietnam writes it.
        ("2026-11-16T07:30", "7,5", "working_day", (), "2026-11-26T11:30:00+07:00"),
        ("2026-11-20T16:30", "2", "hour", (), "2026-11-23T08:30:00+07:00"),
        # A term that runs out with the morning ends there, not when the afternoon opens.
        ("2026-11-18T13:30", "1", "working_day", (), "2026-11-19T11:30:00+07:00"),
        # Plain days and months end on the next working day where they would end on a day off.
        ("2026-11-13T09:00", "8", "day", (), "2026-11-23T17:30:00+07:00"),
        ("2026-01-31T09:00", "1", "month", (), "2026-03-02T17:30:00+07:00"),
        # Tết 2026; the Saturday that makes up for 31 August; the Friday given for 10 January.
        ("2026-02-13T09:00", "2", "working_day", (), "2026-02-24T09:00:00+07:00"),
        ("2026-08-21T10:00", "1", "working_day", (), "2026-08-22T10:00:00+07:00"),
        ("2025-12-31T10:00", "1", "working_day", (), "2026-01-05T10:00:00+07:00"),
        # A desk with its own hours, also on Saturday mornings.
        (
            "2026-11-20T16:00",
            "1",
            "hour",
            ("--hours", "08:00-11:00,13:00-16:30"),
            "2026-11-23T08:30:00+07:00",
        ),
        ("2026-11-20T17:00", "1", "hour", ("--saturday", "07:30-11:30"), "2026-11-21T08:00:00+07:00"),
        # A time with a zone is the same instant; other ways of writing it.
        ("2026-11-20T01:42Z", "1", "working_day", (), "2026-11-23T08:42:00+07:00"),
        ("20/11/2026 08:42", "1", "working_day", (), "2026-11-23T08:42:00+07:00"),
        ("08:42 20/11/2026", "1", "working_day", (), "2026-11-23T08:42:00+07:00"),
    ],
)
def test_the_date_is_the_laws(
    tthc: Any, start: str, amount: str, unit: str, more: tuple[str, ...], expected: str
) -> None:
    assert due(tthc, start, amount, unit, *more) == expected


def test_no_data_file_is_needed_or_made(tthc: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTHC_DATA", str(tmp_path / "nowhere"))
    assert due(tthc, "2026-11-20T08:42", "1") == "2026-11-23T08:42:00+07:00"
    assert list(tmp_path.iterdir()) == []


def test_the_explanation_adds_up_to_the_limit_and_names_what_was_skipped(tthc: Any) -> None:
    words = ("deadline", "--from", "2026-11-20T08:42", "--amount", "3", "--unit", "working_day", "--explain")
    lines = tthc(*words, "--json").json["explain"]
    assert sum(line["minutes"] for line in lines) == 3 * 480
    page = tthc(*words).out
    assert "Ngày Văn hóa Việt Nam" in page
    assert "thứ Bảy" in page
    assert "Hẹn trả: 08:42 thứ Năm 26/11/2026" in page


def test_the_keys_of_the_json_stay(tthc: Any) -> None:
    words = ("deadline", "--from", "2026-11-20T08:42", "--amount", "3", "--unit", "working_day", "--json")
    assert set(tthc(*words).json) == {
        "due_at",
        "from",
        "counts_from",
        "amount",
        "unit",
        "style",
        "text",
        "holidays_estimated",
    }


def test_a_year_without_announced_holidays_is_marked_as_an_estimate(tthc: Any) -> None:
    words = ("deadline", "--from", "2027-02-01T08:42", "--amount", "9", "--unit", "working_day")
    assert tthc(*words, "--json").json["holidays_estimated"] is True
    assert "dự kiến" in tthc(*words).out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--from", "hôm qua", "--amount", "1", "--unit", "day"), 1, "“hôm qua”"),
        (("--from", "2026-02-30", "--amount", "1", "--unit", "day"), 1, "2026-02-30"),
        (("--from", "0001-01-01T00:00Z", "--amount", "1", "--unit", "day"), 1, "lịch làm việc"),
        (("--from", "2026-11-20", "--amount", "một", "--unit", "day"), 1, "số không âm"),
        (("--from", "2026-11-20", "--amount", "-1", "--unit", "day"), 1, "số không âm"),
        (("--from", "2026-11-20", "--amount", "nan", "--unit", "day"), 1, "số không âm"),
        (("--from", "2026-11-20", "--amount", "9e9", "--unit", "month"), 1, "quá dài"),
        (("--from", "2026-11-20", "--amount", "1", "--unit", "year"), 2, "working_day, day, hour, month"),
        (("--from", "2026-11-20", "--amount", "1"), 2, "thiếu tùy chọn “--unit”"),
        (("--from", "2026-11-20", "--amount", "1", "--unit", "day", "--hours", "8-5"), 1, "07:30-11:30"),
        (("--from", "2026-11-20", "--amount", "1", "--unit", "day", "--hours", "11:30-07:30"), 1, "thứ tự"),
        (("--from", "2026-11-20", "--amount", "1", "--unit", "day", "--cutoff", "25:00"), 1, "15:00"),
        (("--from", "2026-11-20", "--amount", "1", "--unit", "day", "--wrong"), 2, "“--wrong”"),
        (("--from", "2026-11-20", "--amount", "1", "--unit", "day", "thừa"), 2, "“thừa”"),
    ],
)
def test_bad_input_gets_one_sentence(tthc: Any, words: tuple[str, ...], code: int, said: str) -> None:
    answer = tthc("deadline", *words, "--json")
    assert answer.code == code
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert answer.json["error"]["message"] == answer.err.strip()
