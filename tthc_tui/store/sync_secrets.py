"""Device secrets and session tokens: in the system's keyring where there is one, else in a private file."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

SERVICE = "tthc-tui"
FILE = "may-chu.json"
LOCK_SECONDS = 10.0


class Secrets:
    """Secrets of the devices of one data folder, by device id.

    The file is readable by its owner alone; on systems without such rights, by the folder's owners.
    """

    def __init__(self, folder: Path, *, use_keyring: bool = True) -> None:
        self.path = folder / FILE
        self._keyring = _keyring() if use_keyring else None

    def get(self, device: str) -> tuple[str, str]:
        """(secret, token) of a device; "" for what is not known."""
        kept = self._read(device)
        return str(kept.get("secret", "")), str(kept.get("token", ""))

    def put(self, device: str, *, secret: str | None = None, token: str | None = None) -> None:
        """Keep what is given, leave the rest; OSError when nothing can be written."""
        given = {"secret": secret, "token": token}
        with self._alone():
            kept = self._read(device)
            kept.update({name: value for name, value in given.items() if value is not None})
            if self._keyring is not None:
                with suppress(Exception):  # a locked keyring: the file serves
                    self._keyring.set_password(SERVICE, device, json.dumps(kept))
                    return
            everything = self._file()
            everything[device] = kept
            self._write(everything)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other program writes meanwhile. SQLite's lock on an empty file: it ends with the program that holds it."""
        lock = self.path.with_suffix(".lock")
        os.close(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(lock, timeout=LOCK_SECONDS, isolation_level=None)) as held:
            try:
                held.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                raise OSError(f"{lock.name}: {error}") from error
            yield

    def _read(self, device: str) -> dict[str, Any]:
        if self._keyring is not None:
            with suppress(Exception):
                found = self._keyring.get_password(SERVICE, device)
                if found:
                    return dict(json.loads(found))
        return dict(self._file().get(device, {}))

    def _file(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def _write(self, everything: dict[str, Any]) -> None:
        temporary = self.path.with_suffix(".tmp")
        with suppress(FileNotFoundError):
            temporary.unlink()
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(everything, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)


def _keyring() -> Any:
    """The system's keyring, or None where the library or a real keyring is missing."""
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]
        from keyring.backends.fail import Keyring as NoKeyring  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    with suppress(Exception):
        return None if isinstance(keyring.get_keyring(), NoKeyring) else keyring
    return None
