"""Personal data, kept apart from events so that erasing a person does not break a dossier's history."""

from __future__ import annotations

import hashlib
import hmac
import json
from enum import IntEnum
from uuid import UUID

from tthc_tui.core.base import Model


class PersonKind(IntEnum):
    """Loại đối tượng, official codes (law.md §5)."""

    CITIZEN = 1
    BUSINESS = 2
    STATE_BODY = 3
    ORGANISATION = 4


class PersonRef(Model):
    """What an event holds of a person: an identity and a keyed commitment to the data."""

    id: UUID
    commitment: str


class Person(Model):
    """An applicant (người nộp) or an authorised person. `salt` (hex) keys the commitment and is erased too."""

    id: UUID
    name: str
    kind: PersonKind = PersonKind.CITIZEN
    number: str = ""  # số định danh cá nhân/tổ chức
    birth: str = ""  # dd/mm/yyyy, mm/yyyy or yyyy: some people know no more
    sex: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    salt: str = ""

    def ref(self) -> PersonRef:
        """The reference an event may hold: HMAC-SHA256 over the canonical JSON of the data."""
        data = json.dumps(
            self.model_dump(mode="json", exclude={"salt"}),
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        digest = hmac.new(bytes.fromhex(self.salt), data.encode(), hashlib.sha256).hexdigest()
        return PersonRef(id=self.id, commitment=digest)
