"""Tables beside the dossiers: their other clocks, money, shifts, notices, feedback.

Times are whole milliseconds since 1970 UTC, money is whole đồng. `clock` and `payment` are projections of
the dossiers' events, `feedback` of its own; `shift` and `notice` belong to this station.
"""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from tthc_tui.store.tables import Table


class ClockRow(Table, table=True):
    """Something to be done for a dossier by a time (core.clocks)."""

    __tablename__ = "clock"
    __table_args__ = (Index("ix_clock_due", "kind", "due_at"),)
    row: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    unit: str
    officer: str
    due_at: int


class PaymentRow(Table, table=True):
    """Money that moved; negative for a refund."""

    __tablename__ = "payment"
    __table_args__ = (
        Index("ix_payment_row", "row"),
        Index("ix_payment_shift", "shift"),
        Index("ix_payment_at", "at"),
    )
    event: str = Field(primary_key=True)
    row: int
    at: int
    number: str
    amount: int
    method: str
    item: str
    reference: str
    payer: str
    officer: str
    station: str
    counter: str
    shift: str


class ShiftRow(Table, table=True):
    """A shift at a counter: the drawer is opened with an amount and counted at the end."""

    __tablename__ = "shift"
    __table_args__ = (Index("ix_shift_open", "officer", "closed_at"),)
    id: str = Field(primary_key=True)
    number: int
    counter: str
    officer: str
    opened_at: int
    opening: int
    closed_at: int | None = None
    counted: int | None = None
    note: str = ""
    checker: str = ""


class NoticeRow(Table, table=True):
    """A message to an applicant on its way: `state` is waiting, sent, failed or dropped."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("event", "channel", "address"),
        Index("ix_notice_state", "state", "next_at"),
        Index("ix_notice_dossier", "dossier"),
    )
    id: int | None = Field(default=None, primary_key=True)
    dossier: str
    event: str
    kind: str
    channel: str
    address: str
    subject: str
    body: str
    state: str = "waiting"
    tries: int = 0
    made_at: int
    next_at: int
    sent_at: int | None = None
    error: str = ""


class FeedbackEventRow(Table, table=True):
    """What happened to a feedback (phản ánh, kiến nghị), in order; edited only where who sent it is erased."""

    __tablename__ = "feedback_event"
    __table_args__ = (Index("ix_feedback_event", "feedback", "pos"),)
    pos: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    feedback: str
    kind: str
    at: int
    officer: str
    body: str


class FeedbackRow(Table, table=True):
    """The present state of a feedback, for lists."""

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_due", "open", "due_at"),)
    id: str = Field(primary_key=True)
    number: int
    state: str
    open: int
    subject: str
    content: str
    about_procedure: str
    about_officer: str
    about_dossier: str
    sender: str
    holder_unit: str
    received_at: int
    due_at: int
    answered_at: int | None = None
