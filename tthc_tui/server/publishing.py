"""A new catalogue, and what the site file says, given to a backend that runs: checked whole, then published at once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from tthc_tui.core import wire
from tthc_tui.core.dated import how_many
from tthc_tui.core.procedure import Procedure
from tthc_tui.core.site import Site
from tthc_tui.server import admin
from tthc_tui.server.catalog import BODY_SQL, CURRENT_SQL, EMPTY, public_site, publish
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.migrate import connected


class Published(NamedTuple):
    """What came of it: the version of the bundle, and how its procedures differ from those of the one before."""

    version: str
    procedures: int
    added: int
    changed: int
    dropped: int
    units: int
    officers: int


def publish_files(url: str, catalog: Sequence[Path], site: Path | None, *, dry: bool = False) -> Published:
    """Publish these catalogue sources and this site file; what is not given stays as it was published.

    Units and officers of the site file are added or changed as well (officers keep their passwords). Everything
    is read and checked as a station would before anything changes: CatalogError, Refused (of the site file) and
    AdminError name what is wrong. `dry`: only checked, the version is "".
    """
    from tthc_tui.desk.site_file import read_site_file

    fresh_site = read_site_file(site) if site is not None else None
    fresh = read_procedures(catalog) if catalog else None
    with connected(url) as connection:
        before_site, before = _current(connection)
        whole = fresh_site or before_site
        procedures = before if fresh is None else fresh
        check_readable(whole, procedures)
        version = ""
        if not dry:
            if fresh_site is not None:
                admin.load_site(connection, fresh_site)
            version = publish(connection, whole, procedures)
    old, new = _by_code(before), _by_code(procedures)
    return Published(
        version=version,
        procedures=len(new),
        added=len(new.keys() - old.keys()),
        changed=sum(1 for code in new.keys() & old.keys() if new[code] != old[code]),
        dropped=len(old.keys() - new.keys()),
        units=how_many(fresh_site.units) if fresh_site else 0,
        officers=how_many(fresh_site.officers) if fresh_site else 0,
    )


def read_procedures(catalog: Sequence[Path]) -> list[Procedure]:
    """The procedures of these sources with all their layers joined, as a counter that imported them has them."""
    from tthc_tui.store.catalog import get_procedure, import_catalog
    from tthc_tui.store.sqlite import SqliteStore

    now = from_ms(now_ms())
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "catalog.db") as store:
        store.write(lambda connection: import_catalog(connection, list(catalog), now))
        with store.read() as connection:
            codes = connection.exec_driver_sql("SELECT code FROM procedure ORDER BY code").scalars().all()
            found = [get_procedure(connection, code, now.date()) for code in codes]
    return [one.model_copy(update={"version": ""}) for one in found if one is not None]


def check_readable(site: Site, procedures: Sequence[Procedure]) -> None:
    """AdminError when a station could not take this bundle over."""
    from tthc_tui.store.catalog_bundle import import_bundle
    from tthc_tui.store.sqlite import SqliteStore
    from tthc_tui.store.sync_errors import BadAnswer

    now = from_ms(now_ms())
    bundle = wire.Catalog(
        version="check", published_at=now, site=public_site(site), procedures=tuple(map(_dumped, procedures))
    )
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "station.db") as store:
        try:
            store.write(lambda connection: import_bundle(connection, bundle, now))
        except BadAnswer as error:
            raise admin.AdminError(
                f"Máy trạm sẽ không đọc được danh mục này ({error}); chưa công bố gì."
            ) from error


def _current(connection: Connection) -> tuple[Site, list[Procedure]]:
    """What the bundle published last holds; nothing where none was."""
    version = connection.execute(text(CURRENT_SQL)).scalar()
    if version is None:
        return EMPTY, []
    body = json.loads(connection.execute(text(BODY_SQL), {"version": version}).scalar_one())
    return Site.model_validate(body["site"]), [Procedure.model_validate(one) for one in body["procedures"]]


def _dumped(procedure: Procedure) -> dict[str, Any]:
    return procedure.model_dump(mode="json", exclude_defaults=True)


def _by_code(procedures: Sequence[Procedure]) -> dict[str, Procedure]:
    return {procedure.code: procedure for procedure in procedures}
