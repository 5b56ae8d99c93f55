"""The tables of the backend. Identities are text, times whole milliseconds since 1970 UTC, lists and bodies JSON.

Statements are hand-written (see `database`); these declarations serve migrations and bulk inserts.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects import postgresql

from tthc_tui.core.dated import ALWAYS, FOREVER

metadata = MetaData()

TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text compared by its bytes, on both databases."""


def _text(name: str, *, key: bool = False, default: str | None = None, null: bool = False) -> Column[str]:
    standard = None if default is None else text(f"'{default}'")
    return Column(name, TEXT, primary_key=key, nullable=null, server_default=standard)


def _big(name: str, *, key: bool = False, default: int | None = None, null: bool = False) -> Column[int]:
    standard = None if default is None else text(str(default))
    return Column(
        name, BigInteger, primary_key=key, nullable=null, server_default=standard, autoincrement=False
    )


LOG = Table("log", metadata, Column("id", Integer, primary_key=True), _text("epoch"), _big("head"))

EVENT = Table(
    "event",
    metadata,
    _big("place", key=True),
    _text("id"),
    _text("dossier"),
    _text("kind"),
    _text("device", null=True),
    _big("device_seq", null=True),
    _text("officer"),
    _text("unit"),
    _text("pushed_by"),
    _big("at"),
    _big("received_at"),
    _text("flags"),
    _text("chain"),
    _text("body"),
    UniqueConstraint("id", name="uq_event_id"),
    UniqueConstraint("device", "device_seq", name="uq_event_device_seq"),
    Index("ix_event_dossier", "dossier", "place"),
)

VERDICT = Table(
    "verdict",
    metadata,
    _text("event", key=True),
    _text("dossier"),
    _text("device"),
    _big("device_seq"),
    _text("pushed_by"),
    _big("received_at"),
    _text("verdict"),
    _text("body"),
    UniqueConstraint("device", "device_seq", name="uq_verdict_device_seq"),
)
"""Verdicts on events that did not enter the log; those of the log are told from their rows."""

BLOCK = Table("block", metadata, _text("device", key=True), _text("dossier", key=True), _text("event"))

DOSSIER = Table(
    "dossier",
    metadata,
    _text("id", key=True),
    _big("version"),
    _big("place"),
    _text("chain"),
    _text("seen_by"),
    _text("involved"),
    _text("shape"),
    _text("state"),
)
"""`seen_by`: units whose feed holds it; `involved`: units that have to do with it now; `state`: folded events."""

VISIBILITY = Table(
    "visibility",
    metadata,
    _text("unit", key=True),
    _text("dossier", key=True),
    _big("since"),
    Index("ix_visibility_since", "unit", "since", "dossier"),
)

PERSON = Table(
    "person",
    metadata,
    _text("dossier", key=True),
    _text("id", key=True),
    _text("commitment", key=True),
    _text("data"),
    Index("ix_person_id", "id"),
)
"""Personal data, erasable; kept per dossier, so that who may read it is who may read the dossier."""

ERASED = Table("erased", metadata, _text("id", key=True), _big("at"), _text("reason"), _text("officer"))
"""Persons erased at their request, by identity alone: a trigger keeps their data out of `person` for good."""

CODE = Table("code", metadata, _text("code", key=True), _text("dossier"))

COUNTER = Table("counter", metadata, _text("agency", key=True), _text("day", key=True), _big("last"))

LEASE = Table(
    "lease",
    metadata,
    _text("agency", key=True),
    _text("day", key=True),
    _big("first", key=True),
    _big("last"),
    _text("device"),
    _text("officer"),
    _big("at"),
)

VOIDED = Table(
    "voided",
    metadata,
    _text("agency", key=True),
    _text("day", key=True),
    _big("number", key=True),
    _text("device"),
    _text("officer"),
    _big("at"),
)

UNIT = Table(
    "unit",
    metadata,
    _text("id", key=True),
    _text("valid_from", key=True, default=ALWAYS.isoformat()),
    _text("valid_to", default=FOREVER.isoformat()),
    _text("name"),
    _text("code"),
    _text("parent"),
    _text("kind"),
    Column("shown", Integer, nullable=False, server_default=text("0")),
)
"""A row for each time a unit was called so and stood there. `shown`: those above it see its dossiers since."""

ROUTED = Table("routed", metadata, _text("unit", key=True))
"""Units the routes of the published catalogue lead to: counters receive for them regardless of boundaries."""

OFFICER = Table(
    "officer",
    metadata,
    _text("id", key=True),
    _text("valid_from", key=True, default=ALWAYS.isoformat()),
    _text("valid_to", default=FOREVER.isoformat()),
    _text("name"),
    _text("unit"),
    _text("roles"),
    _text("password"),
    Column("active", Integer, nullable=False, server_default=text("1")),
)
"""A row for each posting of a person; the password and whether they may come in at all stand in every one."""

DEVICE = Table(
    "device",
    metadata,
    _text("id", key=True),
    _text("name"),
    _text("unit"),
    _text("secret"),
    Column("active", Integer, nullable=False, server_default=text("1")),
    _text("forked_from", default=""),
    _big("created_at"),
)

ENROLMENT = Table(
    "enrolment",
    metadata,
    _text("code", key=True),
    _text("unit"),
    _big("expires_at"),
    _text("device", null=True),
)

SESSION = Table(
    "session",
    metadata,
    _text("token", key=True),
    _text("officer"),
    _text("device"),
    _text("feed"),
    _big("created_at"),
    _big("expires_at"),
    Index("ix_session_officer", "officer"),
)

ATTEMPT = Table("attempt", metadata, _text("key", key=True), _big("failures"), _big("since"))

BUNDLE = Table("bundle", metadata, _text("version", key=True), _big("published_at"), _text("body"))

CHECKPOINT = Table(
    "checkpoint",
    metadata,
    _big("number", key=True),
    _big("place"),
    _text("body"),
    _text("signature"),
    _text("key"),
)
