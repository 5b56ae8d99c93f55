"""Opening the screens on a data folder."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

USAGE = 2


def has_screen() -> bool:
    """Whether somebody sits at a terminal; Textual draws on the standard error stream."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def open_program(data: str = "", officer: str = "") -> int:
    """Open the screens on a data folder ("" = the officer's own) as an officer; the exit code."""
    from tthc_tui.config import load_config
    from tthc_tui.pauses import Pauses

    if not has_screen():
        print(
            "Chương trình cần màn hình dòng lệnh; khi chạy không có màn hình hãy dùng lệnh con, "
            "xem “tthc --help”.",
            file=sys.stderr,
        )
        return USAGE
    pauses = Pauses()
    pauses.begin()
    config = load_config(Path(data).expanduser() if data else None)
    if officer:
        config = replace(config, officer=officer)
    from tthc_tui.terminal import prepare_terminal

    prepare_terminal(os.environ, kitty_keyboard=config.kitty_keyboard)
    from tthc_tui.app import CounterApp
    from tthc_tui.terminal import run_until_told

    app = CounterApp(config)
    app.pauses = pauses
    run_until_told(app)
    return app.return_code or 0
