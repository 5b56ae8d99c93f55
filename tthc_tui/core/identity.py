"""The QR code of the citizen card (CCCD, thẻ căn cước) and the personal number."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from tthc_tui.core.base import Model
from tthc_tui.core.text import clean, fold, nfc

Precision = Literal["day", "month", "year", ""]

_MAX_TEXT = 4000
_DATE_MARKS = re.compile(r"[\s/.\-]")
_SEXES = {"nam": "Nam", "nu": "Nữ"}
_MARKED = "àáạảãâầấậẩẫăằắặẳẵèéẹẻẽêềếệểễìíịỉĩòóọỏõôồốộổỗơờớợởỡùúụủũưừứựửữỳýỵỷỹđ"
_NAME = re.compile(rf"[A-Z{_MARKED} .'’\-]+", re.IGNORECASE)
# Letters Vietnamese does not have, doubled vowels and d, and tone keys behind a vowel: raw Telex.
_TELEX = re.compile(r"[wzfj]|aa|ee|oo|dd|[aeiouy](?:ch|ng|nh|[cmnpt])?[sxr](?:\s|$)", re.IGNORECASE)


class CardError(ValueError):
    """A scan that is no readable card; the message is one Vietnamese sentence."""


class CardData(Model):
    """What a card's QR holds. `warnings` are Vietnamese sentences for the officer to look at.

    `birth` is set only for a full date; `birth_text` reads dd/mm/yyyy, mm/yyyy or yyyy as
    `birth_precision` says. `extras` are the further fields of newer cards, as they came.
    """

    number: str
    old_number: str = ""
    name: str
    birth: date | None = None
    birth_text: str = ""
    birth_precision: Precision = ""
    sex: str = ""
    address: str = ""
    issued: date | None = None
    extras: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def parse_card(text: str) -> CardData:
    """Read the QR text of a citizen card; tolerant of readers that drop fields or garble letters.

    What can be doubted becomes a warning; CardError when there is no number, name or structure at all.
    """
    if len(text) > _MAX_TEXT:
        raise CardError("Mã quét quá dài, không phải mã QR của thẻ căn cước; hãy quét lại hoặc nhập tay.")
    repaired = _repair(text)
    fields = [clean(part) for part in repaired.lstrip("\ufeff").split("|")]
    number = fields[0].replace(" ", "")
    if len(fields) < 3:
        raise CardError("Mã vừa quét không phải mã QR của thẻ căn cước; hãy quét lại hoặc nhập tay.")
    if not re.fullmatch(r"\d{12}", number, re.ASCII):
        raise CardError("Không đọc được số định danh 12 chữ số trên thẻ; hãy quét lại hoặc nhập tay.")
    old = fields[1].replace(" ", "")
    has_slot = not old or old.isdecimal() or any(ch.isalpha() for ch in fields[2])
    rest = fields[2:] if has_slot else fields[1:]  # six-field readers leave out the old number altogether
    rest += [""] * (5 - len(rest))
    name, birth_raw, sex_raw, address, issued_raw, *extras = rest
    if not any(ch.isalpha() for ch in name):
        if _read_date(birth_raw) is None:
            raise CardError("Không đọc được họ tên và ngày sinh trên thẻ; hãy quét lại hoặc nhập tay.")
        name = ""
    while extras and not extras[-1]:
        extras.pop()
    warnings = ["Chữ trên thẻ bị sai mã, đã chuyển lại; hãy đối chiếu họ tên."] if repaired != text else []
    warnings += _name_warnings(name)
    birth, precision, birth_text = _read_birth(birth_raw, warnings)
    sex = _read_sex(sex_raw, number, warnings)
    issued = _read_issued(issued_raw, birth, warnings)
    if not address:
        warnings.append("Không đọc được nơi thường trú trên thẻ; hãy nhập tay.")
    warnings += check_personal_number(number, birth or (int(birth_text[-4:]) if birth_text else None), sex)
    if extras:
        warnings.append(f"Thẻ mới: mã QR có thêm {len(extras)} trường, được giữ nguyên.")
    return CardData(
        number=number,
        old_number=old if has_slot and old.isdecimal() else "",
        name=name,
        birth=birth,
        birth_text=birth_text,
        birth_precision=precision,
        sex=sex,
        address=address,
        issued=issued,
        extras=tuple(extras),
        warnings=tuple(warnings),
    )


def _repair(text: str) -> str:
    """UTF-8 that a reader sent byte by byte ("Nguyá»…n") put together again; other text as it is."""
    if not any("\x80" <= ch <= "\xff" for ch in text):
        return text
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _name_warnings(name: str) -> list[str]:
    """Signs that an input method or code page ate the accents of a name."""
    bare = nfc(name)
    if not bare:
        return ["Không đọc được họ tên trên thẻ; hãy nhập tay."]
    if not _NAME.fullmatch(bare):
        return [f"Họ tên “{name[:60]}” có ký tự lạ do máy quét; hãy đối chiếu thẻ và sửa lại."]
    if _TELEX.search(bare):
        return [f"Họ tên “{name[:60]}” có thể bị bộ gõ làm sai dấu; hãy đối chiếu thẻ và sửa lại."]
    return []


def _read_date(raw: str) -> tuple[int, int, int] | None:
    """Day, month (0 where unknown) and year of ddMMyyyy, dd/MM/yyyy, 0000yyyy, MM/yyyy or yyyy."""
    parts = [part for part in _DATE_MARKS.split(raw) if part]
    digits = "".join(part.zfill(2) for part in parts)
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (4, 6, 8):
        return None
    digits = digits.zfill(8)
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if month > 12 or year < 1850 or (day and not month):
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return day, month, year


def _read_birth(raw: str, warnings: list[str]) -> tuple[date | None, Precision, str]:
    found = _read_date(raw)
    if found is None:
        warnings.append("Không đọc được ngày sinh trên thẻ; hãy nhập tay.")
        return None, "", ""
    day, month, year = found
    if day:
        return date(year, month, day), "day", f"{day:02}/{month:02}/{year}"
    warnings.append("Thẻ không ghi đủ ngày, tháng sinh; hãy đối chiếu thẻ.")
    return (None, "month", f"{month:02}/{year}") if month else (None, "year", str(year))


def _read_sex(raw: str, number: str, warnings: list[str]) -> str:
    known = _SEXES.get(fold(raw))
    if known:
        return known
    guess = "Nữ" if int(number[3]) % 2 else "Nam"
    warnings.append(f"Không đọc được giới tính trên thẻ, lấy theo số định danh là {guess}; hãy đối chiếu.")
    return guess


def _read_issued(raw: str, birth: date | None, warnings: list[str]) -> date | None:
    found = _read_date(raw)
    if found is None or not found[0]:
        warnings.append("Không đọc được ngày cấp thẻ; hãy nhập tay nếu cần.")
        return None
    day, month, year = found
    issued = date(year, month, day)
    if birth is not None and issued < birth:
        warnings.append("Ngày cấp thẻ trước ngày sinh; hãy đối chiếu thẻ.")
    return issued


def check_personal_number(number: str, birth: date | int | None, sex: str) -> tuple[str, ...]:
    """Warnings where a 12-digit personal number disagrees with the birth date (or year) and sex given.

    Digits: 3 province, 1 century and sex (0/1 = 19xx nam/nữ, 2/3 = 20xx …), 2 birth year, 6 free. The rule
    has exceptions, so nothing here is an error.
    """
    digits = number.replace(" ", "")
    if not re.fullmatch(r"\d{12}", digits, re.ASCII):
        return ("Số định danh cá nhân phải có 12 chữ số; hãy kiểm tra lại.",)
    warnings = []
    if not 1 <= int(digits[:3]) <= 96:
        warnings.append(f"Ba số đầu {digits[:3]} của số định danh không phải mã tỉnh; hãy kiểm tra lại.")
    century, odd = divmod(int(digits[3]), 2)
    year = 1900 + century * 100 + int(digits[4:6])
    born = birth.year if isinstance(birth, date) else birth
    if born is not None and born != year:
        warnings.append(f"Số định danh cho năm sinh {year}, khác năm sinh {born}; hãy đối chiếu.")
    known = _SEXES.get(fold(sex.strip()))
    if known and known != ("Nữ" if odd else "Nam"):
        warnings.append(f"Số định danh cho giới tính {'Nữ' if odd else 'Nam'}, khác {known}; hãy đối chiếu.")
    return tuple(warnings)
