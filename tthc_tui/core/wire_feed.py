"""The bodies that come down: pages of a feed, snapshots, live hints, and the cursor."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from tthc_tui.core.people import Person
from tthc_tui.core.wire_base import Wire
from tthc_tui.core.wire_push import Flag

__all__ = [
    "LIVE_EVENT",
    "Cursor",
    "FeedEvent",
    "FeedPage",
    "Grown",
    "SnapshotDossier",
    "SnapshotEnd",
    "SnapshotLine",
    "SnapshotStart",
    "WirePerson",
    "decode_cursor",
    "feed_tag",
]


class Cursor(NamedTuple):
    """How far a station has read: the pair (at, place) in the feed of one unit in one epoch of the log."""

    epoch: str
    at: int
    place: int
    feed: str  # feed_tag of the unit

    def encode(self) -> str:
        """The opaque text sent to the server."""
        return f"{self.epoch}-{self.at}-{self.place}-{self.feed}"


def feed_tag(unit: str) -> str:
    """Eight characters that tell feeds apart."""
    return hashlib.sha256(unit.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def decode_cursor(text: str) -> Cursor:
    """Read a cursor back; ValueError when it is none."""
    parts = text.split("-")
    if (
        len(parts) != 4
        or not parts[0]
        or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts[1:3])
    ):
        raise ValueError("not a cursor")
    return Cursor(parts[0], int(parts[1]), int(parts[2]), parts[3])


class WirePerson(Person):
    """Personal data as sent down. `masked` data is outside the reader's jurisdiction: it matches no commitment
    and must never replace data already held."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    commitment: str
    masked: bool = False

    def person(self) -> Person:
        """The plain person, to be stored."""
        return Person(**{name: getattr(self, name) for name in Person.model_fields})


class FeedEvent(Wire):
    """One event of a feed. It stands at (`at`, `place`); `chain` is the dossier's hash after it.

    `origin` is "device" or "server" (a new code). `received_at` is the server's clock.
    """

    at: int
    place: int
    event: str
    chain: str
    device: UUID | None
    device_seq: int | None
    received_at: AwareDatetime
    flags: tuple[Flag, ...] = ()
    persons: tuple[WirePerson, ...] = ()


class FeedPage(Wire):
    """Answer of GET /feed?after=CURSOR&limit=N. An empty page can still move the cursor; ask on while `more`."""

    events: tuple[FeedEvent, ...]
    cursor: str
    head: int
    more: bool


class SnapshotStart(Wire):
    """First line of GET /snapshot. Resume a broken one with ?as_of=…&after=<the last dossier line's token>.
    Answers of a resumed snapshot start with this line again."""

    line: Literal["start"] = "start"
    as_of: str
    dossiers: int
    events: int


class SnapshotDossier(Wire):
    """One dossier with its whole history up to `as_of`. `done` counts dossiers sent since the beginning."""

    line: Literal["dossier"] = "dossier"
    token: str
    done: int
    dossier: UUID
    events: tuple[FeedEvent, ...]


class SnapshotEnd(Wire):
    """Last line: whoever has read it goes on with GET /feed?after=`cursor`. Without it the stream broke."""

    line: Literal["end"] = "end"
    cursor: str
    dossiers: int


SnapshotLine = Annotated[SnapshotStart | SnapshotDossier | SnapshotEnd, Field(discriminator="line")]


class Grown(Wire):
    """Data of a live event (SSE event name "grown"): the feed has events up to `head`; fetch the feed.

    `catalog`: the version of the newest bundle; fetch it when it is another one than the version held.
    """

    head: int
    epoch: str
    catalog: str = ""


LIVE_EVENT = "grown"
