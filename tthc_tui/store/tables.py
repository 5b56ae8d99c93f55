"""The tables of the local file. Times are whole milliseconds since 1970 UTC; fees are whole đồng."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel


class Table(SQLModel):
    """What every table shares: rows are not validated, so no validator is made for them."""

    model_config = {"defer_build": True}


class EventRow(Table, table=True):
    """The truth: what happened, in the order this file learned it.

    `status` is confirmed, pending (waits for the backend), refused, duplicate (somebody else's event did the
    same) or lost (the backend forgot it); only the first two count. `place` is the backend's order, NULL for
    what was never sent; `hash` the dossier's chain after the event; `gen` the snapshot it was last seen in.
    `device_seq` tells that the event was decided here.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_dossier", "dossier", "pos"),
        Index("ix_event_at", "at"),
    )
    pos: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    dossier: str
    version: int
    kind: str
    at: int
    unit: str
    officer: str
    body: str
    place: int | None = None
    device_seq: int | None = None
    status: str = Field(default="confirmed", sa_column_kwargs={"server_default": text("'confirmed'")})
    hash: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    gen: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class DossierRow(Table, table=True):
    """The projection lists are read from; always rebuildable from events.

    `running` is 1 while the promised date is counted, `open` while something may still happen. `root` is
    the first dossier of an inter-agency chain, "" for one that stands (and is counted) for itself.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        Index(
            "ix_dossier_due",
            "due_at",
            "holder_unit",
            "holder_officer",
            "field_name",
            "procedure_code",
            sqlite_where=text("running = 1 AND root = ''"),
        ),
        Index("ix_dossier_open", "state", "holder_unit", "holder_officer", sqlite_where=text("open = 1")),
        Index("ix_dossier_coming", "coming_to", sqlite_where=text("coming_to <> ''")),
        Index("ix_dossier_received", "received_at"),
        Index("ix_dossier_closed", "closed_at"),
        Index("ix_dossier_code", "code"),
        Index("ix_dossier_number", "applicant_number"),
        Index("ix_dossier_phone", "applicant_phone"),
        Index("ix_dossier_person", "applicant"),
        Index("ix_dossier_root", "root", sqlite_where=text("root <> ''")),
    )
    row: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    short_id: str = Field(index=True)
    code: str
    version: int
    state: int
    open: int
    running: int
    procedure_code: str
    procedure_name: str
    field_name: str
    applicant: str
    applicant_name: str
    applicant_number: str
    applicant_phone: str
    receiving_unit: str
    handling_unit: str
    holder_unit: str
    holder_officer: str
    coming_to: str
    slip: str
    registered_at: int
    received_at: int | None
    due_at: int | None
    paused_at: int | None
    resolved_at: int | None
    closed_at: int | None
    last_at: int
    last_officer: str
    root: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class PersonRow(Table, table=True):
    """Personal data, erasable apart from the history. `fold` is the name without accents, for search."""

    __tablename__ = "person"
    id: str = Field(primary_key=True)
    name: str
    fold: str
    kind: int
    number: str = Field(index=True)
    birth: str
    sex: str
    address: str
    phone: str
    email: str
    salt: str


class CodeCounterRow(Table, table=True):
    """The last dossier number given out for an agency on a day (yyyy-mm-dd)."""

    __tablename__ = "code_counter"
    agency: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    last: int


class NumberRow(Table, table=True):
    """The last number of a book of forms (slips, notices) in a year."""

    __tablename__ = "number"
    book: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class UseRow(Table, table=True):
    """How often a procedure was received here: what is popular at this counter."""

    __tablename__ = "procedure_use"
    code: str = Field(primary_key=True)
    times: int


class SettingRow(Table, table=True):
    """Small facts about this file: the site as JSON, the station's identity."""

    __tablename__ = "setting"
    key: str = Field(primary_key=True)
    value: str


DOSSIER_SEARCH = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS dossier_search USING fts5("
    "name, code, phone, number, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4')"
)
"""Full-text index over dossiers, by `row`; names folded, so that đ and accents do not matter."""
