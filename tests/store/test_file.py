"""The data file: durable, shared by processes, honest about trouble."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.codes import parse_code
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.store import dossiers, migrations, numbers
from tthc_tui.store.errors import Conflict, DiskFull, StoreDamaged, StoreLocked, StoreReadOnly, StoreTooNew
from tthc_tui.store.sqlite import SqliteStore

KHAI_SINH = "1.001193"


def intake(desk: Desk, name: str = "PHẠM VĂN AN", **more: object) -> Intake:
    procedure = desk.procedure(KHAI_SINH)
    papers = tuple(
        ev.PaperReceived(requirement=line.id, name=line.label)
        for line in procedure.case().requirements
        if line.needed and not line.database
    )
    person = PersonInput(name=name, number="079084001234", birth="12/03/1984", phone="0912345678")
    return Intake(procedure=KHAI_SINH, applicant=person, papers=papers, **more)


RECEIVER = """
import sys
from datetime import datetime
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_file import intake
from tthc_tui.core.base import VIETNAM
from tthc_tui.desk import Desk
from tthc_tui.store.sqlite import SqliteStore
with SqliteStore(Path(sys.argv[1])) as store:
    desk = Desk(store, lambda: datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM), officer=sys.argv[2])
    form = intake(desk)
    print("ready", flush=True)
    for _ in range(int(sys.argv[3])):
        print(desk.receive(form).code, flush=True)
