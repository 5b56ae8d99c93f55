"""Numbers of an agency the backend does not let this counter use never keep the others from theirs."""

from __future__ import annotations

from sync_backend import SITE
from sync_tools import Station
from test_sync_rounds import New, receive

from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import Route, Unit

FOREIGN = Unit(id="phuong-khac", name="Phường khác", code="H15.51.07", kind="commune")


def provisional(lan: Station, routes: tuple[Route, ...]) -> Dossier:
    """A dossier of the handling unit the routes lead to, received without a number."""
    units = (*SITE.units, FOREIGN)
    lan.desk.save_site(lan.desk.site.model_copy(update={"units": units, "routes": routes}))
    dossier = receive(lan)
    assert dossier.code == ""
    return dossier


def test_a_foreign_agency_does_not_hold_up_the_codes_of_ones_own(new_station: New) -> None:
    lan = new_station("a", "lan")
    lan.network.weather.off = True
    lan.store.write(lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1"))
    foreign = provisional(lan, (Route(unit=FOREIGN.id),))
    own = provisional(lan, SITE.routes)
    lan.network.weather.off = False
    for _ in range(2):
        lan.desk.sync_once()
    assert lan.desk.dossier(foreign.id).code == ""  # the backend never lends these numbers
    assert lan.desk.dossier(own.id).code.startswith("H15.50.05")


def test_refused_blocks_do_not_keep_lent_numbers_from_provisional_receipts(new_station: New) -> None:
    lan = new_station("a", "lan")
    lan.network.weather.off = True
    lent = lan.rows("SELECT agency, day, first, last, next FROM lease")
    lan.store.write(lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1"))
    own = provisional(lan, SITE.routes)
    for agency, day, first, _, following in lent:
        lan.store.write(
            lambda connection, own=(following, agency, day, first): connection.exec_driver_sql(
                "UPDATE lease SET next = ? WHERE agency = ? AND day = ? AND first = ?", own
            )
        )
    routes = (*SITE.routes, Route(unit=FOREIGN.id))
    lan.desk.save_site(lan.desk.site.model_copy(update={"routes": routes}))
    lan.network.weather.off = False
    lan.desk.sync_once()  # the only blocks asked for now are those of the foreign agency
    assert lan.desk.dossier(own.id).code.startswith("H15.50.05")


def test_however_many_wait_for_a_foreign_agency_ones_own_get_their_codes(new_station: New) -> None:
    lan = new_station("a", "lan")
    lan.network.weather.off = True
    lan.store.write(lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1"))
    foreign = [provisional(lan, (Route(unit=FOREIGN.id),))] + [receive(lan) for _ in range(104)]
    own = provisional(lan, SITE.routes)
    lan.network.weather.off = False
    lan.desk.sync_once()
    assert lan.desk.dossier(own.id).code.startswith("H15.50.05")
    assert {lan.desk.dossier(one.id).code for one in foreign} == {""}


def test_more_than_a_hundred_provisional_receipts_get_their_codes_in_one_round(new_station: New) -> None:
    lan = new_station("a", "lan")
    lan.network.weather.off = True
    lan.store.write(lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1"))
    mine = [receive(lan) for _ in range(103)]
    lan.desk.undo(mine[0].id)  # a receiving taken back needs no code
    lan.network.weather.off = False
    lan.desk.sync_once()
    codes = [lan.desk.dossier(one.id).code for one in mine]
    assert codes[0] == ""
    assert len({*codes[1:]} - {""}) == 102
