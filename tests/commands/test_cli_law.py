"""The finer legal steps, money, post and feedback through the command line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from building_desk import BUILDING, with_building_desk
from pypdf import PdfReader

from tthc_tui.core.site import ExceptionDay, ExceptionKind, Site
from tthc_tui.core.site_rules import ExemptionRule, TariffRule
from tthc_tui.desk.site_file import write_site_file


@pytest.fixture
def site(site: Site) -> Site:
    """With the building desk and a fee."""
    return with_building_desk(
        site,
        tariffs=(TariffRule(procedure=BUILDING, name="Lệ phí cấp phép", amount=75_000),),
        exemptions=(ExemptionRule(id="ho-ngheo", name="Hộ nghèo", percent=50, ground="NQ 12"),),
    )


@pytest.fixture
def permit(centre: Any) -> str:
    """The code of a building dossier at the building desk's door."""
    intake = centre("procedure", "show", BUILDING, "--intake").json
    intake["applicant"].update(name="Phạm Văn An", number="079084001234", phone="0912345678")
    answer = centre("receive", "-", "--json", stdin=json.dumps(intake, ensure_ascii=False))
    assert answer.code == 0, answer.err
    return str(answer.json["code"])


@pytest.fixture
def in_house(centre: Any, permit: str) -> str:
    """The same, taken over by officer Khoa."""
    centre("forward", permit, "--to", "dia-chinh")
    assert centre("--officer", "khoa", "accept", permit).code == 0
    return permit


def test_pause_and_resume_move_the_promise(centre: Any, in_house: str, monday: Any) -> None:
    paused = centre("--officer", "khoa", "pause", in_house, "--why", "xac-minh", "--json")
    assert paused.json["code"] == in_house
    assert centre("pause", in_house, "--why", "la-lung").err.startswith("Không có lý do “la-lung”")
    monday.shift(2 * 86_400)  # to Wednesday; Tuesday is a holiday
    resumed = centre("--officer", "khoa", "resume", in_house, "--json").json
    assert resumed["due_at"] == "2026-12-02T08:42:00+07:00"


def test_extension_is_proposed_by_one_and_approved_by_the_leader(
    centre: Any, in_house: str, tmp_path: Path
) -> None:
    refused = centre("--officer", "khoa", "extend", in_house, "--days", "2", "--reason", "chờ đo đạc")
    assert refused.code == 1
    assert "việc này của lãnh đạo" in refused.err
    args = ("extend", in_house, "--days", "2", "--reason", "chờ đo đạc")
    assert centre("--officer", "khoa", *args, "--propose").code == 0
    assert centre("alerts", "--kind", "proposal", "--json").json["count"] == 1
    done = centre("--officer", "binh", "approve", in_house, "--json").json
    assert done["due_at"] == "2026-12-03T08:42:00+07:00"
    assert centre("--officer", "binh", *args).err.startswith("Chỉ được hẹn lại")
    file = tmp_path / "xin-loi.pdf"
    assert centre("form", in_house, "mau-04", "-o", file).code == 0
    assert "chờ đo đạc" in PdfReader(file).pages[0].extract_text()


def test_steps_forward_and_back(centre: Any, in_house: str) -> None:
    done = centre("--officer", "khoa", "step", "done", in_house, "--json").json
    assert done["step"]["step"] == "ky"
    back = centre(
        "--officer", "binh", "step", "back", in_house, "--to", "tham-dinh", "--reason", "thiếu bản vẽ"
    )
    assert "đang làm bước “Thẩm định”" in back.out
    assert centre("--officer", "binh", "assign", in_house, "--to", "binh", "--json").code == 0
    assert centre("--officer", "lan", "assign", in_house, "--to", "khoa").code == 1


def test_other_units_are_asked_and_answer(centre: Any, in_house: str) -> None:
    asked = centre(
        "--officer",
        "khoa",
        "consult",
        "ask",
        in_house,
        "--to",
        "tu-phap",
        "--question",
        "Có tranh chấp?",
        "--json",
    )
    assert asked.json["answer_by"] == "2026-11-27T08:42:00+07:00"
    assert centre("consult", "answer", in_house, "--answer", "Không", "--agrees").code == 0
    again = centre("consult", "answer", in_house, "--answer", "Không")
    assert "không có nội dung nào chờ" in again.err


