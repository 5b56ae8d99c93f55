"""What happens while a dossier is being worked on: internal steps, pauses, extensions, endings."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from tthc_tui.core.events_base import Action, Appointment, Event, ProcedureRef
from tthc_tui.core.people import PersonRef
from tthc_tui.core.procedure import Cutoff, Limit

__all__ = [
    "PROCESS_EVENTS",
    "AnswerConsult",
    "AppointmentKept",
    "Assign",
    "Assigned",
    "Close",
    "Closed",
    "Consult",
    "ConsultAnswered",
    "Consulted",
    "Correct",
    "Corrected",
    "Decline",
    "Declined",
    "Extend",
    "Extended",
    "FinishStep",
    "HandResult",
    "KeepAppointment",
    "Pause",
    "Paused",
    "PostSent",
    "PostTracked",
    "Proposal",
    "Propose",
    "Proposed",
    "Remind",
    "Reminded",
    "ResultHanded",
    "Resume",
    "Resumed",
    "ReturnStep",
    "SendPost",
    "StartStep",
    "StepDone",
    "StepReturned",
    "StepStarted",
    "Stop",
    "Stopped",
    "Subject",
    "Tell",
    "Told",
    "TrackPost",
]


class StartStep(Action):
    """An internal step (bước nội bộ) begins; it has its own due time."""

    step: str
    name: str = ""
    to_unit: str = ""
    to_officer: str = ""
    role: str = ""
    budget: Limit | None = None
    due_at: AwareDatetime | None = None


class FinishStep(Action):
    """The running internal step is done."""

    step: str
    note: str = ""


class ReturnStep(Action):
    """The running step is sent back to an earlier one, with the reason."""

    step: str
    to_step: str
    reason: str
    due_at: AwareDatetime | None = None


class Assign(Action):
    """The dossier is given to one officer of the unit that holds it."""

    to_officer: str
    note: str = ""


class Consult(Action):
    """Ask a co-operating unit (cơ quan phối hợp); it works in parallel, with its own due time."""

    key: str
    to_unit: str
    question: str
    due_at: AwareDatetime | None = None


class AnswerConsult(Action):
    """The co-operating unit has answered."""

    key: str
    answer: str
    agrees: bool | None = None


class Pause(Action):
    """The clock stops for a reason the site lists (financial duty, public notice, verification…)."""

    code: str
    reason: str
    ground: str = ""
    payment: bool = False  # state 6: the applicant has a financial duty
    until: AwareDatetime | None = None


class Resume(Action):
    """The reason for a pause is gone. `due_at` is the new date once no pause is left.

    `recounted`: the date promised before the pause as a calendar changed since then counts it; None: as promised.
    """

    code: str
    due_at: AwareDatetime | None = None
    recounted: AwareDatetime | None = None
    step_due_at: AwareDatetime | None = None
    appointment_due_at: AwareDatetime | None = None  # of the next planned one
    note: str = ""


class Extend(Action):
    """Apologise and promise a new date (Mẫu 04): once only, signed by the head of the processing body."""

    due_at: AwareDatetime
    reason: str
    signed_by: str
    number: int = 0


class KeepAppointment(Action):
    """A planned appointment took place; the next one may get its date."""

    number: int
    next_due_at: AwareDatetime | None = None
    note: str = ""


class Stop(Action):
    """Stop on the applicant's request, before a decision exists (Mẫu 05; Decree 118/2025, art. 21)."""

    reason: str
    requested_at: AwareDatetime
    number: int = 0
    returned: str = ""  # papers and fees given back
    signed_by: str = ""


class Close(Action):
    """End a dossier for another reason of the site's list. `state` is the official state it ends in."""

    code: str
    reason: str
    state: Literal[3, 7, 8] = 8
    ground: str = ""
    number: int = 0


class Proposal(StrEnum):
    """What can be put before a leader."""

    REJECT = "reject"
    EXTEND = "extend"
    STOP = "stop"
    CLOSE = "close"

    @property
    def label(self) -> str:
        """Vietnamese name."""
        return {
            "reject": "từ chối hồ sơ",
            "extend": "gia hạn, hẹn lại ngày trả",
            "stop": "dừng giải quyết",
            "close": "đóng hồ sơ",
        }[self.value]


class Propose(Action):
    """Put a decision before the leader."""

    what: Proposal
    reason: str
    ground: str = ""
    code: str = ""  # of the closing reason
    due_at: AwareDatetime | None = None
    requested_at: AwareDatetime | None = None


class Decline(Action):
    """The leader does not follow a proposal."""

    reason: str


