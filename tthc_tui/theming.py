"""Themes as data: TOML files → validated → Textual themes. A bad file costs one notice, never the program.

The shipped files lie in `themes/` of the checkout or `tthc_tui/themes` of an installed wheel; a site adds
its own folder, whose themes replace shipped ones of the same name.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

AUTO = "auto"
DEFAULT, CONSOLE, HIGH_CONTRAST = "sang", "console", "tuong-phan"
_BUILT_IN = {CONSOLE: "ansi-dark"}  # stand in where even the shipped files cannot be read
_COLORS = frozenset(
    [
        "primary",
        "secondary",
        "accent",
        "warning",
        "error",
        "success",
        "background",
        "surface",
        "panel",
        "foreground",
        "boost",
    ]
)
_REQUIRED = ("primary", "background", "foreground")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_STYLE_WORDS = re.compile(r"(?:none|not|bold|b|dim|italic|underline|reverse|strike|\s)+")
_POOR_TERMS = re.compile(
    r"(?:linux|vt\d+|ansi|cons25|dumb|xterm|screen|rxvt|putty|con\w*|)(?:-(?:16color|color|m))?"
)


class ThemeError(ValueError):
    """A theme file that cannot be used; the message is one Vietnamese sentence with the file's name."""


@dataclass
class ThemeSet:
    """The themes that could be read, their titles for officers, and a sentence for each file that could not."""

    themes: dict[str, Theme] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def shipped_folder() -> Path:
    """Where the program's own theme files lie: inside the installed package, else beside it in a checkout."""
    inside = Path(__file__).parent / "themes"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "themes"


def load_themes(folders: Iterable[Path] = ()) -> ThemeSet:
    """All themes of the shipped folder and then of `folders`; later ones replace those of the same name."""
    found = ThemeSet()
    for folder in (shipped_folder(), *folders):
        try:
            paths = sorted(folder.glob("*.toml"))
        except OSError as error:
            found.problems.append(f"Không đọc được thư mục giao diện “{folder}”: {error.strerror}.")
            continue
        for path in paths:
            try:
                theme, title = load_theme(path)
            except ThemeError as error:
                found.problems.append(str(error))
                continue
            found.themes[theme.name], found.titles[theme.name] = theme, title
    return found


def load_theme(path: Path) -> tuple[Theme, str]:
    """The theme in one TOML file and its title; ThemeError says in Vietnamese what is wrong with the file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ThemeError(f"Không đọc được tệp giao diện “{path.name}”: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThemeError(f"Tệp giao diện “{path.name}” không đúng dạng TOML ({error}).") from error
    name = data.get("name", path.stem)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _bad(path, "tên chỉ gồm chữ thường không dấu, số và dấu gạch ngang")
    for key in data.keys() - {"name", "title", "dark", "ansi", "colors", "variables"}:
        raise _bad(path, f"có mục lạ “{key}”")
    dark, ansi = data.get("dark", True), data.get("ansi", False)
    if not isinstance(dark, bool) or not isinstance(ansi, bool):
        raise _bad(path, "“dark” và “ansi” chỉ nhận true hoặc false")
    colors = _table(path, data, "colors")
    variables = _table(path, data, "variables")
    for key in colors.keys() - _COLORS:
        raise _bad(path, f"có màu lạ “{key}”")
    for key in _REQUIRED:
        if key not in colors:
            raise _bad(path, f"thiếu màu “{key}”")
    for key, value in colors.items():
        _check_color(path, key, value, ansi)
    for key, value in variables.items():
        if not key.endswith("-style"):
            _check_color(path, key, value, ansi)
        elif not _STYLE_WORDS.fullmatch(value):
            raise _bad(path, f"kiểu chữ “{key}” không hiểu được")
    if ansi:  # Textual cannot start without these two
        variables.setdefault("ansi-background", colors["background"])
        variables.setdefault("ansi-foreground", colors["foreground"])
    theme = Theme(name=name, dark=dark, ansi=ansi, variables=variables, **colors)  # type: ignore[arg-type]
    return theme, str(data.get("title", name))


def choose_theme(environ: Mapping[str, str], setting: str = AUTO) -> str:
    """The name of the theme to use: the officer's setting, else what the terminal can show.

    A terminal of 16 colours or fewer gets "console", NO_COLOR the high contrast theme (its greys stay apart).
    """
    if setting and setting != AUTO:
        return setting
    if environ.get("COLORTERM", "").casefold() in ("truecolor", "24bit"):
        rich_colors = True
    elif sys.platform == "win32" and not environ.get("TERM"):
        rich_colors = bool(environ.get("WT_SESSION") or environ.get("ConEmuANSI") == "ON")
    else:
        rich_colors = not _POOR_TERMS.fullmatch(environ.get("TERM", "").casefold())
    if not rich_colors:
        return CONSOLE
    return HIGH_CONTRAST if environ.get("NO_COLOR") else DEFAULT


def apply_theme(
    app: App[Any], environ: Mapping[str, str], setting: str = AUTO, folders: Iterable[Path] = ()
) -> ThemeSet:
    """Register all themes with `app` and put the chosen one on; what went wrong is in `problems`."""
    found = load_themes(folders)
    for theme in found.themes.values():
        app.register_theme(theme)
    name = choose_theme(environ, setting)
    if name not in app.available_themes:
        fallback = choose_theme(environ)
        if setting not in ("", AUTO):
            found.problems.append(f"Không có giao diện “{name}”; dùng giao diện mặc định.")
        name = fallback if fallback in found.themes else _BUILT_IN.get(fallback, "textual-light")
    app.theme = name
    _draw_scrollbars(plain=app.current_theme.ansi)
    return found


def _draw_scrollbars(*, plain: bool) -> None:
    """Scroll bars, of whole cells where `plain`: fonts of text consoles lack the eighth blocks."""
    from textual.scrollbar import ScrollBar, ScrollBarRender

    class PlainScrollBar(ScrollBarRender):
        VERTICAL_BARS = [" "] * 8
        HORIZONTAL_BARS = [" "] * 8

    ScrollBar.renderer = PlainScrollBar if plain else ScrollBarRender


def contrast(first: str, second: str) -> float:
    """The WCAG 2 contrast ratio of two opaque colours, 1 to 21."""

    def luminance(text: str) -> float:
        parts = [part / 255 for part in Color.parse(text).rgb]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _bad(path: Path, what: str) -> ThemeError:
    return ThemeError(f"Tệp giao diện “{path.name}” không dùng được: {what}.")


def _table(path: Path, data: dict[str, Any], key: str) -> dict[str, str]:
    table = data.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise _bad(path, f'có mục “{key}” sai: mỗi dòng phải là tên = "màu"')
    return dict(table)


def _check_color(path: Path, key: str, value: str, ansi: bool) -> None:
    if value.startswith("ansi_") and not ansi:
        raise _bad(path, f"dùng màu console “{value}” nhưng không khai ansi = true")
    try:
        Color.parse(value)
    except ColorParseError:
        raise _bad(path, f"có màu “{key}” không hiểu được: “{value}”") from None
