"""The whole day of a counter through the command line, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

DOSSIER_KEYS = {
    "id",
    "short_id",
    "code",
    "version",
    "state",
    "state_label",
    "procedure",
    "procedure_name",
    "holder_unit",
    "coming_to",
    "receipt_number",
    "received_at",
    "due_at",
}
LINE_KEYS = {
    "id",
    "short_id",
    "code",
    "state",
    "state_label",
    "applicant",
    "phone",
    "procedure",
    "procedure_name",
    "field",
    "holder_unit",
    "holder_officer",
    "coming_to",
    "received_at",
    "due_at",
    "closed_at",
    "remaining",
}


def test_a_dossier_from_look_up_to_return(centre: Any, received: dict[str, Any]) -> None:
    assert centre("catalog", "search", "tinh trang hon nhan", "--json").json["hits"][0]["code"] == "1.004873"
    assert set(received) == DOSSIER_KEYS
    assert received["code"] == "H15.50.05.13-261123-0001"
    assert received["due_at"] == "2026-11-27T08:42:00+07:00"  # 24/11 is a public holiday

    sent = centre("forward", received["code"], "--to", "tu-phap", "--json").json
    assert sent["to"] == "tu-phap"
    assert sent["slip"].endswith("/2026")
    assert sent["dossiers"][0]["coming_to"] == "tu-phap"
    assert centre("--officer", "minh", "accept", received["short_id"], "--json").code == 0
    done = centre("--officer", "minh", "resolve", received["code"], "--number", "12/XN", "--json").json
    assert done["state_label"] == "Đã xử lý xong"
    back = centre("return", received["code"], "--rating", "5", "--json").json
    assert back["state"] == 10

    shown = centre("dossier", "show", received["code"], "--json").json
    assert set(shown) >= DOSSIER_KEYS | {"applicant", "papers", "fees", "history", "remaining"}
    assert shown["applicant"]["name"] == "Phạm Văn An"
    kinds = [item["kind"] for item in shown["history"]]
    assert kinds == ["received", "forwarded", "handover_accepted", "resolved", "returned"]
    page = centre("dossier", "show", received["code"]).out
    assert "Lê Quang Minh" in page
    assert "Đã trả kết quả" in page


def test_lists_find_by_name_without_accents_state_and_unit(centre: Any, received: dict[str, Any]) -> None:
    found = centre("dossier", "list", "pham van an", "--json").json
    assert found["count"] == 1
    assert set(found["dossiers"][0]) == LINE_KEYS
    assert centre("dossier", "list", "--state", "2", "--unit", "ttpvhcc", "--json").json["count"] == 1
    assert centre("dossier", "list", "--state", "10", "--json").json["count"] == 0
    assert centre("dossier", "list", "--from", "2026-11-24", "--json").json["count"] == 0
    assert "còn 3 ngày" in centre("dossier", "list").out


def test_supplements_stop_the_clock_and_start_it_anew(
    centre: Any, received: dict[str, Any], monday: Any
) -> None:
    code = received["code"]
    asked = centre(
        "supplement", "ask", code, "--item", "Tờ khai có chữ ký", "--reason", "Thiếu chữ ký", "--json"
    )
    assert asked.json["state"] == 5
    again = centre("supplement", "ask", code, "--item", "Nữa", "--json")
    assert again.code == 1
    monday.shift(2 * 86400)
    taken = centre("supplement", "take", code, "--json").json
    assert taken["due_at"] > received["due_at"]


def test_missing_papers_are_refused_or_asked_for(centre: Any) -> None:
    intake = centre("procedure", "show", "1.004873", "--intake").json
    intake["applicant"]["name"] = "Trần Thị Bé"
    intake["papers"] = []
    text = json.dumps(intake)
    refused = centre("receive", "-", "--json", stdin=text)
    assert refused.code == 1
    assert refused.json["error"]["code"] == "papers"
    assert "Thiếu giấy tờ" in refused.err
    assert centre("dossier", "list", "--json").json["count"] == 0
    asked = centre("receive", "-", "--incomplete", "--json", stdin=text).json
    assert asked["state"] == 5
    assert asked["code"] == ""
    assert centre("dossier", "show", asked["short_id"], "--json").json["missing"]


def test_undo_and_withdrawal(centre: Any, received: dict[str, Any]) -> None:
    assert centre("withdraw", received["code"]).code == 1  # a reason is needed
    assert centre("withdraw", received["code"], "--reason", "Nộp nhầm", "--json").json["state"] == 7
    assert centre("undo", received["code"], "--json").json["state"] == 2


def test_receipts_as_pdf_text_and_printer_bytes_and_the_second_one_is_a_reprint(
    centre: Any, received: dict[str, Any], tmp_path: Path
) -> None:
    pdf, text, raw = (tmp_path / f"giấy hẹn.{suffix}" for suffix in ("pdf", "txt", "bin"))
    first = centre("receipt", received["code"], "-o", pdf, "--json").json
    assert (first["path"], first["reprint"]) == (str(pdf), 0)
    words = " ".join(page.extract_text() for page in PdfReader(pdf).pages)
    assert received["code"] in words
    assert "Phạm Văn An" in words
    assert centre("receipt", received["code"], "-o", text, "--json").json["reprint"] == 1
    assert "Phạm Văn An" in text.read_text(encoding="utf-8")
    assert centre("receipt", received["code"], "-o", raw).code == 0
    assert raw.read_bytes().startswith(b"\x1b")
    assert "08 giờ 42 phút, ngày 27/11/2026" in centre("receipt", received["code"]).out  # seen, not printed
    kinds = [item["kind"] for item in centre("dossier", "show", received["code"], "--json").json["history"]]
    assert kinds.count("printed") == 3


def test_receipt_goes_nowhere_else_than_asked(centre: Any, received: dict[str, Any], tmp_path: Path) -> None:
    wrong = centre("receipt", received["code"], "-o", tmp_path / "a.docx")
    assert wrong.code == 1
    assert ".pdf, .txt hoặc .bin" in wrong.err
    file = tmp_path / "file"
    file.touch()
    blocked = centre("receipt", received["code"], "-o", file / "a.pdf")
    assert blocked.code == 3
    assert blocked.err.startswith("Không đọc hoặc ghi được tệp")
    assert "printed" not in centre("dossier", "show", received["code"], "--json").out


def test_overdue_counts_at_any_moment(centre: Any, received: dict[str, Any]) -> None:
    now = centre("overdue", "--json").json
    assert (now["overdue"], now["count"], now["dossiers"]) == (0, 0, [])
    later = centre("overdue", "--at", "2026-11-27T10:00", "--json").json
    assert later["overdue"] == 1
    assert later["dossiers"][0]["code"] == received["code"]
    assert later["dossiers"][0]["remaining"] == "quá hạn 1 giờ 18 phút"
    assert later["groups"][0]["name"] == "Trung tâm Phục vụ hành chính công"
    on_the_day = centre(
        "overdue", "--at", "2026-11-27 08:00", "--bucket", "today", "--by", "field", "--json"
    ).json
    assert (on_the_day["today"], on_the_day["groups"][0]["key"]) == (1, "Hộ tịch")
    page = centre("overdue", "--at", "27/11/2026 10:00").out
    assert "Quá hạn 1 · Hôm nay 0 · Sắp trễ 0" in page
    assert received["code"] in page


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("dossier", "show", "H15.50.05.13-261123-9999"), 1, "Không tìm thấy hồ sơ"),
        (("forward", "H15.50.05.13-261123-9999", "--to", "tu-phap"), 1, "Không tìm thấy hồ sơ"),
        (("procedure", "show", "9.999999"), 1, "Không có thủ tục mã “9.999999”"),
        (("--officer", "ai", "dossier", "list"), 1, "lan, hung, minh"),
        (("dossier", "list", "--state", "11"), 1, "từ 1 đến 10"),
        (("dossier", "list", "--unit", "đâu đó"), 1, "tu-phap"),
        (("receive", "khong-co.json"), 1, "không tìm thấy"),
        (("receive", "-"), 1, "JSON"),
        (("catalog", "import", "khong-co.toml"), 1, "Không tìm thấy"),
        (("overdue", "--at", "mai"), 1, "“mai”"),
        (("site", "check", "khong-co.toml"), 1, "không đọc được tệp"),
        (("forward", "H15"), 2, "thiếu tùy chọn “--to”"),
        (("receive",), 2, "thiếu tham số"),
        (("catalog",), 2, "lệnh con"),
        (("catalg",), 2, "Không có lệnh “catalg”"),
        (("dossier", "list", "--limit", "nhiều"), 2, "“--limit”"),
        (("--data",), 2, "“--data”"),
    ],
)
def test_what_is_wrong_is_said_in_one_vietnamese_sentence(
    centre: Any, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = centre(*words)
    assert answer.code == code, answer.err
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""


def test_a_unit_may_be_named_by_part_of_its_name(centre: Any, received: dict[str, Any]) -> None:
    assert centre("forward", received["code"], "--to", "ho tich", "--json").json["to"] == "tu-phap"


def test_forwarding_a_stack_is_all_or_nothing(centre: Any, received: dict[str, Any]) -> None:
    answer = centre("forward", received["code"], received["code"], "--to", "tu-phap", "--json")
    assert len(answer.json["dossiers"]) == 1  # scanned twice is still one
    again = centre("forward", received["code"], "--to", "tu-phap", "--json")
    assert again.code == 1
    assert again.json["error"]["message"].startswith(received["code"])


def test_control_characters_in_names_never_reach_the_terminal(centre: Any) -> None:
    intake = centre("procedure", "show", "1.004873", "--intake").json
    intake["applicant"]["name"] = "Lê \x1b[31mĐỏ\x07\u202e Thị"
    assert centre("receive", "-", stdin=json.dumps(intake)).code == 0
    for words in (("dossier", "list"), ("dossier", "list", "--json")):
        out = centre(*words).out
        assert "Lê Đỏ Thị" in out
        assert not any(ord(letter) < 32 and letter != "\n" for letter in out)
    bad = centre("dossier", "show", "\x1b]0;tên\x07")
    assert bad.code == 1
    assert "\x1b" not in bad.err


def test_help_is_vietnamese_for_every_command(tthc: Any) -> None:
    from tthc_tui.commands.tree import command_names

    pages = [tthc(*name.split(), "--help") for name in ["", *command_names()]]
    assert len(pages) > 25
    for page in pages:
        assert page.code == 0
        assert "Cách dùng: tthc" in page.out
        for english in (
            "Usage",
            "Options",
            "Commands",
            "Arguments",
            "Show this",
            "[required",
            "[default",
            "OPTIONS",
        ):
            assert english not in page.out


def interruptible() -> None:
    """A run in a shell's background passes on that Ctrl+C is ignored; this child heeds it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_watching_sees_what_another_process_does(
    centre: Any, received: dict[str, Any], tmp_path: Path
) -> None:
    watch = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tthc_tui",
            "--data",
            str(tmp_path),
            "overdue",
            "--bucket",
            "all",
            "--watch",
            "--json",
        ],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        preexec_fn=interruptible if os.name == "posix" else None,
    )
    try:
        assert watch.stdout is not None
        first = json.loads(watch.stdout.readline())
        assert first["count"] == 1
        assert centre("withdraw", received["code"], "--reason", "Đổi ý").code == 0
        assert json.loads(watch.stdout.readline())["count"] == 0
    finally:
        watch.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        code = watch.wait(60)
        if watch.stdout:
            watch.stdout.close()
    if os.name == "posix":
        assert code == 0


def test_a_reader_that_goes_away_is_no_error(centre: Any, tmp_path: Path) -> None:
    command = f"{sys.executable} -m tthc_tui --data {tmp_path} catalog search a --limit 900 --json"
    piped = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, text=True, check=False)
    assert piped.stdout.strip() == "{"
    assert piped.stderr == ""
