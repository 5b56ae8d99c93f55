"""From version 3 to 4 of the file: the search index is kept prepared."""

from __future__ import annotations

import sqlite3


def to_version_4(connection: sqlite3.Connection) -> None:
    """Bring an open file of version 3 along, inside the caller's transaction; the index is prepared later."""
    # Written out, not taken from the tables: a migration must do the same for ever.
    connection.execute(
        "CREATE TABLE search_part (name VARCHAR NOT NULL, body BLOB NOT NULL, PRIMARY KEY (name))"
    )
