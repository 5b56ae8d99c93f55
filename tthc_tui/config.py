"""Settings of this machine: where the data lie, who sits here, theme, printer.

Only what belongs to one computer; what belongs to the centre is kept in the data file (`core.site`).
Imports stay cheap: the first screen waits for this module.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tthc_tui.printing.output import Printer

CONFIG_FILE = "config.toml"
TYPING_MODES = ("off", "telex", "vni")
PRINTER_KINDS = ("none", "system", "device", "folder", "network")
PRINTER_FORMATS = ("pdf", "escpos", "text")
ROLLS = {"80mm": 576, "58mm": 384}  # thermal rolls and their printable width in dots
PAPERS = ("", "A4", "A5", *ROLLS)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "typing_mode": TYPING_MODES,
    "printer.kind": PRINTER_KINDS,
    "printer.format": PRINTER_FORMATS,
    "printer.paper": PAPERS,
}


@dataclass(frozen=True, slots=True)
class PrinterConfig:
    """How this counter prints. `target` is the queue's name, the device, the folder or host[:port]."""

    kind: str = "none"
    target: str = ""
    format: str = "pdf"
    paper: str = ""
    copies: int = 0  # 0: as many as the form names

    def to_printer(self) -> Printer:
        """The same as printing takes it."""
        from tthc_tui.printing.output import Printer

        host, _, port = self.target.partition(":")
        places: dict[str, dict[str, Any]] = {
            "system": {"name": self.target},
            "device": {"path": self.target},
            "folder": {"path": self.target},
            "network": {"host": host, "port": int(port) if port.isdigit() else 9100},
        }
        return Printer.model_validate(
            {
                "kind": self.kind,
                "format": self.format,
                "paper": None if self.paper in ROLLS else self.paper or None,
                "copies": self.copies or None,
                **({"dots": ROLLS[self.paper]} if self.paper in ROLLS else {}),
                **places.get(self.kind, {}),
            }
        )


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one machine. `problem` is a Vietnamese sentence when the file could not be read whole."""

    data_dir: Path
    officer: str = ""  # id of the officer who worked here last
    counter: str = ""  # id of the counter this machine stands at
    theme: str = ""  # "" = chosen by what the terminal can show
    typing_mode: str = "off"  # off, telex, vni
    printer: PrinterConfig = field(default_factory=PrinterConfig)
    lock_minutes: int | None = None  # None = as the site says, 0 = never
    reduced_motion: bool = False
    kitty_keyboard: bool = False
    problem: str = field(default="", compare=False)

    @property
    def database(self) -> Path:
        """The data file."""
        return self.data_dir / "tthc.db"

    @property
    def receipts_dir(self) -> Path:
        """Where receipts and slips are kept as files."""
        return self.data_dir / "bien-nhan"

    @property
    def log_file(self) -> Path:
        """Where trouble is written down for IT."""
        return self.data_dir / "tthc.log"

    @property
    def config_file(self) -> Path:
        """The file these settings come from."""
        return self.data_dir / CONFIG_FILE

    @property
    def themes_dir(self) -> Path:
        """Where a site may put themes of its own."""
        return self.data_dir / "themes"


def default_data_dir() -> Path:
    """The officer's own data folder: TTHC_DATA where set, else what the operating system keeps for it."""
    given = os.environ.get("TTHC_DATA", "").strip()
    if given:
        return Path(given).expanduser()
    from platformdirs import user_data_path

    return user_data_path("tthc-tui", appauthor=False)


def load_config(data_dir: Path | None = None) -> Config:
    """The settings in `data_dir`. Never raises: what can't be read is left at its default, `problem` says so."""
    config = Config(data_dir=data_dir or default_data_dir())
    try:
        text = config.config_file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return config
    except (OSError, UnicodeDecodeError):
        return replace(
            config, problem=f"Không đọc được tệp cài đặt {config.config_file}; dùng cài đặt mặc định."
        )
    try:
        table = tomllib.loads(unicodedata.normalize("NFC", text))
    except tomllib.TOMLDecodeError as error:
        where = _line_of(str(error), text)
        return replace(
            config,
            problem=f"Tệp cài đặt {config.config_file}{where} viết sai cú pháp; dùng cài đặt mặc định.",
        )
    return _read(config, table)


def save_config(config: Config) -> None:
    """Keep the settings, whole or not at all; OSError when the folder can't be written.

    A file that could not be read whole is kept beside as `config-loi.toml`: somebody has to mend it.
    """
    import tomli_w

    table: dict[str, Any] = {}
    for item in fields(config):
        if item.name in ("data_dir", "printer", "problem"):
            continue
        value = getattr(config, item.name)
        if value is not None:
            table[item.name] = value
    table["printer"] = asdict(config.printer)
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # personal data lie here
    handle, temporary = tempfile.mkstemp(prefix=".config-", dir=config.data_dir)
    try:
        with os.fdopen(handle, "wb") as file:
            tomli_w.dump(table, file)
            file.flush()
            os.fsync(file.fileno())
        unread = config.config_file.with_name("config-loi.toml")
        if config.problem and config.config_file.exists() and not unread.exists():
            os.replace(config.config_file, unread)
        os.replace(temporary, config.config_file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _line_of(message: str, text: str) -> str:
    """Where tomllib stumbled, in Vietnamese: a line it names, or the last one."""
    _, found, rest = message.partition("(at line ")
    number = rest.split(",")[0]
    return f", dòng {number if found and number.isdigit() else len(text.splitlines()) or 1},"


def _read(config: Config, table: Mapping[str, Any]) -> Config:
    """Take over every value of the right kind; name the others."""
    wrong: list[str] = []
    known = {
        item.name: item for item in fields(Config) if item.name not in ("data_dir", "printer", "problem")
    }
    values = {name: table[name] for name in known if name in table and _fits(name, table[name], wrong)}
    wrong += [name for name in table if name not in known and name != "printer"]
    given = table.get("printer", {})
    printer = PrinterConfig()
    if isinstance(given, Mapping):
        names = {item.name for item in fields(PrinterConfig)}
        wrong += [f"printer.{name}" for name in given if name not in names]
        good = {
            name: given[name]
            for name in names
            if name in given and _fits(f"printer.{name}", given[name], wrong)
        }
        printer = replace(printer, **good)
    else:
        wrong.append("printer")
    problem = ""
    if wrong:
        listed = ", ".join(f"“{_shown(name)}”" for name in wrong[:5])
        problem = f"Tệp cài đặt {config.config_file} có mục không hiểu được: {listed}; các mục này dùng giá trị mặc định."
    return replace(config, **values, printer=printer, problem=problem)


_NUMBERS = {"lock_minutes": 24 * 60, "printer.copies": 9}
_FLAGS = ("reduced_motion", "kitty_keyboard")


def _fits(name: str, value: object, wrong: list[str]) -> bool:
    """Whether `value` may stand under `name`; its name is noted where it may not."""
    if name in _FLAGS:
        good = isinstance(value, bool)
    elif name in _NUMBERS:
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _NUMBERS[name]
    else:
        good = isinstance(value, str) and value in _CHOICES.get(name, (value,)) and _clean(value)
    if not good:
        wrong.append(name)
    return good


def _clean(value: str) -> bool:
    return all(letter.isprintable() for letter in value)


def _shown(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:40]
