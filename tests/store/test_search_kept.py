"""The prepared search index in the file: always in step with the catalogue, renewed when it is not whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from tthc_tui.config import Config
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.site import Role
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.desk.opening import desk_on
from tthc_tui.store.catalog import import_catalog, overlays, remove_overlay
from tthc_tui.store.search import kept_index
from tthc_tui.store.search_kept import kept_parts, packed
from tthc_tui.store.sqlite import SqliteStore

HEADER = "code\tname\tlinh_vuc\tco_quan\tban_hanh\tdoi_tuong\ttype\tstate\n"

DAMAGE = {
    "a part was lost": "DELETE FROM search_part WHERE name = 'bits'",
    "a part is shorter": "UPDATE search_part SET body = substr(body, 1, 100) WHERE name = 'shown'",
    "a part is of something else": "UPDATE search_part SET body = zeroblob(length(body)) WHERE name = 'names.at'",
    "another program made it": "UPDATE search_part SET body = CAST('0-other 00000000' AS BLOB) WHERE name = 'check'",
    "nothing was kept yet": "DELETE FROM search_part",
}


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def is_current(connection: Connection) -> bool:
    return kept_parts(connection) == packed(connection)


def codes(desk: Desk, typed: str) -> list[str]:
    return [hit.code for hit in desk.search(typed, limit=300).hits]


def administer(desk: Desk) -> None:
    """Let every officer correct the catalogue."""
    officers = tuple(one.model_copy(update={"roles": one.roles | {Role.ADMIN}}) for one in desk.site.officers)
    desk.save_site(desk.site.model_copy(update={"officers": officers}))


def test_an_import_leaves_the_index_prepared(desk: Desk) -> None:
    with desk.store.read() as connection:
        assert is_current(connection)


def test_a_correction_and_its_end_are_found_at_once_and_kept(desk: Desk) -> None:
    administer(desk)
    desk.correct_procedure("1.001193", "short_name", "Giấy cho bé", source="Công văn 12/UBND")
    assert codes(desk, "giay cho be")[0] == "1.001193"
    with desk.store.read() as connection:
        assert is_current(connection)
        (kept,) = overlays(connection, "1.001193")
    desk.store.write(lambda connection: remove_overlay(connection, kept.id, author="lan", at=desk.now))
    assert all(hit.short_name != "Giấy cho bé" for hit in desk.search("khai sinh").hits)
    with desk.store.read() as connection:
        assert is_current(connection)


def test_a_procedure_that_left_the_national_list_is_kept_as_gone(
    desk: Desk, clock: Any, tmp_path: Path
) -> None:
    whole, shorter = tmp_path / "a.tsv", tmp_path / "b.tsv"
    lines = [
        f"9.00000{n}\tThử nghiệm số {n}\tHộ tịch\tUBND cấp xã\tBộ Tư pháp\tCông dân\tSTANDARD\tACTIVE\n"
        for n in range(6)
    ]
    whole.write_text(HEADER + "".join(lines), encoding="utf-8")
    shorter.write_text(HEADER + "".join(lines[1:]), encoding="utf-8")
    desk.import_catalog([whole])
    clock.forward(days=1)
    desk.import_catalog([shorter])
    gone = {hit.code: hit.in_force for hit in desk.search("thu nghiem so").hits}
    assert (gone["9.000000"], gone["9.000001"]) == (False, True)
    with desk.store.read() as connection:
        assert is_current(connection)


@pytest.mark.parametrize("damage", DAMAGE)
def test_an_index_that_is_not_whole_is_prepared_anew_and_nobody_notices(
    damage: str, data_file: Path, clock: Any
) -> None:
    with SqliteStore(data_file) as store:
        before = Desk(store, clock, officer="lan").search("dang ky")
    change(data_file, DAMAGE[damage])
    with SqliteStore(data_file) as store:
        with store.read() as connection:
            assert kept_index(connection) is None
        assert (
            desk_on(store, Config(data_dir=data_file.parent, officer="lan"), clock).search("dang ky")
            == before
        )
        with store.read() as connection:
            assert is_current(connection)


def test_a_file_somebody_else_writes_to_is_searched_all_the_same(data_file: Path, clock: Any) -> None:
    change(data_file, DAMAGE["nothing was kept yet"])
    other = sqlite3.connect(data_file, isolation_level=None)
    with SqliteStore(data_file, busy_seconds=0.1) as store:
        other.execute("BEGIN IMMEDIATE")
        assert codes(Desk(store, clock, officer="lan"), "khai sinh")[0] == "1.001193"
        other.execute("ROLLBACK")
    other.close()


def test_two_programs_on_one_file_see_each_others_catalogue(
    data_file: Path, clock: Any, tmp_path: Path
) -> None:
    source = tmp_path / "a.tsv"
    line = "9.000001\tThử nghiệm máy bên cạnh\tHộ tịch\tUBND cấp xã\tBộ Tư pháp\tCông dân\tSTANDARD\tACTIVE\n"
    source.write_text(HEADER + line, encoding="utf-8")
    with SqliteStore(data_file) as here, SqliteStore(data_file) as there:
        desk = Desk(here, clock, officer="lan")
        assert codes(desk, "may ben canh") == []
        there.write(lambda connection: import_catalog(connection, [source], clock.now.astimezone(VIETNAM)))
        assert codes(desk, "may ben canh") == ["9.000001"]
        beside = Desk(there, clock, officer="lan")
        administer(beside)
        beside.correct_procedure("9.000001", "short_name", "Giấy hàng xóm", source="Công văn 12/UBND")
        assert codes(desk, "giay hang xom") == ["9.000001"]
        held = desk._index
        beside.note(first_dossier(beside), "không liên quan gì đến danh mục")
        assert codes(desk, "giay hang xom") == ["9.000001"]
        assert desk._index is held  # what others do with dossiers costs a search nothing


def first_dossier(desk: Desk) -> UUID:
    applicant = PersonInput(name="Phạm Văn An", number="079084001234", phone="0912345678")
    return desk.receive(Intake(procedure="9.000001", applicant=applicant)).id


def test_the_site_as_another_program_set_it_is_followed(data_file: Path, clock: Any) -> None:
    with SqliteStore(data_file) as here, SqliteStore(data_file) as there:
        desk, beside = Desk(here, clock, officer="lan"), Desk(there, clock, officer="lan")
        desk.follow_file()
        name = desk.site.name
        beside.save_site(beside.whole_site.model_copy(update={"name": "Trung tâm mới"}))
        assert desk.site.name == name
        desk.follow_file()
        assert desk.site.name == "Trung tâm mới"


def test_what_this_counter_receives_moves_up_without_a_new_index(data_file: Path, clock: Any) -> None:
    with SqliteStore(data_file) as store:
        first, *_, last = codes(Desk(store, clock, officer="lan"), "dang ky")
    change(data_file, f"INSERT INTO procedure_use (code, times) VALUES ('{last}', 100000)")
    with SqliteStore(data_file) as store:
        found = codes(Desk(store, clock, officer="lan"), "dang ky")
    assert found[0] == last != first
    assert found[1] == first
