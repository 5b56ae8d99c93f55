"""From version 2 to 3 of the file: inter-agency roots, clocks, payments, shifts, notices, feedback."""

from __future__ import annotations

import sqlite3

# Written out, not taken from the tables: a migration must do the same for ever.
STATEMENTS = (
    "ALTER TABLE dossier ADD COLUMN root VARCHAR DEFAULT '' NOT NULL",
    "DROP INDEX ix_dossier_due",
    """CREATE INDEX ix_dossier_due ON dossier
        (due_at, holder_unit, holder_officer, field_name, procedure_code)
        WHERE running = 1 AND root = ''""",
    "CREATE INDEX ix_dossier_root ON dossier (root) WHERE root <> ''",
    """CREATE TABLE clock (
        "row" INTEGER NOT NULL, kind VARCHAR NOT NULL, "key" VARCHAR NOT NULL, unit VARCHAR NOT NULL,
        officer VARCHAR NOT NULL, due_at INTEGER NOT NULL, PRIMARY KEY ("row", kind, "key"))""",
    "CREATE INDEX ix_clock_due ON clock (kind, due_at)",
    """CREATE TABLE payment (
        event VARCHAR NOT NULL, "row" INTEGER NOT NULL, at INTEGER NOT NULL, number VARCHAR NOT NULL,
        amount INTEGER NOT NULL, method VARCHAR NOT NULL, item VARCHAR NOT NULL, reference VARCHAR NOT NULL,
        payer VARCHAR NOT NULL, officer VARCHAR NOT NULL, station VARCHAR NOT NULL, counter VARCHAR NOT NULL,
        shift VARCHAR NOT NULL, PRIMARY KEY (event))""",
    'CREATE INDEX ix_payment_row ON payment ("row")',
    "CREATE INDEX ix_payment_shift ON payment (shift)",
    "CREATE INDEX ix_payment_at ON payment (at)",
    """CREATE TABLE shift (
        id VARCHAR NOT NULL, number INTEGER NOT NULL, counter VARCHAR NOT NULL, officer VARCHAR NOT NULL,
        opened_at INTEGER NOT NULL, opening INTEGER NOT NULL, closed_at INTEGER, counted INTEGER,
        note VARCHAR NOT NULL, checker VARCHAR NOT NULL, PRIMARY KEY (id))""",
    "CREATE INDEX ix_shift_open ON shift (officer, closed_at)",
    """CREATE TABLE notice (
        id INTEGER NOT NULL, dossier VARCHAR NOT NULL, event VARCHAR NOT NULL, kind VARCHAR NOT NULL,
        channel VARCHAR NOT NULL, address VARCHAR NOT NULL, subject VARCHAR NOT NULL, body VARCHAR NOT NULL,
        state VARCHAR NOT NULL, tries INTEGER NOT NULL, made_at INTEGER NOT NULL, next_at INTEGER NOT NULL,
        sent_at INTEGER, error VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (event, channel, address))""",
    "CREATE INDEX ix_notice_state ON notice (state, next_at)",
    "CREATE INDEX ix_notice_dossier ON notice (dossier)",
    """CREATE TABLE feedback_event (
        pos INTEGER NOT NULL, id VARCHAR NOT NULL, feedback VARCHAR NOT NULL, kind VARCHAR NOT NULL,
        at INTEGER NOT NULL, officer VARCHAR NOT NULL, body VARCHAR NOT NULL,
        PRIMARY KEY (pos), UNIQUE (id))""",
    "CREATE INDEX ix_feedback_event ON feedback_event (feedback, pos)",
    """CREATE TABLE feedback (
        id VARCHAR NOT NULL, number INTEGER NOT NULL, state VARCHAR NOT NULL, open INTEGER NOT NULL,
        subject VARCHAR NOT NULL, content VARCHAR NOT NULL, about_procedure VARCHAR NOT NULL,
        about_officer VARCHAR NOT NULL, about_dossier VARCHAR NOT NULL, sender VARCHAR NOT NULL,
        holder_unit VARCHAR NOT NULL, received_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
        answered_at INTEGER, PRIMARY KEY (id))""",
    "CREATE INDEX ix_feedback_due ON feedback (open, due_at)",
)


def to_version_3(connection: sqlite3.Connection) -> None:
    """Bring an open file of version 2 along, inside the caller's transaction."""
    for statement in STATEMENTS:
        connection.execute(statement)
