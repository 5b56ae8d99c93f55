"""What the documents tell people to type works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tthc_tui.commands.tree import command_names
from tthc_tui.desk.intake_form import intake_from_json

ROOT = Path(__file__).parents[2]


def block(name: str, language: str, number: int = 0) -> str:
    """A code block of a document."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number]


def test_the_readme_lists_every_command_and_no_other() -> None:
    page = block("README.md", "sh", 1)
    typed = {line.removeprefix("tthc ") for line in page.splitlines() if line.startswith("tthc ")}
    names = command_names()
    assert [name for name in names if not any(f"{line} ".startswith(f"{name} ") for line in typed)] == []
    known = tuple(f"{name} " for name in names)
    assert [line for line in typed if line.strip() and not f"{line} ".startswith((*known, " "))] == []


def test_the_example_of_a_json_intake_is_one() -> None:
    intake = intake_from_json(block("README.md", "json"))
    assert intake.applicant.name == "Phạm Văn An"
    assert intake.papers[0].count == 1


def test_the_example_of_a_site_file_stands_as_it_is(tthc: Any, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(block("docs/site.md", "toml"), encoding="utf-8")
    answer = tthc("site", "check", file, "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["units"], answer.json["officers"]) == (3, 1)  # rows of one id are one


def test_the_example_of_settings_is_understood_whole(tmp_path: Path) -> None:
    from tthc_tui.config import load_config

    (tmp_path / "config.toml").write_text(block("README.md", "toml"), encoding="utf-8")
    config = load_config(tmp_path)
    assert config.problem == ""
    assert config.printer.to_printer().path == "/dev/usb/lp0"
