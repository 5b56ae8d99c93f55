"""The care of a centre's data through the command line: set-up, checks, PINs, the catalogue."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest


def test_without_data_it_says_how_to_begin(tthc: Any, tmp_path: Path) -> None:
    answer = tthc("dossier", "list", "--json")
    assert answer.code == 1
    assert answer.json["error"]["code"] == "site"
    assert "tthc site import" in answer.err
    assert not (tmp_path / "tthc.db").exists()


def test_without_a_terminal_the_screens_do_not_open(tthc: Any) -> None:
    answer = tthc()
    assert answer.code == 2
    assert "tthc --help" in answer.err


def test_trouble_with_the_file_is_code_three(tthc: Any, tmp_path: Path) -> None:
    (tmp_path / "tthc.db").write_bytes(b"day khong phai la co so du lieu" * 100)
    answer = tthc("dossier", "list", "--json")
    assert answer.code == 3
    assert answer.json["error"]["code"] == "StoreDamaged"
    assert tthc("doctor", "--json").code == 3
    (tmp_path / "tthc.db").unlink()
    with sqlite3.connect(tmp_path / "tthc.db") as newer:
        newer.execute("PRAGMA user_version = 999")
    assert "phiên bản mới hơn" in tthc("db", "check").err


def test_check_finds_a_wrong_projection_and_rebuild_mends_it(
    centre: Any, received: dict[str, Any], tmp_path: Path
) -> None:
    assert centre("db", "check", "--json").json == {"ok": True, "damage": [], "different": []}
    with sqlite3.connect(tmp_path / "tthc.db") as other:
        other.execute("UPDATE dossier SET due_at = 0")
    wrong = centre("db", "check", "--json")
    assert (wrong.code, wrong.json["different"]) == (1, [received["id"]])
    assert centre("db", "rebuild", "--json").json == {"dossiers": 1}
    assert centre("db", "check").code == 0


def test_doctor_says_what_to_do(centre: Any, received: dict[str, Any], tmp_path: Path, monday: Any) -> None:
    (tmp_path / "config.toml").write_text(
        '[printer]\nkind = "device"\ntarget = "/khong/co/lp0"\n', encoding="utf-8"
    )
    answer = centre("doctor", "--json")
    checks = {check["id"]: check for check in answer.json["checks"]}
    assert set(checks) >= {"folder", "disk", "data", "terminal", "font", "printer", "clock", "holidays_2026"}
    assert checks["data"]["level"] == "ok"
    assert (checks["printer"]["level"], answer.code) == ("error", 3)
    assert checks["holidays_2027"]["level"] == "warning"  # not announced yet in November
    monday.shift(-86400)
    back = {check["id"]: check for check in centre("doctor", "--json").json["checks"]}
    assert back["clock_back"]["level"] == "error"
    assert "chỉnh giờ máy" in back["clock_back"]["advice"]


def test_a_pin_is_asked_of_whoever_acts(
    centre: Any, received: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert centre("site", "pin", "lan", stdin="123\n").code == 1
    assert centre("site", "pin", "lan", stdin="2468\n").code == 0
    assert centre("dossier", "list").code == 0  # reading needs none
    refused = centre("withdraw", received["code"], "--reason", "x", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "pin")
    monkeypatch.setenv("TTHC_PIN", "1111")
    assert centre("withdraw", received["code"], "--reason", "x").code == 1
    monkeypatch.setenv("TTHC_PIN", "2468")
    assert centre("withdraw", received["code"], "--reason", "x").code == 0


def test_the_site_goes_out_and_comes_back_with_its_pins(centre: Any, tmp_path: Path) -> None:
    centre("site", "pin", "lan", stdin="2468\n")
    file = tmp_path / "trung-tam.toml"
    assert centre("site", "export", file).code == 0
    text = file.read_text(encoding="utf-8")
    assert "argon2" not in text
    file.write_text(text.replace("Quầy 07", "Quầy 09"), encoding="utf-8")
    assert centre("site", "check", file, "--json").json["officers"] == 3
    os.environ["TTHC_PIN"] = ""
    answer = centre("site", "import", file, "--json")
    assert (answer.code, answer.json["new"]) == (0, False)
    with sqlite3.connect(tmp_path / "tthc.db") as other:
        stored = json.loads(other.execute("SELECT value FROM setting WHERE key = 'site'").fetchone()[0])
    assert stored["counters"][0]["name"] == "Quầy 09"
    assert stored["officers"][0]["pin_hash"].startswith("$argon2")


def test_a_site_file_founds_a_new_centre_with_the_shipped_catalogue(tthc: Any) -> None:
    shipped = Path(__file__).parents[2] / "tthc_tui" / "data" / "sample_site.toml"
    answer = tthc("site", "import", shipped, "--json")
    assert (answer.code, answer.json["new"]) == (0, True)
    assert tthc("catalog", "search", "dkks", "--json").json["hits"][0]["code"] == "1.001193"


def test_a_broken_catalogue_imports_nothing_and_names_the_line(centre: Any, tmp_path: Path) -> None:
    file = tmp_path / "danh-muc.toml"
    file.write_text('format = 1\n\n[[procedure]]\ncode = "9.1"\n', encoding="utf-8")
    answer = centre("catalog", "import", file, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (1, "catalog")
    assert "dòng 3" in answer.err


def test_a_person_is_erased_with_papers_and_copies(
    centre: Any, received: dict[str, Any], tmp_path: Path
) -> None:
    number = centre("dossier", "show", received["code"], "--json").json["applicant"]["number"]
    with sqlite3.connect(tmp_path / "tthc.db") as file:
        site = json.loads(file.execute("SELECT value FROM setting WHERE key = 'site'").fetchone()[0])
        for officer in site["officers"]:
            officer["roles"] = [*officer["roles"], "admin"]
        file.execute("UPDATE setting SET value = ? WHERE key = 'site'", (json.dumps(site),))
    copy = tmp_path / "tthc.truoc-nang-cap-v3.db"
    with sqlite3.connect(tmp_path / "tthc.db") as source, sqlite3.connect(copy) as target:
        source.backup(target)
    assert centre("person", "erase", number).code == 1  # no reason
    gone = centre("person", "erase", number, "--reason", "Đơn số 5")
    assert gone.code == 0
    assert gone.out.startswith("Đã xóa dữ liệu cá nhân trong 1 hồ sơ. Bản sao trước khi nâng cấp còn chứa")
    assert "tthc.truoc-nang-cap-v3.db; chạy lại với --backups để xóa." in gone.out
    again = centre("person", "erase", number, "--reason", "Đơn số 5", "--backups", "--json")
    assert again.json == {"ok": True, "dossiers": 0, "feedback": 0, "backups": [], "swept": True}
    assert not copy.exists()
    assert centre("person", "erase", number, "--reason", "Đơn số 5", "--backups").code == 1


def test_a_moved_officer_is_one_officer_with_one_pin_at_the_command_line(centre: Any, tmp_path: Path) -> None:
    file = tmp_path / "trung-tam.toml"
    centre("site", "pin", "lan", stdin="2468\n")
    centre("site", "export", file)
    moved = (
        '\n[[officer]]\nid = "lan"\nname = "Nguyễn Thị Lan"\nunit = "tu-phap"\nvalid_from = 2027-01-01\n'
        '\n[[change]]\nvalid_from = 2027-01-01\n[change.settings]\nforward_cutoff = "16:00"\n'
    )
    text = file.read_text(encoding="utf-8")
    file.write_text(text + moved, encoding="utf-8")
    twice = centre("site", "check", file)
    assert twice.code == 1
    assert f"dòng {text.count(chr(10)) + 3}: “lan” đã có ở mục [[officer]] phía trên" in twice.err
    start = text.index('id = "lan"')
    file.write_text(text[:start] + "valid_to = 2026-12-31\n" + text[start:] + moved, encoding="utf-8")
    assert centre("site", "check", file, "--json").json["officers"] == 3
    assert centre("site", "import", file).code == 0
    again = tmp_path / "lai.toml"
    assert centre("site", "export", again, "--pins").code == 0
    written = again.read_text(encoding="utf-8")
    assert written.count("$argon2") == 2
    assert "[change.settings]" in written
    assert centre("site", "import", again).code == 0
