"""Make a file of many dossiers, the way a province's archive looks after years."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections import defaultdict
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from tthc_tui.core.base import VIETNAM, uuid7
from tthc_tui.core.codes import short_id
from tthc_tui.core.states import State
from tthc_tui.core.text import fold
from tthc_tui.store.sqlite import SqliteStore

SURNAMES = ["NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HUỲNH", "VÕ", "ĐẶNG", "BÙI", "ĐỖ", "HỒ", "NGÔ", "DƯƠNG", "LÝ"]
MIDDLES = ["VĂN", "THỊ", "HỮU", "ĐỨC", "NGỌC", "MINH", "THANH", "QUỐC", "KIM", "XUÂN"]
GIVEN = [
    "AN",
    "BÌNH",
    "CƯỜNG",
    "DŨNG",
    "HÀ",
    "HƯƠNG",
    "KHÁNH",
    "LAN",
    "MAI",
    "NAM",
    "PHÚC",
    "QUÂN",
    "SƠN",
    "TÂM",
    "UYÊN",
    "VINH",
    "YẾN",
]
PROCEDURES = [
    ("1.001193", "Đăng ký khai sinh", "Hộ tịch", "tu-phap"),
    ("1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân", "Hộ tịch", "tu-phap"),
    ("2.000815", "Chứng thực bản sao từ bản chính", "Chứng thực", "tu-phap"),
    ("1.013225", "Cấp giấy phép xây dựng mới", "Hoạt động xây dựng", "dia-chinh"),
    ("1.004222", "Đăng ký thường trú", "Cư trú", "cong-an"),
]


folded = lru_cache(maxsize=None)(fold)  # a few thousand names in all
Row = dict[str, Any]
_CACHE = 400_000  # KiB of the file kept in memory while it is made


def fill(store: SqliteStore, number: int, overdue: int, now: datetime, seed: int = 7) -> None:
    """Write `number` dossiers into the file; `overdue` of them are past their date at `now`."""
    chance = random.Random(seed)
    connection = sqlite3.connect(store.path, isolation_level=None)
    # Made once for measuring: nothing here is worth waiting for.
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{_CACHE}")
    indexes = _drop_indexes(connection)
    connection.execute("BEGIN")
    for start in range(0, number, 20_000):
        rows: dict[str, list[Row]] = defaultdict(list)
        for n in range(start, min(start + 20_000, number)):
            running = n >= number - overdue * 4
            dossier = _dossier(n, chance, now, running=running, late=running and n % 4 == 0)
            rows["dossier"].append(dossier)
            rows["event"].append(_receipt(dossier, chance))
            rows["person"].append(_person(dossier))
            rows["dossier_search"].append(_words(dossier))
        for table, values in rows.items():
            _insert(connection, table, values)
        connection.execute("COMMIT")
        connection.execute("BEGIN")
    for index in indexes:  # at once over all rows: far cheaper than row by row in a random order
        connection.execute(index)
    connection.execute("COMMIT")
    connection.close()


def _dossier(n: int, chance: random.Random, now: datetime, *, running: bool, late: bool) -> Row:
    """One row of the list of dossiers: `running` ones are in work, `late` ones past their date."""
    day = timedelta(days=1)
    code, name, field, unit = PROCEDURES[chance.randrange(len(PROCEDURES))]
    received = now - day * (chance.random() * 40 if running else 40 + chance.random() * 1400)
    due = now - day * chance.random() * 30 if late else received + day * (chance.random() * 20 + 1)
    if running and not late:
        due = now + day * chance.random() * 20
    identity = uuid7(received, chance.getrandbits(74))
    at, end = int(received.timestamp() * 1000), int(due.timestamp() * 1000)
    return {
        "row": n + 1,
        "id": str(identity),
        "short_id": short_id(identity),
        "code": f"H15.50.05.13-{received:%y%m%d}-{n % 9999 + 1:04d}",
        "version": 1,
        "state": int(State.PROCESSING if running else State.RETURNED),
        "open": int(running),
        "running": int(running),
        "procedure_code": code,
        "procedure_name": name,
        "field_name": field,
        "applicant": str(UUID(int=chance.getrandbits(128))),
        "applicant_name": f"{chance.choice(SURNAMES)} {chance.choice(MIDDLES)} {chance.choice(GIVEN)}",
        "applicant_number": f"0{chance.randrange(10**11):011d}",
        "applicant_phone": f"09{chance.randrange(10**8):08d}",
        "receiving_unit": "ttpvhcc",
        "handling_unit": unit,
        "holder_unit": unit,
        "holder_officer": f"cb-{n % 40}",
        "coming_to": "",
        "slip": "",
        "registered_at": at,
        "received_at": at,
        "due_at": end,
        "paused_at": None,
        "resolved_at": None,
        "closed_at": None if running else end,
        "last_at": at,
        "last_officer": "lan",
    }


def _receipt(dossier: Row, chance: random.Random) -> Row:
    received = datetime.fromtimestamp(dossier["received_at"] / 1000, VIETNAM)
    return {
        "id": str(uuid7(received, chance.getrandbits(74))),
        "dossier": dossier["id"],
        "version": 0,
        "kind": "received",
        "at": dossier["received_at"],
        "unit": "ttpvhcc",
        "officer": "lan",
        "body": "{}",
    }


def _person(dossier: Row) -> Row:
    return {
        "id": dossier["applicant"],
        "name": dossier["applicant_name"],
        "fold": folded(dossier["applicant_name"]),
        "kind": 1,
        "number": dossier["applicant_number"],
        "birth": "12/03/1984",
        "sex": "",
        "address": "",
        "phone": dossier["applicant_phone"],
        "email": "",
        "salt": "00" * 16,
    }


def _words(dossier: Row) -> Row:
    """What a search finds the dossier by."""
    return {
        "row": dossier["row"],
        "name": folded(dossier["applicant_name"]),
        "code": dossier["code"],
        "phone": dossier["applicant_phone"],
        "number": dossier["applicant_number"],
    }


def _drop_indexes(connection: sqlite3.Connection) -> list[str]:
    """Take the indexes of the filled tables away; the statements that bring them back."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('dossier', 'event', 'person')"
    ).fetchall()
    for name, _ in found:
        connection.execute(f'DROP INDEX "{name}"')
    return [sql for _, sql in found]


def _insert(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    names = list(rows[0])
    columns = ", ".join("rowid" if table == "dossier_search" and name == "row" else name for name in names)
    connection.executemany(
        f"INSERT INTO {table} ({columns}) VALUES ({', '.join(':' + name for name in names)})", rows
    )


if __name__ == "__main__":
    path, many = Path(sys.argv[1]), int(sys.argv[2])
    began = time.perf_counter()
    with SqliteStore(path) as target:
        fill(target, many, many * 12 // 1000, datetime.now(VIETNAM))
    print(f"{many} dossiers in {time.perf_counter() - began:.0f} s, {path.stat().st_size >> 20} MiB")
