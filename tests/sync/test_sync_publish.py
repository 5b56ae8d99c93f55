"""`tthc server publish`: a new catalogue and site file given to a backend that runs reach the counters."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from sync_backend import CATALOG, KHAI_SINH, SITE, Server
from sync_tools import Network, Station
from test_sync_rounds import New
from typer.testing import CliRunner

from tthc_tui.core.base import Refused
from tthc_tui.core.site import ExceptionDay, ExceptionKind, Officer, Route, Unit
from tthc_tui.desk.site_file import write_site_file
from tthc_tui.server.cli import server_app
from tthc_tui.store.catalog_records import CatalogError

NEW = """
format = 1

[[procedure]]
code = "9.000001"
name = "Cấp giấy phép thử nghiệm xe điện"
field_name = "Đường bộ"
levels = ["Xã"]
limit = { amount = "3", unit = "working_day" }

  [[procedure.case]]
  code = "1"
  name = "Thông thường"

    [[procedure.case.requirement]]
    id = "don"
    name = "Đơn đề nghị"
"""


def publish(server: Server, *words: object) -> Result:
    """What IT types."""
    where = ["--database", f"sqlite:///{server.path}"]
    return CliRunner().invoke(server_app, ["publish", *map(str, words), *where])


def bundles(server: Server) -> int:
    with sqlite3.connect(server.path) as file:
        ((count,),) = file.execute("SELECT count(*) FROM bundle").fetchall()
    file.close()
    return int(count)


class Answers(Network):
    """What the calls for the catalogue were answered with."""

    said: list[int]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if request.url.path.endswith("/catalog"):
            self.said.append(answer.status_code)
        return answer


def watched(station: Station) -> list[int]:
    station.network = Answers(station.server, station.chance)
    station.network.said = []
    station._work()
    return station.network.said


def later(station: Station) -> None:
    assert station.desk.worker is not None
    station.desk.worker.engine.forget_greeting()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A folder with the shipped civil-status procedures and a new one."""
    folder = tmp_path / "catalog"
    folder.mkdir()
    (folder / "ho-tich.toml").write_bytes(CATALOG.read_bytes())
    (folder / "moi.toml").write_text(NEW, encoding="utf-8")
    return folder


def test_a_new_catalogue_is_fetched_once_and_then_answered_304(
    new_station: New, server: Server, catalog: Path
) -> None:
    lan = new_station("a", "lan", synced=False)
    said = watched(lan)
    done = publish(server, "--catalog", catalog)
    assert done.output.startswith("Đã công bố "), done
    lan.desk.sync_once()
    assert lan.desk.search("thu nghiem xe dien").hits[0].code == "9.000001"
    assert lan.desk.procedure("9.000001").cases[0].requirements[0].name == "Đơn đề nghị"
    assert lan.desk.procedure(KHAI_SINH).fees  # joined as a counter that imports the same files has it
    assert publish(server, "--catalog", catalog).output.endswith(f"phiên bản {done.output.split()[-1]}\n")
    later(lan)
    lan.desk.sync_once()
    assert said == [200, 304]
    assert bundles(server) == 1


def test_published_again_an_older_bundle_is_the_newest_one(
    new_station: New, server: Server, catalog: Path
) -> None:
    lan = new_station("a", "lan", synced=False)
    publish(server, "--catalog", catalog)
    changed = catalog / "moi.toml"
    changed.write_text(NEW.replace("thử nghiệm xe điện", "thử nghiệm xe đạp"), encoding="utf-8")
    assert "(thêm 0, đổi 1, bỏ 0)" in publish(server, "--catalog", catalog).output
    lan.desk.sync_once()
    assert lan.desk.procedure("9.000001").name.endswith("xe đạp")
    changed.write_text(NEW, encoding="utf-8")
    publish(server, "--catalog", catalog)
    later(lan)
    lan.desk.sync_once()
    assert lan.desk.procedure("9.000001").name.endswith("xe điện")
    assert "(thêm 0, đổi 0, bỏ 1)" in publish(server, "--catalog", CATALOG).output
    later(lan)
    lan.desk.sync_once()
    assert lan.desk.procedure("9.000001").name.endswith("xe điện")  # dossiers of it go on


def test_a_site_file_reaches_officers_units_and_stations_and_keeps_the_catalogue(
    new_station: New, server: Server, catalog: Path, tmp_path: Path
) -> None:
    publish(server, "--catalog", catalog)
    lan = new_station("a", "lan")
    free = ExceptionDay(
        day=lan.desk.now.date().replace(month=12, day=31), kind=ExceptionKind.DAY_OFF, name="x"
    )
    units = (
        *SITE.units,
        Unit(id="dia-chinh", name="Bộ phận Địa chính", code="H15.50.05.15", parent="phuong"),
    )
    officers = (*SITE.officers, Officer(id="mai", name="Võ Thị Mai", unit="dia-chinh"))
    routes = (*SITE.routes, Route(unit="dia-chinh", field="Đất đai"))
    changed = {"units": units, "officers": officers, "exceptions": (free,), "routes": routes}
    write_site_file(SITE.model_copy(update=changed), tmp_path / "province.toml")
    done = publish(server, "--site", tmp_path / "province.toml")
    assert "5 đơn vị, 5 cán bộ" in done.output, done
    lan.sign_in()  # passwords are as they were
    later(lan)
    lan.desk.sync_once()
    assert free in lan.desk.site.exceptions
    assert lan.desk.site.officer_name("mai") == "Võ Thị Mai"
    assert lan.desk.procedure("9.000001").name
    assert server.enrolment_code("dia-chinh")


def test_nothing_changes_unless_everything_is_right(server: Server, catalog: Path, tmp_path: Path) -> None:
    site = tmp_path / "province.toml"
    write_site_file(SITE, site)
    assert publish(server, "--catalog", catalog, "--site", site, "--check").output.startswith("Tệp hợp lệ")
    assert bundles(server) == 0
    (catalog / "moi.toml").write_text(NEW.replace('amount = "3"', 'amount = "ba"'), encoding="utf-8")
    wrong = publish(server, "--catalog", catalog, "--site", site)
    assert isinstance(wrong.exception, CatalogError)
    assert "moi.toml" in str(wrong.exception)
    (catalog / "moi.toml").write_text(NEW, encoding="utf-8")
    site.write_text(site.read_text(encoding="utf-8").replace('"tu-phap"', '"khong-co"', 1), encoding="utf-8")
    wrong = publish(server, "--catalog", catalog, "--site", site)
    assert isinstance(wrong.exception, Refused)
    assert "province.toml" in str(wrong.exception)
    assert "Chưa nêu gì" in str(publish(server).exception)
    assert bundles(server) == 0
