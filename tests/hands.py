"""Hands at the keyboard of a program under test, and waiting: for what the program has yet to do, never for time."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from tthc_tui.store.errors import StoreClosed

PATIENCE = 60.0
"""Seconds until a test gives up; only a machine that is very busy comes near."""

_ENDLESS = ("watch", "warm")  # groups of jobs that go on beside the officer and paint nothing by themselves
_CALM_LOOKS = 2


def still_to_do(app: Any) -> str:
    """What the program has yet to do, in a word; "" when it only waits for the officer."""
    if not getattr(app, "keys_settled", True):
        return "keys"
    if any(not job.is_finished for job in app.workers if job.group not in _ENDLESS):
        return "jobs"
    if any(pump.message_queue_size for pump in (app, *app.screen.walk_children(with_self=True))):
        return "messages"
    return "a change of the file" if _unseen(app) else ""


def _unseen(app: Any) -> bool:
    """Whether something was saved that the screens were not told of."""
    if not any(job.is_running for job in app.workers if job.group == "watch"):
        return False
    try:
        return bool(app.desk.store.data_version() != app.version_seen)
    except StoreClosed:
        return False


async def at_rest(pilot: Pilot[Any]) -> None:
    """Wait until every key had its whole effect: jobs ended, messages handled, counts told, the screen painted."""
    app, ends, calm = pilot.app, monotonic() + PATIENCE, 0
    while app.is_running and app.screen_stack and calm < _CALM_LOOKS:
        left = still_to_do(app)
        if left:
            calm = 0
            assert monotonic() < ends, f"never came to rest: {left}"
            await sleep(0.001 if left == "jobs" else 0)
        else:
            calm += 1
            await pilot.wait_for_animation()
            await pilot.pause(0)  # whatever was in a queue is handled, and the screen is painted


async def until(pilot: Pilot[Any], done: Callable[[], Any], said: Callable[[], str] = str) -> None:
    """Wait until something a user would see has happened; `said` tells what the screen said where it never does."""
    ends = monotonic() + PATIENCE
    while not done():
        assert monotonic() < ends, f"never happened; the screen said: {said()!r}"
        await pilot.pause(0.002)
    await at_rest(pilot)


async def send(pilot: Pilot[Any], names: Iterable[str], gap: float) -> None:
    """Keys `gap` seconds apart by their stamps, the first a second after those before; all are posted at once.

    A name is one letter or what Textual calls the key.
    """
    app = pilot.app
    at = max(monotonic(), getattr(app, "last_stamp", 0.0) + 1)
    for name in names:
        event = key(name)
        event.time = at = at + gap
        event.set_sender(app)
        app.post_message(event)
    app.last_stamp = at  # type: ignore[attr-defined]
    await at_rest(pilot)


async def press(pilot: Pilot[Any], *names: str) -> None:
    """Press keys as a person does: the next when the one before had its whole effect."""
    for name in names:
        await send(pilot, [name], 0.2)


def key(name: str) -> events.Key:
    """A key event: one letter as the terminal sends it, or a key name."""
    if len(name) > 1:
        return events.Key(name, None)
    return events.Key(_character_to_key(name), name)


def split(texts: Iterable[str]) -> list[str]:
    """The names of keys: "<enter>" is one, of any other text each letter."""
    names: list[str] = []
    for text in texts:
        names += [text[1:-1]] if text.startswith("<") and text.endswith(">") else list(text)
    return names
