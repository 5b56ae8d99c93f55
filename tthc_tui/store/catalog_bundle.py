"""The backend's catalogue bundle taken over into this file: procedures, and what the site part holds for everybody.

Corrections of this site (overlays), its own centre, counters, settings, keys, PINs and cards stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from tthc_tui.core import wire
from tthc_tui.core.procedure import Origin, Procedure
from tthc_tui.core.site import Site
from tthc_tui.store import sync_state as state
from tthc_tui.store.catalog import store_records
from tthc_tui.store.catalog_records import Layer, ParsedProcedure, impossible
from tthc_tui.store.catalog_report import ImportReport
from tthc_tui.store.overlay import cleaned
from tthc_tui.store.settings import get_setting, get_site, put_setting, put_site
from tthc_tui.store.sync_errors import BadAnswer

SOURCE = Path("máy chủ")
_HELD = "sync.catalog_site"  # the site part taken over last: what the backend dropped since is dropped here

_KEYS: dict[str, tuple[str, ...]] = {
    "units": ("id",),
    "officers": ("id",),
    "exceptions": ("day",),
    "hours": ("field", "weekdays", "valid_from"),
}
"""What makes entries of a list the same one; in the other lists only equal ones are.

All rows of an officer or unit are one entry: the backend's replace them together, or days would be held twice.
"""
_LISTS = (
    "units", "officers", "hours", "exceptions", "routes", "pause_reasons", "closing_reasons", "steps",
    "appointments", "result_limits", "tariffs", "exemptions", "notices", "changes",
)  # fmt: skip
_NAMED_FOREVER = frozenset({"units", "officers"})  # histories go on naming those that are gone


def import_bundle(connection: Connection, bundle: wire.Catalog, at: datetime) -> ImportReport | None:
    """Take a bundle over and note its version; None when it is the one held, or the backend has none.

    BadAnswer, before anything is written, when the bundle can't be read.
    """
    if bundle.version in ("", get_setting(connection, state.CATALOG)):
        return None
    procedures = [_procedure(item) for item in bundle.procedures]
    shared = _site(bundle.site)
    records: dict[tuple[Layer, str], ParsedProcedure] = {}
    for number, procedure in enumerate(procedures, 1):
        layer = Layer.CATALOG if procedure.origin is Origin.CATALOG else Layer.PORTAL
        records[layer, procedure.code] = ParsedProcedure(procedure, layer, SOURCE, number)
    report = ImportReport(sources=[str(SOURCE)])
    if records:
        store_records(connection, records, {}, at, report)
    if shared is not None:
        _take_site(connection, shared)
    put_setting(connection, state.CATALOG, bundle.version)
    return report


def _procedure(item: dict[str, Any]) -> Procedure:
    try:
        found = Procedure.model_validate(cleaned(item), extra="ignore")
    except ValidationError as error:
        raise _unreadable(str(item.get("code", "?"))[:40]) from error
    if not found.code or not found.name or impossible(found):
        raise _unreadable(found.code or "?")
    return found.model_copy(update={"version": "", "overlaid": ()})


def _unreadable(code: str) -> BadAnswer:
    return BadAnswer(
        f"Danh mục của máy chủ có thủ tục {code} không đọc được: giữ danh mục cũ, hãy báo quản trị."
    )


def _site(data: dict[str, Any]) -> Site | None:
    """The site part; None where the backend has none."""
    if not data.get("name"):
        return None
    try:
        return Site.model_validate(cleaned(data), extra="ignore")
    except ValidationError as error:
        raise BadAnswer(
            "Phần khai báo trung tâm trong danh mục của máy chủ không đọc được: giữ bản cũ, hãy báo quản trị."
        ) from error


def _take_site(connection: Connection, shared: Site) -> None:
    own = get_site(connection)
    if own is None:
        return
    held = get_setting(connection, _HELD)
    before = Site.model_validate_json(held) if held else Site(name="", agency_code="", unit="")
    before, shared = _for_everybody(before), _for_everybody(shared)
    change: dict[str, Any] = {
        name: _merged(name, getattr(own, name), getattr(before, name), getattr(shared, name))
        for name in _LISTS
        if getattr(shared, name) or getattr(before, name)
    }
    wording = {name: value for name, value in own.forms.items() if before.forms.get(name) != value}
    change["forms"] = {**shared.forms, **wording}
    change["rights"] = {**own.rights, **shared.rights}
    merged = own.model_copy(update=change)
    if merged != own:
        put_site(connection, merged)
    put_setting(connection, _HELD, json.dumps(shared.model_dump(mode="json"), ensure_ascii=False))


def _for_everybody(site: Site) -> Site:
    """A site of the backend without what its changes say of its own heading, settings and gateway."""
    changes = (
        change.model_copy(update={"centre": {}, "settings": {}, "gateway": {}}) for change in site.changes
    )
    return site.model_copy(update={"changes": tuple(one for one in changes if one.forms or one.rights)})


def _merged(name: str, own: Sequence[Any], before: Sequence[Any], shared: Sequence[Any]) -> tuple[Any, ...]:
    """The station's list with the backend's entries: theirs replace the same ones, its own stay in their places."""
    fields = _KEYS.get(name, ())

    def key(item: Any) -> object:
        return tuple(getattr(item, field) for field in fields) or item.model_dump_json()

    fresh: dict[object, list[Any]] = {}
    for item in shared:
        fresh.setdefault(key(item), []).append(item)
    dropped = set() if name in _NAMED_FOREVER else {key(item) for item in before} - fresh.keys()
    kept: list[Any] = []
    replaced: set[object] = set()
    for item in own:
        entry = key(item)
        if entry in fresh:
            kept += [_with_secrets(one, item) for one in fresh.pop(entry)]
            replaced.add(entry)
        elif entry not in dropped and entry not in replaced:
            kept.append(item)
    return (*kept, *(item for items in fresh.values() for item in items))


def _with_secrets(item: Any, own: Any) -> Any:
    """An officer keeps the PIN and card set on this machine, in every row."""
    if hasattr(own, "pin_hash"):
        return item.model_copy(update={"pin_hash": own.pin_hash, "card": own.card})
    return item
