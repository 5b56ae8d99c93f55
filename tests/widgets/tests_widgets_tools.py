"""What widget tests share: a small app with ordered keys and honest typing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from tthc_tui.widgets.keys import OrderedKeys


class Bench(OrderedKeys):
    """Shows the given widgets and records every message."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self.widgets = widgets
        self.seen: list[Message] = []

    def compose(self) -> ComposeResult:
        yield from self.widgets

    def of(self, kind: type[Message]) -> list[Any]:
        """The recorded messages of a kind."""
        return [message for message in self.seen if isinstance(message, kind)]


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until every key typed so far has had its effect."""
    for _ in range(500):
        await pilot.pause()
        if getattr(pilot.app, "keys_settled", True):
            return
    raise AssertionError("keys did not settle")


def key(name: str) -> events.Key:
    """A key event: one letter as the terminal sends it, or a key name."""
    return events.Key(name, name) if len(name) == 1 else events.Key(name, None)


async def burst(pilot: Pilot[Any], *keys: str, gap: float = 0.001) -> None:
    """Send keys as one write to the terminal would: all at once, `gap` seconds apart by their stamps.

    A string longer than one letter that is not a key name in <> is typed letter by letter.
    """
    from time import monotonic

    at = monotonic()
    for name in _split(keys):
        event = key(name)
        event.time = at = at + gap
        event.set_sender(pilot.app)
        pilot.app.post_message(event)
    await settle(pilot)


def _split(keys: Iterable[str]) -> Iterable[str]:
    for text in keys:
        if text.startswith("<") and text.endswith(">"):
            yield text[1:-1]
        else:
            yield from text
