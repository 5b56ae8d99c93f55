"""Tiếp nhận: one screen, top to bottom as the papers lie on the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import events, on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from tthc_tui.core.identity import CardError, parse_card
from tthc_tui.core.procedure import Channel, Procedure
from tthc_tui.screens.base import Ticked
from tthc_tui.screens.intake_draft import (
    Draft,
    DueView,
    due_words,
    explained,
    fee_line,
    read_due,
    visit_words,
)
from tthc_tui.screens.intake_fees import IntakeFees
from tthc_tui.screens.intake_person import PersonForm
from tthc_tui.screens.procedure_search import ProcedureSearch
from tthc_tui.screens.procedure_view import CHANNEL_NAMES, SEARCH_COLUMNS, SUGGESTION, check_lines
from tthc_tui.widgets.checklist import Checklist
from tthc_tui.widgets.dialogs import Confirm
from tthc_tui.widgets.fields import Choice, LabeledField, LookupBox
from tthc_tui.widgets.inputs import VnInput

_CHANNELS = tuple((str(channel), name) for channel, name in CHANNEL_NAMES.items())
_CASE_MOST = 32  # cells for the cases of a procedure
_DELIVERIES = (("counter", "tại quầy"), ("post", "qua bưu chính"), ("online", "trực tuyến"))


class IntakeScreen(IntakeFees, ProcedureSearch):
    """Procedure, applicant, papers, fee, delivery, promised date. What is typed stays until it is saved."""

    TITLE_VI = "Tiếp nhận hồ sơ"
    HELP_VI = (
        "Chọn thủ tục (gõ tên, Enter), quét thẻ căn cước hoặc gõ số định danh, đánh dấu giấy tờ bằng phím số "
        "hoặc Space (* nhận tất cả giấy tờ bắt buộc), rồi F10 hoàn tất. Thiếu giấy tờ: F9 lập phiếu bổ sung. "
        "Không đủ điều kiện: Ctrl+R lập phiếu từ chối. Ctrl+F chọn mức thu, miễn giảm, thu ngay. Esc về màn hình trước, nội dung đã nhập được giữ nguyên."
    )
    BAR = ("help", "lookup", "supplement", "finish", "refuse", "explain", "back")
    CSS_PATH = ["base.tcss", "intake.tcss"]
    BINDINGS = [
        Binding("f10,ctrl+s", "finish", "Hoàn tất", id="finish", tooltip="Tiếp nhận và lập giấy hẹn"),
        Binding("f9", "supplement", "Bổ sung", id="supplement", tooltip="Phiếu yêu cầu bổ sung (Mẫu 02)"),
        Binding("ctrl+r", "refuse", "Từ chối", id="refuse", tooltip="Phiếu từ chối tiếp nhận (Mẫu 03)"),
        Binding("ctrl+g,d", "explain", "Vì sao?", id="explain", tooltip="Ngày hẹn được tính thế nào"),
        Binding("f2", "lookup", "Tra cứu", id="lookup", tooltip="Tra cứu thủ tục; thủ tục đang tiếp nhận"),
        Binding("ctrl+t", "other", "Đổi thủ tục", id="other", show=False, tooltip="Chọn thủ tục khác"),
        Binding("ctrl+o", "agent", "Ủy quyền", id="agent", show=False, tooltip="Người được ủy quyền nộp"),
        Binding("ctrl+y", "card_address", "Địa chỉ thẻ", id="card_address", show=False),
        Binding("asterisk,ctrl+a", "all_papers", "Nhận đủ", id="all_papers", show=False),
        Binding(
            "ctrl+f",
            "fees",
            "Thu phí",
            id="fees",
            show=False,
            priority=True,
            tooltip="Mức thu, miễn giảm, thu ngay",
        ),
        Binding(
            "ctrl+d",
            "demand",
            "Vẫn yêu cầu",
            id="demand",
            show=False,
            tooltip="Yêu cầu nộp giấy tờ đã có CSDL, ghi lý do",
        ),
        Binding("ctrl+n", "blank", "Phiếu mới", id="blank", show=False, tooltip="Xóa phiếu đang nhập"),
        Binding("ctrl+down", "section(1)", "Phần sau", id="section_next", show=False),
        Binding("ctrl+up", "section(-1)", "Phần trước", id="section_previous", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.procedure: Procedure | None = None
        self._submitted: Draft | None = None
        self._minute = ""
        self._due: DueView | None = None

    # -- layout -------------------------------------------------------------------------------------

    def compose_body(self) -> Iterable[Widget]:
        """The look-up box, or the form once a procedure is chosen."""
        with Vertical(id="intake-pick"):
            yield Static("", id="intake-held", markup=False)
            yield LookupBox(
                SEARCH_COLUMNS,
                placeholder="Thủ tục: tên, chữ viết tắt hoặc mã; Enter chọn",
                ident="intake-procedure",
                empty_text="Không tìm thấy thủ tục nào: thử ít chữ hơn hoặc gõ mã thủ tục.",
            )
        with Vertical(id="intake-form"):
            with Horizontal(id="intake-head"):
                yield Static("", id="intake-name", markup=False)
                yield Choice((), ident="intake-case")
            yield PersonForm("Người nộp", id="applicant")
            with Vertical(id="intake-agent"):
                yield PersonForm("Được ủy quyền", id="agent")
                yield LabeledField("Giấy ủy quyền", ident="intake-authorisation")
            yield Static("", id="intake-warning", markup=False)
            yield Checklist(id="intake-papers")
            with Horizontal(id="intake-ways"):
                yield Static(" Nộp", classes="way-label", markup=False)
                yield Choice(_CHANNELS, ident="intake-channel")
                yield Static(" Trả kết quả", classes="way-label", markup=False)
                yield Choice(_DELIVERIES, ident="intake-delivery")
                yield LabeledField("Số bộ", ident="intake-sets", numeric=True, max_length=2, value="1")
            yield LabeledField("Trả về địa chỉ", ident="intake-send-to", id="intake-send")
            yield Static("", id="intake-fees", markup=False)
            yield Static("", id="intake-due", markup=False)

    def on_mount(self) -> None:
        """The look-up box waits for letters, the likeliest procedures already below it."""
        for part in ("#intake-form", "#intake-agent", "#intake-send", "#intake-warning"):
            self.query_one(part).display = False
        self.query_one("#intake-pick LookupBox", LookupBox).field.focus()
        self._search("")

    # -- coming in ----------------------------------------------------------------------------------

    def enter(
        self, procedure: str = "", card: str = "", again: bool = False, restore: bool = False, **_: Any
    ) -> None:
        """With a procedure, a scanned card, the last procedure again, or the intake just undone."""
        if restore and self._submitted is not None:
            self._restore(self._submitted)
        elif again and self.procedure is None:
            procedure = self.counter_app.last_procedure
        if procedure and (self.procedure is None or self.procedure.code != procedure):
            self._choose(procedure)
        if card:
            self.scanned_card(card)
        if self.picking:
            self.query_one("#intake-pick LookupBox", LookupBox).field.focus()

    def scanned_card(self, text: str) -> None:
        """The holder becomes the applicant; what is known of the person is added."""
        try:
            card = parse_card(text)
        except CardError as error:
            self.say(str(error), error=True)
            return
        self.applicant.take_card(card)
        self._ask_known(self.applicant, card.number)
        warnings = list(card.warnings)
        if self.applicant.card_address_differs:
            warnings.insert(0, f"Địa chỉ trên thẻ khác: {card.address} (Ctrl+Y lấy địa chỉ trên thẻ).")
        self._warn(" ".join(warnings))
        self._show_held()
        if self.picking:
            self.say(f"Đã đọc thẻ: {card.name}. Hãy chọn thủ tục.", severity="ok")
        else:
            self.say(f"Đã đọc thẻ: {card.name}.", severity="ok")
            self.papers.focus()

    def scanned_procedure(self, text: str) -> None:
        """The procedure of this intake."""
        self._choose(text)

    @on(PersonForm.NumberGiven)
    def _number_given(self, message: PersonForm.NumberGiven) -> None:
        message.stop()
        self._ask_known(message.form, message.number)

    def _ask_known(self, form: PersonForm, number: str) -> None:
        def known(person: Any) -> None:
            if person is None or form.values()["number"] != number:
                return
            values = {name: str(getattr(person, name)) for name in (*form.fields, "sex")}
            differing = form.fill({**values, "kind": str(int(person.kind))})
            if "address" in differing:
                self._warn(f"Lần trước địa chỉ là: {person.address}.")

        self.work(lambda desk: desk.known_person(number), known, group=f"known-{form.id}", hold=True)

    @on(PersonForm.Doubted)
    def _doubted(self, message: PersonForm.Doubted) -> None:
        message.stop()
        if message.text:
            self._warn(message.text)

    @on(VnInput.ErrorChanged)
    def _field_error(self, message: VnInput.ErrorChanged) -> None:
        still = (field.error for field in self.query(VnInput) if field.error)
        self._warn(message.text or next(still, ""))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The number of sets is judged as soon as it is left; the fields of a person judge themselves."""
        sets = self._field("sets")
        if event.widget is sets:
            self._judge_sets(sets)

    # -- the procedure ------------------------------------------------------------------------------

    @on(LookupBox.Chosen)
    def _chosen(self, message: LookupBox.Chosen) -> None:
        message.stop()
        if message.row is None:
            self.say("Không có thủ tục nào để chọn: hãy gõ tên hoặc mã thủ tục.", error=True)
        elif message.row.key == SUGGESTION:
            message.box.field.value = message.row.cells[1].partition(": ")[2]
        else:
            self._choose(message.row.key)

    def _choose(self, code: str, draft: Draft | None = None) -> None:
        self.work(
            lambda desk: desk.procedure(code),
            lambda procedure: self._take_procedure(procedure, draft),
            group="procedure",
            hold=True,
        )

    def _take_procedure(self, procedure: Procedure, draft: Draft | None = None) -> None:
        """Show the form of this procedure; papers it shares with the one before stay ticked."""
        self.procedure = procedure
        self._fee_choice = draft.fees if draft else None
        self._demanded = dict(draft.demanded) if draft else {}
        self.query_one("#intake-name", Static).update(
            f"Thủ tục  {procedure.code}  {procedure.short_name or procedure.name}"
        )
        case = self._choice("case")
        case.set_options([(c.code, c.name) for c in procedure.cases], draft.case if draft else "")
        self._fit_case()
        case.can_focus = case.display = len(procedure.cases) > 1
        self.papers.set_lines(
            check_lines(procedure.case(case.value)), draft.papers if draft is not None else None
        )
        self._show_form(True)
        self._refresh_due()
        if draft is None:
            (self.applicant.fields["number"] if self.applicant.empty else self.papers).focus()
            if procedure.doubts:
                self._warn("Nguồn công bố có điểm cần đối chiếu: F2 xem thủ tục này.")
        self.refresh_bindings()

    @on(Choice.Changed)
    def _choice_changed(self, message: Choice.Changed) -> None:
        message.stop()
        if message.choice.id == "intake-case" and self.procedure is not None:
            self.papers.set_lines(check_lines(self.procedure.case(message.value)))
            self._fee_choice = None
            self._fit_case()
        if message.choice.id == "intake-delivery":
            away = message.value == "post"
            self.query_one("#intake-send").display = away
            if away and not self._field("send-to").text:
                self._field("send-to").value = self.applicant.values()["address"]
        self._refresh_due()

    def _fit_case(self) -> None:
        """The case takes what its words need; the rest of the line is for the name of the procedure."""
        case = self._choice("case")
        case.styles.width = min(case.needed, _CASE_MOST)

    def _refresh_due(self) -> None:
        """The promised date and the fees, as they would be for a receipt at this moment."""
        procedure = self.procedure
        if procedure is None:
            return
        case, channel = self._choice("case").value, Channel(self._choice("channel").value)
        self.work(lambda desk: read_due(desk, procedure, case, channel), self._show_due, group="due")

    def _show_due(self, due: DueView) -> None:
        self._due = due
        self.query_one("#intake-fees", Static).update(f"{fee_line(due, self._fee_choice)}   [Ctrl+F] thu phí")
        visits = visit_words(due)
        self.query_one("#intake-due", Static).update(
            f"{due_words(due)}   [Ctrl+G] vì sao?" + (f"\n{visits}" if visits else "")
        )

    def on_ticked(self, message: Ticked) -> None:
        """The promise moves with the clock."""
        minute = f"{message.now:%d %H:%M}"
        if minute != self._minute and self.desk is not None:
            self._minute = minute
            self._refresh_due()

    @on(Checklist.Blocked)
    def _blocked(self, message: Checklist.Blocked) -> None:
        more = " Ctrl+D nếu vẫn phải yêu cầu (ghi lý do)." if "không yêu cầu" in message.reason else ""
        self.say(message.reason + more, error=True)

    # -- other keys ---------------------------------------------------------------------------------

    def action_all_papers(self) -> None:
        """Receive every paper that is demanded, and those the source leaves open."""
        settled = set()
        for line in self.papers.lines:
            if line.one_of and (
                line.one_of in settled
                or any(
                    other.one_of == line.one_of and self.papers.state()[other.id].ticked
                    for other in self.papers.lines
                )
            ):
                settled.add(line.one_of)
                continue
            if line.kind != "note" and line.needed is not False and not line.database:
                settled.add(line.one_of)
                self.papers.tick(line.id)

    def action_explain(self) -> None:
        """How the promised date was counted."""
        if self._due is not None:
            self.app.push_screen(explained(self._due))

    async def action_lookup(self) -> None:
        """The page of the procedure being received; what is typed there looks for another one."""
        code = self.procedure.code if self.procedure is not None and not self.picking else ""
        await self.counter_app.go("lookup", procedure=code)

    def action_other(self) -> None:
        """Another procedure; the people and shared papers stay."""
        self._show_form(False)
        self._show_held()
        box = self.query_one("#intake-pick LookupBox", LookupBox)
        box.clear()
        box.field.focus()

    def action_agent(self) -> None:
        """The person who hands the papers in for the applicant."""
        section = self.query_one("#intake-agent")
        section.display = not section.display
        form = self.query_one("#agent", PersonForm) if self._has_agent else self.applicant
        form.fields["number"].focus()

    def action_card_address(self) -> None:
        """Take the address of the scanned card after all."""
        if self.applicant.card_address_differs:
            self.applicant.take_card_address()
            self._warn("")
        else:
            self.say("Không có địa chỉ khác trên thẻ vừa quét.")

    def action_section(self, by: int) -> None:
        """The next part of the form: applicant, papers, ways."""
        parts: list[Widget] = [self.applicant.fields["number"], self.papers, self._choice("channel")]
        focused = self.focused
        at = 1 if focused is self.papers else 0
        if focused is not None and focused.id in ("intake-channel", "intake-delivery", "intake-sets"):
            at = 2
        parts[(at + by) % len(parts)].focus()

    def action_blank(self) -> None:
        """Begin anew, after asking: what is typed is gone then."""

        def answered(yes: bool | None) -> None:
            if yes:
                self._blank()

        if self.procedure is None and self.applicant.empty:
            self._blank()
        else:
            self.app.push_screen(
                Confirm(
                    "Xóa phiếu đang nhập?", "Nội dung chưa lưu của phiếu này sẽ mất.", enter_accepts=False
                ),
                answered,
            )

    async def action_back(self) -> None:
        """From the look-up box back to the form where there is one; else to the screen before."""
        if self.picking and self.procedure is not None:
            self._show_form(True)
            self.papers.focus()
        else:
            await super().action_back()

    def _restore(self, draft: Draft) -> None:
        """Bring an intake back as it was typed."""
        self._submitted = None
        self._put(draft)
        self._choose(draft.procedure, draft)
