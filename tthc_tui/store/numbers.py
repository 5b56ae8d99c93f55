"""Numbers that must not repeat: official dossier codes and the books of slips."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from tthc_tui.core.codes import format_code
from tthc_tui.store import sync_state
from tthc_tui.store.driver import scalar
from tthc_tui.store.sync_codes import take_code


def next_code(connection: Connection, agency: str, day: date) -> str:
    """The next official dossier code of `agency` for its receipt day (Circular 03/2025/TT-VPCP, art. 13).

    Must run in the transaction that stores the intake: a number is taken exactly when its dossier is.
    With a backend it comes out of the numbers it lent; "" when none is left (a provisional receipt).
    """
    if sync_state.device(connection):
        return take_code(connection, agency, day)
    number = scalar(
        connection,
        "INSERT INTO code_counter (agency, day, last) VALUES (?, ?, 1)"
        " ON CONFLICT (agency, day) DO UPDATE SET last = last + 1 RETURNING last",
        (agency, day.isoformat()),
    )
    return format_code(agency, day, int(number))


def next_number(connection: Connection, book: str, year: int) -> int:
    """The next number of a book of forms in a year, from 1."""
    number = scalar(
        connection,
        "INSERT INTO number (book, year, last) VALUES (?, ?, 1)"
        " ON CONFLICT (book, year) DO UPDATE SET last = last + 1 RETURNING last",
        (book, year),
    )
    return int(number)
