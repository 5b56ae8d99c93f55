"""Vietnamese words around commands: help pages and answers to wrongly written ones."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from tthc_tui.core.text import clean

_HELP_WORDS = (
    (re.compile(r"^Usage: ", re.MULTILINE), "Cách dùng: "),
    (re.compile(r"^Options:$", re.MULTILINE), "Tùy chọn:"),
    (re.compile(r"^Arguments:$", re.MULTILINE), "Tham số:"),
    (re.compile(r"^Commands:$", re.MULTILINE), "Lệnh:"),
    (re.compile(r"Show this message\s+and\s+exit\."), "Hiện hướng dẫn này."),
    (re.compile(r"\[required\]"), "[bắt buộc]"),
    (re.compile(r"\[default:(?=\s)"), "[mặc định:"),
    (re.compile(r";\s+required\]"), "; bắt buộc]"),
)
_KIND = re.compile(r" <[\w\[\]]+>")  # "MÃ <str>": what the library calls the kind of a value
_BRACES = re.compile(r"\{([^{}]+)\}")
_PARTS = re.compile(r"(?=[;,(]\s?|\s\()")  # where a sentence may end early


def in_vietnamese(page: str) -> str:
    """A help page as the library lays it out, its fixed words in Vietnamese."""
    for english, vietnamese in _HELP_WORDS:
        page = english.sub(vietnamese, page)
    first, line_end, rest = page.partition("\n\n")
    rest = _KIND.sub(lambda kind: " " * len(kind[0]), rest)  # the columns stay where they are
    first = _BRACES.sub(r"\1", first).replace("…...", "…")
    return first + line_end + rest


def in_short(text: str, limit: int) -> str:
    """The first sentence of a help text in at most `limit` cells, shortened only where a part of it ends."""
    sentence = " ".join((text or "").split()).partition(". ")[0].rstrip(".")
    parts = _PARTS.split(sentence)
    while len(parts) > 1 and len("".join(parts)) + 1 > limit:
        parts.pop()
    short = "".join(parts)
    if short.count("(") > short.count(")"):
        short = short.rpartition("(")[0]
    return short.rstrip(" ;,:(") + "."


class VietnameseCommand(TyperCommand):
    """A command whose help speaks Vietnamese throughout."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Its line in the list of commands."""
        return in_short(self.help or "", limit)

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """The help page."""
        return in_vietnamese(super().get_help(ctx))


class VietnameseGroup(TyperGroup):
    """A group of commands, likewise."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Its line in the list of commands."""
        return in_short(self.help or "", limit)

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """The help page."""
        return in_vietnamese(super().get_help(ctx))


HELP = {"help_option_names": ["--help", "-h"]}
COMMAND: dict[str, Any] = {
    "cls": VietnameseCommand,
    "context_settings": HELP,
    "options_metavar": "[TÙY CHỌN]",
}
"""How every command is made known to Typer."""


def group(text: str) -> typer.Typer:
    """A group of commands; `text` is its help."""
    return typer.Typer(
        cls=VietnameseGroup,
        help=text,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings=HELP,
        subcommand_metavar="LỆNH …",
        options_metavar="[TÙY CHỌN]",
    )


def usage_sentence(error: typer.TyperException) -> str:
    """One Vietnamese sentence for a command that is written wrongly."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "tthc"
    return f"{_what(error)}: xem “{path} --help”."


def _what(error: typer.TyperException) -> str:
    kind = type(error).__name__
    param = getattr(error, "param", None)
    hint = _name(param)
    if kind == "MissingParameter":
        return f"Lệnh còn thiếu {hint}"
    if kind == "NoSuchOption":
        return f"Không có tùy chọn “{_shown(getattr(error, 'option_name', ''))}”"
    if kind == "BadOptionUsage":
        return f"Tùy chọn “{_shown(getattr(error, 'option_name', ''))}” viết chưa đủ"
    if kind == "BadParameter":
        said = clean(error.message)
        allowed = re.findall(r"'([^']*)'", said.partition("is not one of")[2])
        if allowed:
            return f"Giá trị của {hint} không đúng, chỉ nhận {', '.join(allowed)}"
        return said.rstrip(".") if not said.isascii() else f"Giá trị của {hint} không đúng"
    unknown = re.match(r"No such command '(.*?)'", error.message)
    if unknown:
        return f"Không có lệnh “{_shown(unknown[1])}”"
    if error.message.startswith("Got unexpected extra argument"):
        return f"Lệnh thừa tham số “{_shown(error.message.rpartition('(')[2].rstrip(').'))}”"
    if error.message.startswith("Missing command"):
        return "Lệnh chưa đủ, còn thiếu lệnh con"
    return "Lệnh viết không đúng"


def _name(param: object) -> str:
    options = getattr(param, "opts", None) or []
    if not options:
        return "tham số"
    if str(options[0]).startswith("-"):
        return f"tùy chọn “{options[0]}”"
    return f"tham số {getattr(param, 'metavar', None) or str(options[0]).upper()}"


def _shown(text: str) -> str:
    return clean(text)[:40]
