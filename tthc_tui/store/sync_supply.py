"""Code numbers of a station: lent blocks refilled and given up, provisional receipts given their codes."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from tthc_tui.core import wire
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.site import Site
from tthc_tui.core.wire import MAX_LEASE
from tthc_tui.store import sync_codes
from tthc_tui.store import sync_state as state
from tthc_tui.store.remote import NUMBER_SECONDS, Remote
from tthc_tui.store.settings import get_setting, get_site
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_errors import NotAllowed


class CodeSupply:
    """The numbers of one station. Every method raises a RemoteError on trouble with the backend."""

    def __init__(self, store: SqliteStore, remote: Remote) -> None:
        self._store = store
        self._remote = remote
        self._known: tuple[str, Site | None] = "", None  # the site and how it stands in the file

    def look_after(self, now: datetime, device: str) -> bool:
        """Give up what past days left, refill what is half used, replace provisional codes.

        `now` is the corrected moment, `device` who this station is. A role without numbers is no trouble, and
        numbers of an agency that are refused keep none of another's away. Whether there is something new to push.
        """
        today = now.date()
        with self._store.read() as connection:
            site, station = self._site(connection), get_setting(connection, "station")
            past = sync_codes.past(connection, today)
            wants = sync_codes.wanted(connection, site, today) if site else []
            waiting = sync_codes.without_code(connection) if site else []
        if past:
            self._void(today)
        if wants:
            with suppress(NotAllowed):
                self._refill(wants, device)
        return site is not None and self._official_codes(site, station, waiting, now)

    def _site(self, connection: Connection) -> Site | None:
        """The site, read anew only when it was changed: a round every few seconds asks for it."""
        text = get_setting(connection, "site")
        if text != self._known[0]:
            self._known = text, get_site(connection)
        return self._known[1]

    def _void(self, today: date) -> None:
        rests = self._store.write(partial(sync_codes.begin_closing, today=today))
        blocks = [lease for _, lease in rests if lease.first <= lease.last]
        for start in range(0, len(blocks), 200):
            with suppress(NotAllowed):  # lent by a backend that was restored since: nothing to give back
                self._remote.void(blocks[start : start + 200], "")
        if rests:
            self._store.write(partial(sync_codes.close_leases, rows=[row for row, _ in rests]))

    def _refill(self, wants: list[wire.LeaseAsk], device: str) -> None:
        leases = self._remote.lease(wants)

        def job(connection: Connection) -> None:
            if state.device(connection) == device:  # else they were lent to the twin's identity
                sync_codes.put_leases(connection, leases)

        self._store.write(job)

    def _official_codes(
        self, site: Site, station: str, waiting: list[sync_codes.Provisional], now: datetime
    ) -> bool:
        """Official codes for what was received on provisional receipts; whether any was given."""
        groups: dict[tuple[str, date], list[UUID]] = {}
        for one in waiting:
            key = sync_codes.agency_of(site, one), vietnam_time(one.received_at).date()
            groups.setdefault(key, []).append(one.dossier)
        given = False
        for (agency, day), dossiers in groups.items():
            for dossier in dossiers[: self._lend(agency, day, len(dossiers))]:
                give = partial(sync_codes.give_code, dossier=dossier, station=station, agency=agency, now=now)
                given = self._store.write(give) or given
        return given

    def _lend(self, agency: str, day: date, count: int) -> int:
        """See that `count` numbers of (agency, day) are at hand; how many are."""
        with self._store.read() as connection:
            held = sync_codes.left(connection, agency, day)
        if held < count:
            ask = wire.LeaseAsk(agency=agency, day=day, count=min(count - held, MAX_LEASE))
            with suppress(NotAllowed):
                leases = self._remote.lease([ask])
                self._store.write(partial(sync_codes.put_leases, leases=leases))
                held += sum(lease.last - lease.first + 1 for lease in leases)
        return held

    def ask_number(self, agency: str, day: date, seconds: float | None = NUMBER_SECONDS) -> None:
        """One number for one dossier, kept with the lent ones; Unreachable when it takes too long."""
        given = self._remote.number(agency, day, seconds)
        lease = wire.Lease(agency=given.agency, day=given.day, first=given.number, last=given.number)
        self._store.write(lambda connection: sync_codes.put_leases(connection, [lease]))
