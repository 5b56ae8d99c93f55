"""The catalogue bundle: procedures, forms' wording and calendar as one document named by its hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, text

from tthc_tui.core.procedure import Procedure
from tthc_tui.core.site import Site
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.postgres import CHANNEL


def publish(connection: Connection, site: Site, procedures: list[Procedure]) -> str:
    """Make this the bundle that stations fetch; its version. The same content keeps its version."""
    content: dict[str, Any] = {
        "site": public_site(site),
        "procedures": [procedure.model_dump(mode="json", exclude_defaults=True) for procedure in procedures],
    }
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    version = hashlib.sha256(plain.encode()).hexdigest()
    last = connection.execute(text("SELECT max(published_at) FROM bundle")).scalar()
    now = max(now_ms(), (last or 0) + 1)  # the newest, whatever the clock says
    body = json.dumps({"version": version, "published_at": from_ms(now).isoformat()})[:-1] + "," + plain[1:]
    connection.execute(
        text(
            "INSERT INTO bundle (version, published_at, body) VALUES (:version, :now, :body)"
            " ON CONFLICT (version) DO UPDATE SET published_at = excluded.published_at"
        ),
        {"version": version, "now": now, "body": body},
    )
    connection.execute(text("DELETE FROM routed"))
    for unit in sorted({route.unit for route in site.routes}):
        connection.execute(text("INSERT INTO routed (unit) VALUES (:unit)"), {"unit": unit})
    if connection.dialect.name == "postgresql":  # running processes tell their stations at once
        news = json.dumps({"forget": True, "catalog": version})
        connection.execute(text(f"SELECT pg_notify('{CHANNEL}', :news)"), {"news": news})
    return version


def public_site(site: Site) -> dict[str, Any]:
    """The site as every station may see it: no PINs, no cards."""
    data = site.model_dump(mode="json")
    for officer in data["officers"]:
        officer.update(pin_hash="", card="")
    return data


CURRENT_SQL = "SELECT version FROM bundle ORDER BY published_at DESC, version LIMIT 1"
BODY_SQL = "SELECT body FROM bundle WHERE version = :version"
EMPTY = Site(name="", agency_code="", unit="")
"""What a server without a bundle serves."""
