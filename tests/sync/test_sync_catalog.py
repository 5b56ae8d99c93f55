"""The catalogue of the backend at the counter: taken over by itself, the site's own corrections stay."""

from __future__ import annotations

from datetime import date

from sync_backend import KHAI_SINH, SITE, Server
from sync_tools import Station
from test_sync_rounds import New

from tthc_tui.core.procedure import Case, Procedure
from tthc_tui.core.site import Change, ExceptionDay, ExceptionKind, Officer, Site
from tthc_tui.server.catalog import publish
from tthc_tui.server.migrate import connected

NEW = Procedure(
    code="9.000001", name="Cấp giấy phép thử nghiệm xe điện", field_name="Đường bộ", cases=(Case(code="1"),)
)
TET = ExceptionDay(day=date(2027, 2, 5), kind=ExceptionKind.HOLIDAY, name="Tết Nguyên đán")
FAIR = ExceptionDay(day=date(2027, 3, 1), kind=ExceptionKind.DAY_OFF, name="Sửa trụ sở")


def publish_at(server: Server, site: Site, procedures: list[Procedure]) -> str:
    with connected(f"sqlite:///{server.path}") as connection:
        return publish(connection, site, procedures)


def later(station: Station) -> None:
    """An hour passes for the worker: the connection is made anew."""
    assert station.desk.worker is not None
    station.desk.worker.engine.forget_greeting()


def first_hit(station: Station, words: str) -> str:
    hits = station.desk.search(words).hits
    return hits[0].code if hits else ""


def test_a_published_procedure_is_found_at_the_counter_after_the_next_round(
    new_station: New, server: Server
) -> None:
    publish_at(server, SITE, [NEW])
    lan = new_station("a", "lan", synced=False)
    assert first_hit(lan, "thử nghiệm xe điện") == ""
    lan.desk.sync_once()
    assert first_hit(lan, "thu nghiem xe dien") == NEW.code
    assert lan.desk.procedure(NEW.code).field_name == "Đường bộ"
    assert lan.desk.procedure(KHAI_SINH).name  # what the file had is still there
    imports = lan.rows("SELECT count(*) FROM procedure_import")
    later(lan)
    lan.desk.sync_once()
    assert lan.rows("SELECT count(*) FROM procedure_import") == imports  # 304: nothing is written


def test_corrections_of_the_site_survive_a_new_bundle(new_station: New, server: Server) -> None:
    publish_at(server, SITE, [NEW])
    minh = new_station("a", "minh")
    minh.desk.correct_procedure(NEW.code, "short_name", "Xe điện", source="CV 12/UBND")
    publish_at(server, SITE, [NEW.model_copy(update={"promulgator": "Bộ Xây dựng"})])
    later(minh)
    minh.desk.sync_once()
    found = minh.desk.procedure(NEW.code)
    assert (found.short_name, found.promulgator) == ("Xe điện", "Bộ Xây dựng")


def test_the_calendar_follows_the_backend_and_the_station_keeps_its_own(
    new_station: New, server: Server
) -> None:
    lan = new_station("a", "lan", synced=False)
    own = lan.desk.site.officers[0].model_copy(update={"pin_hash": "bí mật", "card": "079"})
    lan.desk.save_site(
        lan.desk.site.model_copy(
            update={"exceptions": (FAIR,), "officers": (own, *lan.desk.site.officers[1:])}
        )
    )
    moved = Officer(id="lan", name="Nguyễn Thị Ngọc Lan", unit="ttpvhcc")
    publish_at(server, SITE.model_copy(update={"exceptions": (TET,), "officers": (moved,)}), [NEW])
    lan.desk.sync_once()
    assert lan.desk.site.exceptions == (FAIR, TET)
    assert not lan.desk.calendar().sessions(TET.day)
    officer = lan.desk.officer
    assert (officer.name, officer.pin_hash, officer.card) == ("Nguyễn Thị Ngọc Lan", "bí mật", "079")
    assert lan.desk.site.officer("hung") is not None
    publish_at(server, SITE.model_copy(update={"exceptions": (FAIR,), "place": "Rạch Sỏi"}), [NEW])
    later(lan)
    lan.desk.sync_once()
    assert lan.desk.site.exceptions == (FAIR,)
    assert lan.desk.site.place == SITE.place


