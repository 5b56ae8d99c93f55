"""Feedback (phản ánh, kiến nghị) about a procedure, an officer or a dossier: its own small life of events."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from tthc_tui.core.base import Model, Refused


class FeedbackState(StrEnum):
    """Where a feedback stands."""

    OPEN = "open"
    FORWARDED = "forwarded"
    ANSWERED = "answered"

    @property
    def label(self) -> str:
        """Vietnamese name."""
        return {"open": "mới tiếp nhận", "forwarded": "đã chuyển xử lý", "answered": "đã trả lời"}[self.value]


class FeedbackEvent(Model):
    """What happened to a feedback."""

    id: UUID
    feedback: UUID
    officer: str
    unit: str
    at: AwareDatetime


class FeedbackLogged(FeedbackEvent):
    """It came in; `due_at` is ten working days on unless the site says otherwise (law.md §1.3)."""

    kind: Literal["logged"] = "logged"
    number: int
    subject: Literal["procedure", "officer", "dossier", "other"]
    content: str
    sender: str = ""
    phone: str = ""
    erased: str = ""  # why who sent it was erased
    channel: str = "counter"
    about_procedure: str = ""
    about_officer: str = ""
    about_dossier: UUID | None = None
    due_at: AwareDatetime


class FeedbackForwarded(FeedbackEvent):
    """It went to the unit that must answer."""

    kind: Literal["forwarded"] = "forwarded"
    to_unit: str
    note: str = ""


class FeedbackAnswered(FeedbackEvent):
    """The sender got an answer."""

    kind: Literal["answered"] = "answered"
    answer: str
    justified: bool | None = None


AnyFeedbackEvent = Annotated[
    FeedbackLogged | FeedbackForwarded | FeedbackAnswered, Field(discriminator="kind")
]
_adapter: TypeAdapter[AnyFeedbackEvent] = TypeAdapter(AnyFeedbackEvent)


class Feedback(Model):
    """The present state of one feedback. `due_at` is aware."""

    id: UUID
    number: int
    state: FeedbackState
    subject: str
    content: str
    sender: str
    phone: str
    erased: str = ""
    channel: str
    about_procedure: str
    about_officer: str
    about_dossier: UUID | None
    holder_unit: str
    received_at: AwareDatetime
    due_at: AwareDatetime
    answered_at: AwareDatetime | None = None
    answer: str = ""
    justified: bool | None = None

    @property
    def sent_by(self) -> str:
        """Who sent it, as screens say it."""
        if self.erased:
            return "(đã xóa dữ liệu cá nhân)"
        return self.sender or "không nêu tên"

    @property
    def late(self) -> bool:
        """Whether it was answered after its time."""
        return self.answered_at is not None and self.answered_at > self.due_at


def feedback_event_from_json(text: str) -> AnyFeedbackEvent:
    """Read a feedback's event back from its stored form."""
    return _adapter.validate_json(text)


def evolve_feedback(feedback: Feedback | None, event: FeedbackEvent) -> Feedback:
    """The feedback after `event`; ValueError where a history does not begin with its logging."""
    if isinstance(event, FeedbackLogged):
        shared = {
            name: getattr(event, name)
            for name in FeedbackLogged.model_fields
            if name in Feedback.model_fields and name != "id"
        }
        return Feedback(
            id=event.feedback,
            state=FeedbackState.OPEN,
            holder_unit=event.unit,
            received_at=event.at,
            **shared,
        )
    if feedback is None:
        raise ValueError("a feedback's history begins with its logging")
    if isinstance(event, FeedbackForwarded):
        return feedback.model_copy(update={"state": FeedbackState.FORWARDED, "holder_unit": event.to_unit})
    assert isinstance(event, FeedbackAnswered)
    return feedback.model_copy(
        update={
            "state": FeedbackState.ANSWERED,
            "answered_at": event.at,
            "answer": event.answer,
            "justified": event.justified,
        }
    )


def fold_feedback(events: Iterable[FeedbackEvent]) -> Feedback | None:
    """All events of one feedback, in order, added up."""
    found: Feedback | None = None
    for event in events:
        found = evolve_feedback(found, event)
    return found


def guard_feedback(feedback: Feedback | None, event: FeedbackEvent) -> None:
    """Raise Refused when `event` may not happen now."""
    if isinstance(event, FeedbackLogged):
        if not event.content.strip():
            raise Refused("Nội dung phản ánh đang trống: hãy nhập nội dung.", "text")
        return
    if feedback is None:
        raise Refused("Không tìm thấy phản ánh này trên máy.", "unknown")
    if feedback.state is FeedbackState.ANSWERED:
        raise Refused("Phản ánh này đã được trả lời.", "state")
    if isinstance(event, FeedbackForwarded) and not event.to_unit:
        raise Refused("Chưa chọn đơn vị xử lý phản ánh.", "unit")
    if isinstance(event, FeedbackAnswered) and not event.answer.strip():
        raise Refused("Nội dung trả lời đang trống: hãy nhập nội dung.", "text")
