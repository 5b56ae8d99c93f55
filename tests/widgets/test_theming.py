"""Themes as data: readable, complete, and never in the way of starting."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests_widgets_tools import Bench, settle
from textual.scrollbar import ScrollBar

from tthc_tui.theming import (
    ThemeError,
    apply_theme,
    choose_theme,
    contrast,
    load_theme,
    load_themes,
    shipped_folder,
)
from tthc_tui.widgets.inputs import VnInput

TEXTS = ("primary", "secondary", "accent", "warning", "error", "success", "muted", "disabled")
GROUNDS = ("background", "surface", "panel")


def test_every_shipped_theme_loads() -> None:
    found = load_themes()
    assert found.problems == []
    assert set(found.themes) == {"sang", "toi", "tuong-phan", "console"}
    assert found.titles["tuong-phan"] == "Tương phản cao"


@pytest.mark.parametrize(("name", "least"), [("sang", 4.5), ("toi", 4.5), ("tuong-phan", 7.0)])
def test_text_is_readable_on_every_ground(name: str, least: float) -> None:
    theme, _ = load_theme(shipped_folder() / f"{name}.toml")
    colors = {**theme.to_color_system().generate(), **theme.variables}
    for ground in GROUNDS:
        for text in ("foreground", *(f"text-{kind}" for kind in TEXTS)):
            assert contrast(colors[text], colors[ground]) >= least, (text, ground)
    pairs = [("block-cursor-foreground", "block-cursor-background")]
    pairs.append(("input-selection-foreground", "input-selection-background"))
    for text, ground in pairs:
        assert contrast(colors[text], colors[ground]) >= least, (text, ground)


def test_known_contrast_ratios() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("environ", "setting", "name"),
    [
        ({"TERM": "xterm-256color"}, "auto", "sang"),
        ({"TERM": "linux"}, "auto", "console"),
        ({"TERM": "xterm"}, "auto", "console"),
        ({"TERM": "screen"}, "", "console"),
        ({"TERM": "dumb"}, "auto", "console"),
        ({"TERM": "vt220"}, "auto", "console"),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, "auto", "sang"),
        ({"TERM": "tmux-256color", "NO_COLOR": "1"}, "auto", "tuong-phan"),
        ({"TERM": "xterm-kitty"}, "auto", "sang"),
        ({"TERM": "linux"}, "toi", "toi"),
    ],
)
def test_the_terminal_chooses_where_nobody_did(environ: dict[str, str], setting: str, name: str) -> None:
    assert choose_theme(environ, setting) == name


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("name = ", "TOML"),
        ('name = "a"\n[colors]\nprimary = "#123456"\nbackground = "#000"', "foreground"),
        ('[colors]\nprimary = "xanh"\nbackground = "#000"\nforeground = "#fff"', "xanh"),
        ('[colors]\nprimary = "ansi_red"\nbackground = "#000"\nforeground = "#fff"', "ansi = true"),
        ("[colors]\nprimary = 3\n", "colors"),
        ('name = "Đẹp"', "tên"),
        ("what = 1", "what"),
        (
            '[colors]\nprimary = "#123456"\nbackground = "#000"\nforeground = "#fff"\n[variables]\nborder = "x y"',
            "border",
        ),
    ],
)
def test_a_bad_file_is_one_sentence_that_names_it(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "hong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ThemeError, match=r"hong\.toml") as caught:
        load_theme(path)
    assert what in str(caught.value)


async def test_a_site_adds_a_theme_and_its_bad_file_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "hong.toml").write_text("[[", encoding="utf-8")
    (tmp_path / "rieng.toml").write_text(
        'name = "rieng"\nansi = true\n[colors]\nprimary = "ansi_green"\nbackground = "ansi_black"\nforeground = "ansi_white"',
        encoding="utf-8",
    )
    app = Bench(VnInput())
    async with app.run_test() as pilot:
        found = apply_theme(app, {"TERM": "xterm-256color"}, "rieng", [tmp_path])
        await settle(pilot)
        assert app.theme == "rieng"
        assert len(found.problems) == 1
        found = apply_theme(app, {"TERM": "linux"}, "mat-roi", [tmp_path / "khong-co"])
        await settle(pilot)
        assert app.theme == "console"
        assert any("mat-roi" in problem for problem in found.problems)


async def test_only_a_text_console_has_scroll_bars_of_whole_cells() -> None:
    def bars(theme: str) -> set[str]:
        apply_theme(app, {}, theme)
        return set(ScrollBar.renderer.VERTICAL_BARS)

    app = Bench(VnInput())
    async with app.run_test():
        assert bars("console") == {" "}
        assert len(bars("toi")) == 8


@pytest.mark.parametrize("name", ["sang", "toi", "tuong-phan", "console"])
async def test_the_program_stands_up_in_every_theme(name: str) -> None:
    app = Bench(VnInput())
    async with app.run_test() as pilot:
        apply_theme(app, {}, name)
        await settle(pilot)
        assert app.theme == name
        ground = app.screen.styles.background
        ink = app.query_one(VnInput).styles.color
        assert ground != ink
