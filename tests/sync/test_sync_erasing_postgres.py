"""A person erased on a real PostgreSQL by the command, while stations listen."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from test_sync_erasing import GONE, NUMBER, bytes_of, held_in, with_texts
from test_sync_processes import Backend, Place, backend, cluster, quick, settle, wait_for

from tthc_tui.desk import Desk
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.verify import verify_server
from tthc_tui.store import dossiers
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_verify import verify_file

__all__ = ["backend", "cluster", "quick"]  # fixtures
MAIN = "import sys; from tthc_tui.cli import main; sys.exit(main(sys.argv[1:]))"


def erase(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`tthc server person erase …` in a process of its own."""
    command = [sys.executable, "-c", MAIN, "server", "person", "erase", *words, "--database", database]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tables_saying(database: str, words: tuple[str, ...]) -> list[str]:
    """The tables with a row that says any of `words`."""
    found = []
    with psycopg.connect(database) as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        for (name,) in names:
            for word in words:
                like = f"SELECT 1 FROM {name} AS t WHERE t::text LIKE %s LIMIT 1"
                if connection.execute(like, (f"%{word}%",)).fetchone():  # type: ignore[arg-type]
                    found.append(f"{name}: {word}")
    return found


class At:
    """A station as the helpers of other tests take one."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_the_command_erases_a_person_from_postgresql_and_from_stations_that_listen(
    backend: Backend, made: Path, tmp_path: Path
) -> None:
    lan, hung = (Place(tmp_path / name, made, backend, name) for name in ("lan", "hung"))
    with SqliteStore(lan.folder / "tthc.db") as one, SqliteStore(hung.folder / "tthc.db") as two:
        here = Desk(one, lambda: datetime.now(UTC), officer="lan")
        there = Desk(two, lambda: datetime.now(UTC), officer="hung")
        done = with_texts(At(here))  # type: ignore[arg-type]
        settle(here)
        settle(there)
        assert there.detail(done.id).applicant is not None
        assert held_in(bytes_of(hung.folder), GONE)
        assert tables_saying(backend.url, GONE)
        try:
            assert there.start_sync()
            wait_for(lambda: there.worker is not None and there.worker.hearing)
            said = erase(backend.url, NUMBER, "--reason", "Đơn số 7", "--by", "Trần Văn IT")
            assert (said.returncode, said.stderr) == (0, "")
            assert said.stdout.startswith("Đã xóa dữ liệu cá nhân trong 1 hồ sơ")
            assert tables_saying(backend.url, GONE) == []
            wait_for(lambda: held_in(bytes_of(hung.folder), GONE) == [])  # it hears of it, the file is open
        finally:
            there.stop_sync()
        settle(here)
        assert held_in(bytes_of(lan.folder), GONE) == []
        for desk, store in ((here, one), (there, two)):
            assert desk.detail(done.id).applicant is None
            assert "Đơn số 7" in desk.detail(done.id).history[-1].text
            with store.read() as connection:
                assert verify_file(connection).broken is None
                assert dossiers.compare(connection) == []
        with psycopg.connect(backend.url) as connection:
            row = connection.execute("SELECT DISTINCT reason, officer FROM erased").fetchall()
        assert row == [("Đơn số 7", "Trần Văn IT")]
    proof = asyncio.run(verify_server(ServerSettings(database=backend.url)))
    assert (proof.trouble, proof.broken) == ("", None)
    again = erase(backend.url, NUMBER, "--reason", "Đơn số 7")
    assert again.returncode == 1
    assert again.stderr.startswith("Không có người nào mang số này trên máy chủ")
