"""The picture of the rooms stays true; starting stays light; Windows can import everything."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tthc_tui"
POSIX_ONLY = {
    "fcntl",
    "termios",
    "tty",
    "pty",
    "pwd",
    "grp",
    "resource",
    "curses",
    "readline",
    "posix",
    "syslog",
}
HEAVY = {
    "sqlmodel",
    "sqlalchemy",
    "fpdf",
    "escpos",
    "httpx",
    "rapidfuzz",
    "holidays",
    "typer",
    "argon2",
    "PIL",
    "pydantic",
}


def loaded_by(code: str) -> set[str]:
    """The top names of all modules a fresh Python holds after running `code`."""
    words = f"import sys, json\n{code}\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_arrows_between_rooms_point_one_way() -> None:
    code = "from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout


def test_the_first_screen_waits_for_no_heavy_library() -> None:
    assert not loaded_by("import tthc_tui.cli, tthc_tui.config, tthc_tui.launch") & (
        HEAVY | {"textual", "rich"}
    )


def test_the_deadline_command_needs_no_database_and_no_screen() -> None:
    words = '["deadline", "--from", "2026-11-20", "--amount", "1", "--unit", "day"]'
    loaded = loaded_by(f"from tthc_tui.cli import main; main({words})")
    assert not loaded & {"sqlmodel", "sqlalchemy", "textual", "fpdf", "httpx", "rapidfuzz", "argon2"}


def test_no_module_needs_a_posix_system_to_be_imported() -> None:
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found += [f"{path.name}: {name}" for name in names if name.split(".")[0] in POSIX_ONLY]
    assert found == []


def test_the_package_ships_its_data_and_themes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["tthc_tui"]
    assert wheel["force-include"] == {"themes": "tthc_tui/themes"}
    assert list((ROOT / "themes").glob("*.toml"))
    assert len(list((PACKAGE / "data" / "catalog").glob("*.toml"))) >= 8
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    assert "*.toml" not in ignored  # a wheel leaves out what git ignores


def test_the_wheel_holds_catalogue_themes_and_styles(tmp_path: Path) -> None:
    hatchling = pytest.importorskip("hatchling.build", reason="hatchling is not installed here")
    code = f"from hatchling.build import build_wheel; build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)
    assert hatchling
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    for wanted in ("data/catalog/ho-tich.toml", "data/sample_site.toml", "data/forms.toml", "py.typed"):
        assert f"tthc_tui/{wanted}" in names
    assert any(name.startswith("tthc_tui/themes/") for name in names)
    styles = {str(path.relative_to(ROOT).as_posix()) for path in PACKAGE.rglob("*.tcss")}
    assert styles <= names
