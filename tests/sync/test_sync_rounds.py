"""Stations and a backend, as officers notice them: nothing waits, nothing is lost, everybody sees the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sync_tools import KHAI_SINH, Server, Station, Weather

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.link import Link, SendState
from tthc_tui.core.states import State
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.store import dossiers
from tthc_tui.store.sync_errors import RemoteError

New = Callable[..., Station]


def intake(station: Station, name: str = "PHẠM VĂN AN") -> Intake:
    procedure = station.desk.procedure(KHAI_SINH)
    papers = tuple(
        ev.PaperReceived(requirement=line.id, name=line.label)
        for line in procedure.case().requirements
        if line.needed and not line.database
    )
    person = PersonInput(name=name, number="079084001234", birth="12/03/1984", phone="0912345678")
    return Intake(procedure=KHAI_SINH, applicant=person, papers=papers)


def receive(station: Station, name: str = "PHẠM VĂN AN") -> Dossier:
    return station.desk.receive(intake(station, name))


def test_two_counters_see_the_same(new_station: New) -> None:
    lan, hung = new_station("a", "lan"), new_station("b", "hung")
    lan.desk.sync_once()
    first = receive(lan)
    lan.desk.sync_once()
    hung.desk.sync_once()
    assert hung.desk.dossier(first.id) == lan.desk.dossier(first.id)
    assert hung.desk.find_code(first.code).applicant == "PHẠM VĂN AN"
    with hung.store.read() as connection:
        assert dossiers.compare(connection) == []
