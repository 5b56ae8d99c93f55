"""Small facts kept in the file: the site, the station's identity."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from tthc_tui.core.site import Site
from tthc_tui.store.tables import SettingRow

_SETTING = SettingRow.__table__  # type: ignore[attr-defined]


def get_setting(connection: Connection, key: str, default: str = "") -> str:
    """The stored value, or `default`."""
    value = connection.exec_driver_sql("SELECT value FROM setting WHERE key = ?", (key,)).scalar()
    return default if value is None else str(value)


def put_setting(connection: Connection, key: str, value: str) -> None:
    """Store a value under its key."""
    statement = insert(_SETTING).values(key=key, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def get_site(connection: Connection) -> Site | None:
    """The site this file belongs to; None before the first start was finished."""
    text = get_setting(connection, "site")
    return Site.model_validate_json(text) if text else None


def put_site(connection: Connection, site: Site) -> None:
    """Store the site."""
    put_setting(connection, "site", site.model_dump_json())
