"""Phản ánh, kiến nghị: logged, given its clock, forwarded, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import Binding

from tthc_tui.core.base import vietnam_time
from tthc_tui.core.deadline import remaining_until
from tthc_tui.core.duration import say_remaining
from tthc_tui.core.feedback import FeedbackState
from tthc_tui.screens.help import Reading
from tthc_tui.screens.work_list import Listing, WorkList
from tthc_tui.widgets.dialogs import Pick
from tthc_tui.widgets.forms import Answers, Part
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.core.feedback import Feedback
    from tthc_tui.desk import Desk

SUBJECTS = (("procedure", "thủ tục"), ("officer", "cán bộ"), ("dossier", "hồ sơ"), ("other", "việc khác"))
_CHANNELS = (
    ("counter", "tại quầy"),
    ("phone", "điện thoại"),
    ("post", "văn bản"),
    ("portal", "Cổng Dịch vụ công"),
)
_JUSTIFIED = (("", "chưa kết luận"), ("yes", "phản ánh đúng"), ("no", "phản ánh không đúng"))


class FeedbackScreen(WorkList):
    """Feedback in order of its due time."""

    TITLE_VI = "Phản ánh, kiến nghị"
    HELP_VI = (
        "Ctrl+N (n) ghi phản ánh mới; thời hạn trả lời 10 ngày làm việc tính từ lúc ghi (đơn vị đổi được). F6 chuyển "
        "đơn vị xử lý, F10 trả lời, Enter xem đủ nội dung và quá trình, Tab xem cả phản ánh đã trả lời."
    )
    BAR = ("help", "feedback.new", "handover", "finish", "feedback.which", "back")
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Số", 5, right=True),
        Column("Còn lại", 21),
        Column("Về", 10),
        Column("Nội dung", least=18),
        Column("Đơn vị xử lý", least=12),
    )
    EMPTY = "Không có phản ánh, kiến nghị nào đang chờ. Ctrl+N ghi phản ánh mới."
    BINDINGS = [
        Binding("ctrl+n,n", "new", "Ghi phản ánh", id="feedback.new", key_display="Ctrl+N"),
        Binding("f6", "forward", "Chuyển", id="handover"),
        Binding("f10,ctrl+s", "answer", "Trả lời", id="finish", key_display="F10"),
        Binding("tab,shift+tab", "which", "Chờ / tất cả", id="feedback.which", key_display="Tab"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._all = False
        self._about: dict[str, str] = {}

    def enter(self, **wanted: Any) -> None:
        """`dossier` (its code) is what a new feedback is about."""
        if wanted.get("dossier"):
            self._about = {"subject": "dossier", "about": str(wanted["dossier"])}
            self.action_new()

    def read(self, desk: Desk) -> Listing:
        """What is open, or everything."""
        found = desk.feedback_list(open_only=not self._all)
        waiting = [one for one in found if one.state is not FeedbackState.ANSWERED]
        late = sum(1 for one in waiting if one.due_at < desk.now)
        which = "tất cả" if self._all else "đang chờ"
        head = f"Chờ trả lời {len(waiting)} · QUÁ HẠN {late} · xem {which}"
        things = {str(one.id): one for one in found}
        return Listing(head, [_row(desk, one) for one in found], things)

    def more(self, thing: Any) -> str:
        """Who said it, about whom."""
        one: Feedback = thing
        sender = " · ".join(part for part in (one.sent_by, one.phone) if part)
        return f"{sender}: {one.content}"

    def action_which(self) -> None:
        """Tab: open ones only, or all."""
        self._all = not self._all
        self.look(keep=False, hold=True)

    def action_new(self) -> None:
        """Log a feedback."""
        about, self._about = self._about, {}
        parts = [
            Part("content", "Nội dung", required=True, max_length=2000),
            Part("subject", "Phản ánh về", about.get("subject", "procedure"), options=SUBJECTS),
            Part(
                "about",
                "Mã / tên",
                about.get("about", ""),
                placeholder="mã thủ tục, tên cán bộ hoặc mã hồ sơ",
            ),
            Part("sender", "Người phản ánh", max_length=200),
            Part("phone", "Điện thoại", numeric=True, max_length=15),
            Part("channel", "Cách nhận", options=_CHANNELS),
        ]
        self.ask(
            "Ghi phản ánh, kiến nghị",
            parts,
            logged,
            lambda one: (
                f"Đã ghi phản ánh số {one.number}, trả lời trước {vietnam_time(one.due_at):%H:%M %d/%m/%Y}."
            ),
        )

    def action_forward(self) -> None:
        """F6: the unit that must answer."""
        one, desk = self.chosen, self.desk
        if one is None or desk is None:
            self.say("Chưa chọn phản ánh nào.", error=True)
            return
        units = [(unit.id, unit.name) for unit in desk.units()]

        def chosen(unit: str | None) -> None:
            if unit:
                self.act(
                    lambda desk: desk.forward_feedback(one.id, unit),
                    lambda _: (
                        f"Đã chuyển phản ánh số {one.number} đến {dict(units)[unit]}; thời hạn vẫn chạy."
                    ),
                )

        self.app.push_screen(Pick("Chuyển phản ánh đến đơn vị", units), chosen)

    def action_answer(self) -> None:
        """F10: the answer to the sender."""
        one = self.chosen
        if one is None:
            self.say("Chưa chọn phản ánh nào.", error=True)
            return
        parts = [
            Part("answer", "Trả lời", required=True, max_length=2000),
            Part("justified", "Kết luận", options=_JUSTIFIED),
        ]
        self.ask(
            f"Trả lời phản ánh số {one.number}",
            parts,
            lambda desk, given: desk.answer_feedback(
                one.id, given["answer"], {"yes": True, "no": False}.get(given["justified"])
            ),
            lambda done: f"Đã trả lời phản ánh số {done.number}" + (" (quá hạn)." if done.late else "."),
            body=one.content,
        )

    def on_row_list_opened(self, message: Any) -> None:
        """Enter: everything that happened to it."""
        one = self.chosen
        if one is not None:
            self.work(
                lambda desk: (desk, *desk.feedback(one.id)),
                lambda found: (
                    self.app.push_screen(Reading(f"Phản ánh số {one.number}", told(*found))) and None
                ),
                group="story",
                hold=True,
            )


def logged(desk: Desk, given: Answers) -> Feedback:
    """Keep what was typed; `about` names a procedure, officer or dossier according to the subject."""
    subject, about = given["subject"], given["about"].strip()
    found: dict[str, Any] = {}
    if about and subject == "procedure":
        found["procedure"] = about
    elif about and subject == "officer":
        found["officer"] = officer_named(desk, about)
    elif about and subject == "dossier":
        found["dossier"] = desk.find_code(about).id
    return desk.log_feedback(
        given["content"],
        subject=cast(Any, subject),
        sender=given["sender"],
        phone=given["phone"],
        channel=given["channel"],
        **found,
    )


def officer_named(desk: Desk, text: str) -> str:
    """The id of the officer meant by id or name, accents aside; the text itself where nobody is."""
    from tthc_tui.core.text import fold

    wanted = fold(text)
    named = [one.id for one in desk.site.officers if one.id == text or wanted in fold(one.name)]
    return named[0] if len(named) == 1 else text


def told(desk: Desk, one: Feedback, events: Any) -> str:
    """A feedback and its story in words."""
    lines = [one.content, "", f"Người phản ánh: {one.sent_by} {one.phone}".strip()]
    for label, value in (
        ("Thủ tục", one.about_procedure),
        ("Cán bộ", one.about_officer and desk.site.officer_name(one.about_officer)),
    ):
        lines += [f"{label}: {value}"] if value else []
    if one.about_dossier is not None:
        lines.append(f"Hồ sơ: {desk.dossier(one.about_dossier).code}")
    lines += [f"Hạn trả lời: {vietnam_time(one.due_at):%H:%M %d/%m/%Y}", ""]
    for event in events:
        site = desk.site_on(event.at)
        what = {"logged": "Tiếp nhận phản ánh", "forwarded": "Chuyển xử lý", "answered": "Trả lời"}[
            event.kind
        ]
        if event.kind == "forwarded":
            what += f" đến {site.unit_name(event.to_unit)}"
        if event.kind == "answered":
            what += f": {event.answer}"
        lines.append(f"{vietnam_time(event.at):%H:%M %d/%m} {what} – {site.officer_name(event.officer)}")
    return "\n".join(lines)


def _row(desk: Desk, one: Feedback) -> Row:
    answered = one.state is FeedbackState.ANSWERED
    left = remaining_until(desk.calendar(), one.due_at, desk.now)
    words = say_remaining(left.minutes, desk.site.settings.day_minutes, overdue=left.overdue)
    cells = (
        str(one.number),
        f"đã trả lời{' trễ' if one.late else ''}" if answered else words,
        dict(SUBJECTS).get(one.subject, one.subject),
        one.content,
        desk.site.unit_name(one.holder_unit),
    )
    state = "dim" if answered else "overdue" if left.overdue else "normal"
    return Row(str(one.id), cells, state)
