"""Typing and waiting for the counter program under test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hands
from hands import press as press
from textual.pilot import Pilot
from textual.widgets import Static

from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.status import MessageLine

CARD = (
    "079084001234|023456789|Phạm Văn An|12031984|Nam|12 Nguyễn Trung Trực, phường Rạch Giá, An Giang|01062021"
)
BIRTH = "1.001193"


async def until(pilot: Pilot[Any], done: Callable[[], bool]) -> None:
    """Wait until something a user would see has happened."""
    await hands.until(pilot, done, lambda: f"{message(pilot)}, {pilot.app.screen}")


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until every key typed so far has had its whole effect."""
    await hands.at_rest(pilot)


async def ready(pilot: Pilot[Any]) -> None:
    """Wait until the store is open and the first counts are shown."""
    await until(pilot, lambda: pilot.app.desk is not None and pilot.app.live.due is not None)


async def burst(pilot: Pilot[Any], *keys: str, gap: float = 0.001) -> None:
    """Send keys as one write to the terminal: all at once. Names stand in <>, other strings are typed."""
    await hands.send(pilot, hands.split(keys), gap)


async def scan(pilot: Pilot[Any], text: str) -> None:
    """A wedge scanner: fast typing that ends with Enter."""
    await burst(pilot, text, "<enter>")


def message(pilot: Pilot[Any]) -> str:
    """What the message line says."""
    return " ".join(line.text for line in pilot.app.screen.query(MessageLine))


def text_of(pilot: Pilot[Any], selector: str) -> str:
    """What a static part shows."""
    return str(pilot.app.screen.query_one(selector, Static).content)


def field(pilot: Pilot[Any], name: str) -> str:
    """What stands in a field."""
    return pilot.app.screen.query_one(f"#{name}", VnInput).value


def showing(pilot: Pilot[Any]) -> str:
    """The name of the screen on top."""
    return type(pilot.app.screen).__name__


def screen_text(pilot: Pilot[Any]) -> str:
    """Everything on the terminal, line by line."""
    app = pilot.app
    width, height = app.size
    return (
        "\n".join(strip.text for strip in app.screen._compositor.render_strips()) if width and height else ""
    )


def dossiers(pilot: Pilot[Any]) -> list[Any]:
    """All dossiers in the file, the newest first."""
    from tthc_tui.core.views import DossierQuery

    desk = pilot.app.desk
    return desk.lines(desk.find(DossierQuery()))
