"""What widget tests share: a small app with ordered keys and honest typing."""

from __future__ import annotations

from typing import Any

from hands import at_rest as settle  # noqa: F401 - the tests' own name
from hands import key as key
from hands import send, split
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


async def burst(pilot: Pilot[Any], *keys: str, gap: float = 0.001) -> None:
    """Send keys as one write to the terminal would: all at once, `gap` seconds apart by their stamps.

    "<enter>" is a key name; any other text is typed letter by letter.
    """
    await send(pilot, split(keys), gap)
