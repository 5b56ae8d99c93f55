"""The other clocks of a dossier: everything beside the promised date that somebody must do by a time."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime

from tthc_tui.core.dossier import Dossier
from tthc_tui.core.events_base import Delivery
from tthc_tui.core.fees import due
from tthc_tui.core.procedure import Limit, LimitUnit
from tthc_tui.core.states import RUNNING, State


class ClockKind(StrEnum):
    """What has to be done."""

    CHECK = "check"  # look at a dossier that was sent online (law.md §1.3)
    FORWARD = "forward"  # send it on to the unit that handles it
    STEP = "step"  # finish the internal step
    CONSULT = "consult"  # answer as a co-operating unit
    TELL = "tell"  # tell the applicant what is missing
    SUPPLEMENT = "supplement"  # the applicant's time to supplement; afterwards closing is proposed
    APPOINTMENT = "appointment"  # a planned appointment
    PAUSE = "pause"  # a pause that was to end
    APOLOGY = "apology"  # apologise and extend before the promise is broken
    APOLOGY_NOW = "apology_now"  # the same where the whole term is a working day or less
    PROPOSAL = "proposal"  # a leader is waited for
    REMINDED = "reminded"  # whoever holds it was urged, and has not acted since
    CHILD = "child"  # a dossier of an inter-agency chain, counted with its root
    HAND = "hand"  # hand the result over, where the place sets a time for it
    POST_BACK = "post_back"  # a sending came back or was lost
    POST_SEND = "post_send"  # a result to give to the post
    POST_TRACK = "post_track"  # a sending whose delivery is not known yet

    @property
    def label(self) -> str:
        """The alert in Vietnamese."""
        return _LABELS[self]


_LABELS = {
    ClockKind.CHECK: "chậm kiểm tra hồ sơ trực tuyến",
    ClockKind.FORWARD: "chuyển hồ sơ chậm",
    ClockKind.STEP: "quá hạn bước xử lý",
    ClockKind.CONSULT: "chậm trả lời phối hợp",
    ClockKind.TELL: "chậm báo người nộp",
    ClockKind.SUPPLEMENT: "quá hạn bổ sung, đề xuất đóng",
    ClockKind.APPOINTMENT: "đến hẹn làm việc với người nộp",
    ClockKind.PAUSE: "hết thời gian tạm dừng dự kiến",
    ClockKind.APOLOGY: "sắp trễ hẹn, cần xin lỗi và hẹn lại",
    ClockKind.APOLOGY_NOW: "sắp trễ hẹn trong ngày, cần xin lỗi và hẹn lại ngay",
    ClockKind.PROPOSAL: "chờ lãnh đạo duyệt",
    ClockKind.REMINDED: "được đôn đốc, chưa xử lý",
    ClockKind.CHILD: "hồ sơ liên thông quá hạn",
    ClockKind.HAND: "chậm trả kết quả",
    ClockKind.POST_BACK: "bưu gửi bị trả lại hoặc thất lạc: gửi lại hoặc báo người nộp",
    ClockKind.POST_SEND: "kết quả chờ gửi bưu chính",
    ClockKind.POST_TRACK: "bưu gửi chưa có báo phát",
}

ALERTS = tuple(kind for kind in ClockKind if kind not in (ClockKind.POST_SEND, ClockKind.POST_TRACK))
"""The clocks that warn by themselves; the others are lists of work."""


def alert_words(kind: ClockKind, late: bool) -> str:
    """The alert in Vietnamese; an apology that was not made in time says so."""
    if late and kind in (ClockKind.APOLOGY, ClockKind.APOLOGY_NOW):
        return "đã quá hẹn, chưa xin lỗi và hẹn lại"
    return kind.label


class Clock(NamedTuple):
    """One thing to be done by `due_at` by a unit ("" officer: anybody there)."""

    kind: ClockKind
    key: str
    unit: str
    officer: str
    due_at: AwareDatetime


def clocks(dossier: Dossier) -> tuple[Clock, ...]:
    """Every clock that runs for a dossier now; none for one that is over."""
    return tuple(_clocks(dossier)) if dossier.open else ()


def is_short(limit: Limit) -> bool:
    """Whether a term is over within one working day: "01 ngày trước ngày hết hạn" then lies before its receipt."""
    most = {LimitUnit.HOUR: 8, LimitUnit.WORKING_DAY: 1, LimitUnit.DAY: 1}
    return limit.amount <= most.get(limit.unit, -1)


def _clocks(dossier: Dossier) -> Iterator[Clock]:
    unit, officer = dossier.holder_unit, dossier.holder_officer
    running = dossier.state in RUNNING and dossier.paused_at is None
    if dossier.state is State.NEW and dossier.check_by is not None:
        yield Clock(ClockKind.CHECK, "", dossier.receiving_unit, "", dossier.check_by)
    if dossier.state is State.ACCEPTED and dossier.forward_by is not None:
        yield Clock(ClockKind.FORWARD, "", unit, officer, dossier.forward_by)
    run = dossier.step
    if run is not None and run.due_at is not None and running:
        moved = run.unit != unit  # passed on in the middle of the step: who holds it now must finish it
        yield Clock(ClockKind.STEP, run.step, unit, officer if moved else run.officer, run.due_at)
    for asked in dossier.consultations:
        if asked.answered_at is None and asked.due_at is not None and dossier.state is not State.DONE:
            yield Clock(ClockKind.CONSULT, asked.key, asked.unit, "", asked.due_at)
    if dossier.tell_by is not None:
        yield Clock(ClockKind.TELL, "", dossier.receiving_unit, dossier.receiving_officer, dossier.tell_by)
    if dossier.state is State.SUPPLEMENT and dossier.supplement_until is not None:
        yield Clock(ClockKind.SUPPLEMENT, "", dossier.receiving_unit, "", dossier.supplement_until)
    following = next((one for one in dossier.appointments if one.kept_at is None), None)
    if following is not None and following.due_at is not None and running:
        yield Clock(ClockKind.APPOINTMENT, str(following.number), unit, officer, following.due_at)
    for hold in dossier.holds:
        if hold.until is not None:
            yield Clock(ClockKind.PAUSE, hold.code, unit, officer, hold.until)
    if running and dossier.due_at is not None:
        if not dossier.extended:
            short = dossier.limit is not None and is_short(dossier.limit)
            kind = ClockKind.APOLOGY_NOW if short else ClockKind.APOLOGY
            yield Clock(kind, "", unit, officer, dossier.due_at)
        if dossier.root is not None:
            yield Clock(ClockKind.CHILD, "", unit, officer, dossier.due_at)
    if dossier.reminded_at is not None:
        yield Clock(ClockKind.REMINDED, "", unit, officer, dossier.reminded_at)
    if dossier.state is State.DONE:
        yield from _postal(dossier)
        carried = bool(dossier.sendings) and dossier.sendings[-1].state == "sent"
        if dossier.hand_by is not None and not carried and due(dossier) <= 0:
            yield Clock(ClockKind.HAND, "", unit, "", dossier.hand_by)
    if dossier.proposal is not None:
        yield Clock(ClockKind.PROPOSAL, dossier.proposal.what, unit, "", dossier.proposal.at)


def _postal(dossier: Dossier) -> Iterator[Clock]:
    last = dossier.sendings[-1] if dossier.sendings else None
    if last is not None and last.state == "sent":
        yield Clock(ClockKind.POST_TRACK, last.number, dossier.receiving_unit, "", last.sent_at)
    elif last is not None and last.state != "delivered" and last.state_at is not None:
        yield Clock(ClockKind.POST_BACK, last.number, dossier.receiving_unit, "", last.state_at)
        yield Clock(ClockKind.POST_SEND, last.number, dossier.receiving_unit, "", last.state_at)
    elif last is None and dossier.delivery is Delivery.POST and dossier.resolved_at is not None:
        yield Clock(ClockKind.POST_SEND, "", dossier.receiving_unit, "", dossier.resolved_at)
