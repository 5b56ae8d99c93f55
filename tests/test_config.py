"""The settings of one machine: kept, read back, never a reason not to start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tthc_tui.config import Config, PrinterConfig, default_data_dir, load_config, save_config


def test_settings_come_back_as_they_were_kept(tmp_path: Path) -> None:
    config = Config(
        data_dir=tmp_path / "mới",
        officer="lan",
        counter="07",
        theme="toi",
        typing_mode="telex",
        printer=PrinterConfig("network", "10.0.0.9:9101", "escpos", "", 1),
        lock_minutes=5,
        reduced_motion=True,
    )
    save_config(config)
    assert load_config(config.data_dir) == config
    assert [path.name for path in config.data_dir.iterdir()] == ["config.toml"]


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    config = load_config(tmp_path)
    assert config == Config(data_dir=tmp_path)
    assert config.problem == ""
    assert config.database.parent == config.receipts_dir.parent == config.log_file.parent == tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "toi', "dòng 1"),
        ("theme = 3\nofficer = 'lan'", "“theme”"),
        ("officer = 'lan'\nlock_minutes = -1", "“lock_minutes”"),
        ("officer = 'lan'\nlock_minutes = true", "“lock_minutes”"),
        ("officer = 'lan'\ntyping_mode = 'vni2'", "“typing_mode”"),
        ("officer = 'lan'\nprinter = 'HP'", "“printer”"),
        ("officer = 'lan'\n[printer]\nkind = 'zebra'", "“printer.kind”"),
        ("officer = 'lan'\n[printer]\nspeed = 9", "“printer.speed”"),
        ("officer = 'lan'\nmystery = 1", "“mystery”"),
    ],
)
def test_a_broken_value_is_named_and_the_rest_still_holds(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    config = load_config(tmp_path)
    assert said in config.problem
    assert config == replace(Config(data_dir=tmp_path), officer="lan" if "lan" in text else "")


def test_a_file_of_another_encoding_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"officer = 'l\xff'")
    assert "mặc định" in load_config(tmp_path).problem
    (tmp_path / "config.toml").write_bytes("officer = 'lan'".encode("utf-8-sig"))
    assert load_config(tmp_path).officer == "lan"
    (tmp_path / "config.toml").unlink()
    (tmp_path / "config.toml").mkdir()
    assert load_config(tmp_path).problem


def test_keeping_settings_is_whole_or_not_at_all(tmp_path: Path) -> None:
    save_config(Config(data_dir=tmp_path, officer="lan"))
    (tmp_path / "chặn").touch()
    with pytest.raises(OSError, match="chặn"):
        save_config(Config(data_dir=tmp_path / "chặn", officer="hung"))
    assert load_config(tmp_path).officer == "lan"


def test_the_folder_can_be_moved_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTHC_DATA", str(tmp_path))
    assert default_data_dir() == tmp_path
    monkeypatch.setenv("TTHC_DATA", "  ")
    assert default_data_dir().name == "tthc-tui"


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (PrinterConfig("system", "HP_M404"), {"kind": "system", "name": "HP_M404", "paper": None}),
        (PrinterConfig("device", "/dev/usb/lp0", "escpos"), {"path": "/dev/usb/lp0", "format": "escpos"}),
        (PrinterConfig("network", "10.0.0.9"), {"host": "10.0.0.9", "port": 9100}),
        (PrinterConfig("network", "10.0.0.9:9101"), {"host": "10.0.0.9", "port": 9101}),
        (PrinterConfig("folder", "/in", paper="A5", copies=1), {"path": "/in", "paper": "A5", "copies": 1}),
    ],
)
def test_a_printer_is_reached_as_configured(kept: PrinterConfig, expected: dict[str, object]) -> None:
    printer = kept.to_printer()
    assert {name: getattr(printer, name) for name in expected} == expected
