"""The command `tthc`: opens the program, or runs one command and answers with an exit code.

Codes: 0 done, 1 refused by the rules or bad input, 2 the command is written wrongly, 3 trouble with a file.
Opening the program must not wait for Typer, so that way is found by hand first.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

OK, REFUSED, TROUBLE = 0, 1, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run `argv` (the process's own arguments if not given); the exit code. Never shows a traceback."""
    args = list(sys.argv[1:] if argv is None else argv)
    _speak_utf8()
    try:
        opening = _opening(args)
        if opening is not None:
            from tthc_tui.launch import open_program

            return open_program(*opening)
        from tthc_tui.commands.tree import run

        return run(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe (head, less) went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # noqa: BLE001 - the last line of defence: one sentence, never a traceback
        return report(error, as_json="--json" in args)


def report(error: Exception, *, as_json: bool) -> int:
    """Say what went wrong in one sentence on stderr (and as JSON on stdout); the exit code for it."""
    code, message, status = explain(error)
    if as_json:
        print(json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False))
    print(message, file=sys.stderr)
    if os.environ.get("TTHC_DEBUG"):
        import traceback

        traceback.print_exception(error)
    return status


def explain(error: Exception) -> tuple[str, str, int]:
    """A short code, one Vietnamese sentence and the exit code for any error."""
    from tthc_tui.core.base import Refused
    from tthc_tui.core.text import clean

    if isinstance(error, Refused):
        return error.code, clean(error.reason), REFUSED
    if isinstance(error, OSError):
        from tthc_tui.commands.base import file_trouble

        return "file", file_trouble(error), TROUBLE
    from tthc_tui.core.calendar import CalendarError
    from tthc_tui.core.codes import CodeError
    from tthc_tui.store.catalog_records import CatalogError
    from tthc_tui.store.errors import Conflict, StoreError

    if isinstance(error, Conflict):
        return "conflict", clean(str(error)), REFUSED
    if isinstance(error, StoreError):
        return type(error).__name__, clean(str(error)), TROUBLE
    for kind, code in ((CalendarError, "calendar"), (CodeError, "code"), (CatalogError, "catalog")):
        if isinstance(error, kind):
            return code, clean(str(error)), REFUSED
    name = type(error).__name__
    return (
        "internal",
        f"Lỗi ngoài dự kiến ({name}): hãy chạy lại với TTHC_DEBUG=1 và gửi cho người hỗ trợ.",
        TROUBLE,
    )


def _opening(args: list[str]) -> tuple[str, str] | None:
    """(data folder, officer) when the arguments only open the program; None when they name a command."""
    found = {"--data": "", "--officer": ""}
    rest = iter(args)
    for word in rest:
        name, _, value = word.partition("=")
        if name not in found:
            return None
        found[name] = value or next(rest, "")
        if not found[name]:
            return None  # Typer says what is missing
    return found["--data"], found["--officer"]


def _speak_utf8() -> None:
    """Vietnamese on any stream, whatever the locale says; what can't be shown becomes "?"."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", "") or "").lower().replace("-", "")
        if encoding != "utf8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
