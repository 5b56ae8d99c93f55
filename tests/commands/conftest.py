"""Commands run in this process, as IT would type them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tthc_tui.cli import main


@dataclass
class Answer:
    """What a command answered with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON on standard output."""
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def tthc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """Runs `tthc` with these words on the data folder of the test."""
    monkeypatch.setenv("TTHC_DATA", str(tmp_path))
    monkeypatch.delenv("TTHC_PIN", raising=False)

    def run(*words: object, stdin: str = "") -> Answer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = main([str(word) for word in words])
        caught = capsys.readouterr()
        assert "Traceback" not in caught.out + caught.err
        return Answer(code, caught.out, caught.err)

    return run


@pytest.fixture
def monday(clock: Any) -> Iterator[time_machine.Traveller]:
    """The machine's clock stands at the tests' Monday morning."""
    with time_machine.travel(clock.now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def centre(data_file: Path, monday: time_machine.Traveller, tthc: Run) -> Run:
    """`tthc` on a set-up centre, Monday 23 November 2026, 08:42."""
    return tthc


@pytest.fixture
def received(centre: Run) -> dict[str, Any]:
    """A marriage-status dossier (three working days) received through the command line."""
    intake = centre("procedure", "show", "1.004873", "--intake").json
    intake["applicant"].update(
        name="Phạm Văn An", number="079084001234", birth="12/03/1984", phone="0912000345"
    )
    answer = centre("receive", "-", "--json", stdin=json.dumps(intake, ensure_ascii=False))
    assert answer.code == 0, answer.err
    return dict(answer.json)
