"""The data of forms that list many things: control sheet, register, handovers, cash sheet."""

from __future__ import annotations

from pydantic import AwareDatetime

from tthc_tui.core.base import Model
from tthc_tui.printing import words
from tthc_tui.printing.document import Document
from tthc_tui.printing.forms import Forms
from tthc_tui.printing.slips import SlipData, build, numbered


class ControlStep(Model):
    """One passing-on: who gave, who received, when; `outcome` is trước hạn, đúng hạn or quá hạn."""

    from_unit: str
    to_unit: str
    at: AwareDatetime | None = None
    giver: str = ""
    receiver: str = ""
    outcome: str = ""
    note: str = ""


class ControlData(SlipData):
    """Mẫu 06."""

    body: str
    partners: str = ""
    received_at: AwareDatetime
    due_at: AwareDatetime | None = None
    steps: tuple[ControlStep, ...] = ()


class RegisterEntry(Model):
    """One dossier in the register. `contact` is address and telephone, `delivery` how the result goes out."""

    code: str
    procedure: str
    applicant: str
    contact: str = ""
    body: str = ""
    received_at: AwareDatetime
    due_at: AwareDatetime | None = None
    returned_at: AwareDatetime | None = None
    delivery: str = ""
    signed: str = ""


class RegisterData(SlipData):
    """Mẫu 07, kept by lĩnh vực or group of them (`field`); `period` in words."""

    field: str = ""
    period: str = ""
    entries: tuple[RegisterEntry, ...] = ()


class HandoverRow(Model):
    """One dossier handed over."""

    code: str
    content: str
    applicant: str = ""
    due_at: AwareDatetime | None = None
    note: str = ""


class PassingData(SlipData):
    """What passes from one hand to another. `code` is the slip's own, so that the receiver can scan it."""

    from_unit: str
    to_unit: str
    handed_at: AwareDatetime
    giver: str = ""
    receiver: str = ""

    def values(self, total: str) -> dict[str, str]:
        """The fields such slips share; `total` says how much is handed over."""
        return {
            "from_unit": self.from_unit,
            "to_unit": self.to_unit,
            "handed_at": words.moment(self.handed_at),
            "total": total,
            "giver": self.giver,
            "receiver": self.receiver,
        }


class HandoverData(PassingData):
    """Giấy bàn giao hồ sơ."""

    rows: tuple[HandoverRow, ...]


class ResultRow(Model):
    """One result handed over; `fee`: a fee is to be collected; `postal`: it goes out by post."""

    code: str
    content: str
    result: str = ""
    applicant: str = ""
    address: str = ""
    fee: bool = False
    postal: bool = False


class ResultsData(PassingData):
    """Phiếu bàn giao kết quả."""

    rows: tuple[ResultRow, ...]


class CashRow(Model):
    """One payment (`amount` in whole đồng, negative for a refund); `method` as the sheet sums it up."""

    slip: str
    code: str
    payer: str
    item: str
    method: str
    amount: int


class CashData(SlipData):
    """Bảng kê cuối ca. Sums in whole đồng; `counted` None until the drawer was counted.

    `cash` names the method that is cash: its payments must be in the drawer besides `opening`.
    """

    counter: str
    officer: str
    shift_from: AwareDatetime
    shift_to: AwareDatetime
    rows: tuple[CashRow, ...] = ()
    cash: str = "tiền mặt"
    opening: int = 0
    counted: int | None = None
    note: str = ""
    checker: str = ""

    @property
    def expected(self) -> int:
        """Cash that must be in the drawer."""
        return self.opening + sum(row.amount for row in self.rows if row.method == self.cash)


def control_document(data: ControlData, forms: Forms | None = None) -> Document:
    """Mẫu 06: Phiếu kiểm soát quá trình giải quyết hồ sơ."""
    values = {
        "body": data.body,
        "partners": data.partners,
        "received_at": words.moment(data.received_at),
        "due_at": words.moment(data.due_at),
    }
    steps = tuple(
        (
            f"1. Giao: {step.from_unit}\n2. Nhận: {step.to_unit}",
            words.moment(step.at) or "…… giờ …… phút, ngày ……",
            step.giver,
            step.receiver,
            step.outcome,
            step.note,
        )
        for step in data.steps
    )
    return build("control", data, forms, values, {"steps": steps})


def register_document(data: RegisterData, forms: Forms | None = None) -> Document:
    """Mẫu 07: Sổ theo dõi hồ sơ."""
    entries = numbered(
        (
            entry.code,
            entry.procedure,
            entry.applicant,
            entry.contact,
            entry.body,
            words.short_moment(entry.received_at),
            words.short_moment(entry.due_at),
            words.short_moment(entry.returned_at),
            entry.delivery,
            entry.signed,
        )
        for entry in data.entries
    )
    return build("register", data, forms, {"field": data.field, "period": data.period}, {"entries": entries})


def handover_document(data: HandoverData, forms: Forms | None = None) -> Document:
    """Giấy bàn giao hồ sơ: I. giao hồ sơ, II. nhận kết quả."""
    values = data.values(f"{words.count(len(data.rows))} hồ sơ")
    rows = numbered(
        (row.code, row.content, row.applicant, words.short_moment(row.due_at), row.note) for row in data.rows
    )
    return build("handover", data, forms, values, {"rows": rows})


def results_document(data: ResultsData, forms: Forms | None = None) -> Document:
    """Phiếu bàn giao kết quả."""
    values = data.values(f"{words.count(len(data.rows))} kết quả")
    rows = numbered(
        (
            row.code,
            row.content,
            row.result,
            row.applicant,
            row.address,
            "X" if row.fee else "",
            "X" if row.postal else "",
        )
        for row in data.rows
    )
    return build("results", data, forms, values, {"rows": rows})


def cash_document(data: CashData, forms: Forms | None = None) -> Document:
    """Bảng kê thu phí, lệ phí cuối ca: each payment, sums by method, cash expected and counted."""
    total = sum(row.amount for row in data.rows)
    methods = sorted({row.method for row in data.rows})
    sums = []
    for method in methods:
        amounts = [row.amount for row in data.rows if row.method == method]
        sums.append((method, str(len(amounts)), words.grouped(sum(amounts))))
    counted = data.counted
    values = {
        "counter": data.counter,
        "officer": data.officer,
        "shift": f"từ {words.moment(data.shift_from)} đến {words.moment(data.shift_to)}",
        "opening": words.money(data.opening),
        "expected": words.money(data.expected),
        "counted": words.money(counted),
        "difference": _difference(counted - data.expected) if counted is not None else "",
        "words": words.in_words(total),
        "note": data.note,
        "checker": data.checker,
    }
    rows = numbered(
        (row.slip, row.code, row.payer, row.item, row.method, words.grouped(row.amount)) for row in data.rows
    )
    totals = (("", "Cộng", "", "", "", f"{len(data.rows)} lượt", words.grouped(total)),)
    return build("cash", data, forms, values, {"rows": rows, "totals": totals, "methods": tuple(sums)})


def _difference(amount: int) -> str:
    if amount == 0:
        return "0 đồng (khớp)"
    return f"{words.money(abs(amount))} ({'thừa' if amount > 0 else 'thiếu'})"
