"""Opening the desk: the data file, the centre in it, the shipped catalogue. Slow imports begin here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tthc_tui.core.base import Refused
from tthc_tui.core.site import Counter, Officer, Role, Site, Unit
from tthc_tui.core.text import clean
from tthc_tui.desk import Desk
from tthc_tui.desk.people import found_site, has_site
from tthc_tui.store.errors import StoreError
from tthc_tui.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from tthc_tui.config import Config

CATALOG = Path(__file__).parent.parent / "data" / "catalog"
CENTRE = "trung-tam"


def open_desk(config: Config, clock: Callable[[], datetime]) -> tuple[SqliteStore, Desk | None]:
    """The open file and the desk on it; no desk where the centre is not set up yet.

    Raises StoreError when the file can't be used. A file without procedures gets the shipped catalogue.
    """
    store = SqliteStore(config.database)
    try:
        return store, desk_on(store, config, clock) if has_site(store) else None
    except BaseException:
        store.close()
        raise


def desk_on(store: SqliteStore, config: Config, clock: Callable[[], datetime]) -> Desk:
    """The desk of an open file that belongs to a centre."""
    desk = Desk(store, clock, officer=config.officer, counter=config.counter)
    if desk.site.officer(config.officer) is None:
        desk = Desk(store, clock, counter=config.counter)
    desk.load_catalog()
    if not desk.procedure_count:
        desk.import_catalog([CATALOG])
    return desk


def new_site(
    name: str,
    agency_code: str,
    counter: str,
    officer: str,
    title: str = "",
    *,
    parent: str = "",
    place: str = "",
) -> Site:
    """The smallest site an officer can begin with; everything else is added later.

    `parent` is the first line of every form, `place` stands before its date; both may be empty.

    Refused, naming the field (`details["field"]`), where one is empty or the agency code can't be.
    """
    from tthc_tui.core.codes import CodeError, check_agency

    given = {"name": clean(name), "counter": clean(counter), "officer": clean(officer)}
    given |= {"parent": clean(parent), "place": clean(place)}
    _check_typed(given)
    try:
        code = check_agency(agency_code)
    except CodeError as error:
        raise Refused(str(error), "setup", field="agency") from error
    return Site(
        name=given["name"],
        parent=given["parent"],
        place=given["place"],
        agency_code=code,
        unit=CENTRE,
        units=(Unit(id=CENTRE, name=given["name"], code=code, kind="centre"),),
        officers=(
            Officer(
                id="can-bo-1",
                name=given["officer"],
                unit=CENTRE,
                title=clean(title),
                roles=frozenset({Role.RECEIVING, Role.ADMIN}),
            ),
        ),
        counters=(Counter(id="quay-1", name=given["counter"]),),
    )


def _check_typed(given: Mapping[str, str]) -> None:
    wanted = {
        "name": "Chưa có tên trung tâm hoặc bộ phận một cửa: hãy nhập tên như in trên biểu mẫu.",
        "counter": "Chưa có tên quầy: hãy nhập, ví dụ “Quầy 01”.",
        "officer": "Chưa có họ tên cán bộ: hãy nhập họ và tên.",
    }
    for field, sentence in wanted.items():
        if not given[field]:
            raise Refused(sentence, "setup", field=field)
    for field, words in given.items():
        if len(words) > 200:
            raise Refused("Nội dung dài quá 200 ký tự: hãy rút gọn.", "setup", field=field)


def start_site(store: SqliteStore, site: Site, config: Config, clock: Callable[[], datetime]) -> Desk:
    """Set a new file up for a site and open its desk, catalogue included."""
    found_site(store, site)
    return desk_on(store, config, clock)


def sentence_for(error: BaseException) -> str:
    """The Vietnamese sentence an expected error carries; "" for an unexpected one."""
    if isinstance(error, Refused):
        return error.reason
    if isinstance(error, StoreError):
        return str(error)
    return ""
