"""Shared by all tests: a small real centre on a real file, a clock the test sets."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.site import Counter, Officer, Role, Route, Site, Unit


def pytest_collection_finish() -> None:
    """What pytest and the test modules hold stays to the end: looking for garbage in it again costs a fifth."""
    _settle_memory()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture(scope="module", autouse=True)
def settled_memory() -> Iterator[None]:
    """The same for what a module's tests loaded; their garbage goes first."""
    yield
    _settle_memory()


def _settle_memory() -> None:
    gc.collect()
    gc.freeze()


LONGEST = (
    "test_year",
    "test_sync_simulation",
    "test_sync_failover",
    "test_killed_program",
    "test_sync_processes",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is left with it at the end."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long text stands in a test's name with its beginning and its length."""
    if not isinstance(val, str | bytes) or len(val) <= 60:
        return None
    head = val[:24] if isinstance(val, str) else val[:24].decode("latin-1")
    return f"{head}..{len(val)}"


class SetClock:
    """A clock that stands where the test puts it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        """Move on by a timedelta's worth of time."""
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> SetClock:
    """Monday 23 November 2026, 08:42: the day before a new public holiday."""
    return SetClock(datetime(2026, 11, 23, 8, 42, tzinfo=VIETNAM))


@pytest.fixture
def site() -> Site:
    """A ward's centre with two units that handle dossiers."""
    return Site(
        name="Trung tâm Phục vụ hành chính công phường Rạch Giá",
        parent="UBND phường Rạch Giá",
        place="Rạch Giá",
        agency_code="H15.50.05.13",
        unit="ttpvhcc",
        units=(
            Unit(id="ttpvhcc", name="Trung tâm Phục vụ hành chính công", kind="centre"),
            Unit(id="tu-phap", name="Bộ phận Tư pháp – Hộ tịch", code="H15.50.05.13"),
            Unit(id="dia-chinh", name="Phòng Kinh tế, Hạ tầng và Đô thị", code="H15.50.05.14"),
        ),
        officers=(
            Officer(id="lan", name="Nguyễn Thị Lan", unit="ttpvhcc"),
            Officer(id="hung", name="Trần Văn Hùng", unit="ttpvhcc"),
            Officer(id="minh", name="Lê Quang Minh", unit="tu-phap", roles=frozenset({Role.SPECIALIST})),
        ),
        counters=(Counter(id="07", name="Quầy 07"),),
        routes=(Route(unit="tu-phap", field="Hộ tịch"), Route(unit="dia-chinh", field="Hoạt động xây dựng")),
    )


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data file holding the shipped catalogue and no site; made once, copied for every test."""
    from tthc_tui.store.catalog import import_catalog, shipped_catalog
    from tthc_tui.store.sqlite import SqliteStore

    path = tmp_path_factory.mktemp("template") / "tthc.db"
    at = datetime(2026, 11, 23, 8, 42, tzinfo=VIETNAM)
    with SqliteStore(path) as store:
        store.write(lambda connection: import_catalog(connection, [shipped_catalog()], at))
    return path


@pytest.fixture
def data_file(tmp_path: Path, site: Site, template_file: Path) -> Path:
    """A set-up data file holding the shipped catalogue."""
    from tthc_tui.desk.people import found_site
    from tthc_tui.store.sqlite import SqliteStore

    path = tmp_path / "tthc.db"
    shutil.copyfile(template_file, path)
    with SqliteStore(path) as store:
        found_site(store, site)
    return path


@pytest.fixture
def desk(data_file: Path, clock: SetClock) -> Iterator[object]:
    """The desk of officer Lan at counter 07."""
    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        yield Desk(store, clock, officer="lan", counter="07")