"""


def receiver(data_file: Path, officer: str, times: int) -> subprocess.Popen[str]:
    script = RECEIVER.format(tests=str(Path(__file__).parent))
    return subprocess.Popen(
        [sys.executable, "-c", script, str(data_file), officer, str(times)], stdout=subprocess.PIPE, text=True
    )


def test_codes_are_unique_and_gapless_under_two_officers_on_one_file(data_file: Path) -> None:
    counters = [receiver(data_file, "lan", 25), receiver(data_file, "hung", 25)]
    printed = [line for counter in counters for line in counter.communicate(timeout=60)[0].split()]
    codes = [parse_code(line) for line in printed if line != "ready"]
    assert sorted(code.number for code in codes if code) == list(range(1, 51))


def test_nothing_shown_as_saved_is_lost_when_the_process_is_killed(data_file: Path) -> None:
    shown: list[str] = []
    for kill_after in (1, 3, 7, 2, 11, 5):
        counter = receiver(data_file, "lan", 1000)
        assert counter.stdout is not None
        assert counter.stdout.readline() == "ready\n"
        shown += [counter.stdout.readline().strip() for _ in range(kill_after)]
        counter.kill()
        shown += counter.stdout.read().split()
        counter.wait()
    with SqliteStore(data_file) as store, store.read() as connection:
        kept = [line.code for line in _lines(connection)]
        assert dossiers.compare(connection) == []
        assert store.check() == []
    assert set(shown) <= set(kept)
    assert len(kept) == len(set(kept))


def _lines(connection: Connection) -> list:
    from tthc_tui.store import finding

    return finding.lines(connection, finding.find(connection, DossierQuery()))


def test_another_process_is_noticed(data_file: Path) -> None:
    with SqliteStore(data_file) as store:
        before = store.data_version()
        assert store.data_version() == before
        receiver(data_file, "lan", 1).communicate(timeout=60)
        assert store.data_version() != before


def test_projection_can_be_rebuilt_from_events(desk: Desk) -> None:
    first = desk.receive(intake(desk))
    desk.forward([first.id], "tu-phap")
    second = desk.receive(intake(desk, "TRẦN THỊ BÌNH"))
    desk.undo(second.id)
    desk.receive_incomplete(intake(desk, "LÊ VĂN CƯỜNG"), ["Giấy chứng sinh"])
    with desk.store.read() as connection:
        before = _lines(connection)
        assert dossiers.compare(connection) == []
    desk.store.write(lambda c: c.exec_driver_sql("UPDATE dossier SET state = 9, applicant_name = 'X'"))
    with desk.store.read() as connection:
        assert len(dossiers.compare(connection)) == 3
    assert desk.store.write(dossiers.rebuild) == 3
    with desk.store.read() as connection:
        assert _lines(connection) == before
        assert dossiers.compare(connection) == []


def test_two_officers_on_one_dossier_only_one_wins(desk: Desk) -> None:
    dossier = desk.receive(intake(desk))
    event = ev.stamped(
        ev.Forward(to_unit="tu-phap"),
        id=desk.new_id(),
        dossier=dossier.id,
        version=dossier.version,
        actor=desk.actor,
        at=desk.now,
    )
    desk.store.write(lambda c: dossiers.append(c, dossier, [event]))
    late = event.model_copy(update={"id": desk.new_id(), "to_unit": "dia-chinh"})
    with pytest.raises(Conflict, match="người khác"):
        desk.store.write(lambda c: dossiers.append(c, dossier, [late]))
    assert desk.dossier(dossier.id).coming_to == "tu-phap"


def test_threads_may_write_at_once(desk: Desk) -> None:
    form = intake(desk)
    with ThreadPoolExecutor(8) as pool:
        codes = {dossier.code for dossier in pool.map(lambda _: desk.receive(form), range(40))}
    assert len(codes) == 40


def test_full_disk_keeps_the_last_good_state(desk: Desk) -> None:
    kept = desk.receive(intake(desk))

    def fill(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")

    desk.store.write(fill)
    with pytest.raises(DiskFull, match="đầy"):
        for number in range(200):
            desk.receive(intake(desk, f"NGƯỜI THỨ {number}"))
    with desk.store.read() as connection:
        assert dossiers.compare(connection) == []
    assert desk.store.check() == []
    assert desk.find_code(kept.code).applicant == "PHẠM VĂN AN"


def test_locked_file_says_so_and_saves_nothing(data_file: Path, clock: object) -> None:
    with SqliteStore(data_file, busy_seconds=0.1) as store:
        desk = Desk(store, clock, officer="lan")  # type: ignore[arg-type]
        form = intake(desk)
        other = sqlite3.connect(data_file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="bị chương trình khác giữ"):
            desk.receive(form)
        other.execute("ROLLBACK")
        other.close()
        assert desk.receive(form).code.endswith("-0001")


def test_read_only_file_opens_for_reading_and_refuses_to_save(data_file: Path, clock: object) -> None:
    with SqliteStore(data_file) as store:
        store.write(lambda c: None)
        store._writer.dispose()  # the next connection of the writer sees the file as it is now

        def read_only(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA query_only = ON")

        desk = Desk(store, clock, officer="lan")  # type: ignore[arg-type]
        form = intake(desk)
        store.write(read_only)
        with pytest.raises(StoreReadOnly, match="chỉ đọc"):
            desk.receive(form)


def test_foreign_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    noise = tmp_path / "anh.db"
    noise.write_bytes(b"\x89PNG not a database" * 500)
    with pytest.raises(StoreDamaged):
        SqliteStore(noise)
    assert noise.read_bytes().startswith(b"\x89PNG")
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE song (name TEXT)")
    connection.close()
    with pytest.raises(StoreDamaged, match="không phải dữ liệu"):
        SqliteStore(other)


def test_file_of_a_newer_program_is_refused(data_file: Path) -> None:
    connection = sqlite3.connect(data_file)
    connection.execute(f"PRAGMA user_version = {migrations.latest() + 1}")
    connection.close()
    with pytest.raises(StoreTooNew, match="cập nhật chương trình"):
        SqliteStore(data_file)


def test_older_file_is_backed_up_and_brought_up_to_date(
    data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_remark(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE setting ADD COLUMN remark TEXT NOT NULL DEFAULT ''")

    old = migrations.latest()
    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, add_remark])
    SqliteStore(data_file).close()
    backup = data_file.with_name(f"tthc.truoc-nang-cap-v{old}.db")
    assert sqlite3.connect(backup).execute("PRAGMA user_version").fetchone() == (old,)
    assert sqlite3.connect(data_file).execute("SELECT remark FROM setting").fetchone() == ("",)


def test_failed_migration_leaves_the_file_as_it_was(data_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half_done(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM setting")
        raise sqlite3.OperationalError("disk I/O error")

    old = migrations.latest()
    settings = "SELECT * FROM setting ORDER BY key"
    before = sqlite3.connect(data_file).execute(settings).fetchall()
    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, half_done])
    with pytest.raises(DiskFull):
        SqliteStore(data_file)
    connection = sqlite3.connect(data_file)
    assert connection.execute("PRAGMA user_version").fetchone() == (old,)
    assert before
    assert connection.execute(settings).fetchall() == before


def test_refused_action_saves_nothing(desk: Desk) -> None:
    dossier = desk.receive(intake(desk))
    with pytest.raises(Refused, match=dossier.code):
        desk.forward([dossier.id, dossier.id], "tu-phap")
    assert desk.dossier(dossier.id).version == 1
    slip, _ = desk.forward([dossier.id], "tu-phap")
    assert slip == "0001/2026"


def test_queued_work_is_finished_before_closing(desk: Desk, data_file: Path) -> None:
    held = threading.Event()
    desk.store.submit(lambda _: held.wait(60))
    queued = [desk.store.submit(lambda c: numbers.next_number(c, "sổ thử", 2026)) for _ in range(20)]
    assert not any(future.done() for future in queued)
    threading.Timer(0.05, held.set).start()
    desk.store.close()
    assert [future.result(timeout=0) for future in queued] == list(range(1, 21))
    with SqliteStore(data_file) as store:
        assert store.write(lambda c: numbers.next_number(c, "sổ thử", 2026)) == 21