def test_stop_close_and_their_form(centre: Any, permit: str, tmp_path: Path) -> None:
    stopped = centre("stop", permit, "--reason", "đổi ý", "--json").json
    assert stopped["state"] == 8
    file = tmp_path / "dung.txt"
    assert centre("form", permit, "mau-05", "-o", file).code == 0
    assert "đổi ý" in file.read_text("utf-8")
    assert centre("close", permit, "--why", "trung-ho-so").code == 1
    assert centre("form", permit, "mau-05", "-o", tmp_path / "x.doc").err.startswith("Tệp")


def test_correction_prints_which_receipt_it_replaces(centre: Any, permit: str, tmp_path: Path) -> None:
    done = centre("correct", permit, "--reason", "gõ sai", "--name", "Phạm Văn Ân", "--json").json
    assert (done["receipt_number"], done["replaces"]) == (2, 1)
    assert centre("dossier", "show", permit, "--json").json["applicant"]["number"] == "079084001234"
    file = tmp_path / "giay.txt"
    centre("form", permit, "mau-01", "-o", file)
    assert "Phạm Văn Ân" in file.read_text("utf-8")
    assert centre("correct", permit, "--reason", "gõ sai").code == 1


def test_money_and_the_shift_balance(centre: Any, permit: str, tmp_path: Path) -> None:
    assert centre("shift", "open", "--cash", "200000", "--json").json["expected"] == 200_000
    assert centre("fee", "exempt", permit, "--rule", "ho-ngheo", "--json").json["owed"] == 37_500
    assert centre("fee", "pay", permit, "--method", "bank").code == 1
    paid = centre("fee", "pay", permit, "--json").json
    assert (paid["owed"], paid["payments"][0]["amount"]) == (0, 37_500)
    assert centre("fee", "charge", permit, "--name", "Phí sao lục", "--amount", "10000").code == 0
    assert centre("fee", "pay", permit, "--method", "portal", "--reference", "DVC123").code == 0
    assert centre("fee", "refund", permit, "--amount", "7500", "--reason", "thu thừa").code == 0
    assert centre("form", permit, "phieu-chi", "-o", tmp_path / "chi.pdf").code == 0
    assert "7.500 đồng" in PdfReader(tmp_path / "chi.pdf").pages[0].extract_text()
    assert "còn" in centre("fee", "show", permit).out
    sheet = centre("shift", "sheet", "-o", tmp_path / "ca.pdf", "--json").json
    assert (sheet["total"], sheet["expected"]) == (40_000, 230_000)
    assert "230.000" in PdfReader(tmp_path / "ca.pdf").pages[0].extract_text()
    assert centre("shift", "close", "--counted", "229000").code == 1
    assert centre("shift", "close", "--counted", "230000", "--json").json["difference"] == 0
    assert centre("shift", "sheet").code == 1


def test_messages_dry_run_sends_nothing(centre: Any, permit: str, monday: Any, tmp_path: Path) -> None:
    monday.shift(180)
    assert centre("notices", "send", "--dry-run", "--json").json == {"due": 1, "sent": 0, "failed": 0}
    listed = centre("notices", "list", "--json").json
    assert listed["counts"]["waiting"] == 1
    assert permit in listed["notices"][0]["text"]
    number = listed["notices"][0]["id"]
    assert centre("notices", "retry", number, "--drop").code == 0
    assert centre("notices", "retry", number).code == 0
    assert centre("notices", "send", "--json").json["sent"] == 1
    assert list((tmp_path / "tin-nhan").glob("*.jsonl"))
    assert centre("notices", "retry", number).code == 1
    assert centre("notices", "list", "--state", "lạ").code == 1


