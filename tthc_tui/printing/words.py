"""How times, sums and counts are written on official papers."""

from __future__ import annotations

from datetime import datetime

from tthc_tui.core.base import vietnam_time
from tthc_tui.core.duration import say_moment, say_money

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SCALES = ("", "nghìn", "triệu", "tỷ")


def moment(at: datetime | None) -> str:
    """ "08 giờ 42 phút, ngày 24/11/2026" on Vietnam's clocks for the aware time `at`; "" for None."""
    return say_moment(at) if at else ""


def short_moment(at: datetime | None) -> str:
    """ "08:42 24/11/2026", for table cells; "" for None."""
    return f"{vietnam_time(at):%H:%M %d/%m/%Y}" if at else ""


def day(at: datetime | None) -> str:
    """ "24/11/2026"; "" for None."""
    return f"{vietnam_time(at):%d/%m/%Y}" if at else ""


def long_day(at: datetime) -> str:
    """ "ngày 24 tháng 11 năm 2026"; one digit gets a 0 for days, and for January and February
    (Decree 30/2020/NĐ-CP, Appendix I)."""
    local = vietnam_time(at)
    month = f"{local.month:02d}" if local.month < 3 else str(local.month)
    return f"ngày {local.day:02d} tháng {month} năm {local.year}"


def grouped(amount: int) -> str:
    """1234567 as "1.234.567"."""
    return say_money(amount).removesuffix(" đồng")


def money(amount: int | None) -> str:
    """Whole đồng as "8.000 đồng"; "" for None (the text gives no figure)."""
    return "" if amount is None else say_money(amount)


def count(number: int) -> str:
    """A count of papers with two digits at least: 1 as "01"."""
    return f"{number:02d}"


def in_words(amount: int) -> str:
    """A sum in words as receipts need it: 1205000 as "Một triệu hai trăm linh năm nghìn đồng"."""
    if amount == 0:
        return "Không đồng"
    words = ("âm " if amount < 0 else "") + _number(abs(amount))
    return f"{words[0].upper()}{words[1:]} đồng"


def _number(value: int) -> str:
    if value >= 10**12:  # beyond a thousand billions the scale starts again: "… nghìn tỷ"
        head, rest = divmod(value, 10**9)
        return f"{_number(head)} tỷ" + (f" {_number(rest)}" if rest else "")
    groups = []
    while value:
        value, group = divmod(value, 1000)
        groups.append(group)
    parts = []
    for place in reversed(range(len(groups))):
        if groups[place]:
            parts.append(f"{_group(groups[place], full=place < len(groups) - 1)} {SCALES[place]}".strip())
    return " ".join(parts)


def _group(value: int, full: bool) -> str:
    """A group of three digits; `full` says "không trăm" and "linh" where higher groups went before."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    words = []
    if hundreds or full:
        words.append(f"{DIGITS[hundreds]} trăm")
    if tens > 1:
        words.append(f"{DIGITS[tens]} mươi")
    elif tens == 1:
        words.append("mười")
    elif ones and words:
        words.append("linh")
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 4 and tens > 1:
        words.append("tư")
    elif ones == 5 and tens > 0:
        words.append("lăm")
    elif ones:
        words.append(DIGITS[ones])
    return " ".join(words)
