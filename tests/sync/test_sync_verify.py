"""Proofs of histories: whatever is changed in a file, in the feed or on the server, the proof fails."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import httpx
import pytest
from sync_backend import Server, copy_file
from sync_tools import Station
from test_sync_rounds import New, receive

from tthc_tui.server.checkpoints import load_key, make_checkpoint
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.verify import ServerProof, verify_server
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_errors import NotTheServer
from tthc_tui.store.sync_verify import verify_file

THIRD = "(SELECT id FROM event WHERE place = 3)"
IN_FILE = {
    "a row edited": f"UPDATE event SET body = replace(body, 'ghi chú', 'ghi chu') WHERE id = {THIRD}",
    "a hash edited": f"UPDATE event SET hash = '{'0' * 64}' WHERE id = {THIRD}",
    "a row deleted": f"DELETE FROM event WHERE id = {THIRD}",
    "two rows swapped": "UPDATE event SET place = 5 - place WHERE place IN (2, 3)",
    "the end cut off": "DELETE FROM event WHERE place = 4",
    "a whole dossier gone": "DELETE FROM event WHERE place = 5",
}
OF_SERVER = {
    "a signed row edited": "UPDATE event SET body = replace(body, 'ghi chú', 'ghi chu') WHERE place = 3",
    "a signed row deleted": "DELETE FROM event WHERE place = 3",
    "two signed rows swapped": "UPDATE event SET place = -5 + place WHERE place IN (2, 3);"
    "UPDATE event SET place = -place WHERE place < 0",
    "the signed end cut off": "DELETE FROM event WHERE place > 3",
    "the unsigned end cut off": "DELETE FROM event WHERE place = 6",
    "an unsigned dossier gone": "DELETE FROM event WHERE place = 6; DELETE FROM dossier WHERE id NOT IN"
    " (SELECT dossier FROM event)",
    "the log said to be shorter": "UPDATE log SET head = 5",
    "a state set back": "UPDATE dossier SET chain = (SELECT chain FROM event WHERE place = 3)"
    " WHERE id = (SELECT dossier FROM event WHERE place = 3)",
    "a column beside an event": "UPDATE event SET unit = 'tu-phap' WHERE place = 6",
    "a checkpoint edited": "UPDATE checkpoint SET body = replace(body, '\"events\":4', '\"events\":3')"
    " WHERE number = 1",
    "a checkpoint gone": "DELETE FROM checkpoint WHERE number = 1",
    "a checkpoint replaced by another": "UPDATE checkpoint SET (body, signature) ="
    " (SELECT body, signature FROM checkpoint WHERE number = 2) WHERE number = 1",
    "a signature replaced": "UPDATE checkpoint SET signature = (SELECT signature FROM checkpoint WHERE number = 2)"
    " WHERE number = 1",
}


def with_history(new_station: New) -> Station:
    """Three dossiers: events 1-4 of the first (signed), 5 (signed), 6."""
    lan = new_station("a", "lan")
    first = receive(lan)
    for number in range(3):
        lan.desk.note(first.id, f"ghi chú {number}")
    lan.desk.sync_once()
    sign(lan.server)
    receive(lan, "TRẦN THỊ BÌNH")
    lan.desk.sync_once()
    sign(lan.server)
    receive(lan, "LÊ VĂN CƯỜNG")
    lan.desk.sync_once()
    assert lan.rows("SELECT place FROM event WHERE status = 'confirmed' ORDER BY 1") == [
        (n,) for n in range(1, 7)
    ]
    return lan


def sign(server: Server) -> None:
    assert server.app is not None
    database, key = server.app.state.services.database, load_key(server.path.with_suffix(".key"))
    assert server._run(make_checkpoint(database, key)) is not None


def tampered(path: Path, copy: Path, sql: str) -> Path:
    """A copy that somebody with a SQLite tool has changed."""
    copy_file(path, copy)
    there = sqlite3.connect(copy)
    there.executescript(sql)
    there.commit()
    there.close()
    return copy


def test_a_file_that_was_tampered_with_does_not_pass(new_station: New, tmp_path: Path) -> None:
    lan = with_history(new_station)
    with lan.store.read() as connection:
        assert verify_file(connection).broken is None
    for what, sql in IN_FILE.items():
        with (
            SqliteStore(tampered(lan.path, tmp_path / "copy.db", sql)) as store,
            store.read() as connection,
        ):
            broken = verify_file(connection).broken
        assert broken is not None, what
        assert broken.dossier in broken.sentence


def test_a_file_that_lacks_something_of_the_feed_does_not_pass(new_station: New, tmp_path: Path) -> None:
    lan = with_history(new_station)
    assert lan.desk.verify_feed(lambda _: True).trouble == ""
    sound = tmp_path / "sound.db"
    copy_file(lan.path, sound)
    for what in ("a hash edited", "a row deleted", "the end cut off", "a whole dossier gone"):
        lan.close()
        tampered(sound, lan.path, IN_FILE[what])
        lan.open()
        assert lan.desk.verify_feed(lambda _: True).trouble, what


def test_a_feed_that_lacks_something_of_the_file_does_not_pass(new_station: New, server: Server) -> None:
    lan = with_history(new_station)
    proof = lan.desk.verify_feed(lambda _: True)
    assert (proof.events, proof.dossiers, proof.checkpoints, proof.covered) == (6, 3, 2, 2)
    server.stop()
    gone = "DELETE FROM visibility WHERE dossier = (SELECT dossier FROM event WHERE place = 6)"
    there = sqlite3.connect(server.path)
    there.execute(gone)
    there.commit()
    there.close()
    server.start()
    assert "không còn hồ sơ" in lan.desk.verify_feed(lambda _: True).trouble


def test_what_was_pushed_but_not_read_back_yet_is_no_forgery(new_station: New) -> None:
    lan = with_history(new_station)
    receive(lan, "PHẠM THỊ DUNG")
    assert lan.desk.worker is not None
    assert lan.desk.worker.engine.push().pushed == 1
    assert lan.desk.verify_feed(lambda _: True).trouble == ""


def test_a_portal_that_answers_the_proof_is_named(new_station: New, monkeypatch: pytest.MonkeyPatch) -> None:
    lan = with_history(new_station)
    page = httpx.Response(200, headers={"content-type": "text/html"}, text="<html>Wi-Fi</html>")
    monkeypatch.setattr(lan.network, "handle_request", lambda request: page)
    with pytest.raises(NotTheServer):
        lan.desk.verify_feed(lambda _: True)


def test_a_server_that_was_tampered_with_does_not_pass(new_station: New, tmp_path: Path) -> None:
    lan = with_history(new_station)
    key = load_key(lan.server.path.with_suffix(".key")).public_key().public_bytes_raw().hex()

    def proof(path: Path) -> ServerProof:
        return asyncio.run(verify_server(ServerSettings(database=f"sqlite:///{path}"), key=key))

    sound = proof(tampered(lan.server.path, tmp_path / "sound.db", ""))
    assert (sound.trouble, sound.events, sound.checkpoints, sound.unsigned) == ("", 6, 2, 1)
    passed = [
        what
        for what, sql in OF_SERVER.items()
        if not proof(tampered(lan.server.path, tmp_path / "copy.db", sql)).trouble
    ]
    assert not passed
