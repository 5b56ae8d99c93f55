"""Notices to applicants: written with the event they tell of, sent by the gateway, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.notices import compose, overtaken, rules_for
from tthc_tui.core.roles import check_role
from tthc_tui.desk.monitoring import MonitorDesk
from tthc_tui.store import dossiers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tthc_tui.store.gateways import NoticeGateway
    from tthc_tui.store.notice_outbox import QueuedNotice


class NoticeDesk(MonitorDesk):
    """The outbox of SMS, e-mail and Zalo texts; templates and defaults are data of the site."""

    def after_events(self, connection: Connection, dossier: Dossier, events: Sequence[ev.AnyEvent]) -> None:
        """Put what the site's templates say into the outbox, in the events' own transaction.

        It waits until the action can no longer be undone; an undo drops it.
        """
        from tthc_tui.store import notice_outbox

        super().after_events(connection, dossier, list(events))
        wait = timedelta(seconds=self.site.settings.undo_seconds)
        for event in events:
            if isinstance(event, ev.Undone):
                notice_outbox.drop_of(connection, event.event)
                continue
            notice_outbox.drop_overtaken(connection, dossier.id, overtaken(event))
            rules = rules_for(self.site, event, dossier)
            if not rules:
                continue
            person = dossiers.get_person(connection, dossier.applicant.id)
            if person is None:
                continue
            for notice in compose(rules, event, dossier, person, self.site):
                notice_outbox.put(connection, dossier.id, event.id, event.kind, notice, event.at, wait)

    def notices(self, dossier: UUID | str = "", state: str = "") -> list[QueuedNotice]:
        """Messages of one dossier or all, in one state or any, the newest first."""
        from tthc_tui.store import notice_outbox

        with self.store.read() as connection:
            return notice_outbox.find(connection, dossier=str(dossier), state=state)

    def notice_counts(self) -> dict[str, int]:
        """How many messages wait, were sent, failed, were dropped."""
        from tthc_tui.store import notice_outbox

        with self.store.read() as connection:
            return notice_outbox.counts(connection)

    def send_notices(
        self, folder: Path, gateway: NoticeGateway | None = None, limit: int = 50
    ) -> tuple[int, int]:
        """Send what is due through the site's gateway (or the one given): how many went, how many did not.

        Safe to call from several windows at once. `folder` is where the file gateway writes.
        """
        from tthc_tui.store import notice_outbox
        from tthc_tui.store.gateways import GatewayError, open_gateway

        through = gateway or open_gateway(self.site.gateway, folder)
        if through is None:
            return 0, 0
        moment, tries = self.now, self.site.gateway.tries
        went = failed = 0
        for notice in self.store.write(lambda c: notice_outbox.claim(c, moment, limit)):
            try:
                through.send(notice)
            except GatewayError as error:
                failed += 1
                said = str(error)
                self.store.write(
                    lambda c, n=notice, s=said: notice_outbox.failed(c, n, moment, s, tries)  # type: ignore[misc]
                )
            else:
                went += 1
                self.store.write(lambda c, n=notice: notice_outbox.sent(c, n.id, moment))  # type: ignore[misc]
        return went, failed

    def retry_notice(self, notice: int) -> None:
        """Send a message that failed (or was dropped) again."""
        check_role(ev.Tell, self.officer.roles, self.rights, "gửi lại tin nhắn")
        self._set(notice, "waiting")

    def drop_notice(self, notice: int) -> None:
        """Do not send a message."""
        check_role(ev.Tell, self.officer.roles, self.rights, "hủy tin nhắn")
        self._set(notice, "dropped")

    def _set(self, notice: int, state: str) -> None:
        from tthc_tui.store import notice_outbox

        moment = self.now
        if not self.store.write(lambda c: notice_outbox.set_state(c, notice, state, moment)):
            raise Refused("Tin nhắn này đã gửi hoặc không còn: hãy xem lại danh sách.", "notice")