def test_a_bundle_that_cannot_be_read_changes_nothing_and_does_not_stop_the_sync(
    new_station: New, server: Server
) -> None:
    publish_at(server, SITE, [NEW])
    lan = new_station("a", "lan")
    bad = NEW.model_copy(update={"code": "9.000002", "name": ""})
    publish_at(server, SITE, [NEW.model_copy(update={"name": "Tên khác"}), bad])
    later(lan)
    lan.desk.sync_once()
    status = lan.desk.sync_status()
    assert "9.000002" in status.problem
    assert status.link.value == "online"
    assert lan.desk.procedure(NEW.code).name == NEW.name


def test_postings_of_the_backend_replace_those_here_together_and_the_pin_stays(
    new_station: New, server: Server
) -> None:
    lan = new_station("a", "lan", synced=False)
    own = lan.desk.whole_site.officers[0].model_copy(update={"pin_hash": "bí mật", "card": "079"})
    lan.desk.save_site(lan.desk.whole_site.model_copy(update={"officers": (own, *SITE.officers[1:])}))
    before = own.model_copy(update={"valid_to": date(2026, 12, 31), "pin_hash": "", "card": ""})
    after = before.model_copy(
        update={"valid_from": date(2027, 1, 1), "valid_to": date(2027, 6, 30), "unit": "tu-phap"}
    )
    later = after.model_copy(update={"valid_from": date(2027, 7, 1), "valid_to": date(9999, 12, 31)})
    publish_at(server, SITE.model_copy(update={"officers": (before, after)}), [NEW])
    lan.desk.sync_once()
    held = [one for one in lan.desk.whole_site.officers if one.id == "lan"]
    assert [(one.unit, one.pin_hash, one.card) for one in held] == [
        (own.unit, "bí mật", "079"),
        ("tu-phap", "bí mật", "079"),
    ]
    publish_at(server, SITE.model_copy(update={"officers": (before, after, later)}), [NEW])
    later_round(lan)
    assert [one.valid_from.year for one in lan.desk.whole_site.officers if one.id == "lan"] == [
        2000,
        2027,
        2027,
    ]


def test_wording_of_the_backend_changes_on_its_day_and_the_settings_stay_the_sites_own(
    new_station: New, server: Server
) -> None:
    change = Change(
        valid_from=date(2027, 1, 1),
        forms={"wording": {"reprint": "BẢN IN LẠI"}},
        settings={"undo_seconds": 5},
        centre={"name": "Trung tâm tỉnh"},
    )
    mine = Change(valid_from=date(2027, 1, 1), settings={"lock_minutes": 3})
    lan = new_station("a", "lan", synced=False)
    lan.desk.save_site(lan.desk.whole_site.model_copy(update={"changes": (mine,)}))
    publish_at(server, SITE.model_copy(update={"changes": (change,)}), [NEW])
    lan.desk.sync_once()
    then = lan.desk.whole_site.on(date(2027, 1, 1))
    assert then.forms["wording"]["reprint"] == "BẢN IN LẠI"
    assert (then.name, then.settings.lock_minutes) == (SITE.name, 3)
    assert then.settings.undo_seconds == SITE.settings.undo_seconds
    publish_at(server, SITE.model_copy(update={"place": "Rạch Sỏi", "officers": SITE.officers}), [NEW])
    later_round(lan)
    assert lan.desk.whole_site.changes == (mine,)  # what the backend took back is gone


def later_round(station: Station) -> None:
    """Another round, after the backend published anew."""
    later(station)
    station.desk.sync_once()
