"""The shift that money belongs to, and money that goes back with an undone receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tthc_tui.core import events as ev
from tthc_tui.core import fees as money
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.desk.catalog import CatalogDesk
from tthc_tui.store import dossiers, law, numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

SHIFT_BOOK = "bang-ke-ca"
REFUND_BOOK = "phieu-chi"
BY_ITSELF = "tự mở khi thu tiền, chưa khai tiền đầu ca"


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift at a counter; money in whole đồng, times aware. `closed_at` None while it lasts."""

    id: str
    number: int
    counter: str
    officer: str
    opened_at: datetime
    opening: int
    closed_at: datetime | None = None
    counted: int | None = None
    note: str = ""
    checker: str = ""

    @property
    def by_itself(self) -> bool:
        """Whether money opened it before anybody told what lay in the drawer."""
        return self.closed_at is None and self.note == BY_ITSELF


class ShiftDesk(CatalogDesk):
    """Every payment stands on the cash sheet of a shift."""

    def shift_id(self, connection: Connection, moment: datetime) -> str:
        """The identity of this officer's open shift; money that comes without one opens it."""
        found = law.open_shift(connection, self.officer.id)
        return str(found["id"]) if found else self.begin_shift(connection, moment, 0, BY_ITSELF).id

    def begin_shift(self, connection: Connection, moment: datetime, opening: int, note: str = "") -> Shift:
        """Keep a new shift of this officer with `opening` đồng of cash in the drawer."""
        values = {
            "id": str(self.new_id()),
            "number": numbers.next_number(connection, SHIFT_BOOK, moment.year),
            "counter": self.counter,
            "officer": self.officer.id,
            "opened_at": law.millis(moment),
            "opening": opening,
            "note": note,
            "checker": "",
        }
        law.put_shift(connection, values)
        return shift_of({**values, "closed_at": None, "counted": None})

    def _chained(self, connection: Connection, dossier: Dossier) -> bool:
        """Whether dossiers of a chain that are not void hang on this one."""
        found = law.identities(connection, law.children(connection, dossier.id))
        others = (dossiers.load(connection, one) for one in found if one != dossier.id)
        return any(one is not None and not one.voided for one in others)

    def undoing(self, connection: Connection, dossier: Dossier, moment: datetime) -> list[ev.Action]:
        """What taking back the last action takes: with a receipt the cash paid on it is given back.

        Refused where money came by bank, card or portal: it is to be sent back first.
        """
        undo = ev.Undo(event=dossier.last_event, grace_seconds=self.site.settings.undo_seconds)
        if dossier.before is None and self._chained(connection, dossier):
            raise Refused("Hồ sơ này có hồ sơ liên thông kèm theo: hãy hoàn tác các hồ sơ đó trước.", "chain")
        sums = money.by_method(dossier.payments)
        if dossier.before is not None or dossier.voided or not any(sums.values()):
            return [undo]
        if any(amount for method, amount in sums.items() if method is not ev.PayMethod.CASH):
            raise Refused(
                "Hồ sơ đã thu tiền không bằng tiền mặt: hãy hoàn tiền trước rồi hoàn tác tiếp nhận.", "paid"
            )
        number = numbers.next_number(connection, REFUND_BOOK, moment.year)
        refund = ev.RefundFee(
            amount=sums[ev.PayMethod.CASH],
            number=f"C{number:05d}/{moment.year}",
            reason="hoàn tác tiếp nhận",
            counter=self.counter,
            shift=self.shift_id(connection, moment),
        )
        return [refund, undo]


def shift_of(row: Mapping[str, Any]) -> Shift:
    """A shift as the file keeps it."""
    closed = row["closed_at"]
    return Shift(
        **{
            **row,
            "opened_at": law.instant(row["opened_at"]),
            "closed_at": None if closed is None else law.instant(closed),
        }
    )