class Correct(Action):
    """Put right what the printed receipt says; None leaves a field as it is.

    `number` is that of the new receipt, `replaces` that of the one it replaces. `without_term`: the right
    procedure publishes no time limit, so limit and promised date fall away unless `due_at` is given.
    """

    reason: str
    number: int = 0
    replaces: int = 0
    procedure: ProcedureRef | None = None
    applicant: PersonRef | None = None
    agent: PersonRef | None = None
    authorisation: str | None = None
    content: str | None = None
    handling_unit: str | None = None
    received_at: AwareDatetime | None = None
    limit: Limit | None = None
    cutoff: Cutoff | None = None
    due_at: AwareDatetime | None = None
    forward_by: AwareDatetime | None = None
    appointments: tuple[Appointment, ...] | None = None
    without_term: bool | None = None


class Subject(StrEnum):
    """What an applicant is told of."""

    SUPPLEMENT = "supplement"
    PAUSE = "pause"
    DUE = "due"
    RESULT = "result"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Vietnamese name."""
        return {
            "supplement": "yêu cầu bổ sung",
            "pause": "tạm dừng, nghĩa vụ tài chính",
            "due": "ngày hẹn trả",
            "result": "kết quả",
            "other": "việc khác",
        }[self.value]


class Tell(Action):
    """The applicant was told. Only what is about the supplement answers the duty to tell of it.

    `subject` None is what was written down before subjects were kept: it answers that duty too.
    """

    about: str
    subject: Subject | None = None
    by: Literal["phone", "sms", "email", "zalo", "post", "counter"] = "phone"
    note: str = ""


class Remind(Action):
    """A supervisor or leader presses for progress (đôn đốc)."""

    text: str
    to_unit: str = ""
    to_officer: str = ""


class HandResult(Action):
    """The result goes to another unit with a numbered slip (phiếu bàn giao kết quả); it confirms what came."""

    to_unit: str
    slip: str = ""
    note: str = ""


class SendPost(Action):
    """The result goes out by public post (bưu chính công ích) with a sending number."""

    number: str
    carrier: str = ""
    address: str = ""
    slip: str = ""  # number of the handover list to the post


class TrackPost(Action):
    """What the post reports of a sending."""

    number: str
    state: Literal["delivered", "returned", "lost"]
    note: str = ""


class StepStarted(Event, StartStep):
    kind: Literal["step_started"] = "step_started"


class StepDone(Event, FinishStep):
    kind: Literal["step_done"] = "step_done"


class StepReturned(Event, ReturnStep):
    kind: Literal["step_returned"] = "step_returned"


class Assigned(Event, Assign):
    kind: Literal["assigned"] = "assigned"


class Consulted(Event, Consult):
    kind: Literal["consulted"] = "consulted"


class ConsultAnswered(Event, AnswerConsult):
    kind: Literal["consult_answered"] = "consult_answered"


class Paused(Event, Pause):
    kind: Literal["paused"] = "paused"


class Resumed(Event, Resume):
    kind: Literal["resumed"] = "resumed"


class Extended(Event, Extend):
    kind: Literal["extended"] = "extended"


class AppointmentKept(Event, KeepAppointment):
    kind: Literal["appointment_kept"] = "appointment_kept"


class Stopped(Event, Stop):
    kind: Literal["stopped"] = "stopped"


class Closed(Event, Close):
    kind: Literal["closed"] = "closed"


class Proposed(Event, Propose):
    kind: Literal["proposed"] = "proposed"


class Declined(Event, Decline):
    kind: Literal["declined"] = "declined"


class Corrected(Event, Correct):
    kind: Literal["corrected"] = "corrected"


class Told(Event, Tell):
    kind: Literal["told"] = "told"


class Reminded(Event, Remind):
    kind: Literal["reminded"] = "reminded"


class ResultHanded(Event, HandResult):
    kind: Literal["result_handed"] = "result_handed"


class PostSent(Event, SendPost):
    kind: Literal["post_sent"] = "post_sent"


class PostTracked(Event, TrackPost):
    kind: Literal["post_tracked"] = "post_tracked"


PROCESS_EVENTS: tuple[type[Event], ...] = (
    StepStarted,
    StepDone,
    StepReturned,
    Assigned,
    Consulted,
    ConsultAnswered,
    Paused,
    Resumed,
    Extended,
    AppointmentKept,
    Stopped,
    Closed,
    Proposed,
    Declined,
    Corrected,
    Told,
    Reminded,
    ResultHanded,
    PostSent,
    PostTracked,
)
