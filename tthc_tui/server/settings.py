"""Settings of the backend, from a TOML file and the environment (TTHC_SERVER_…, which wins)."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from tthc_tui.core.base import Model

PREFIX = "TTHC_SERVER_"


class SettingsError(Exception):
    """The settings can't be used; `str()` is a Vietnamese sentence."""


class ServerSettings(Model):
    """What one installation sets.

    `database`: "sqlite:///file" or a PostgreSQL connection string (several hosts allowed). `key_file`: the
    private key of checkpoints, made when missing. Durations are in the unit their name ends with.
    """

    database: str = "sqlite:///tthc-server.db"
    key_file: Path = Path("tthc-server.key")
    host: str = "127.0.0.1"
    port: int = Field(default=8460, ge=0, le=65535)
    cert: Path | None = None
    private_key: Path | None = None
    workers: int = Field(default=1, ge=1, le=64)
    behind_proxy: bool = False  # trust X-Forwarded-For of the proxy
    pool_size: int = Field(default=8, ge=2, le=100)
    session_hours: float = Field(default=12, gt=0, le=720)
    max_body_bytes: int = Field(default=8 * 1024 * 1024, ge=10_000)
    requests_per_second: float = Field(default=100, gt=0)  # of one device, on average
    burst: int = Field(default=400, ge=1)
    sign_ins_per_minute: float = Field(default=30, gt=0)  # of one address
    sign_in_failures: int = Field(default=5, ge=1)  # of one user before a pause
    sign_in_pause_seconds: int = Field(default=60, ge=1)
    trust_seconds: float = Field(default=5, ge=0)  # how long a token found good is not looked up again
    feed_window: int = Field(default=20_000, ge=100)  # places of the log one feed page looks through
    checkpoint_hours: float = Field(default=24, gt=0)
    heartbeat_seconds: float = Field(default=15, gt=0)

    @property
    def sqlite_path(self) -> Path | None:
        """The file of a SQLite database, None for PostgreSQL."""
        prefix = "sqlite:///"
        return Path(self.database.removeprefix(prefix)) if self.database.startswith(prefix) else None


def load_settings(
    path: Path | None = None, environ: Mapping[str, str] | None = None, **given: Any
) -> ServerSettings:
    """The settings of a file (TTHC_SERVER_CONFIG when `path` is None), the environment and `given`, later ones win.

    SettingsError says which value is wrong.
    """
    env = os.environ if environ is None else environ
    where = path or (Path(env[f"{PREFIX}CONFIG"]) if env.get(f"{PREFIX}CONFIG") else None)
    values: dict[str, Any] = {}
    if where is not None:
        try:
            values = tomllib.loads(where.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"Không đọc được tệp cấu hình {where}: {type(error).__name__}.") from error
    for name in ServerSettings.model_fields:
        if f"{PREFIX}{name.upper()}" in env:
            values[name] = env[f"{PREFIX}{name.upper()}"]
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        settings = ServerSettings.model_validate(values)
    except ValidationError as error:
        wrong = ", ".join(str(item["loc"][0]) for item in error.errors() if item["loc"])
        raise SettingsError(f"Cấu hình máy chủ có giá trị không đúng: {wrong}.") from error
    if not settings.database.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise SettingsError("Cấu hình “database” phải bắt đầu bằng sqlite:/// hoặc postgresql://.")
    return settings


def to_environment(settings: ServerSettings) -> dict[str, str]:
    """The same settings as variables of the environment, for worker processes."""
    return {
        f"{PREFIX}{name.upper()}": str(value)
        for name, value in settings.model_dump().items()
        if value is not None
    }
