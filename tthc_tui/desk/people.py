"""Who works here: signing in, PINs, the site itself."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tthc_tui.core.base import Refused
from tthc_tui.core.dated import in_force
from tthc_tui.core.site import Officer, Site
from tthc_tui.desk.lists import ListDesk
from tthc_tui.store import settings
from tthc_tui.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from sqlalchemy import Connection

TRIES = 5
WAIT_SECONDS = 30


class PeopleDesk(ListDesk):
    """Sign-in with a PIN; five wrong PINs make everybody wait half a minute."""

    _failures = 0
    _locked_until: datetime | None = None

    def sign_in(self, officer_id: str, pin: str = "") -> Officer:
        """Make this officer the one who acts. An officer without a PIN signs in without one.

        Refused when the officer is unknown, the PIN wrong, or too many were wrong just now.
        """
        officer = self.site.officer(officer_id) or self._by_card(officer_id)
        if officer is None:
            raise Refused("Không có cán bộ này trong danh sách: hãy chọn lại.", "officer")
        if why := officer.why_not(self.now.date()):
            raise Refused(f"Phân công của {officer.name} ở đây {why}: hãy chọn người khác.", "in_force")
        self.check_pin(officer, pin)
        self._officer = officer.id
        return officer

    def check_pin(self, officer: Officer, pin: str) -> None:
        """Refused when `pin` is not the officer's."""
        from argon2 import PasswordHasher
        from argon2.exceptions import Argon2Error, InvalidHashError

        if self._locked_until and self.now < self._locked_until:
            raise Refused(f"Nhập sai PIN quá {TRIES} lần: hãy chờ {WAIT_SECONDS} giây rồi thử lại.", "locked")
        if not officer.pin_hash:
            return
        try:
            PasswordHasher().verify(officer.pin_hash, pin)
        except (Argon2Error, InvalidHashError):
            self._failures += 1
            if self._failures >= TRIES:
                self._failures, self._locked_until = 0, self.now + timedelta(seconds=WAIT_SECONDS)
            raise Refused("Mã PIN không đúng: hãy nhập lại.", "pin") from None
        self._failures, self._locked_until = 0, None

    def set_pin(self, officer_id: str, pin: str) -> None:
        """Give an officer a PIN of 4 to 12 digits, or take it away with an empty one; it holds in every unit."""
        from argon2 import PasswordHasher

        if pin and not (pin.isdigit() and 4 <= len(pin) <= 12):
            raise Refused("Mã PIN gồm 4 đến 12 chữ số: hãy chọn mã khác.", "pin")
        pin_hash = PasswordHasher().hash(pin) if pin else ""
        officers = tuple(
            officer.model_copy(update={"pin_hash": pin_hash}) if officer.id == officer_id else officer
            for officer in self.whole_site.officers
        )
        self.save_site(self.whole_site.model_copy(update={"officers": officers}))

    def _by_card(self, card: str) -> Officer | None:
        """Whose card it is: among those in force first, so that a card handed on signs its new holder in."""
        holders = [officer for officer in self.site.officers if officer.card and officer.card == card]
        return next(iter(in_force(holders, self.now.date()) or holders), None)


def found_site(store: SqliteStore, site: Site) -> None:
    """Set a new file up for a site: its settings and the identity of this station."""

    def job(connection: Connection) -> None:
        settings.put_site(connection, site)
        if not settings.get_setting(connection, "station"):
            settings.put_setting(connection, "station", f"tram-{secrets.token_hex(6)}")

    store.write(job)


def has_site(store: SqliteStore) -> bool:
    """Whether the first start was finished on this file."""
    with store.read() as connection:
        return settings.get_site(connection) is not None