def test_the_post_takes_a_list_and_reports(centre: Any, tmp_path: Path) -> None:
    intake = centre("procedure", "show", "1.004873", "--intake").json
    intake["applicant"].update(name="Lê Thị Thư", number="079084001234")
    intake |= {"delivery": "post", "delivery_address": "7 Lê Lợi, Hà Tiên"}
    code = centre("receive", "-", "--json", stdin=json.dumps(intake, ensure_ascii=False)).json["code"]
    centre("resolve", code)
    assert centre("post", "list", "--json").json["count"] == 1
    assert centre("post", "handover", code).code == 1
    file = tmp_path / "buu-chinh.pdf"
    assert centre("post", "handover", f"{code}=EB123VN", "-o", file, "--json").json["slip"] == "BC-0001/2026"
    assert "EB123VN" in PdfReader(file).pages[0].extract_text()
    assert centre("post", "list", "--underway", "--json").json["count"] == 1
    assert centre("post", "track", code, "delivered", "--json").json["state"] == 10


def test_feedback_runs_its_ten_days(centre: Any, monday: Any) -> None:
    added = centre("feedback", "add", "Chờ lâu", "--procedure", BUILDING, "--sender", "Lý Sáu", "--json").json
    assert added["due_at"] == "2026-12-08T08:42:00+07:00"
    assert centre("feedback", "add", "Chờ lâu", "--procedure", "9.9").code == 1
    assert centre("feedback", "forward", "1", "--to", "tu-phap", "--json").json["state"] == "forwarded"
    monday.shift(20 * 86_400)
    assert centre("feedback", "list", "--overdue", "--json").json["count"] == 1
    assert centre("feedback", "answer", "1", "Đã rút kinh nghiệm", "--justified").code == 0
    assert centre("feedback", "list", "--json").json["count"] == 0
    assert centre("feedback", "list", "--all", "--json").json["feedback"][0]["justified"] is True


def test_register_and_changed_calendar(centre: Any, permit: str, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "so.txt"
    assert centre("register", "--from", "01/11/2026", "--to", "30/11/2026", "-o", file).code == 0
    assert permit in file.read_text("utf-8").replace("\n", "")
    day = ExceptionDay(day=date(2026, 11, 27), kind=ExceptionKind.DAY_OFF, name="nghỉ bão", source="CĐ")
    write_site_file(site.model_copy(update={"exceptions": (day,)}), tmp_path / "moi.toml")
    report = centre("calendar", "report", tmp_path / "moi.toml", "--json").json
    assert [(one["code"], one["minutes"]) for one in report["dossiers"]] == [(permit, 480)]
    assert centre("dossier", "show", permit, "--json").json["due_at"] == report["dossiers"][0]["promised"]


def test_a_correction_of_the_site_shows_and_survives_reimport(centre: Any) -> None:
    told = ("catalog", "correct", "1.004873", "short_name", "Giấy độc thân", "--source", "QĐ 12/QĐ-UBND")
    assert "việc này của lãnh đạo hoặc quản trị" in centre(*told).err
    said = centre("--officer", "binh", *told, "--json")
    assert said.json["short_name"] == "Giấy độc thân"
    catalog = Path(__file__).parents[2] / "tthc_tui" / "data" / "catalog"
    report = centre("catalog", "import", catalog, "--json").json
    assert report["added"] == 0
    assert centre("procedure", "show", "1.004873", "--json").json["corrected"] == ["short_name"]
    assert (
        centre("--officer", "binh", "catalog", "correct", "1.004873", "khong_co", "1", "--source", "x").code
        == 1
    )


def test_the_applicant_is_told_and_the_holder_urged_by_command(centre: Any, in_house: str) -> None:
    asked = centre(
        "--officer", "khoa", "supplement", "ask", in_house, "--item", "Bản vẽ", "--reason", "thiếu"
    )
    assert asked.code == 0, asked.err
    assert centre("--officer", "lan", "tell", in_house, "đã gọi", "--subject", "supplement").code == 0
    wrong = centre("--officer", "lan", "tell", in_house, "đã gọi", "--by", "bồ câu")
    assert (wrong.code, "Cách báo phải là một trong" in wrong.err) == (1, True)
    assert centre("--officer", "sat", "remind", in_house).code == 0
    assert centre("--officer", "sat", "note", in_house, "sẽ theo dõi").code == 0
    shown = centre("dossier", "show", in_house).out
    assert "Đã báo người nộp về yêu cầu bổ sung (điện thoại): đã gọi" in shown
    assert "sẽ theo dõi" in shown
