"""What can go wrong between a station and its backend, each with one sentence for the officer.

RemoteError
├── Unreachable      no answer: no network, name not found, timed out, connection lost
├── NotTheServer     something else answered (a captive portal, a proxy's page)
├── ServerTrouble    the backend answers that it can't just now (5xx)
├── TooMany          asked too often; `retry_after` seconds
├── SignInNeeded     password needed, or wrong
├── NotAllowed       role or unit does not allow it
├── CursorGone       the log is another one: begin again from a snapshot
├── SeqReused        another copy of this station used the number
├── OtherBytes       an event is known there with other content; `event`
├── BadAnswer        the call or its answer is not of this protocol
├── NewerEvents      events this program does not know yet
├── BrokenChain      a history that does not prove itself
└── SuddenlyEmpty    the backend lost everything; nothing was changed here
"""

from __future__ import annotations

from uuid import UUID

from tthc_tui.store.errors import StoreError


class RemoteError(StoreError):
    """Trouble with the backend; `str()` is a Vietnamese sentence. `temporary`: trying again may help."""

    temporary = False


class Unreachable(RemoteError):
    """No answer came."""

    temporary = True


class NotTheServer(RemoteError):
    """The answer is not the backend's."""

    temporary = True


class ServerTrouble(RemoteError):
    """The backend answered 5xx."""

    temporary = True


class TooMany(RemoteError):
    """The backend asks for patience."""

    temporary = True

    def __init__(self, sentence: str, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class SignInNeeded(RemoteError):
    """No valid token, or a wrong password."""


class NotAllowed(RemoteError):
    """Role or unit forbids the call."""


class CursorGone(RemoteError):
    """The cursor belongs to another log or feed."""


class SeqReused(RemoteError):
    """The device number was used for another event."""


class OtherBytes(RemoteError):
    """An event identity is known with other content."""

    def __init__(self, sentence: str, event: UUID | None) -> None:
        super().__init__(sentence)
        self.event = event


class BadAnswer(RemoteError):
    """Not this protocol."""


class NewerEvents(RemoteError):
    """The feed holds events this program can't read."""


class BrokenChain(RemoteError):
    """A hash chain does not fit."""


class SuddenlyEmpty(RemoteError):
    """The backend holds nothing any more."""
