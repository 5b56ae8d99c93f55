"""From version 1 to 2 of the file: events learn their place in a backend's log; tables of the sync."""

from __future__ import annotations

import sqlite3

# Written out, not taken from the tables: a migration must do the same for ever.
STATEMENTS = (
    "ALTER TABLE event ADD COLUMN place INTEGER",
    "ALTER TABLE event ADD COLUMN device_seq INTEGER",
    "ALTER TABLE event ADD COLUMN status VARCHAR DEFAULT 'confirmed' NOT NULL",
    "ALTER TABLE event ADD COLUMN hash VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE event ADD COLUMN gen INTEGER DEFAULT 0 NOT NULL",
    """CREATE TABLE outbox (
        device_seq INTEGER NOT NULL, event VARCHAR NOT NULL, dossier VARCHAR NOT NULL, seen INTEGER NOT NULL,
        sent_at INTEGER, tries INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (device_seq), UNIQUE (event))""",
    "CREATE INDEX ix_outbox_dossier ON outbox (dossier)",
    """CREATE TABLE conflict (
        id INTEGER NOT NULL, event VARCHAR NOT NULL, dossier VARCHAR NOT NULL, kind VARCHAR NOT NULL,
        code VARCHAR NOT NULL, reason VARCHAR NOT NULL, winner VARCHAR NOT NULL, at INTEGER NOT NULL,
        resolution VARCHAR NOT NULL, resolved_at INTEGER, resolved_by VARCHAR NOT NULL,
        told INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (id), UNIQUE (event, kind))""",
    "CREATE INDEX ix_conflict_dossier ON conflict (dossier)",
    "CREATE INDEX ix_conflict_open ON conflict (at) WHERE resolution = ''",
    """CREATE TABLE lease (
        id INTEGER NOT NULL, agency VARCHAR NOT NULL, day VARCHAR NOT NULL, first INTEGER NOT NULL,
        last INTEGER NOT NULL, next INTEGER NOT NULL, closed INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (id), UNIQUE (agency, day, first))""",
)


def to_version_2(connection: sqlite3.Connection) -> None:
    """Bring an open file of version 1 along, inside the caller's transaction."""
    for statement in STATEMENTS:
        connection.execute(statement)
