"""A centre that worked alone moves to a backend: its whole history, once, provable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from server_tools import open_backend

from tthc_tui.commands.catalog import intake_template
from tthc_tui.core.site import Site
from tthc_tui.desk.intake_form import Intake
from tthc_tui.server import admin
from tthc_tui.server.demo import TOP, load_file, publish_shipped, with_top
from tthc_tui.server.migrate import connected
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.verify import verify_server


@pytest.fixture
def kind() -> str:
    """The trial's database."""
    return "sqlite"


async def test_the_history_of_a_file_is_loaded_once(
    empty: ServerSettings, site: Site, desk: Any, data_file: Path
) -> None:
    hits = desk.search("khai sinh", 1).hits
    procedure = desk.procedure(hits[0].code)
    applicant = {"name": "Phạm Văn Mẫu", "number": "091084001234"}
    for _ in range(3):
        desk.receive(Intake.model_validate({**intake_template(procedure), "applicant": applicant}))
    with connected(empty.database) as connection:
        admin.load_site(connection, with_top(site))
        version = publish_shipped(connection, with_top(site))
    assert await load_file(empty, data_file) == (3, 0)
    assert await load_file(empty, data_file) == (3, 0)
    proof = await verify_server(empty)
    assert (proof.events, proof.dossiers, proof.trouble) == (3, 3, "")
    async with open_backend(empty) as backend:
        services = backend.app.state.services
        async with services.database.reading() as tx:
            assert len(await tx.rows("SELECT 1 FROM visibility WHERE unit = :top", top=TOP)) == 3
            assert len(await tx.rows("SELECT 1 FROM person")) == 3
            assert (await tx.rows("SELECT version FROM bundle")) == [(version,)]
