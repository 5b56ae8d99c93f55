"""Trả kết quả (F5): scan, check who collects, hand over with one key; the next scan goes on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from tthc_tui.core import events as ev
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierLine, DossierQuery
from tthc_tui.desk.intake_form import PersonInput
from tthc_tui.screens.base import CounterScreen, DataChanged
from tthc_tui.screens.dossier_rows import short_code
from tthc_tui.screens.handing import Outcome, ask_outcome
from tthc_tui.screens.returning_view import ReturnData, doubts, read_return, return_facts, return_title
from tthc_tui.widgets.dialogs import Confirm, Pick
from tthc_tui.widgets.fields import Choice, LabeledField
from tthc_tui.widgets.inputs import VnInput

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_MOST_FOUND = 200
_RATINGS = (
    ("", "không đánh giá"),
    ("5", "5 · Rất hài lòng"),
    ("4", "4 · Hài lòng"),
    ("3", "3 · Bình thường"),
    ("2", "2 · Không hài lòng"),
    ("1", "1 · Rất không hài lòng"),
)
_FIELDS = (
    "collector-name",
    "collector-number",
    "collector-phone",
    "authorisation",
    "signature",
    "return-note",
)


class ReturningScreen(CounterScreen):
    """Who collects the result of which dossier."""

    TITLE_VI = "Trả kết quả"
    HELP_VI = (
        "Quét giấy tiếp nhận, hoặc gõ mã, họ tên, điện thoại, số định danh rồi Enter (mất giấy hẹn cũng tìm như vậy). "
        "Quét thẻ căn cước của người nhận: đúng chính chủ thì báo, khác thì điền người được ủy quyền. "
        "F10 trả kết quả; hồ sơ chưa có kết quả thì cho biết ai đang giữ, Ctrl+R ghi kết quả trước. Ctrl+Z hoàn tác."
    )
    BAR = ("help", "dossiers", "returning.resolve", "finish", "undo", "back")
    CSS_PATH = ["base.tcss", "returning.tcss"]
    BINDINGS = [
        Binding("f5", "again", "Hồ sơ khác", id="returning", tooltip="Bỏ hồ sơ này, tìm hồ sơ khác"),
        Binding(
            "ctrl+r", "resolve", "Ghi kết quả", id="returning.resolve", tooltip="Ghi kết quả rồi mới trả"
        ),
        Binding("f10,ctrl+s", "finish", "Trả kết quả", id="finish", key_display="F10"),
        Binding("ctrl+z", "undo", "Hoàn tác", id="undo", tooltip="Hoàn tác lần trả vừa rồi"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._data: ReturnData | None = None
        self._done = ""

    def compose_body(self) -> Iterable[Widget]:
        """Box, facts, form."""
        yield LabeledField(
            "Tìm / quét",
            VnInput(placeholder="mã, họ tên, điện thoại, số định danh", ident="find"),
            label_width=17,
        )
        yield Static("", id="return-title", markup=False)
        yield Static("", id="return-facts", markup=False)
        with VerticalScroll(id="return-form", can_focus=False):
            yield from self._line("Người nhận", Choice(_COLLECTORS, ident="collector"))
            yield self._field("Họ tên", "collector-name", "authorised", upper=True)
            yield self._field("Số định danh", "collector-number", "authorised", vietnamese=False)
            yield self._field("Điện thoại", "collector-phone", "authorised", numeric=True, max_length=15)
            yield self._field("Giấy ủy quyền", "authorisation", "authorised")
            yield from self._line("Giấy hẹn", Choice(_RECEIPTS, ident="receipt"))
            yield from self._line("Nhận qua", Choice(_METHODS, ident="method"))
            yield self._field("Ký nhận", "signature", placeholder="người nhận đã ký, số trang sổ…")
            yield from self._line("Mức hài lòng", Choice(_RATINGS, ident="rating"))
            yield self._field("Ghi chú", "return-note")

    def _line(self, label: str, choice: Choice) -> Iterable[Widget]:
        with Horizontal(classes="return-line"):
            yield Label(label)
            yield choice

    def _field(self, label: str, ident: str, classes: str = "", **options: Any) -> LabeledField:
        return LabeledField(label, VnInput(ident=ident, **options), label_width=17, classes=classes)

    def on_mount(self) -> None:
        """Ready for the scan."""
        self._show(None)
        self.query_one("#find", VnInput).focus()

    def on_resize(self) -> None:
        """Small terminals keep what is needed to hand over."""
        self.set_class(self.app.size.height < 14, "-tiny")

    def enter(self, **wanted: Any) -> None:
        """`dossier` is the one to return; without it the box waits."""
        if "dossier" in wanted:
            self._take(str(wanted["dossier"]))
        else:
            self.query_one("#find", VnInput).focus()

    # -- finding ------------------------------------------------------------------------------------

    @on(Input.Submitted, "#find")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = self.query_one("#find", VnInput).text
        if text:
            self._find(text)
        elif self._data is not None:
            self.query_one("#collector", Choice).focus()

    def _find(self, text: str) -> None:
        def job(desk: Desk) -> list[DossierLine]:
            rows = desk.find(DossierQuery(text=text, limit=_MOST_FOUND))
            found = desk.lines(rows)
            ready = [line for line in found if line.state is State.DONE]
            return ready or [line for line in found if line.closed_at is None] or found

        self.work(job, lambda lines: self._found(text, lines), group="find", hold=True)

    def _found(self, text: str, lines: list[DossierLine]) -> None:
        if not lines:
            self.say(
                f"Không tìm thấy hồ sơ nào với “{text[:40]}”: hãy thử tên, điện thoại, số định danh.",
                error=True,
            )
        elif len(lines) == 1:
            self._take(lines[0].id)
        else:
            options = [
                (line.id, f"{short_code(line)}  {line.applicant}  {line.procedure}  · {line.state.label}")
                for line in lines
            ]
            self.app.push_screen(
                Pick("Trả kết quả hồ sơ nào?", options), lambda key: self._take(key) if key else None
            )

    def scanned_dossier(self, text: str) -> None:
        """The receipt of the next citizen."""
        self.work(
            lambda desk: desk.find_code(text), lambda line: self._take(line.id), group="find", hold=True
        )

    def scanned_card(self, text: str) -> None:
        """The card of whoever collects: the applicant, somebody else, or the way to find the dossier."""
        from tthc_tui.core.identity import parse_card

        try:
            card = parse_card(text)
        except ValueError as error:
            self.say(str(error), error=True)
            return
        if self._data is None:
            self._find(card.number)
            return
        applicant = self._data.detail.applicant
        if applicant is not None and applicant.number == card.number:
            self.query_one("#collector", Choice).value = "self"
            self.say(f"Đúng chính chủ: {applicant.name}.", severity="ok")
            return
        self.query_one("#collector", Choice).value = "agent"
        self.query_one("#collector-name", VnInput).value = card.name
        self.query_one("#collector-number", VnInput).value = card.number
        self.query_one("#authorisation", VnInput).focus()
        self.say(f"{card.name} không phải người nộp: hãy ghi giấy ủy quyền.", severity="warning")

    def _take(self, dossier: str) -> None:
        left = self._data
        if left is not None and not left.against and str(left.detail.dossier.id) != dossier:
            self.say(f"Hồ sơ {left.detail.dossier.code} chưa trả, đã bỏ qua.", severity="warning")
        self.work(lambda desk: read_return(desk, dossier), self._took, group="take", hold=True)

    def _took(self, data: ReturnData) -> None:
        same = self._data is not None and self._data.detail.dossier.id == data.detail.dossier.id
        if not same:
            self._empty_form(data.detail.dossier)
        self._show(data)
        find = self.query_one("#find", VnInput)
        find.value = ""
        if not data.against:
            self.query_one("#collector", Choice).focus()
        elif not same:
            self.app.bell()
            find.focus()

    # -- showing ------------------------------------------------------------------------------------

    def _empty_form(self, dossier: Dossier) -> None:
        for name in _FIELDS:
            self.query_one(f"#{name}", VnInput).value = ""
        self.query_one("#collector", Choice).value = "self"
        self.query_one("#receipt", Choice).value = "here"
        self.query_one("#method", Choice).value = str(dossier.delivery)
        self.query_one("#rating", Choice).value = ""

    def _show(self, data: ReturnData | None) -> None:
        self._data = data
        self.set_class(data is None or bool(data.against), "-empty")
        title, facts = self.query_one("#return-title", Static), self.query_one("#return-facts", Static)
        if data is None or self.desk is None:
            title.update("Quét giấy tiếp nhận của người đến nhận kết quả.")
            title.set_classes("")
            facts.update("")
        else:
            title.update(return_title(self.desk, data, self.now))
            title.set_classes("-not" if data.against else "-ready")
            facts.update(return_facts(self.desk, data.detail))
        self.refresh_bindings()

    @on(Choice.Changed, "#collector")
    def _collector_changed(self, message: Choice.Changed) -> None:
        self.set_class(message.value == "agent", "-authorised")

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        if event.input.id != "find":
            self.focus_next()

    def on_data_changed(self, message: DataChanged | None = None) -> None:
        """Somebody else may have returned it, or its result may have come."""
        if self._data is not None:
            dossier = str(self._data.detail.dossier.id)
            self.work(lambda desk: read_return(desk, dossier), self._again_read, group="again")

    def _again_read(self, data: ReturnData) -> None:
        old = self._data
        if old is None or old.detail.dossier.id != data.detail.dossier.id or data == old:
            return
        self._show(data)
        if data.against and not old.against:
            self.say(f"Hồ sơ vừa được người khác cập nhật: {data.against}", error=True)

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why a key has nothing to do now."""
        data = self._data
        if action == "finish":
            return data.against if data else "Chưa có hồ sơ nào: hãy quét giấy tiếp nhận hoặc tìm theo tên."
        if action == "resolve":
            if data is None:
                return "Chưa có hồ sơ nào: hãy quét giấy tiếp nhận hoặc tìm theo tên."
            return "Hồ sơ đã có kết quả." if data.detail.dossier.state is State.DONE else data.against_resolve
        if action == "undo" and not self._done:
            return "Chưa trả kết quả nào ở màn hình này để hoàn tác."
        return ""

    # -- acting -------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """F5 once more: another dossier."""
        self._show(None)
        self.query_one("#find", VnInput).value = ""
        self.query_one("#find", VnInput).focus()

    def action_finish(self) -> None:
        """F10: hand it over; where money is owed or its chain is not finished, only after a second thought."""
        data = self._data
        if data is None:
            return
        question, advice = doubts(data)
        if not question:
            self._hand_over(data)
            return

        def answered(yes: bool | None) -> None:
            if yes and self._data is not None and self._data.detail.dossier.id == data.detail.dossier.id:
                self._hand_over(self._data)

        self.app.push_screen(
            Confirm(question, advice, yes="Trả kết quả", enter_accepts=False),
            answered,
        )

    def _hand_over(self, data: ReturnData) -> None:
        """Save the return as the form says."""
        dossier, text = (
            data.detail.dossier,
            {name: self.query_one(f"#{name}", VnInput).text for name in _FIELDS},
        )
        chosen = {
            name: self.query_one(f"#{name}", Choice).value
            for name in ("collector", "receipt", "method", "rating")
        }
        collector = None
        if chosen["collector"] == "agent":
            collector = PersonInput(
                name=text["collector-name"], number=text["collector-number"], phone=text["collector-phone"]
            )

        def job(desk: Desk) -> Dossier:
            return desk.return_result(
                dossier.id,
                collector=collector,
                authorisation=text["authorisation"],
                method=ev.Delivery(chosen["method"]),
                receipt_lost=chosen["receipt"] == "lost",
                signature=text["signature"],
                rating=int(chosen["rating"]) if chosen["rating"] else None,
                note=text["return-note"],
            )

        self.work(job, self._returned, group="act", write=True, failed=self._refused)

    def _returned(self, dossier: Dossier) -> None:
        self._done = str(dossier.id)
        name = self._data.detail.applicant.name if self._data and self._data.detail.applicant else ""
        if self.query_one("#collector", Choice).value == "agent":
            name = f"{self.query_one('#collector-name', VnInput).text} nhận thay {name}"
        self.action_again()
        self.say(
            f"Đã trả kết quả {dossier.code} ({name}). Quét hồ sơ tiếp theo; Ctrl+Z hoàn tác.", severity="ok"
        )

    def _refused(self, sentence: str) -> None:
        """Nothing was saved; what was typed stays, the first field at fault gets the focus."""
        for word, name in (
            ("ủy quyền:", "authorisation"),
            ("Họ tên", "collector-name"),
            ("họ tên", "collector-name"),
        ):
            if word in sentence:
                self.query_one(f"#{name}", VnInput).focus()
                break
        self.on_data_changed()

    def action_resolve(self) -> None:
        """Ctrl+R: the result is here, record it first."""
        data = self._data
        if data is None:
            return
        dossier = str(data.detail.dossier.id)

        def resolved(outcome: Outcome, number: str) -> None:
            def job(desk: Desk) -> ReturnData:
                desk.resolve(dossier, outcome, number)
                return read_return(desk, dossier)

            self.work(job, self._took, group="act", write=True, failed=self._refused)

        ask_outcome(self, resolved)

    def action_undo(self) -> None:
        """Take the last return back."""
        dossier = self._done

        def job(desk: Desk) -> ReturnData:
            desk.undo(dossier)
            return read_return(desk, dossier)

        def done(data: ReturnData) -> None:
            self._done = ""
            self._took(data)
            self.say("Đã hoàn tác lần trả kết quả.", severity="ok")

        self.work(job, done, group="act", write=True)


_COLLECTORS = (("self", "chính chủ"), ("agent", "người được ủy quyền"))
_RECEIPTS = (("here", "có mang theo"), ("lost", "mất giấy hẹn, đã đối chiếu giấy tờ tùy thân"))
_METHODS = tuple((str(method), method.label) for method in ev.Delivery)
