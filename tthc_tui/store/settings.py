"""Small facts kept in the file: the site, the station's identity."""

from __future__ import annotations

from sqlalchemy import Connection

from tthc_tui.core.site import Site
from tthc_tui.store.driver import run, scalar


def get_setting(connection: Connection, key: str, default: str = "") -> str:
    """The stored value, or `default`."""
    value = scalar(connection, "SELECT value FROM setting WHERE key = ?", (key,))
    return default if value is None else str(value)


def put_setting(connection: Connection, key: str, value: str) -> None:
    """Store a value under its key."""
    run(
        connection,
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def get_site(connection: Connection) -> Site | None:
    """The site this file belongs to; None before the first start was finished."""
    text = get_setting(connection, "site")
    return Site.model_validate_json(text) if text else None


def put_site(connection: Connection, site: Site) -> None:
    """Store the site."""
    put_setting(connection, "site", site.model_dump_json())
