"""Bàn giao (F6): scan a stack of receipts into one numbered slip; the receiver scans it and sees differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from tthc_tui.core.views import DossierLine
from tthc_tui.screens.base import CounterScreen, DataChanged
from tthc_tui.screens.dossier_rows import short_code
from tthc_tui.screens.handing import print_slip
from tthc_tui.screens.handover_stack import (
    DIRECTIONS,
    EMPTY,
    FOLLOWING,
    IN,
    IN_COLUMNS,
    OUT,
    OUT_COLUMNS,
    RESULTS,
    Stack,
    against_sending,
    codes_in_words,
    differences,
    goes_to,
    in_rows,
    lines_of,
    out_rows,
    sending_words,
    sent_words,
    why_surplus,
)
from tthc_tui.widgets.dialogs import Pick
from tthc_tui.widgets.fields import Choice, LabeledField
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_ALL = ""


class HandoverScreen(CounterScreen):
    """Three directions: giving dossiers away, giving results away, and taking either in."""

    TITLE_VI = "Bàn giao"
    HELP_VI = (
        "Chọn chiều bàn giao ở dòng đầu (F6 đổi chiều): giao hồ sơ đi, giao kết quả đi, hoặc nhận về. Giao đi: quét "
        "từng giấy tiếp nhận hoặc đánh dấu bằng Space, đơn vị nhận tự theo hồ sơ đầu tiên, F10 lập một phiếu cho cả "
        "chồng. Nhận về: quét cả chồng, dòng đối chiếu cho biết thiếu và thừa ngay, F10 nhận những hồ sơ, kết quả đã "
        "quét. Ctrl+Z hoàn tác cả phiếu vừa làm, F7 in phiếu."
    )
    BAR = ("help", "handover", "print", "finish", "undo", "back")
    CSS_PATH = ["base.tcss", "handover.tcss"]
    BINDINGS = [
        Binding("f6", "turn", "Đổi chiều", id="handover", tooltip="Giao hồ sơ, giao kết quả, nhận về"),
        Binding("f7", "print", "In phiếu", id="print", tooltip="In lại phiếu bàn giao vừa lập"),
        Binding("f10,ctrl+s", "finish", "Hoàn tất", id="finish", key_display="F10"),
        Binding("ctrl+z,u", "undo", "Hoàn tác", id="undo", key_display="Ctrl+Z"),
        Binding("ctrl+o", "pick", "Chọn đơn vị", id="handover.pick", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._stacks = {OUT: Stack(), RESULTS: Stack(), IN: Stack()}
        self._unit_chosen = False
        self._slip_chosen = False
        self._done: tuple[str, ...] = ()
        self._printable = ("", "")

    def compose_body(self) -> Iterable[Widget]:
        """Direction, unit or slip, the box, the stack, the differences."""
        with Horizontal(classes="handover-line"):
            yield Label("Chiều")
            yield Choice(list(DIRECTIONS), ident="direction")
        with Horizontal(classes="handover-line"):
            yield Label("Đơn vị nhận", id="target-label")
            yield Choice([("", FOLLOWING[OUT])], ident="target")
        yield LabeledField(
            "Quét / mã", VnInput(placeholder="quét hoặc gõ mã hồ sơ", ident="scan", vietnamese=False)
        )
        yield RowList(OUT_COLUMNS, id="stack", markable=False, empty_text=EMPTY[OUT])
        yield Static("", id="differences", markup=False)

    def on_mount(self) -> None:
        """Ready for the first scan."""
        self.query_one("#scan", VnInput).focus()
        self._read()

    def on_resize(self) -> None:
        """Small terminals keep the box and the stack."""
        self.set_class(self.app.size.height < 10, "-short")

    def enter(self, **wanted: Any) -> None:
        """`direction` is "out", "results" or "in"."""
        if "direction" in wanted:
            self.query_one("#direction", Choice).value = str(wanted["direction"])
        self.query_one("#scan", VnInput).focus()
        self._read()

    # -- what is shown ------------------------------------------------------------------------------

    @property
    def direction(self) -> str:
        """OUT, RESULTS or IN."""
        return self.query_one("#direction", Choice).value

    @property
    def sending(self) -> bool:
        """Whether a stack is given away."""
        return self.direction != IN

    @property
    def stack(self) -> Stack:
        """The stack of the direction on screen."""
        return self._stacks[self.direction]

    @property
    def target(self) -> str:
        """The unit (sending) or slip (IN) chosen, "" for none yet."""
        return self.query_one("#target", Choice).value

    def _read(self) -> None:
        direction = self.direction

        took = partial(self._took, direction)
        self.work(lambda desk: lines_of(desk, direction), took, group="handover")

    def _took(self, direction: str, lines: Sequence[DossierLine]) -> None:
        self._stacks[direction].update(lines)
        if direction == self.direction:
            self._offer()
            self._show()

    def _offer(self) -> None:
        """The units to send to, or the slips on their way here."""
        desk = self.desk
        if desk is None:
            return
        choice = self.query_one("#target", Choice)
        if self.sending:
            units = [(unit.id, unit.name) for unit in desk.units() if unit.id != desk.officer.unit]
            choice.set_options([("", FOLLOWING[self.direction]), *units])
        else:
            slips = sorted({line.slip for line in self.stack.expected.values() if line.slip})
            choice.set_options([(_ALL, "Tất cả phiếu"), *((slip, f"Phiếu {slip}") for slip in slips)])

    def _show(self) -> None:
        desk, stack, direction = self.desk, self.stack, self.direction
        if desk is None:
            return
        rows = out_rows(stack, desk, direction) if self.sending else in_rows(stack, desk)
        table = self.query_one("#stack", RowList)
        columns = OUT_COLUMNS if self.sending else IN_COLUMNS
        if table.columns != columns:
            table.set_columns(columns)
        table.empty_text = EMPTY[direction]
        table.marks = set(stack.scanned) if self.sending else set()
        table.set_rows(rows)
        table.refresh()
        self._tell_differences()
        self.refresh_bindings()

    def _tell_differences(self) -> None:
        stack, words = self.stack, self.query_one("#differences", Static)
        if self.sending:
            unit = self.desk.site.unit_name(self.target) if self.desk and self.target else ""
            words.update(sending_words(stack, self.direction, unit))
            words.set_classes("")
            return
        text, complete = differences(stack)
        words.update(text)
        wrong = bool(stack.scanned) and not complete
        words.set_classes("-wrong" if wrong else "-right" if complete else "")

    def on_data_changed(self, message: DataChanged | None = None) -> None:
        """The other side may have sent or taken something."""
        self._read()

    # -- choosing -----------------------------------------------------------------------------------

    @on(Choice.Changed, "#direction")
    def _turned(self) -> None:
        self._unit_chosen = self._slip_chosen = False
        label = "Đơn vị nhận" if self.sending else "Phiếu"
        self.query_one("#target-label", Label).update(label)
        choice = self.query_one("#target", Choice)
        choice.set_options([("", "…")])
        self._offer()
        self._show()
        self._read()

    @on(Choice.Changed, "#target")
    def _target_changed(self) -> None:
        if self.direction == IN:
            self.stack.slip = self.target
        self._show()

    def on_key(self, event: Any) -> None:
        """A unit or slip chosen by hand is no longer followed by the scans."""
        if getattr(self.focused, "id", "") == "target" and event.key in (
            "left",
            "right",
            "space",
            "home",
            "end",
        ):
            self._unit_chosen = self._slip_chosen = True

    def action_turn(self) -> None:
        """F6: the next direction."""
        choice = self.query_one("#direction", Choice)
        names = [name for name, _ in DIRECTIONS]
        choice.value = names[(names.index(choice.value) + 1) % len(names)]

    def action_pick(self) -> None:
        """Ctrl+O: choose from a long list of units with a filter."""
        choice = self.query_one("#target", Choice)

        def chosen(value: str | None) -> None:
            if value is not None:
                self._unit_chosen = self._slip_chosen = True
                choice.value = value

        self.app.push_screen(Pick("Đơn vị nhận" if self.sending else "Phiếu", choice.options), chosen)

    # -- scanning -----------------------------------------------------------------------------------

    def scanned_dossier(self, text: str) -> None:
        """A receipt of the stack."""
        self._tick_code(text)

    @on(Input.Submitted, "#scan")
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        field = self.query_one("#scan", VnInput)
        text, field.value = field.text, ""
        if not text:
            self.query_one("#stack", RowList).focus()
        elif self.direction == IN and text.upper().removeprefix("BG-") in dict(
            self.query_one("#target", Choice).options
        ):
            self._slip_chosen = True
            self.query_one("#target", Choice).value = text.upper().removeprefix("BG-")
        else:
            self._tick_code(text)

    def _tick_code(self, text: str) -> None:
        # Every scan of a burst counts: no group may drop an older one's answer.
        self.work(lambda desk: desk.find_code(text), self._tick, group=f"tick {text}", hold=True)

    def _tick(self, line: DossierLine) -> None:
        assert self.desk is not None
        follows = "" if self._unit_chosen else self.target
        problem = against_sending(self.desk, line, follows, self.direction) if self.sending else ""
        if problem:
            self.say(problem, error=True)
            return
        if not self.stack.tick(line):
            self.say(f"{short_code(line)}: đã quét rồi.", severity="warning")
            return
        if self.sending:
            self._follow_unit(line)
        else:
            self._follow_slip(line)
        self._show()
        self.query_one("#stack", RowList).move_to_key(line.id)

    def _follow_unit(self, line: DossierLine) -> None:
        desk = self.desk
        unit = goes_to(line, self.direction)
        if desk is not None and not self.target and unit != desk.officer.unit:
            self.query_one("#target", Choice).value = unit

    def _follow_slip(self, line: DossierLine) -> None:
        desk = self.desk
        assert desk is not None
        if line.id in self.stack.expected:
            if not self._slip_chosen and not self.stack.slip:
                self.query_one("#target", Choice).value = self.stack.slip = line.slip
            elif self.stack.slip and line.slip != self.stack.slip:
                self.say(f"{short_code(line)}: thừa, hồ sơ này thuộc phiếu {line.slip}.", error=True)
            return
        self.say(f"{short_code(line)}: thừa, {why_surplus(desk, line)}.", error=True)

    @on(RowList.Opened, "#stack")
    def _flip(self, message: RowList.Opened) -> None:
        message.stop()
        self._flip_row(message.row.key)

    def key_space(self) -> None:
        """Space on a row ticks it by hand."""
        table = self.query_one("#stack", RowList)
        if self.focused is table and table.cursor_key is not None:
            key = table.cursor_key
            self._flip_row(key)
            if self.sending:
                table.action_move(1)

    def _flip_row(self, dossier: str) -> None:
        line = self.stack.expected.get(dossier)
        if self.sending and line is not None and dossier not in self.stack.scanned:
            self._tick(line)
            return
        self.stack.flip(dossier)
        self._show()

    # -- finishing ----------------------------------------------------------------------------------

    def why_not(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why a key has nothing to do now."""
        if action == "finish" and not self.stack.good and not (self.sending and self.stack.scanned):
            return "Chưa quét hồ sơ nào: hãy quét giấy tiếp nhận hoặc đánh dấu bằng Space."
        if action == "undo" and not self._done:
            return "Chưa có lần bàn giao nào ở màn hình này để hoàn tác."
        if action == "print" and not self._printable[0]:
            return "Chưa lập phiếu bàn giao nào ở màn hình này; phiếu cũ in ở chi tiết hồ sơ (F7)."
        return ""

    def action_finish(self) -> None:
        """F10: make the slip, or accept what was scanned."""
        if self.sending:
            self._send()
        else:
            self._accept()

    def _send(self) -> None:
        ids, unit, direction = list(self.stack.scanned), self.target, self.direction
        if not unit:
            self.say("Chưa chọn đơn vị nhận: hãy chọn ở dòng Đơn vị nhận (Ctrl+O để tìm).", error=True)
            return

        def done(result: tuple[str, list[Dossier]]) -> None:
            slip, dossiers = result
            assert self.desk is not None
            said = sent_words(slip, direction, len(dossiers), self.desk.site.unit_name(unit))
            self._finished([str(one.id) for one in dossiers], said)
            self._printable = str(dossiers[0].id), "ban-giao" if direction == OUT else "ban-giao-kq"
            self._print(said)

        def job(desk: Desk) -> tuple[str, list[Dossier]]:
            return desk.forward_stack(ids, unit) if direction == OUT else desk.hand_results(ids, unit)

        self.work(job, done, group="act", write=True, failed=self._refused)

    def _accept(self) -> None:
        stack = self.stack
        ids, missing, slip = stack.good, stack.missing, stack.slip

        def done(dossiers: list[Dossier]) -> None:
            said = f"Đã nhận bàn giao {len(dossiers)} hồ sơ"
            said += f" của phiếu {slip}" if slip else ""
            said += f"; còn thiếu {len(missing)}: {codes_in_words(missing)}." if missing and slip else "."
            self._finished([str(one.id) for one in dossiers], said, warn=bool(missing and slip))

        self.work(lambda desk: desk.accept_handover(ids), done, group="act", write=True, failed=self._refused)

    def _refused(self, sentence: str) -> None:
        """Somebody else was faster: the sentence stands, the list is read again, the stack is kept."""
        self._read()

    def _finished(self, ids: Sequence[str], said: str, warn: bool = False) -> None:
        self._done = tuple(ids)
        self._stacks[self.direction] = Stack()
        self._unit_chosen = self._slip_chosen = False
        self.query_one("#target", Choice).value = ""
        self._read()
        self.say(f"{said} Ctrl+Z hoàn tác.", severity="warning" if warn else "ok")

    def action_print(self) -> None:
        """F7: the slip once more, marked as a reprint."""
        self._print("")

    def _print(self, said: str) -> None:
        (dossier, form), config = self._printable, self.counter_app.config

        def printed(outcome: tuple[str, bool]) -> None:
            self.say(f"{said} {outcome[0]}".strip(), severity="ok" if outcome[1] else "warning")

        self.work(lambda desk: print_slip(desk, dossier, config, form), printed, group="print")

    def action_undo(self) -> None:
        """Take the whole slip, or the whole acceptance, back."""
        ids = self._done

        def done(dossiers: list[Dossier]) -> None:
            self._done, self._printable = (), ("", "")
            self._read()
            self.say(f"Đã hoàn tác bàn giao {len(dossiers)} hồ sơ.", severity="ok")

        self.work(lambda desk: desk.undo_all(ids), done, group="act", write=True)
