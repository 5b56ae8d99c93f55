"""Saving an intake: received, sent home for supplements, or refused; the draft as it was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.widgets import Static

from tthc_tui.core.duration import say_money
from tthc_tui.core.events import Proposal
from tthc_tui.core.procedure import Procedure, grounds_of
from tthc_tui.screens.base import CounterScreen
from tthc_tui.screens.intake_draft import Draft, DueView, FeeChoice, papers_of
from tthc_tui.screens.intake_person import PersonForm
from tthc_tui.screens.receipt import ReceiptScreen, ReceiptView, read_receipt
from tthc_tui.screens.supplement import REASON
from tthc_tui.widgets.checklist import Checklist
from tthc_tui.widgets.dialogs import AskText, Pick
from tthc_tui.widgets.fields import Choice, LookupBox
from tthc_tui.widgets.inputs import VnInput

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk
    from tthc_tui.desk.intake_form import Intake

_OTHER = "+"  # key of "another ground" among the legal bases


class IntakeSaving(CounterScreen):
    """The values of the intake screen and what becomes of them."""

    procedure: Procedure | None = None
    _submitted: Draft | None = None
    _due: DueView | None = None
    _fee_choice: FeeChoice | None = None

    def __init__(self) -> None:
        super().__init__()
        self._demanded: dict[str, str] = {}

    @property
    def applicant(self) -> PersonForm:
        """The fields of the applicant."""
        return self.query_one("#applicant", PersonForm)

    @property
    def papers(self) -> Checklist:
        """The checklist."""
        return self.query_one(Checklist)

    @property
    def picking(self) -> bool:
        """Whether the look-up box is shown instead of the form."""
        return bool(self.query_one("#intake-pick").display)

    def _choice(self, name: str) -> Choice:
        return self.query_one(f"#intake-{name}", Choice)

    def _field(self, name: str) -> VnInput:
        return self.query_one(f"#intake-{name}", VnInput)

    # -- saving -------------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Nothing can be finished before the procedure is known."""
        needs = ("finish", "supplement", "refuse", "explain", "all_papers", "agent")
        if action in needs and self.procedure is None:
            return "Chưa chọn thủ tục: hãy gõ tên thủ tục rồi nhấn Enter."
        return ""

    def _draft(self) -> Draft:
        return Draft(
            procedure=self.procedure.code if self.procedure else "",
            case=self._choice("case").value,
            applicant=self.applicant.values(),
            agent=self.query_one("#agent", PersonForm).values() if self._has_agent else None,
            authorisation=self._field("authorisation").text,
            papers=self.papers.state(),
            channel=self._choice("channel").value,
            delivery=self._choice("delivery").value,
            send_to=self._field("send-to").text,
            sets=self._field("sets").text,
            fees=self._fee_choice,
            demanded=dict(self._demanded),
        )

    @property
    def _has_agent(self) -> bool:
        return bool(self.query_one("#intake-agent").display)

    def _collect(self) -> tuple[Draft, Intake]:
        assert self.procedure is not None
        draft = self._draft()
        return draft, draft.intake(papers_of(self.papers, self._demanded))

    def _save(self, draft: Draft, make: Callable[[Desk], Dossier]) -> None:
        """Save durably, then show the receipt; the form is blank behind it for the next citizen."""

        async def done(saved: tuple[Dossier, ReceiptView | None]) -> None:
            dossier, view = saved
            self._submitted = draft
            self.counter_app.last_procedure = draft.procedure
            await self.counter_app.go("receipt", dossier=str(dossier.id), view=view)
            if dossier.payments:
                paid = dossier.payments[-1]
                self.counter_app.screen_say(f"Đã thu {say_money(paid.amount)}, biên lai {paid.number}.")
            self.counter_app.hold_keys()  # the next citizen's keys wait for the blank form, the receipt does not
            self.app.call_after_refresh(cleared)

        def cleared() -> None:
            self._blank()
            self.counter_app.release_keys()

        self.work(
            lambda desk: saved_and_drawn(desk, make), done, group="save", write=True, failed=self._refused
        )

    def _refused(self, sentence: str) -> None:
        """Go to what is wrong; everything typed stays."""
        code = getattr(self.last_error, "code", "")
        if code == "papers":
            self.papers.focus()
        elif code == "sets":
            self._field("sets").focus()
            self._field("sets").show_error(sentence)
            self.say("")  # it stands under the fields until it is put right
        else:
            people = [self.query_one(f"#{name}", PersonForm) for name in ("applicant", "agent")]
            marked = [form for form in people if code in form.fields and form.fields[code].error == sentence]
            whose = people[1] if self._has_agent and "ủy quyền" in sentence else people[0]
            if (marked[0] if marked else whose).show_error(code, sentence):
                self.say("")

    def _judge_sets(self, sets: VnInput) -> None:
        from tthc_tui.core.base import Refused
        from tthc_tui.desk.intake_form import checked_sets

        try:
            checked_sets(int(sets.text or 1))
            sets.clear_error()
        except Refused as refusal:
            sets.show_error(refusal.reason)

    def action_finish(self) -> None:
        """Receive: code, receipt number and date, durably; then the receipt."""
        missing = self.papers.missing()
        if missing:
            names = "; ".join(line.label for line in missing)
            self.say(f"Thiếu giấy tờ bắt buộc: {names}. Nhận đủ hoặc F9 lập phiếu bổ sung.", error=True)
            self.papers.focus()
            return
        draft, intake = self._collect()
        self._save(draft, lambda desk: desk.receive(intake))

    def action_supplement(self) -> None:
        """Ask once for everything that is missing (Mẫu 02)."""
        items = [line.full or line.label for line in self.papers.missing()]

        def ask(more: str | None) -> None:
            if more is None:
                return
            wanted = [*items, *([more] if more else [])]
            why = "; ".join(self._demanded.values())
            draft, intake = self._collect()
            self._save(draft, lambda desk: desk.receive_incomplete(intake, wanted, REASON, demanded=why))

        listed = "\n".join(f"{at}. {item}" for at, item in enumerate(items, 1))
        self.app.push_screen(
            AskText(
                "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ (Mẫu 02)",
                body=listed or "Giấy tờ bắt buộc đã đủ: hãy ghi nội dung cần bổ sung.",
                placeholder="Nội dung khác cần bổ sung" + (" (nếu có)" if items else ""),
                required=not items,
            ),
            ask,
        )

    def action_refuse(self) -> None:
        """Refuse in writing (Mẫu 03): the reason, then the legal ground, to which an article may be added."""
        assert self.procedure is not None
        grounds = [(ground, ground) for ground in grounds_of(self.procedure)]

        def with_reason(reason: str | None) -> None:
            if not reason:
                return
            if grounds:
                options = [*grounds, (_OTHER, "(nhập căn cứ khác)")]
                self.app.push_screen(Pick("Căn cứ pháp lý", options), lambda key: with_ground(reason, key))
            else:
                with_ground(reason, _OTHER)

        def with_ground(reason: str, ground: str | None) -> None:
            if ground is None:
                self._refuse(reason, None)
                return
            ask = AskText(
                "Căn cứ pháp lý của việc từ chối",
                "" if ground == _OTHER else ground,
                body="Ghi rõ điều, khoản; phiếu in đúng như ở đây.",
                max_length=1000,
            )
            self.app.push_screen(ask, lambda text: self._refuse(reason, text))

        self.app.push_screen(AskText("Lý do từ chối tiếp nhận (Mẫu 03)"), with_reason)

    def _refuse(self, reason: str, ground: str | None) -> None:
        if not ground:
            self.say("Chưa lập phiếu từ chối: phải có căn cứ pháp lý.", error=True)
            return
        desk, leaders = self.desk, self.desk.leaders() if self.desk else []
        if desk is None or not desk.site.settings.rejection_approval or desk.officer in leaders:
            self._refused_by(reason, ground, "")
            return
        options = [(_OTHER, "trình lãnh đạo duyệt"), *((one.id, f"{one.name} đã duyệt") for one in leaders)]
        self.app.push_screen(
            Pick("Từ chối phải được lãnh đạo duyệt", options),
            lambda key: self._refused_by(reason, ground, key) if key else None,
        )

    def _refused_by(self, reason: str, ground: str, approved_by: str) -> None:
        """Refuse, or keep the dossier as registered and put its refusal before the leader."""
        draft, intake = self._collect()
        if approved_by != _OTHER:
            self._save(draft, lambda desk: desk.refuse_intake(intake, reason, ground, approved_by))
            return

        def propose(desk: Desk) -> Dossier:
            found = desk.register(intake)
            return desk.propose(found.id, Proposal.REJECT, reason, ground=ground)

        async def done(dossier: Dossier) -> None:
            self._blank()
            await self.counter_app.go("detail", dossier=str(dossier.id))
            self.counter_app.screen_say("Đã ghi nhận hồ sơ và trình lãnh đạo duyệt việc từ chối.")

        self.work(propose, done, group="save", write=True, failed=self._refused)

    @property
    def unsaved(self) -> bool:
        """Whether something typed here would be lost by leaving the program."""
        return self.is_mounted and not self.applicant.empty

    def _put(self, draft: Draft) -> None:
        self.applicant.put(draft.applicant)
        self.query_one("#agent", PersonForm).put(draft.agent or {})
        self.query_one("#intake-agent").display = draft.agent is not None
        self._field("authorisation").value = draft.authorisation
        self._choice("channel").value = draft.channel
        self._choice("delivery").value = draft.delivery
        self._field("send-to").value = draft.send_to
        self._field("sets").value = draft.sets
        self.papers.set_lines((), {})

    def _warn(self, text: str) -> None:
        """A remark that stays until the next one; unlike a message it is not gone with the next key."""
        line = self.query_one("#intake-warning", Static)
        line.update(f"! {text}" if text else "")
        line.display = bool(text)

    def _show_form(self, form: bool) -> None:
        # Shown and hidden by `display`: a class would have every field below styled again.
        self.query_one("#intake-form").display = form
        self.query_one("#intake-pick").display = not form

    def _show_held(self) -> None:
        """While the procedure is being picked: whose intake this is."""
        values = self.applicant.values()
        held = "  ".join(part for part in (values["name"], values["number"], values["birth"]) if part)
        self.query_one("#intake-held", Static).update(f"Người nộp: {held}" if held else "")

    def _blank(self) -> None:
        """The form as for a new citizen, the look-up box in front."""
        self.procedure, self._due, self._fee_choice, self._demanded = None, None, None, {}
        self._put(Draft())
        self._show_form(False)
        self._show_held()
        self._warn("")
        box = self.query_one("#intake-pick LookupBox", LookupBox)
        box.clear()
        box.field.focus()
        self.refresh_bindings()


def saved_and_drawn(desk: Desk, make: Callable[[Desk], Dossier]) -> tuple[Dossier, ReceiptView | None]:
    """Save, and draw the form in the same trip; trouble with drawing must not look like trouble with saving."""
    dossier = make(desk)
    try:
        return dossier, read_receipt(desk, str(dossier.id), ReceiptScreen.room)
    except Exception:  # noqa: BLE001 - it is saved; the receipt screen tries again and says what is wrong
        return dossier, None
