"""A file of the first version, as it was really written, opens and is brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tthc_tui.store import dossiers, migrations
from tthc_tui.store.sqlite import SqliteStore

OLD = Path(__file__).parent / "old" / "v1.sql"
EVENT = (
    '{"applicant":{"commitment":"00","id":"01937d3f-0000-7000-8000-000000000002"},"at":"2026-11-23T01:42:00Z",'
    '"channel":"direct","code":"H15.50.05.13-261123-0001",'
    '"dossier":"01937d3f-0000-7000-8000-000000000001","id":"01937d3f-0000-7000-8000-000000000003",'
    '"kind":"received","officer":"lan","procedure":{"code":"1.001193","name":"Đăng ký khai sinh"},'
    '"station":"tram-1","unit":"ttpvhcc","version":0}'
)


def shape(path: Path) -> dict[str, object]:
    """What a file's tables look like, however their statements are written."""
    connection = sqlite3.connect(path)
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    found: dict[str, object] = {}
    for table in tables:
        found[table] = [tuple(row[1:]) for row in connection.execute(f'PRAGMA table_info("{table}")')]
        for index in connection.execute(f'PRAGMA index_list("{table}")').fetchall():
            columns = [row[2] for row in connection.execute(f'PRAGMA index_info("{index[1]}")')]
            found[f"{table}.{index[1]}"] = (tuple(index[2:]), columns)
    connection.close()
    return found


def old_file(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.execute(
        "INSERT INTO event (id, dossier, version, kind, at, unit, officer, body)"
        " VALUES ('01937d3f-0000-7000-8000-000000000003', '01937d3f-0000-7000-8000-000000000001', 0,"
        " 'received', 1795398120000, 'ttpvhcc', 'lan', ?)",
        (EVENT,),
    )
    connection.commit()
    connection.close()


def test_a_migrated_file_has_the_tables_of_a_fresh_one(tmp_path: Path) -> None:
    old, fresh = tmp_path / "old.db", tmp_path / "fresh.db"
    old_file(old)
    SqliteStore(old).close()
    SqliteStore(fresh).close()
    assert shape(old) == shape(fresh)
    version = sqlite3.connect(old).execute("PRAGMA user_version").fetchone()
    assert version == (migrations.latest(),)
    backup = sqlite3.connect(tmp_path / "old.truoc-nang-cap-v1.db")
    assert backup.execute("PRAGMA user_version").fetchone() == (1,)
    backup.close()


def test_the_history_of_an_old_file_still_counts(tmp_path: Path) -> None:
    old_file(tmp_path / "old.db")
    with SqliteStore(tmp_path / "old.db") as store:
        assert store.write(dossiers.rebuild) == 1
        with store.read() as connection:
            assert dossiers.compare(connection) == []
            code = connection.exec_driver_sql("SELECT code FROM dossier").scalar_one()
    assert code == "H15.50.05.13-261123-0001"
