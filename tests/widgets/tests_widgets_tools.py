"""What widget tests share: a small app with ordered keys and honest typing."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from tthc_tui.widgets.keys import OrderedKeys


class Bench(OrderedKeys):
    """Shows the given widgets and records every message that reaches the app."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self.widgets = widgets
        self.seen: list[Message] = []

    def compose(self) -> ComposeResult:
        """The widgets, one below the other."""
        yield from self.widgets

    async def on_event(self, event: events.Event) -> None:
        """Events are not recorded."""
        await super().on_event(event)

    async def _on_message(self, message: Message) -> None:
        self.seen.append(message)
        await super()._on_message(message)

    def of(self, kind: type[Message]) -> list[Any]:
        """The recorded messages of a kind."""
        return [message for message in self.seen if isinstance(message, kind)]


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until every key typed so far has had its effect."""
    for _ in range(400):
        await pilot.pause()
        if getattr(pilot.app, "keys_settled", True):
            await pilot.pause()
            return
    raise AssertionError("keys did not settle")


def key(name: str) -> events.Key:
    """A key event: one letter as the terminal sends it, or a key name."""
    if name == ".":
        return events.Key("full_stop", ".")
    return events.Key(name, name) if len(name) == 1 else events.Key(name, None)


async def burst(pilot: Pilot[Any], *keys: str, gap: float = 0.001) -> None:
    """Send keys as one write to the terminal would: all at once, `gap` seconds apart by their stamps.

    "<enter>" is a key name; any other text is typed letter by letter.
    """
    app = pilot.app
    at = app.last_sent = max(monotonic(), getattr(app, "last_sent", 0.0) + 1)  # a second after the last one
    for name in _split(keys):
        event = key(name)
        event.time = at = at + gap
        app.last_sent = at
        app.post_message(event)
    await settle(pilot)


def _split(keys: Iterable[str]) -> Iterable[str]:
    for text in keys:
        if text.startswith("<") and text.endswith(">"):
            yield text[1:-1]
        else:
            yield from text
