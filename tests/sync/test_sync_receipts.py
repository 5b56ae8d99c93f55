"""A receipt written without a number: it says so, is found by its short id, and gets its code with the sync."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sync_tools import Station
from test_sync_rounds import New, intake, receive
from textual.widgets import Static

from tthc_tui.app import CounterApp
from tthc_tui.config import Config
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier
from tthc_tui.printing.compose import compose
from tthc_tui.printing.output import Printer
from tthc_tui.printing.plain import to_text
from tthc_tui.widgets.barcode import BarcodeView, QRView

sys.path.append(str(Path(__file__).parent.parent / "screens"))
from counter_tools import ready, until


def without_numbers(new_station: New) -> tuple[Station, Dossier]:
    """A counter whose network is away and whose numbers are used up."""
    lan = new_station("a", "lan")
    lan.network.weather.off = True
    lan.store.write(lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1"))
    dossier = receive(lan)
    assert dossier.code == ""
    return lan, dossier


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_printed_receipt_is_provisional_until_the_sync_and_the_reprint_is_official(
    new_station: New, tmp_path: Path
) -> None:
    lan, dossier = without_numbers(new_station)
    number = short_id(dossier.id)
    document = lan.desk.document(dossier.id)
    text = words(to_text(document))
    assert f"SỐ TẠM {number}: mã hồ sơ chính thức sẽ có khi đồng bộ" in text
    sheet = compose(document)
    assert (sheet.bar_text(800), sheet.qr) == (number, number)
    lan.desk.print_form(dossier.id, Printer(kind="none"), tmp_path)
    lan.network.weather.off = False
    lan.desk.sync_once()
    code = lan.desk.dossier(dossier.id).code
    assert code.startswith("H15.50.05")
    again = lan.desk.document(dossier.id)
    text = words(to_text(again))
    assert code in text
    assert "BẢN IN LẠI LẦN 1" in text
    assert "SỐ TẠM" not in text
    assert (compose(again).bar_text(2000), compose(again).qr) == (code, code)
    assert lan.desk.find_code(number).code == code  # the paper already given out still finds the dossier


def test_a_refusal_without_a_code_promises_none(new_station: New) -> None:
    lan, dossier = without_numbers(new_station)
    assert lan.desk.document(dossier.id).provisional
    refused = lan.desk.refuse_intake(intake(lan), "không thuộc thẩm quyền")
    assert "SỐ TẠM" not in to_text(lan.desk.document(refused.id))


@pytest.mark.parametrize("width", [80, 120])
async def test_the_screen_says_so_too(new_station: New, width: int, monkeypatch: Any) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    lan, dossier = without_numbers(new_station)
    number = short_id(dossier.id)
    lan.store.close()
    app = CounterApp(Config(data_dir=lan.folder, officer="lan", theme="toi", lock_minutes=0))
    async with app.run_test(size=(width, 30)) as pilot:
        await ready(pilot)
        await app.go("receipt", dossier=str(dossier.id))
        state = app.screen.query_one("#receipt-state", Static)
        await until(pilot, lambda: f"SỐ TẠM {number}: mã hồ sơ chính thức" in str(state.content))
        assert "SỐ TẠM" in str(app.screen.query_one("#receipt-text", Static).content)
        bars = app.screen.query_one(BarcodeView)
        assert (bars.code, bars.short_id) == ("", number)
        assert app.screen.query_one(QRView).text == number
