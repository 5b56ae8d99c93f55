"""The prepared search index in the file: kept with every change of the catalogue, read at every start."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from tthc_tui.core.base import VIETNAM
from tthc_tui.store.popular import shipped_popular, shipped_text
from tthc_tui.store.search_parts import FORMAT, Parts, SearchRow, pack

if TYPE_CHECKING:
    from tthc_tui.store.sqlite import SqliteStore

_CHECK = "check"  # the part that says of what program, of what popularity file and how whole the others are


def kept_parts(connection: Connection) -> Parts | None:
    """The parts in the file; None where there are none, those of another program, or damaged ones."""
    parts = {
        str(name): bytes(body)
        for name, body in connection.exec_driver_sql("SELECT name, body FROM search_part")
    }
    return parts if parts and parts.pop(_CHECK, b"") == _check(parts) else None


def kept_mark(store: SqliteStore) -> bytes:
    """Tells one kept index from another, cheaply enough for every key; b"" where none is kept."""
    return bytes(store.peek(f"SELECT body FROM search_part WHERE name = '{_CHECK}'") or b"")


def keep_parts(connection: Connection) -> None:
    """Prepare the index anew and keep it; part of every transaction that changes the catalogue."""
    parts = packed(connection)
    connection.exec_driver_sql("DELETE FROM search_part")
    connection.exec_driver_sql(
        "INSERT INTO search_part (name, body) VALUES (?, ?)", [*parts.items(), (_CHECK, _check(parts))]
    )


def packed(connection: Connection) -> Parts:
    """The parts of everything in the store."""
    return pack(_rows(connection), shipped_popular())


def _rows(connection: Connection) -> Iterator[SearchRow]:
    found = connection.exec_driver_sql(
        "SELECT code, name, short_name, field_name, keywords, limit_text, level, kind, gone_at, spelled, folded "
        "FROM procedure"
    )
    for code, name, short, field, keywords, limit, level, kind, gone, spelled, folded in found:
        words = tuple(keywords.split("\n")) if keywords else ()
        day = datetime.fromtimestamp(gone / 1000, VIETNAM).date() if gone else None
        yield SearchRow(code, name, short, field, words, limit, level, kind, day, spelled, folded)


def _check(parts: Parts) -> bytes:
    number = zlib.crc32(shipped_text().encode())
    for name in sorted(parts):
        number = zlib.crc32(parts[name], zlib.crc32(name.encode(), number))
    return f"{FORMAT} {number:08x}".encode()
