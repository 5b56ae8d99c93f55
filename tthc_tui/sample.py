"""The sample centre: real procedures, invented people, about 400 dossiers around the present moment.

Everything goes through `Desk`, step by step in the order of time, so that the sample obeys every rule that
real work obeys; only the clock is set and all steps share one transaction.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tthc_tui.config import Config, load_config, save_config
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import Procedure
from tthc_tui.core.site import ExceptionDay, ExceptionKind, HoursRule, Session, Site
from tthc_tui.desk import Desk
from tthc_tui.desk.people import found_site
from tthc_tui.desk.site_file import read_site_file
from tthc_tui.sample_life import DATA, RESIDENCE, Centre, SetClock
from tthc_tui.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")
DEMO = "demo"
SEED = 20260701


def ensure_demo(data_dir: Path, now: datetime, *, reset: bool = False) -> Config:
    """The settings of the demo under `data_dir`, its sample made if it is not there yet (or anew).

    `now` is aware. The folder appears whole or not at all; OSError or StoreError when it can't be made.
    """
    folder = data_dir / DEMO
    if reset or not (folder / "tthc.db").exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".demo-", dir=data_dir))
        try:
            config = Config(data_dir=fresh, officer="lan", counter="01")
            build_sample(config.database, now)
            save_config(config)
            _put_in_place(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return load_config(folder)


def _put_in_place(fresh: Path, folder: Path) -> None:
    """Move `fresh` to `folder`; what was there goes only once the new one stands."""
    old = Path(tempfile.mkdtemp(prefix=".demo-cu-", dir=folder.parent))
    try:
        if folder.exists():
            os.replace(folder, old / "cu")
        try:
            os.replace(fresh, folder)
        except OSError:
            if (old / "cu").exists():
                os.replace(old / "cu", folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def build_sample(database: Path, now: datetime, seed: int = SEED) -> None:
    """Fill a new data file with the sample centre as of `now` (aware). The same seed makes the same centre."""
    from tthc_tui.store.catalog import import_catalog

    moment = vietnam_time(now)
    site = sample_site(moment)
    with SqliteStore(database) as store:
        found_site(store, site)
        before = moment - timedelta(days=120)
        store.write(lambda connection: import_catalog(connection, [DATA / "catalog"], before))

        def job(connection: Connection) -> None:
            clock = SetClock(before)
            desk = _SampleDesk(cast(SqliteStore, _OneTransaction(connection)), clock)
            Centre(desk, clock, moment, random.Random(seed)).live()

        store.write(job)


def sample_site(now: datetime) -> Site:
    """The sample centre, open today whatever day it is, so that there is always something due today.

    Late in the day the residence desk keeps evening hours (still eight hours a day).
    """
    site = read_site_file(DATA / "sample_site.toml")
    calendar = WorkCalendar(site.hours, site.exceptions)
    today = now.date()
    if not calendar.is_working_day(today):
        extra = ExceptionDay(
            day=today, kind=ExceptionKind.MAKE_UP, name="Trung tâm mẫu mở cửa hôm nay", source="Dữ liệu mẫu"
        )
        site = site.model_copy(update={"exceptions": (*site.exceptions, extra)})
        calendar = WorkCalendar(site.hours, site.exceptions)
    if now + timedelta(hours=1) > calendar.close_of(today):
        evening = HoursRule(
            valid_from=today - timedelta(days=120),
            sessions=(Session(start=time(8), end=time(12)), Session(start=time(19, 59), end=time(23, 59))),
            field=RESIDENCE,
        )
        site = site.model_copy(update={"hours": (*site.hours, evening)})
    return site


class _OneTransaction:
    """Stands in for the store: every use case reads and writes inside one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run `job` in the transaction."""
        return job(self._connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The transaction itself."""
        yield self._connection


class _SampleDesk(Desk):
    """The desk, reading each procedure once: the catalogue does not change while the sample is made."""

    def __init__(self, store: SqliteStore, clock: SetClock) -> None:
        super().__init__(store, clock)
        self._known: dict[str, Procedure] = {}

    def procedure(self, code: str, on: Any = None) -> Procedure:
        """The procedure with this code."""
        if code not in self._known:
            self._known[code] = super().procedure(code, on)
        return self._known[code]

    def procedure_of(self, dossier: Dossier) -> Procedure:
        """The procedure of a dossier, all of them received under the same version."""
        return self.procedure(dossier.procedure.code)
