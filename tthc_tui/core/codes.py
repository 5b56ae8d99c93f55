"""Codes of dossiers and agencies, and the short id that barcodes carry where a code does not fit.

Dossier codes: Circular 03/2025/TT-VPCP art. 13 (paragraph 3 added by Circular 04/2025/TT-VPCP); agency
identifiers: QĐ 20/2020/QĐ-TTg art. 4. Old reversed codes (QCVN 102:2016/BTTTT) still live in data.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date, datetime
from uuid import UUID

from tthc_tui.core.base import Model, vietnam_time

MAX_AGENCY = 35

_CURRENT = r"[A-Y]\d{2}(?:\.[0-9A-Z]{1,5})*"
_OLD = r"(?:\d{2,3}\.){1,3}[A-Y]\d{2}"
_AGENCY = re.compile(rf"(?:{_CURRENT}|{_OLD})", re.ASCII)
_CODE = re.compile(
    rf"(?<![0-9A-Z.])(?<![0-9A-Z.]-)(?P<agency>{_CURRENT}|{_OLD})-(?P<day>\d{{6}})-(?P<number>\d{{4,12}})(?![0-9A-Z]|-\d)",
    re.ASCII,
)
_DASHES = re.compile("[\u2010-\u2015\u2212\u00ad_]")
_AROUND_MARKS = re.compile(r"\s*([.\-])\s*")

# Damm's table: the check digit finds every wrong digit and every swap of neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class CodeError(ValueError):
    """A code that cannot be; the message is one Vietnamese sentence."""


class DossierCode(Model):
    """A dossier code (mã số hồ sơ) in its parts.

    `agency` is the processing agency, `day` the receipt date, `centre_digits` the two digits of the
    ministry that owns a centralised system ("" outside one), `width` the digits of the number as written.
    """

    agency: str
    day: date
    number: int
    centre_digits: str = ""
    width: int = 4

    def __str__(self) -> str:
        return f"{self.agency}-{self.day:%y%m%d}-{self.centre_digits}{self.number:0{self.width}d}"


def format_code(agency: str, day: date, number: int) -> str:
    """The official code of the `number`-th dossier that `agency` received on `day`; four digits or more.

    CodeError when the agency's identifier or the number cannot be.
    """
    if number < 1:
        raise CodeError("Số thứ tự hồ sơ phải từ 1 trở lên.")
    return str(DossierCode(agency=check_agency(agency), day=day, number=number))


def parse_code(text: str) -> DossierCode | None:
    """The first dossier code found in `text`, in its current or old form; None if there is none.

    Lower case, blanks around dots and dashes, other dashes and text around it are tolerated. Six or more
    digits are two of a centralised system and the number, unless they start with 00.
    """
    upper = _DASHES.sub("-", unicodedata.normalize("NFKC", text[:2000]).upper())
    joined = _AROUND_MARKS.sub(r"\1", upper)  # may tie a word behind a dash to the code: then as it stands
    for match in (*_CODE.finditer(joined), *_CODE.finditer(upper)):
        day, digits = match["day"], match["number"]
        try:
            received = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
        except ValueError:
            continue
        if len(match["agency"]) > MAX_AGENCY:
            continue
        centre = digits[:2] if len(digits) >= 6 and digits[:2] != "00" else ""
        rest = digits[len(centre) :]
        return DossierCode(
            agency=match["agency"], day=received, number=int(rest), centre_digits=centre, width=len(rest)
        )
    return None


def other_day(code: str, received_at: datetime | None) -> date | None:
    """The day a code was given for, where a correction has put the receipt on another one: the code stays.

    None where they agree, or for what is no code.
    """
    found = parse_code(code) if received_at is not None else None
    if found is None or received_at is None or found.day == vietnam_time(received_at).date():
        return None
    return found.day


def check_agency(text: str) -> str:
    """An agency identifier in upper case without blanks; CodeError says what is wrong with it."""
    code = "".join(text.split()).upper()
    shown = code if len(code) <= 40 else f"{code[:40]}…"
    if not code:
        raise CodeError("Chưa có mã định danh đơn vị; hãy nhập mã, ví dụ H15.50.05.")
    if len(code) > MAX_AGENCY:
        raise CodeError(f"Mã định danh đơn vị “{shown}” dài quá {MAX_AGENCY} ký tự; hãy kiểm tra lại.")
    if not _AGENCY.fullmatch(code):
        raise CodeError(
            f"Mã định danh đơn vị “{shown}” không đúng; mã gồm chữ cái A–Y và hai chữ số, "
            "rồi các nhóm cách nhau bằng dấu chấm, ví dụ H15.50.05."
        )
    return code


def _check_digit(digits: str) -> int:
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return state


def short_id(uuid: UUID) -> str:
    """Twelve digits for the dossier `uuid`: eleven drawn from its identity and a check digit.

    Never starts with 0, so it is not taken for a personal number (those do). Two dossiers of one file
    may in principle share one: a look-up must be ready for more than one hit.
    """
    drawn = int.from_bytes(hashlib.sha256(uuid.bytes).digest()[:16], "big")
    body = str(10**10 + drawn % (9 * 10**10))
    return f"{body}{_check_digit(body)}"


def valid_short_id(text: str) -> bool:
    """Whether `text` (blanks ignored) is a short id without a slip."""
    digits = "".join(text.split())
    return (
        len(digits) == 12
        and digits.isascii()
        and digits.isdigit()
        and digits[0] != "0"
        and _check_digit(digits) == 0
    )
