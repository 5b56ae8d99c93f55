"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "block",
        sa.Column("device", TEXT, primary_key=True),
        sa.Column("dossier", TEXT, primary_key=True),
        sa.Column("event", TEXT, nullable=False),
    )
    op.create_table(
        "bundle",
        sa.Column("version", TEXT, primary_key=True),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("body", TEXT, nullable=False),
    )
    op.create_table(
        "checkpoint",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("signature", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
    )
    op.create_table(
        "code",
        sa.Column("code", TEXT, primary_key=True),
        sa.Column("dossier", TEXT, nullable=False),
    )
    op.create_table(
        "counter",
        sa.Column("agency", TEXT, primary_key=True),
        sa.Column("day", TEXT, primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "device",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("active", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("forked_from", TEXT, nullable=False, server_default=sa.text("''")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "dossier",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("chain", TEXT, nullable=False),
        sa.Column("seen_by", TEXT, nullable=False),
        sa.Column("involved", TEXT, nullable=False),
        sa.Column("shape", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
    )
    op.create_table(
        "enrolment",
        sa.Column("code", TEXT, primary_key=True),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("device", TEXT, nullable=True),
    )
    op.create_table(
        "event",
        sa.Column("place", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("dossier", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("device", TEXT, nullable=True),
        sa.Column("device_seq", sa.BigInteger(), nullable=True),
        sa.Column("officer", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("pushed_by", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("flags", TEXT, nullable=False),
        sa.Column("chain", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.UniqueConstraint("id", name="uq_event_id"),
        sa.UniqueConstraint("device", "device_seq", name="uq_event_device_seq"),
    )
    op.create_index("ix_event_dossier", "event", ["dossier", "place"])
    op.create_table(
        "lease",
        sa.Column("agency", TEXT, primary_key=True),
        sa.Column("day", TEXT, primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("officer", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("epoch", TEXT, nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "officer",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("roles", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("active", sa.Integer(), nullable=False, server_default=sa.text("1")),
    )
    op.create_table(
        "person",
        sa.Column("dossier", TEXT, primary_key=True),
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("commitment", TEXT, primary_key=True),
        sa.Column("data", TEXT, nullable=False),
    )
    op.create_index("ix_person_id", "person", ["id"])
    op.create_table(
        "session",
        sa.Column("token", TEXT, primary_key=True),
        sa.Column("officer", TEXT, nullable=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_session_officer", "session", ["officer"])
    op.create_table(
        "unit",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("parent", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
    )
    op.create_table(
        "verdict",
        sa.Column("event", TEXT, primary_key=True),
        sa.Column("dossier", TEXT, nullable=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("device_seq", sa.BigInteger(), nullable=False),
        sa.Column("pushed_by", TEXT, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.UniqueConstraint("device", "device_seq", name="uq_verdict_device_seq"),
    )
    op.create_table(
        "visibility",
        sa.Column("unit", TEXT, primary_key=True),
        sa.Column("dossier", TEXT, primary_key=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_visibility_since", "visibility", ["unit", "since", "dossier"])
    op.create_table(
        "voided",
        sa.Column("agency", TEXT, primary_key=True),
        sa.Column("day", TEXT, primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("officer", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


TABLES = (
    "attempt",
    "block",
    "bundle",
    "checkpoint",
    "code",
    "counter",
    "device",
    "dossier",
    "enrolment",
    "event",
    "lease",
    "log",
    "officer",
    "person",
    "session",
    "unit",
    "verdict",
    "visibility",
    "voided",
)
