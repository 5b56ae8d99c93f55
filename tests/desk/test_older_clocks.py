"""A file written by an older program, whose rules gave open dossiers other clocks."""

from __future__ import annotations

from typing import Any

from law_tools import take

from tthc_tui.core.clocks import ClockKind
from tthc_tui.desk import Desk
from tthc_tui.store import dossiers
from tthc_tui.store.sqlite import SqliteStore


def test_open_dossiers_of_an_older_program_warn_by_the_rules_of_today(desk: Desk, clock: Any) -> None:
    unreadable = take(desk, "1.004873")
    same_day = take(desk, "1.001193")  # "trong ngày": the apology is called for within the day
    clock.forward(hours=9)
    meant = desk.alerts([ClockKind.APOLOGY_NOW])
    assert [alert.line.id for alert in meant] == [str(same_day.id)]

    def as_before(connection: Any) -> None:
        connection.exec_driver_sql("UPDATE clock SET kind = 'apology' WHERE kind = 'apology_now'")
        connection.exec_driver_sql("DELETE FROM setting WHERE key = 'clock_rules'")
        connection.exec_driver_sql("UPDATE event SET body = '{}' WHERE dossier = ?", (str(unreadable.id),))

    desk.store.write(as_before)
    assert desk.alerts([ClockKind.APOLOGY_NOW]) == []
    with SqliteStore(desk.store.path) as store:
        opened = Desk(store, clock, officer="lan", counter="07")
        assert opened.alerts([ClockKind.APOLOGY_NOW]) == meant
        with store.read() as connection:
            assert not dossiers.clocks_are_old(connection)
