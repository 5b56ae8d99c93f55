"""Feedback in the file: its events, and the row lists are read from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from tthc_tui.core.feedback import (
    AnyFeedbackEvent,
    Feedback,
    FeedbackLogged,
    FeedbackState,
    evolve_feedback,
    feedback_event_from_json,
    fold_feedback,
)
from tthc_tui.store.law import millis
from tthc_tui.store.law_tables import FeedbackEventRow, FeedbackRow

_EVENT = FeedbackEventRow.__table__  # type: ignore[attr-defined]
_ROW = FeedbackRow.__table__  # type: ignore[attr-defined]
ERASED = "(đã xóa)"


def history(connection: Connection, feedback: UUID) -> list[AnyFeedbackEvent]:
    """All events of a feedback, in order."""
    rows = connection.execute(
        select(_EVENT.c.body).where(_EVENT.c.feedback == str(feedback)).order_by(_EVENT.c.pos)
    )
    return [feedback_event_from_json(row.body) for row in rows]


def load(connection: Connection, feedback: UUID) -> Feedback | None:
    """The feedback as its events make it, or None."""
    return fold_feedback(history(connection, feedback))


def append(connection: Connection, before: Feedback | None, event: AnyFeedbackEvent) -> Feedback:
    """Store one event and bring the list's row along."""
    connection.execute(
        insert(_EVENT).values(
            id=str(event.id),
            feedback=str(event.feedback),
            kind=event.kind,
            at=millis(event.at),
            officer=event.officer,
            body=event.model_dump_json(),
        )
    )
    after = evolve_feedback(before, event)
    _project(connection, after)
    return after


def _project(connection: Connection, after: Feedback) -> None:
    """Bring the list's row along."""
    values = {
        "id": str(after.id),
        "number": after.number,
        "state": str(after.state),
        "open": int(after.state is not FeedbackState.ANSWERED),
        "subject": after.subject,
        "content": after.content,
        "about_procedure": after.about_procedure,
        "about_officer": after.about_officer,
        "about_dossier": str(after.about_dossier or ""),
        "sender": after.sender,
        "holder_unit": after.holder_unit,
        "received_at": millis(after.received_at),
        "due_at": millis(after.due_at),
        "answered_at": millis(after.answered_at) if after.answered_at else None,
    }
    statement = upsert(_ROW).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def find(
    connection: Connection,
    *,
    open_only: bool = True,
    unit: str = "",
    overdue_at: datetime | None = None,
    dossier: str = "",
    hidden_from: str = "",
    limit: int = 1000,
) -> list[Feedback]:
    """Feedback in order of its due time; what is said about the officer `hidden_from` is left out."""
    query = select(_ROW.c.id).order_by(_ROW.c.due_at).limit(limit)
    if open_only or overdue_at:
        query = query.where(_ROW.c.open == 1)
    if unit:
        query = query.where(_ROW.c.holder_unit == unit)
    if overdue_at:
        query = query.where(_ROW.c.due_at < millis(overdue_at))
    if hidden_from:
        query = query.where(_ROW.c.about_officer != hidden_from)
    if dossier:
        query = query.where(_ROW.c.about_dossier == dossier)
    found = [load(connection, UUID(row.id)) for row in connection.execute(query).all()]
    return [one for one in found if one is not None]


def sent_by(
    connection: Connection,
    *,
    phones: Collection[str] = (),
    names: Collection[str] = (),
    dossiers: Collection[UUID] = (),
    name: str = "",
) -> list[UUID]:
    """The feedback of a person: sent from one of `phones`, about one of `dossiers` under one of `names`.

    `name`: also everything sent under just this name.
    """
    wanted = {_digits(phone) for phone in phones} - {""}
    said, exactly, about = {one.casefold() for one in names}, name.casefold(), {str(one) for one in dossiers}
    found = []
    for body in connection.execute(select(_EVENT.c.body).where(_EVENT.c.kind == "logged")).scalars():
        event = feedback_event_from_json(body)
        assert isinstance(event, FeedbackLogged)
        own = event.sender.casefold() in said and str(event.about_dossier) in about
        if own or _digits(event.phone) in wanted or (exactly and event.sender.casefold() == exactly):
            found.append(event.feedback)
    return found


def erase_sender(connection: Connection, those: Iterable[UUID], reason: str) -> int:
    """Erase who sent these: name and phone go, also where the texts repeat them; how many there were.

    What was said, by whom it was handled and answered stays, with the reason. Feedback is in no chain.
    """
    count = 0
    for feedback in those:
        before = load(connection, feedback)
        if before is None:
            continue
        words = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in (before.sender, before.phone) if word.strip()]
        said = re.compile("|".join(words), re.IGNORECASE) if words else None
        rows = connection.execute(
            select(_EVENT.c.pos, _EVENT.c.body).where(_EVENT.c.feedback == str(feedback))
        )
        for row in rows.all():
            event = feedback_event_from_json(row.body)
            texts = {
                name: getattr(event, name) for name in ("content", "note", "answer") if hasattr(event, name)
            }
            change = {name: said.sub(ERASED, text) if said else text for name, text in texts.items()}
            if isinstance(event, FeedbackLogged):
                change |= {"sender": "", "phone": "", "erased": reason}
            body = event.model_copy(update=change).model_dump_json()
            connection.execute(update(_EVENT).where(_EVENT.c.pos == row.pos).values(body=body))
        after = load(connection, feedback)
        assert after is not None
        _project(connection, after)
        count += 1
    return count


def _digits(phone: str) -> str:
    """A phone number by its digits, as it is dialled in Vietnam."""
    digits = re.sub(r"\D", "", phone)
    return f"0{digits[2:]}" if digits.startswith("84") and len(digits) > 10 else digits
