"""A whole intake written to a real terminal at once, while the program is busy."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="a pseudo terminal exists on POSIX only")

APP = """
import json, os, sys, time
from textual.binding import Binding
from textual.screen import Screen
from tthc_tui.widgets.checklist import Checklist, CheckLine
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.keys import OrderedKeys

class Form(Screen):
    BINDINGS = [Binding("f10", "done")]
    scans = []
    def compose(self):
        yield VnInput(ident="name")
        yield VnInput(ident="phone", numeric=True)
        yield Checklist([CheckLine(str(n), f"Giấy {n}") for n in range(1, 6)])
    def on_mount(self):
        while not os.path.exists(sys.argv[1] + ".typed"):
            time.sleep(0.01)  # the program is busy while the officer types on
    def on_input_submitted(self):
        self.focus_next()
    def on_scanned(self, scan):
        self.scans.append(scan.kind)
        self.query_one("#phone").focus()
    def action_done(self):
        values = {field.id: field.value for field in self.query(VnInput)}
        values["ticked"] = [key for key, state in self.query_one(Checklist).state().items() if state.ticked]
        values["scans"] = self.scans
        open(sys.argv[1], "w").write(json.dumps(values))
        self.app.exit()

class Office(OrderedKeys):
    BINDINGS = [Binding("f4", "form")]
    def on_mount(self):
        self.typing_mode = "telex"
    def action_form(self):
        self.push_screen(Form())

Office().run()
"""


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "\x1bOSTraanf Thij Hoa\r0912345678\t13\x1b[21~",
            {"name": "Trần Thị Hoa", "phone": "0912345678", "ticked": ["1", "3"], "scans": []},
        ),
        (
            "\x1bOS\x1b[D079084001234||PHẠM VĂN AN|12031984|Nam|Tân Hội|01012022\r0912\t2\x1b[21~",
            {"name": "", "phone": "0912", "ticked": ["2"], "scans": ["card"]},
        ),
    ],
)
def test_one_write_lands_in_the_right_fields(tmp_path: Path, keys: str, expected: dict[str, object]) -> None:
    import pty

    answer = tmp_path / "answer.json"
    environ = {
        **os.environ,
        "TERM": "xterm-256color",
        "TEXTUAL_DISABLE_KITTY_KEY": "1",
        "COLUMNS": "80",
        "LINES": "24",
    }
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-c", APP, str(answer)], environ)
    sent, ends = False, time.monotonic() + 60
    shown = b""
    try:
        while time.monotonic() < ends:
            ready, _, _ = select.select([terminal], [], [], 0.2)
            if ready:
                try:
                    piece = os.read(terminal, 65536)
                except OSError:  # the program has ended
                    break
                shown += piece
                if not piece:
                    break
            if not sent and b"\x1b[?1049h" in shown:  # the alternate screen: the program reads keys
                os.write(terminal, keys.encode())
                Path(f"{answer}.typed").touch()
                sent = True
    finally:
        os.close(terminal)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert json.loads(answer.read_text()) == expected
