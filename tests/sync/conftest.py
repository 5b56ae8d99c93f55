"""A backend and stations for each test, copied from files that are made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sync_backend import Server, copy_file, make_server_file, make_station_file
from sync_tools import Station


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one server file and one station file to copy from."""
    folder = tmp_path_factory.mktemp("made")
    make_server_file(folder / "server.db")
    make_station_file(folder / "station.db")
    return folder


@pytest.fixture
def server(made: Path, tmp_path: Path) -> Iterator[Server]:
    """A running backend."""
    copy_file(made / "server.db", tmp_path / "server.db")
    running = Server(tmp_path / "server.db")
    running.start()
    yield running
    running.close()


@pytest.fixture
def new_station(made: Path, tmp_path: Path, server: Server) -> Iterator[Callable[..., Station]]:
    """Make a station of an officer: alone, or joined to the backend."""
    stations: list[Station] = []

    def make(name: str, officer: str, *, joined: bool = True, synced: bool = True) -> Station:
        copy_file(made / "station.db", tmp_path / name / "tthc.db")
        station = Station(tmp_path / name, server, officer, lambda: datetime.now(UTC)).open()
        station.new_identity()
        stations.append(station)
        if joined:
            station.join()
        if joined and synced:
            station.desk.sync_once()
        return station

    yield make
    for station in stations:
        station.close()
