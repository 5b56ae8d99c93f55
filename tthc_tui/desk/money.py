"""Money at the counter: what a dossier owes, taking and giving back, the shift and its cash sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core import fees as money
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.parts import Payment
from tthc_tui.core.roles import check_role
from tthc_tui.core.site_rules import ExemptionRule
from tthc_tui.core.text import clean
from tthc_tui.desk.monitoring import MonitorDesk
from tthc_tui.desk.shifts import REFUND_BOOK, Shift, shift_of
from tthc_tui.store import law, numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST = 10_000_000_000  # đồng: more than this at a counter is a slip of the finger


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One payment of a shift with its dossier's code and who paid."""

    payment: Payment
    code: str
    payer: str


@dataclass(frozen=True, slots=True)
class ShiftSheet:
    """The money of a shift. `expected` is the cash that must lie in the drawer; `difference` counted less that."""

    shift: Shift
    rows: tuple[SheetRow, ...]
    by_method: Mapping[ev.PayMethod, int]
    total: int
    expected: int
    difference: int | None


class MoneyDesk(MonitorDesk):
    """Charge, take, give back, exempt; open a shift, count the drawer, close."""

    def account(self, dossier: UUID | str | Dossier) -> money.Account:
        """What a dossier owes and what was paid."""
        return money.account(dossier if isinstance(dossier, Dossier) else self.dossier(dossier))

    def charge(
        self, dossier: UUID | str, name: str, amount: int, *, ground: str = "", note: str = ""
    ) -> Dossier:
        """Add a fee that the receipt did not name (or named without a figure)."""
        if not name.strip():
            raise Refused("Chưa có tên khoản thu: hãy nhập.", "name")
        _checked(amount)
        return self.act(
            dossier, ev.ChargeFee(name=clean(name), amount=amount, ground=clean(ground), note=clean(note))
        )

    def pay(
        self,
        dossier: UUID | str,
        amount: int | None = None,
        *,
        method: ev.PayMethod = ev.PayMethod.CASH,
        reference: str = "",
        item: str = "",
        payer: str = "",
    ) -> Dossier:
        """Take money (all that is owed if no amount is given), with the next receipt number.

        Bank, card and portal payments need their reference; one already recorded is Refused.
        """
        owed = self.account(dossier).owed
        if amount is None and owed <= 0:
            raise Refused("Hồ sơ này không còn khoản nào phải nộp.", "amount")
        taken = owed if amount is None else amount
        _checked(taken)
        moment, reference = self.now, clean(reference)

        def job(connection: Connection) -> Dossier:
            if reference and law.reference_used(connection, str(method), reference):
                raise Refused(f"Mã giao dịch “{reference[:40]}” đã được ghi nhận rồi.", "reference")
            action = ev.PayFee(
                amount=taken,
                number=self.next_payment_number(connection, moment),
                method=method,
                item=clean(item) or "phí, lệ phí",
                reference=reference,
                payer=clean(payer),
                counter=self.counter,
                shift=self.shift_id(connection, moment),
            )
            return self.act_in(connection, [(UUID(str(dossier)), [action])], at=moment)[0]

        return self.store.write(job)

    def refund(
        self,
        dossier: UUID | str,
        amount: int,
        reason: str,
        *,
        method: ev.PayMethod = ev.PayMethod.CASH,
        of: str = "",
        reference: str = "",
    ) -> Dossier:
        """Give money back, with a number of its own; never more than was paid."""
        _checked(amount)
        moment = self.now

        def job(connection: Connection) -> Dossier:
            number = numbers.next_number(connection, REFUND_BOOK, moment.year)
            action = ev.RefundFee(
                amount=amount,
                number=f"C{number:05d}/{moment.year}",
                reason=clean(reason),
                method=method,
                of=clean(of),
                reference=clean(reference),
                counter=self.counter,
                shift=self.shift_id(connection, moment),
            )
            return self.act_in(connection, [(UUID(str(dossier)), [action])], at=moment)[0]

        return self.store.write(job)

    def exemptions_for(self, dossier: Dossier) -> list[ExemptionRule]:
        """The grounds on which a fee of this dossier may be waived today."""
        day, procedure = self.now.date(), dossier.procedure
        return money.exemptions(self.site.exemptions, procedure.code, procedure.field_name, day)

    def exempt(
        self,
        dossier: UUID | str,
        rule: str = "",
        *,
        ground: str = "",
        amount: int | None = None,
        fee: str = "",
    ) -> Dossier:
        """Waive a fee by a rule of the site, or by a ground that is typed; all fees unless one is named."""
        found = self.dossier(dossier)
        known = next((one for one in self.exemptions_for(found) if one.id == rule), None)
        if rule and known is None:
            raise Refused("Không có diện miễn, giảm này cho thủ tục: hãy chọn lại.", "exemption")
        charged = sum(one.amount for one in found.fees if not fee or one.name == fee)
        left = self.account(found).charged - self.account(found).exempted
        share = charged * known.percent // 100 - self._waived(found, known, fee) if known else charged
        waived = min(share, left) if amount is None else amount
        if waived <= 0:
            raise Refused("Không còn khoản nào để miễn, giảm.", "amount")
        _checked(waived)
        return self.act(
            found.id,
            ev.ExemptFee(
                name=fee or (known.name if known else "miễn, giảm"),
                amount=waived,
                ground=clean(ground) or (known.ground or known.name if known else ""),
                group=known.id if known else "",
            ),
        )

    def _waived(self, dossier: Dossier, rule: ExemptionRule, fee: str) -> int:
        """What a rule waived already, of one fee or of all: a half given twice is no whole."""
        names = {fee, rule.name} if fee else {one.name for one in dossier.exemptions}
        return sum(one.amount for one in dossier.exemptions if one.group == rule.id and one.name in names)

    def tariff_groups(self, procedure: str, field: str = "") -> list[str]:
        """The groups of people (đối tượng) that the site's tariff tells apart for a procedure."""
        rules = [rule for rule in self.site.tariffs if rule.fits(procedure, field, self.now.date())]
        return list(dict.fromkeys(rule.group for rule in rules if rule.group))

    # --- shifts ---

    def current_shift(self) -> Shift | None:
        """The shift this officer has open."""
        with self.store.read() as connection:
            found = law.open_shift(connection, self.officer.id)
        return shift_of(found) if found else None

    def open_shift(self, opening: int = 0) -> Shift:
        """Begin a shift with `opening` đồng of cash in the drawer.

        One that money opened by itself only gets its opening sum.
        """
        if not 0 <= opening <= MOST:
            raise Refused("Tiền mặt đầu ca không đúng: hãy nhập số đồng.", "amount")
        check_role(ev.PayFee, self.officer.roles, self.rights, "mở ca thu tiền")
        moment, officer = self.now, self.officer.id

        def job(connection: Connection) -> Shift:
            found = law.open_shift(connection, officer)
            if found is None:
                return self.begin_shift(connection, moment, opening)
            if not shift_of(found).by_itself:
                raise Refused("Bạn đang có một ca chưa kết: hãy kết ca trước.", "shift")
            law.set_opening(connection, found["id"], opening)
            return shift_of({**found, "opening": opening, "note": ""})

        return self.store.write(job)

    def close_shift(self, counted: int, note: str = "", checker: str = "") -> ShiftSheet:
        """Count the drawer and end the shift; a difference needs a note. The sheet is ready to print."""
        shift = self.current_shift()
        if shift is None:
            raise Refused("Bạn không có ca nào đang mở.", "shift")
        if not 0 <= counted <= MOST:
            raise Refused("Số tiền kiểm đếm không đúng: hãy nhập số đồng.", "amount")
        moment = self.now

        def job(connection: Connection) -> None:
            # Inside the writer: a payment of another window can't slip between the sum and the end.
            sheet = self.shift_sheet(shift.id)
            if counted != sheet.expected and not note.strip():
                raise Refused("Tiền kiểm đếm không khớp sổ: hãy đếm lại hoặc ghi lý do.", "difference")
            law.close_shift(
                connection,
                shift.id,
                {
                    "closed_at": law.millis(moment),
                    "counted": counted,
                    "note": clean(note),
                    "checker": clean(checker),
                },
            )

        self.store.write(job)
        return self.shift_sheet(shift.id)

    def shift_sheet(self, shift: str = "") -> ShiftSheet:
        """Every payment of a shift (the open one if none is named) and its sums."""
        with self.store.read() as connection:
            found = law.get_shift(connection, shift) if shift else law.open_shift(connection, self.officer.id)
            if found is None:
                raise Refused("Không có ca làm việc nào như vậy.", "shift")
            kept = shift_of(found)
            rows = tuple(
                SheetRow(payment, code, payment.payer or name)
                for payment, code, name in law.payments(connection, shift=kept.id)
            )
        sums = money.by_method(row.payment for row in rows)
        expected = kept.opening + sums.get(ev.PayMethod.CASH, 0)
        return ShiftSheet(
            kept,
            rows,
            sums,
            sum(sums.values()),
            expected,
            None if kept.counted is None else kept.counted - expected,
        )

    def shifts(self, since: datetime | None = None) -> list[Shift]:
        """The shifts opened since an instant (today if not given), the newest first."""
        start = since or self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self.store.read() as connection:
            return [shift_of(row) for row in law.shifts(connection, start)]

    def payments(self, since: datetime, until: datetime, officer: str = "") -> list[SheetRow]:
        """All payments of a period, in order of time."""
        with self.store.read() as connection:
            return [
                SheetRow(payment, code, payment.payer or name)
                for payment, code, name in law.payments(connection, since=since, until=until, officer=officer)
            ]


def _checked(amount: int) -> None:
    if not 0 < amount <= MOST:
        raise Refused("Số tiền phải lớn hơn 0 và là số đồng: hãy kiểm tra lại.", "amount")
