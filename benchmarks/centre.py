"""Data folders to measure on: a whole catalogue, and a file of a million dossiers."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from benchmarks.million import fill
from tthc_tui.config import Config, save_config
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.site import Counter, Officer, Route, Site, Unit
from tthc_tui.desk.people import found_site
from tthc_tui.store.catalog import import_catalog
from tthc_tui.store.sqlite import SqliteStore

SHIPPED = Path(__file__).parent.parent / "tthc_tui" / "data" / "catalog"
PORTAL = Path(__file__).parent.parent.parent / "shared" / "data"

SITE = Site(
    name="Trung tâm Phục vụ hành chính công",
    agency_code="H15.50.05.13",
    unit="ttpvhcc",
    units=(
        Unit(id="ttpvhcc", name="Trung tâm", kind="centre"),
        Unit(id="tu-phap", name="Tư pháp – Hộ tịch"),
        Unit(id="dia-chinh", name="Địa chính – Xây dựng"),
        Unit(id="cong-an", name="Công an phường"),
    ),
    officers=(Officer(id="lan", name="Nguyễn Thị Lan", unit="ttpvhcc"),),
    counters=(Counter(id="07", name="Quầy 07"),),
    routes=(Route(unit="tu-phap", field="Hộ tịch"),),
)


def make(folder: Path, dossiers: int, overdue: int) -> str:
    """A set-up data folder with the largest catalogue at hand; says what the catalogue is."""
    config = Config(data_dir=folder, officer="lan", counter="07")
    folder.mkdir(parents=True, exist_ok=True)
    save_config(config)
    now = datetime.now(VIETNAM)
    index = PORTAL / "portal-index.tsv"
    sources = [SHIPPED, *([index] if index.exists() else [_catalogue(folder / "index.tsv")])]
    with SqliteStore(config.database) as store:
        found_site(store, SITE)
        store.write(lambda connection: import_catalog(connection, sources, now))
        fill(store, dossiers, overdue, now)
    return "the national index, 5,670 procedures" if index.exists() else "5,670 made-up names"


def _catalogue(path: Path) -> Path:
    """An index of the national one's size, made of words officers' procedures are made of."""
    what = [
        "Cấp",
        "Đăng",
        "ký",
        "Thay",
        "đổi",
        "Gia",
        "hạn",
        "Thu",
        "hồi",
        "Xác",
        "nhận",
        "Công",
        "nhận",
        "Phê",
        "duyệt",
        "Thẩm",
        "định",
        "Chấm",
        "dứt",
    ]
    kind = ["giấy phép", "chứng chỉ", "hồ sơ", "văn bản", "quyết định", "giấy xác nhận", "danh sách"]
    where = ["thủy sản", "môi trường", "lao động", "giáo dục", "y tế", "giao thông", "đất đai", "khoáng sản"]
    rows = ["code\tname\tlinh_vuc\tco_quan\tban_hanh\tdoi_tuong\ttype\tstate"]
    for n in range(5670):
        name = f"{what[n % 10]} {kind[n % 7]} hoạt động {where[n % 8]} trong trường hợp số {n}"
        rows.append(f"1.{n:06d}\t{name}\t{where[n % 8]}\t\t\t\tSTANDARD\tACTIVE")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def remove(folder: Path) -> None:
    """Take a measured folder away."""
    shutil.rmtree(folder, ignore_errors=True)
