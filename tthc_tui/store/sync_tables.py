"""Tables of the sync with a backend: what waits to be sent, what was refused, code numbers on loan."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from tthc_tui.store.tables import Table


class OutboxRow(Table, table=True):
    """An event on its way to the backend, in the order of this device. Gone once its verdict is kept.

    `seen` is how far the feed had been read when the officer acted. `sent_at` is set while an answer is
    awaited, `tries` counts the sendings.
    """

    __tablename__ = "outbox"
    device_seq: int = Field(primary_key=True)
    event: str = Field(unique=True)
    dossier: str = Field(index=True)
    seen: int
    sent_at: int | None = None
    tries: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class ConflictRow(Table, table=True):
    """The conflict tray: what the backend did not take as it was, until an officer has decided.

    `kind` is refused, or a flag of the backend (field, code_taken, clock), or lost (the backend forgot the
    event). `winner` is JSON about who was first, "" where nobody was. `resolution` is "", discard, redo,
    note, seen or sent. `told` is 0 while the backend must still hear that a refusal is settled.
    """

    __tablename__ = "conflict"
    __table_args__ = (
        UniqueConstraint("event", "kind"),
        Index("ix_conflict_dossier", "dossier"),
        Index("ix_conflict_open", "at", sqlite_where=text("resolution = ''")),
    )
    id: int | None = Field(default=None, primary_key=True)
    event: str
    dossier: str
    kind: str
    code: str
    reason: str
    winner: str
    at: int
    resolution: str = ""
    resolved_at: int | None = None
    resolved_by: str = ""
    told: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class LeaseRow(Table, table=True):
    """A block of dossier-code numbers lent to this device for an agency and day (yyyy-mm-dd).

    `next` is the first number not used yet; the block is used up when it passes `last`. `closed` is 2
    while the unused rest of a past day is being given up, 1 once it is.
    """

    __tablename__ = "lease"
    __table_args__ = (UniqueConstraint("agency", "day", "first"),)
    id: int | None = Field(default=None, primary_key=True)
    agency: str
    day: str
    first: int
    last: int
    next: int
    closed: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
