"""Bringing a database to the tables this program knows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tthc_tui.server.database import Unavailable


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A synchronous connection in a transaction, for the tools of administrators. Unavailable when it fails."""
    kinds: dict[str, Any] = {"poolclass": NullPool}
    if url.startswith("sqlite:"):
        engine = create_engine(url, **kinds)
    else:
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), **kinds)
    try:
        with engine.begin() as connection:
            yield connection
    except (psycopg.OperationalError, DBAPIError) as error:
        raise Unavailable(f"Không làm việc được với cơ sở dữ liệu ({type(error).__name__}).") from error
    finally:
        engine.dispose()


def migrate(url: str, revision: str = "head") -> str:
    """Create or upgrade the tables (to `revision`), and begin the log of a new database; the revision in place."""
    with connected(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7455281)"))  # one migration at a time
        config = _config(connection)
        command.upgrade(config, revision)
        connection.execute(
            text("INSERT INTO log (id, epoch, head) VALUES (1, :epoch, 0) ON CONFLICT (id) DO NOTHING"),
            {"epoch": secrets.token_hex(4)},
        )
        return str(
            MigrationContext.configure(
                connection, opts={"version_table": "schema_version"}
            ).get_current_revision()
        )


def needs_migration(url: str) -> bool:
    """Whether the tables are older than (or other than) what this program knows."""
    with connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "schema_version"})
        return (
            context.get_current_revision()
            != ScriptDirectory.from_config(_config(connection)).get_current_head()
        )


def known_revisions() -> frozenset[str]:
    """Every state of the tables this program can bring up to date."""
    config = Config()
    _set_up(config)
    return frozenset(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


def new_epoch(url: str) -> str:
    """Begin a new epoch after a restore: every station starts again from a snapshot and pushes what is lost."""
    epoch = secrets.token_hex(4)
    with connected(url) as connection:
        connection.execute(text("UPDATE log SET epoch = :epoch WHERE id = 1"), {"epoch": epoch})
    return epoch


def _config(connection: Connection) -> Config:
    config = Config()
    _set_up(config)
    config.attributes["connection"] = connection
    return config


def _set_up(config: Config) -> None:
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
