"""Ca làm việc: open a shift, see its money, count the drawer, close it with a sheet that balances."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding

from tthc_tui.core.base import vietnam_time
from tthc_tui.core.duration import say_money
from tthc_tui.screens.asking import sum_of
from tthc_tui.screens.work_list import Listing, WorkList
from tthc_tui.widgets.dialogs import AskText
from tthc_tui.widgets.forms import Part
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.desk.money import ShiftSheet
    from tthc_tui.desk.shifts import Shift

_EARLIER = timedelta(days=31)


class ShiftScreen(WorkList):
    """The money of this officer's shift; without one, the shifts of the last month."""

    TITLE_VI = "Ca làm việc"
    HELP_VI = (
        "F10 mở ca (nhập tiền mặt đầu ca) hoặc kết ca (kiểm đếm tiền mặt; lệch sổ thì phải ghi lý do). "
        "F7 in bảng kê cuối ca. Chưa mở ca thì danh sách là các ca trong tháng qua, Enter in bảng kê của ca đó."
    )
    BAR = ("help", "print", "finish", "back")
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("Lúc", 11),
        Column("Số", 11),
        Column("Mã hồ sơ", 14),
        Column("Khoản", least=8),
        Column("Hình thức", 12),
        Column("Số tiền", 15, right=True),
    )
    EMPTY = "Chưa có khoản thu nào để liệt kê."
    BINDINGS = [
        Binding("f10,ctrl+s", "open_or_close", "Mở / kết ca", id="finish", key_display="F10"),
        Binding("f7", "print", "In bảng kê", id="print"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._sheet: ShiftSheet | None = None

    def read(self, desk: Desk) -> Listing:
        """The open shift and its payments, else earlier shifts."""
        shift = desk.current_shift()
        self._sheet = desk.shift_sheet(shift.id) if shift else None
        if self._sheet is not None:
            return _payments(self._sheet)
        earlier = desk.shifts(desk.now - _EARLIER)
        rows = [_shift_row(desk, one) for one in earlier]
        head = "Chưa mở ca: F10 mở ca. " + (
            "Các ca trong tháng qua:" if rows else "Tháng qua chưa có ca nào."
        )
        return Listing(head, rows, {one.id: one for one in earlier})

    def verb(self, name: str, description: str) -> str:
        """F10 opens a shift or ends the one that is open."""
        if name != "finish":
            return description
        return "Mở ca" if self._sheet is None or self._sheet.shift.by_itself else "Kết ca"

    def more(self, thing: Any) -> str:
        """Who paid."""
        payment = getattr(thing, "payment", None)
        if payment is None:
            return f"Ca số {thing.number}" + (f": {thing.note}" if thing.note else "")
        reference = f" · mã giao dịch {payment.reference}" if payment.reference else ""
        return f"{thing.payer or '(không ghi)'} · {payment.item}{reference}"

    def action_open_or_close(self) -> None:
        """F10: begin, or count the drawer and end."""
        if self._sheet is None or self._sheet.shift.by_itself:
            self._open()  # one that money opened is told its opening sum first
        else:
            self._close(self._sheet)

    def _open(self) -> None:
        def given(text: str | None) -> None:
            if text is not None:
                self.act(
                    lambda desk: desk.open_shift(sum_of(text)),
                    lambda shift: f"Đã mở ca số {shift.number}, tiền đầu ca {say_money(shift.opening)}.",
                )

        ask = AskText("Mở ca – tiền mặt đầu ca (đồng)", "0", max_length=14)
        ask.field.numeric = True
        self.app.push_screen(ask, given)

    def _close(self, sheet: ShiftSheet) -> None:
        parts = [
            Part("counted", "Kiểm đếm (đồng)", numeric=True, required=True, max_length=14),
            Part("note", "Lý do nếu lệch"),
            Part("checker", "Người kiểm"),
        ]
        self.ask(
            f"Kết ca số {sheet.shift.number}",
            parts,
            lambda desk, typed: desk.close_shift(sum_of(typed["counted"]), typed["note"], typed["checker"]),
            self._balanced,
            body=f"Sổ: phải có {say_money(sheet.expected)} tiền mặt trong ngăn kéo.",
        )

    def _balanced(self, sheet: ShiftSheet) -> str:
        difference = sheet.difference or 0
        words = (
            "khớp sổ"
            if not difference
            else f"lệch {'thừa' if difference > 0 else 'thiếu'} {say_money(abs(difference))}"
        )
        self._print(sheet.shift.id, f"Đã kết ca số {sheet.shift.number}, {words}.")
        return f"Đã kết ca số {sheet.shift.number}, {words}."

    def action_print(self) -> None:
        """F7: the cash sheet of the open shift, or of the one under the cursor."""
        if self._sheet is not None:
            self._print(self._sheet.shift.id)
        elif self.chosen is not None:
            self._print(self.chosen.id)
        else:
            self.say("Chưa có ca nào để in bảng kê.", error=True)

    def on_row_list_opened(self, message: Any) -> None:
        """Enter: the dossier of a payment, or the sheet of an earlier shift."""
        payment = getattr(self.chosen, "payment", None)
        if payment is None:
            self.action_print()
        else:
            self.scanned_dossier(self.chosen.code)

    def _print(self, shift: str, said: str = "") -> None:
        self.print_sheet(
            lambda desk: desk.cash_document(shift), f"bang-ke-ca-{shift[-8:]}", "bang-ke-ca", shift, said
        )


def _payments(sheet: ShiftSheet) -> Listing:
    shift = sheet.shift
    sums = " · ".join(f"{method.label} {say_money(amount)}" for method, amount in sheet.by_method.items())
    when = f"{vietnam_time(shift.opened_at):%H:%M %d/%m}"
    begun = f"mở {when} · đầu ca {say_money(shift.opening)}"
    if shift.by_itself:
        begun = f"tự mở {when} khi có thu tiền · F10 ghi tiền đầu ca"
    head = (
        f"Ca số {shift.number} {begun}\n"
        f"Thu {say_money(sheet.total)}"
        + (f" ({sums})" if sums else "")
        + f" · PHẢI CÓ {say_money(sheet.expected)} tiền mặt"
    )
    things = {str(row.payment.event): row for row in sheet.rows}
    rows = [
        Row(
            key,
            (
                f"{vietnam_time(row.payment.at):%H:%M %d/%m}",
                row.payment.number,
                row.code.rpartition(".")[2],
                row.payment.item,
                row.payment.method.label,
                say_money(row.payment.amount),
            ),
            "normal" if row.payment.amount > 0 else "risk",
        )
        for key, row in things.items()
    ]
    return Listing(head, rows, things)


def _shift_row(desk: Desk, shift: Shift) -> Row:
    closed = f"kết {vietnam_time(shift.closed_at):%H:%M %d/%m}" if shift.closed_at else "đang mở"
    counted = say_money(shift.counted) if shift.counted is not None else ""
    name = desk.site_on(shift.opened_at).officer_name(shift.officer)
    return Row(
        shift.id,
        (
            f"{vietnam_time(shift.opened_at):%H:%M %d/%m}",
            f"ca {shift.number}",
            name,
            shift.note,
            closed,
            counted,
        ),
        "dim" if shift.closed_at else "normal",
    )
