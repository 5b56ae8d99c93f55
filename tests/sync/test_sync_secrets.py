"""Tokens and secrets of one data folder that several programs use at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tthc_tui.store.sync_secrets import Secrets

_WRITER = """
import sys
from pathlib import Path
from tthc_tui.store.sync_secrets import Secrets
secrets = Secrets(Path(sys.argv[1]), use_keyring=False)
sys.stdin.readline()
for number in range(60):
    secrets.put(f"{sys.argv[2]}-{number}", secret="s", token=str(number))
    secrets.put("shared", **{sys.argv[2]: str(number)})
"""


def test_programs_that_write_at_once_lose_no_token(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("secret", "token")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.communicate(timeout=30)[1] == b""
        assert writer.returncode == 0
    kept = Secrets(tmp_path, use_keyring=False)
    assert kept.get("shared") == ("59", "59")
    lost = [
        f"{name}-{n}" for name in ("secret", "token") for n in range(60) if not kept.get(f"{name}-{n}")[0]
    ]
    assert lost == []


@pytest.mark.skipif(os.name == "nt", reason="rights of files are POSIX")
def test_only_the_owner_reads_what_is_kept_and_nothing_else_is_left(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, use_keyring=False)
    secrets.put("a", secret="s")
    secrets.put("a", token="t")
    assert secrets.get("a") == ("s", "t")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    assert list(tmp_path.glob("*.tmp")) == []


def test_a_damaged_file_is_written_anew(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, use_keyring=False)
    secrets.path.write_text("{", encoding="utf-8")
    assert secrets.get("a") == ("", "")
    secrets.put("a", secret="s")
    assert json.loads(secrets.path.read_text(encoding="utf-8"))["a"] == {"secret": "s"}
