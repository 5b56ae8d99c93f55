"""Keys in their order: type-ahead that lands in the right field, and scans that spill into none.

Textual hands a key to whatever has focus at that moment, so of "Lan, Tab, 0912" sent in one burst the
digits would still reach the first field. `OrderedKeys` (mixed into the app) hands over the next key only
when everything the last one caused has happened: bindings, messages, moved focus, a new screen.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.signal import Signal
from textual.widget import Widget
from textual.widgets import Input

from tthc_tui.widgets.scan import Burst, Scanned, scan_kind
from tthc_tui.widgets.vietnamese import clean

if TYPE_CHECKING:
    from textual.screen import Screen

_MAX_PASSES = 8
_STUCK_AFTER = 0.5  # seconds until a key whose target vanished is given up
_LINE_END_GAP = 0.12  # seconds between the CR and the LF of one line end; a slow link delivers in clumps
_LONGEST_HOLD = 10.0  # seconds a screen may keep keys waiting before they are delivered anyway


class OrderedKeys(App[Any]):
    """An app whose keys are handled strictly one after another and whose scans arrive as `Scanned`.

    Screens may call `hold_keys()` while they wait for data a following key depends on, and
    `release_keys()` after; keys typed meanwhile wait, in order. `typing_mode` is read by `VnInput`.
    """

    typing_mode: str = "off"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_signal: Signal[events.Key] = Signal(self, "key handled")
        self._waiting: deque[tuple[events.Key | events.Paste, bool]] = deque()
        self._burst = Burst()
        self._held: list[events.Key] = []
        self._hold_timer: Any = None
        self._climb_id = 0
        self._climb_at: MessagePump | None = None
        self._holds = 0
        self._hold_id = 0
        self._pumping = False
        self._watched = False
        self._started = False
        self._enter_at = 0.0

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes from the terminal queue up; everything else goes its usual way."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            self._waiting.append((self._line_end(event), True))
            await self._pump()
        else:
            await super().on_event(event)

    def _line_end(self, event: events.Key | events.Paste) -> events.Key | events.Paste:
        """A line feed by itself is the Enter of a terminal that was not listening yet; behind a CR it is half of one."""
        if not isinstance(event, events.Key):
            return event
        behind = event.time - self._enter_at <= _LINE_END_GAP
        if event.key == "enter":
            self._enter_at = event.time
        elif event.key == "ctrl+j" and not behind:
            enter = events.Key("enter", "\r")
            enter.time = event.time
            return enter
        return event

    def _on_ready(self) -> None:
        """Keys typed before the first screen stood have waited; the screen settles its focus first."""
        self._started = True
        self._start_climb(self.screen)

    @property
    def keys_waiting(self) -> int:
        """How many keys have been typed and not been handed over yet."""
        return len(self._waiting) + len(self._held)

    @property
    def keys_settled(self) -> bool:
        """Whether every key typed so far has had its whole effect (tests wait for this)."""
        return not self.keys_waiting and self._climb_at is None and not self._holds

    def hold_keys(self) -> None:
        """Keep typed keys waiting until `release_keys` is called as often; at most ten seconds."""
        self._holds += 1
        self._hold_id += 1
        self.set_timer(_LONGEST_HOLD, lambda hold=self._hold_id: self._hold_expired(hold))

    def release_keys(self) -> None:
        """Let waiting keys go on, once what the caller posted before has had its effect."""
        self._holds = max(0, self._holds - 1)
        if not self._holds:
            self._start_climb(self.focused or self.screen)

    def _hold_expired(self, hold: int) -> None:
        if self._holds and hold == self._hold_id:
            self._holds = 1
            self.release_keys()

    async def _pump(self) -> None:
        """Hand over waiting keys until one needs its effects awaited."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._started and self._waiting and self._climb_at is None and not self._holds:
                event, fresh = self._waiting.popleft()
                if not (fresh and self._scan(event)):
                    await self._hand_over(event)
        finally:
            self._pumping = False
        if self._waiting and self._climb_at is not None and not self._watched:
            self._watched = True
            self.set_timer(_STUCK_AFTER, self._look_after)

    async def _hand_over(self, event: events.Key | events.Paste) -> None:
        target = self.focused
        simple = isinstance(event, events.Paste) or event.is_printable
        await super().on_event(event)
        if isinstance(event, events.Key):
            self.key_signal.publish(event)
        if not (simple and isinstance(target, Input)):
            self._start_climb(target or self.screen)

    # -- waiting for the effects of a key --------------------------------------------------------

    def _start_climb(self, pump: MessagePump, passes: int = 0) -> None:
        """Follow a key up the tree: a callback behind it in every queue it passes through."""
        self._climb_id += 1
        self._climb(pump, self._climb_id, passes)

    def _climb(self, pump: MessagePump, climb: int, passes: int) -> None:
        if climb != self._climb_id:
            return
        while True:
            self._climb_at = pump
            if pump is self:
                posted = self.call_later(self._landed, climb, passes)
            else:
                posted = pump.call_later(self._climbed, pump, climb, passes)
            if posted or pump is self:
                return
            pump = pump._parent or self

    def _climbed(self, pump: MessagePump, climb: int, passes: int) -> None:
        self._climb(pump._parent or self, climb, passes)

    async def _landed(self, climb: int, passes: int) -> None:
        """The key reached the app; look whether what it caused is still under way."""
        if climb != self._climb_id:
            return
        passes += 1
        if not self._closing and passes < _MAX_PASSES and (passes < 2 or self._unsettled()):
            self._start_climb(self.focused or self.screen, passes)
            return
        self._climb_at = None
        await self._pump()

    def _unsettled(self) -> bool:
        """Whether a queue between the focus and the app still holds messages."""
        pump: MessagePump | None = self.focused or self.screen
        while pump is not None:
            if pump.message_queue_size:
                return True
            pump = pump._parent
        return False

    def _look_after(self) -> None:
        """A widget may be removed with our callback in its queue: go on from its nearest living parent."""
        self._watched = False
        pump = self._climb_at
        if pump is None:
            return
        if pump is not self and not pump.is_running:
            self._start_climb(self.screen, 1)
        self._watched = True
        self.set_timer(_STUCK_AFTER, self._look_after)

    # -- scans ------------------------------------------------------------------------------------

    def _scan(self, event: events.Key | events.Paste) -> bool:
        """Whether a scanner's burst took this event: swallowed, held back or queued again behind held keys."""
        if isinstance(event, events.Paste):
            text = clean(event.text.strip())
            kind = scan_kind(text)
            if kind:
                self._announce(self.screen, kind, text)
            return bool(kind)
        burst, target = self._burst, self.focused
        if self._held and burst.broken(event.time, target):
            burst.reset()
            return self._let_go(event, fresh=True)
        if event.key in ("enter", "ctrl+j", "tab"):
            return self._scan_ended(event, target)
        if event.character is None or not event.is_printable:
            burst.reset()
            return self._let_go(event)
        if burst.add(event.character, event.time, target) and burst.alive and hasattr(target, "snapshot"):
            # In the field's own queue, so that keys still waiting there come first.
            target.call_later(burst.take_snapshot, target, burst.number)  # type: ignore[union-attr]
        if self._holds_back(event, target):
            self._held.append(event)
            self._arm(burst.patience)
            return True
        return self._let_go(event)

    def _holds_back(self, event: events.Key, target: Widget | None) -> bool:
        """Whether this key, pressed outside a text field, must wait until the burst shows what it is."""
        burst = self._burst
        if not burst.alive or isinstance(target, Input):
            return False
        if self._held or burst.is_strong:
            return True
        bound = self.screen.active_bindings.get(event.key)
        return bound is not None and not (bound.node is target and hasattr(target, "snapshot"))

    def _scan_ended(self, event: events.Key, target: Widget | None) -> bool:
        burst = self._burst
        if burst.is_second_line_end(event.key, event.time):
            return True
        kind = burst.finish(event.key, event.time, target, in_field=isinstance(target, Input))
        if not kind:
            return self._let_go(event)
        self._held.clear()
        self._disarm()
        pump: MessagePump = target or self.screen
        self._climb_id += 1
        self._climb_at = pump
        if not pump.call_later(self._restore, target, kind, burst.finished_text):
            self._announce(self.screen, kind, burst.finished_text)
        return True

    def _restore(self, target: Widget | None, kind: str, text: str) -> None:
        """In the field's own queue, behind the scanned keys: put back what it held, then tell the screen."""
        state = self._burst.take_state()
        if state is not None and target is not None:
            target.restore(state)  # type: ignore[attr-defined]
        self._announce(self.screen, kind, text)

    def _announce(self, screen: Screen[Any], kind: str, text: str) -> None:
        screen.post_message(Scanned(kind, text))
        self._start_climb(screen)

    def _let_go(self, event: events.Key, fresh: bool = False) -> bool:
        """It was no scan: queue held keys again, `event` behind them. False where nothing was held."""
        if not self._held:
            return False
        self._disarm()
        self._waiting.appendleft((event, fresh))
        self._waiting.extendleft((key, False) for key in reversed(self._held))
        self._held.clear()
        return True

    def _arm(self, patience: float) -> None:
        self._disarm()
        self._hold_timer = self.set_timer(patience, self._patience_ended)

    def _disarm(self) -> None:
        if self._hold_timer is not None:
            self._hold_timer.stop()
            self._hold_timer = None

    async def _patience_ended(self) -> None:
        self._hold_timer = None
        self._burst.reset()
        self._waiting.extendleft((key, False) for key in reversed(self._held))
        self._held.clear()
        await self._pump()
