"""What IT meets first: the help pages, the example of the site file, a copy of the data while counters work."""

from __future__ import annotations

import re
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

from tthc_tui.config import load_config
from tthc_tui.store.sqlite import SqliteStore


def test_a_backup_of_an_open_file_is_whole_and_private(centre: Any, tmp_path: Path) -> None:
    config = load_config(tmp_path)
    copy = tmp_path / "sao-luu" / "tthc-hom-nay.db"
    with SqliteStore(config.database) as store, store.read():
        done = centre("db", "backup", copy, "--json")
    assert (done.code, done.json["ok"], done.json["path"]) == (0, True, str(copy))
    assert done.json["bytes"] == copy.stat().st_size
    assert sorted(file.name for file in copy.parent.iterdir()) == [copy.name]
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as made, sqlite3.connect(config.database) as kept:
        for table in ("event", "procedure"):
            count = f"SELECT count(*) FROM {table}"
            assert made.execute(count).fetchone() == kept.execute(count).fetchone()
    new = tmp_path / "may-moi"
    new.mkdir()
    copy.replace(new / "tthc.db")
    assert centre("--data", new, "db", "check").code == 0


def test_a_backup_never_writes_over_a_file(centre: Any, tmp_path: Path) -> None:
    kept = tmp_path / "quan-trong.db"
    kept.write_bytes(b"x")
    refused = centre("db", "backup", kept)
    assert refused.code == 1
    assert "đã có" in refused.err
    assert kept.read_bytes() == b"x"
    nowhere = centre("db", "backup", kept / "x.db")
    assert nowhere.code != 0
    assert nowhere.err.count("\n") <= 1
    assert sorted(file.name for file in tmp_path.glob(".sao-luu*")) == []


def test_the_example_of_the_guide_can_be_imported(tthc: Any, tmp_path: Path) -> None:
    guide = Path(__file__).parents[2] / "docs" / "site.md"
    example = re.search(r"```toml\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    assert example is not None
    file = tmp_path / "mau.toml"
    file.write_text(example[1], "utf-8")
    checked = tthc("site", "check", file)
    assert (checked.code, checked.err) == (0, "")
    assert tthc("site", "import", file).code == 0


def test_help_pages_end_their_sentences_and_speak_no_library(tthc: Any) -> None:
    from tthc_tui.commands.tree import command_names

    groups = sorted({name.rpartition(" ")[0] for name in command_names()})
    some = ("enrol", "catalog import", "remote add", "receive")
    pages = {name: tthc(*name.split(), "--help").out for name in (*groups, *some)}
    for name, page in pages.items():
        assert "..." not in page, (name, page)
        for line in page.partition("Lệnh:\n")[2].splitlines():
            assert line.count("(") == line.count(")"), (name, line)
        assert not re.search(r"<[\w\[\]]+>", page), (name, page)
        assert "{" not in page.partition("\n")[0], (name, page)
        assert not re.search(r"\b(Usage|Options|Arguments|Commands|required|default)\b", page), (name, page)


def test_doctor_names_the_file_of_the_printer_and_its_kind_in_vietnamese(centre: Any, tmp_path: Path) -> None:
    assert str(load_config(tmp_path).config_file) in centre("doctor").out
    load_config(tmp_path).config_file.write_text(
        f'[printer]\nkind = "folder"\ntarget = "{tmp_path.as_posix()}"\n'
    )
    assert f"Bản in được ghi vào thư mục {tmp_path.as_posix()}" in centre("doctor").out
