"""The commands of the link, as IT types them."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
from sync_tools import Station
from test_sync_rounds import New, receive

from tthc_tui.cli import main
from tthc_tui.desk import Desk


def tthc(station: Station, *words: str) -> tuple[int, dict[str, object], str]:
    """(exit code, JSON answer, what went to stderr) of one command on a station's folder, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("TTHC_PASSWORD", "sai")
        code = main(["--data", str(station.folder), *words, "--json"])
    assert "Traceback" not in err.getvalue()
    return code, json.loads(out.getvalue() or "{}"), err.getvalue()


def test_the_state_of_the_link_has_stable_keys(new_station: New) -> None:
    lan = new_station("a", "lan")
    receive(lan)
    code, data, _ = tthc(lan, "sync", "status")
    assert code == 0
    assert (data["outbox"], data["conflicts"], data["url"]) == (1, 0, "http://localhost:8460")
    assert {"link", "numbers_left", "offset_seconds", "data_at", "leases", "tray"} <= data.keys()


def test_without_a_network_one_sentence_and_an_exit_code(new_station: New) -> None:
    lan = new_station("a", "lan")
    command = [sys.executable, "-m", "tthc_tui", "--data", str(lan.folder), "sync", "--once", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["message"].startswith("Không nối được máy chủ")
    assert "Traceback" not in done.stderr


def test_a_backend_is_named_before_a_device_is_enrolled(new_station: New) -> None:
    alone = new_station("a", "lan", joined=False)
    code, data, _ = tthc(alone, "enrol", "ABCD")
    assert (code, data["error"]["code"]) == (1, "remote")  # type: ignore[index]
    assert tthc(alone, "remote", "add", "http://tthc.gov.vn")[0] == 1
    code, data, _ = tthc(alone, "remote", "add", "https://tthc.gov.vn/")
    assert (code, data["url"]) == (0, "https://tthc.gov.vn")
    assert tthc(alone, "sync", "status")[1]["link"] == "enrol"
    code, data, _ = tthc(alone, "sync", "--once")
    assert code == 3
    assert "tthc enrol" in data["error"]["message"]  # type: ignore[index]


def test_a_changed_history_does_not_pass(new_station: New) -> None:
    lan = new_station("a", "lan")
    first, second = receive(lan), receive(lan)
    lan.desk.sync_once()
    code, data, _ = tthc(lan, "verify")
    assert (code, data["ok"], data["dossiers"], data["waiting"]) == (0, True, 2, 0)
    touched = sqlite3.connect(lan.path)
    touched.execute(
        "UPDATE event SET body = replace(body, 'Đăng ký khai sinh', 'Đăng ký kết hôn') WHERE dossier = ?",
        (str(second.id),),
    )
    touched.commit()
    touched.close()
    code, data, _ = tthc(lan, "verify")
    assert (code, data["ok"]) == (1, False)
    assert data["broken"]["dossier"] == str(second.id)  # type: ignore[index]
    assert isinstance(lan.desk, Desk)
    assert lan.desk.dossier(first.id).code


def test_a_file_that_never_met_a_backend_is_proved_too(new_station: New) -> None:
    alone = new_station("a", "lan", joined=False)
    first = receive(alone)
    alone.desk.note(first.id, "gọi lại cho người nộp")
    code, data, _ = tthc(alone, "verify")
    assert (code, data["dossiers"], data["waiting"]) == (0, 1, 0)
    assert data["events"] == alone.rows("SELECT count(*) FROM event")[0][0]
    alone.store.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE event SET body = replace(body, 'gọi lại', 'không gọi') WHERE kind LIKE 'note%'"
        )
    )
    (changed,) = alone.rows("SELECT id FROM event WHERE kind LIKE 'note%'")
    code, data, _ = tthc(alone, "verify")
    assert code == 1
    assert data["broken"]["event"] == changed[0]  # type: ignore[index]


def test_a_standalone_history_keeps_its_hashes_when_it_joins(new_station: New) -> None:
    alone = new_station("a", "lan", joined=False)
    receive(alone)
    before = alone.rows("SELECT id, hash FROM event ORDER BY pos")
    assert all(row[1] for row in before)
    alone.join()
    alone.desk.sync_once()
    assert alone.rows("SELECT id, hash FROM event WHERE place IS NOT NULL ORDER BY pos") == before


def test_a_whole_server_and_a_feed_are_proved_and_a_forgery_is_named(new_station: New) -> None:
    lan = new_station("a", "lan")
    first = receive(lan)
    lan.desk.sync_once()
    database = f"sqlite:///{lan.server.path}"
    code, data, _ = tthc(lan, "verify", "--server", database)
    assert (code, data["ok"], data["dossiers"], data["trouble"]) == (0, True, 1, "")
    assert lan.desk.verify_feed(lambda _: True).trouble == ""
    assert lan.desk.verify_feed(lambda _: True).dossiers == 1
    lan.store.write(
        lambda connection: connection.exec_driver_sql("UPDATE event SET hash = ? WHERE pos = 1", ("0" * 64,))
    )
    proof = lan.desk.verify_feed(lambda _: True)
    assert str(first.id) in proof.trouble
    assert "khác với bản đã nhận" in proof.trouble
    forged = sqlite3.connect(lan.server.path)
    forged.execute("UPDATE event SET body = replace(body, 'Đăng ký khai sinh', 'Đăng ký kết hôn')")
    forged.commit()
    forged.close()
    code, data, _ = tthc(lan, "verify", "--server", database)
    assert (code, data["ok"]) == (1, False)
    assert data["broken"]["dossier"] == str(first.id)  # type: ignore[index]
    assert "chuỗi băm" in lan.desk.verify_feed(lambda _: True).trouble
    assert tthc(lan, "verify", "--server", "sqlite:////khong/co.db")[0] == 1
