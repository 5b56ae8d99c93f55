"""The next steps of one dossier or a marked stack: which are legal, and the few that need care."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.roles import check_role
from tthc_tui.core.rules import acting, guard
from tthc_tui.core.states import CLOSED, State
from tthc_tui.desk.handover import HandoverDesk
from tthc_tui.desk.intake import REJECTION_BOOK
from tthc_tui.store import numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Choice:
    """One step of a dossier and the sentence against taking it now ("" when it can be taken)."""

    action: type[ev.Action]
    against: str


class StepsDesk(HandoverDesk):
    """What may be done next, and doing it to several dossiers at once."""

    def choices(self, dossier: Dossier) -> tuple[Choice, ...]:
        """Every step an officer knows, with the sentence against it where the rules refuse it now."""
        return tuple(Choice(type(probe), self.against(dossier, probe)) for probe in self._probes(dossier))

    def against(self, dossier: Dossier, action: ev.Action) -> str:
        """Why `action` can't be taken on `dossier` at this moment by this officer, "" where it can."""
        if isinstance(action, ev.Resolve):
            return self._against_resolve(dossier, action)
        refusal = self._guarded(dossier, action)
        if not refusal and isinstance(action, ev.AcceptHandover) and dossier.coming_to != self.officer.unit:
            coming = self.site.unit_name(dossier.coming_to)
            return f"Hồ sơ này được chuyển cho {coming}, không phải đơn vị của bạn."
        return refusal

    def reject(self, dossier: UUID | str, reason: str, *, ground: str = "", approved_by: str = "") -> Dossier:
        """Refuse, in writing (Mẫu 03), a dossier that was registered or sent home incomplete."""
        moment = self.now

        def job(connection: Connection) -> Dossier:
            number = numbers.next_number(connection, REJECTION_BOOK, moment.year)
            action = ev.Reject(reason=reason, ground=ground, number=number, **self.approval(approved_by))
            return self.act_in(connection, [(UUID(str(dossier)), [action])], at=moment)[0]

        return self.store.write(job)

    def _guarded(self, dossier: Dossier, action: ev.Action) -> str:
        event = ev.stamped(
            action,
            id=dossier.last_event,
            dossier=dossier.id,
            version=dossier.version,
            actor=acting(dossier, type(action), self.actor),
            at=self.now,
        )
        try:
            check_role(type(action), self.actor.roles, self.rights)
            guard(dossier, event)
        except Refused as refusal:
            return self.naming_holder(dossier, action, refusal).reason
        return ""

    def _against_resolve(self, dossier: Dossier, action: ev.Resolve) -> str:
        """`resolve` itself takes a dossier of this counter into processing, or accepts it, first."""
        try:
            check_role(ev.Resolve, self.actor.roles, self.rights)
        except Refused as refusal:
            return refusal.reason
        if dossier.coming_to == self.officer.unit and dossier.state is State.PROCESSING:
            return ""
        if dossier.state is State.ACCEPTED and not dossier.voided:
            return self._guarded(dossier.changed({"state": State.PROCESSING}), action)
        return self._guarded(dossier, action)

    def _probes(self, dossier: Dossier) -> list[ev.Action]:
        """Each step filled in as far as its rules look, so that only state and circumstances decide."""
        waiting = dossier.received_at is None and dossier.state not in CLOSED
        return [
            ev.Forward(to_unit=dossier.handling_unit or self.site.unit),
            ev.AcceptHandover(),
            ev.RequestSupplement(items=("…",), again_reason="…"),
            ev.Accept(code="…") if waiting else ev.Supplement(),
            ev.Resolve(),
            ev.Return(),
            ev.Withdraw(reason="…"),
            ev.Reject(reason="…"),
            ev.Undo(event=dossier.last_event, grace_seconds=self.site.settings.undo_seconds),
        ]
