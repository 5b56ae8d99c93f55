"""Time limits and fees of a portal record; what contradicts itself is told, never smoothed (law.md §4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tthc_tui.core.duration import say_limit, say_money
from tthc_tui.core.procedure import Channel, ChannelTerms, FeeKind, FeeRule, Limit, LimitUnit, Origin
from tthc_tui.core.text import fold
from tthc_tui.store.catalog_records import line_of, lines_of

_CHANNELS = {"DIRECT": Channel.DIRECT, "ONLINE": Channel.ONLINE, "POSTAL": Channel.POSTAL}
_CHANNEL_WORDS = {Channel.DIRECT: "trực tiếp", Channel.ONLINE: "trực tuyến", Channel.POSTAL: "bưu chính"}
_UNITS = {
    "WORKING_DAY": LimitUnit.WORKING_DAY,
    "DAY": LimitUnit.DAY,
    "HOUR": LimitUnit.HOUR,
    "MONTH": LimitUnit.MONTH,
}
_MENTION = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(?:\([^()]{1,20}\)\s*)?(ngay lam viec|ngay|gio lam viec|gio|thang)\b"
)
_MENTION_UNITS = {
    "ngay lam viec": LimitUnit.WORKING_DAY,
    "ngay": LimitUnit.DAY,
    "gio lam viec": LimitUnit.HOUR,
    "gio": LimitUnit.HOUR,
    "thang": LimitUnit.MONTH,
}
_MANY = 4  # limits written out in one doubt
_LEFT_TO_TEXT = ("theo mo ta", "khac")
_NOTHING = re.compile(
    r"(?:khong(?: thu(?: phi| le phi)*| mat phi| phai nop(?: phi| le phi)*| co| phi)?|mien(?: phi| le phi)*|0 dong)"
    r"(?: va le phi|, le phi)?\W*$"
)
_MONEY = re.compile(r"(\d{1,3}(?:[.,]\d{3})+|\d{3,})\s*(?:đồng|đ\b|vnđ|vnd)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PortalCase:
    """A case of the portal's `cases`: its code, name and own limit."""

    code: str
    name: str
    limit: Limit | None


def read_portal_cases(record: Mapping[str, Any]) -> list[PortalCase]:
    """The cases with limits that the portal keeps apart from the list of papers."""
    found = []
    for raw in record.get("cases") or ():
        days = raw.get("processingDay") or {}
        amount, unit = _number(days.get("qty")), _UNITS.get(str(days.get("type")))
        limit = Limit(amount=amount, unit=unit) if amount is not None and unit else None
        found.append(PortalCase(line_of(raw.get("code")), line_of(raw.get("name")), limit))
    return found


def read_terms(
    record: Mapping[str, Any], cases: Sequence[PortalCase], doubts: list[str]
) -> tuple[ChannelTerms, ...]:
    """One entry a way of submitting and distinct limit; contradictions are listed in `doubts`."""
    terms: list[ChannelTerms] = []
    for raw in record.get("executionMethods") or ():
        term = _term(raw, cases, doubts)
        if term and term not in terms:
            terms.append(term)
    _tell_contradictions(terms, cases, doubts)
    return tuple(terms)


def _term(raw: Mapping[str, Any], cases: Sequence[PortalCase], doubts: list[str]) -> ChannelTerms | None:
    channel = _CHANNELS.get(str(raw.get("submissionMethod")))
    if channel is None:
        _once(doubts, f"Cách nộp “{line_of(raw.get('submissionMethod'))}” không rõ, đã bỏ qua.")
        return None
    published, note = line_of(raw.get("processingTime")), lines_of(raw.get("description"))
    amount, unit = _number(raw.get("processingTime")), _UNITS.get(str(raw.get("processingTimeUnit")))
    if amount is not None and unit:
        return ChannelTerms(channel=channel, limit=Limit(amount=amount, unit=unit), note=note)
    if amount is not None:
        limit, text = _from_case(amount, published, cases, doubts)
        return ChannelTerms(channel=channel, limit=limit, limit_text=text, note=note)
    if fold(published) in _LEFT_TO_TEXT or not published:
        published = note
    limit = _only_mention(published)
    if limit:
        _once(doubts, f"Thời hạn {say_limit(limit)} lấy từ câu chữ của nguồn, hãy kiểm tra.")
    else:
        _once(
            doubts, "Thời hạn chỉ ghi bằng lời, không tính được ngày hẹn; hãy nhập thời hạn khi nhận hồ sơ."
        )
    return ChannelTerms(channel=channel, limit=limit, limit_text=published, note=note)


def _from_case(
    amount: Decimal, text: str, cases: Sequence[PortalCase], doubts: list[str]
) -> tuple[Limit | None, str]:
    """The unit "OTHER": the number is the short case; its unit is known only where a case has the same number."""
    same = {case.limit for case in cases if case.limit and case.limit.amount == amount}
    if len(same) == 1:
        limit = same.pop()
        _once(
            doubts,
            f"Thời hạn ghi “{text}” với đơn vị “khác”; lấy theo trường hợp của dịch vụ công: {say_limit(limit)}.",
        )
        return limit, ""
    _once(doubts, f"Thời hạn ghi “{text}” với đơn vị “khác”, không rõ là ngày hay ngày làm việc.")
    return None, f"{text} (nguồn ghi đơn vị “khác”)"


def _tell_contradictions(
    terms: Sequence[ChannelTerms], cases: Sequence[PortalCase], doubts: list[str]
) -> None:
    by_channel: dict[Channel, list[str]] = {}
    for term in terms:
        words = say_limit(term.limit) if term.limit else "ghi bằng lời"
        if words not in by_channel.setdefault(term.channel, []):
            by_channel[term.channel].append(words)
    channels = [f"{_CHANNEL_WORDS[channel]} {' hoặc '.join(words)}" for channel, words in by_channel.items()]
    if len({tuple(words) for words in by_channel.values()}) > 1:
        doubts.append(f"Thời hạn khác nhau theo cách nộp: {'; '.join(channels)}.")
    elif any(len(words) > 1 for words in by_channel.values()):
        doubts.append(f"Cùng một cách nộp có nhiều thời hạn: {channels[0]}.")
    published = {term.limit for term in terms if term.limit}
    own = list(dict.fromkeys(say_limit(case.limit) for case in cases if case.limit))
    if published and own and not published & {case.limit for case in cases}:
        doubts.append(
            f"Thời hạn mâu thuẫn: cách nộp ghi {_joined(published)}; trường hợp của dịch vụ công ghi {', '.join(own)}."
        )
    elif len(own) > 1:
        doubts.append(f"Các trường hợp của dịch vụ công có thời hạn khác nhau: {', '.join(own)}.")
    noted = {limit for term in terms for limit in mentions(term.note)} - published
    if published and noted:
        doubts.append(f"Thời hạn ghi {_joined(published)} nhưng phần mô tả còn nhắc {_joined(noted)}.")


def mentions(text: str) -> list[Limit]:
    """Every limit a text names ("10 ngày làm việc", "07 ngày"), in order."""
    return [
        Limit(amount=Decimal(number.replace(",", ".")), unit=_MENTION_UNITS[unit])
        for number, unit in _MENTION.findall(fold(text))
    ]


def _only_mention(text: str) -> Limit | None:
    found = mentions(text)
    return found[0] if len(found) == 1 and "+" not in text else None


def read_fees(record: Mapping[str, Any], doubts: list[str]) -> tuple[FeeRule, ...]:
    """The published fees; those that are the same on every channel appear once, without a channel."""
    by_channel: dict[Channel, list[FeeRule]] = {}
    for raw in record.get("executionMethods") or ():
        channel = _CHANNELS.get(str(raw.get("submissionMethod")))
        if channel is None:
            continue
        found = by_channel.setdefault(channel, [])
        for fee in raw.get("fees") or ():
            rule = _fee(fee, doubts)
            if rule not in found:
                found.append(rule)
    lists = list(by_channel.values())
    everywhere = [fee for fee in lists[0] if all(fee in other for other in lists)] if lists else []
    single = [
        fee.model_copy(update={"channel": channel})
        for channel, fees in by_channel.items()
        for fee in fees
        if fee not in everywhere
    ]
    return (*everywhere, *single)


def _fee(raw: Mapping[str, Any], doubts: list[str]) -> FeeRule:
    text = lines_of(raw.get("description"))
    value = _number(raw.get("value"))
    amount = int(value) if value else None
    currency = "USD" if "USD" in line_of(raw.get("currencyName")).upper() else "VND"
    free = amount is None and bool(_NOTHING.match(fold(text).strip()))
    if amount is None and not free:
        _once(
            doubts,
            "Mức thu ghi 0 hoặc để trống, phần chữ mới có mức thu; 0 không có nghĩa là miễn phí."
            if text
            else "Mức thu ghi 0 hoặc để trống và không có giải thích; chưa rõ có thu hay không.",
        )
    figures = [int(re.sub(r"\D", "", figure)) for figure in _MONEY.findall(text)]
    if amount and currency == "VND" and figures and amount not in figures:
        said = ", ".join(say_money(figure) for figure in dict.fromkeys(figures))
        _once(doubts, f"Mức thu ghi {say_money(amount)} nhưng phần chữ ghi {said}.")
    if amount and re.search(r"dien duoc mien|truong hop mien|duoc mien phi", fold(text)):
        _once(doubts, f"Mức thu {say_money(amount)} đi kèm lời về miễn phí, hãy kiểm tra.")
    kind, name = _fee_kind(str(raw.get("type")), text)
    return FeeRule(
        kind=kind, name=name, amount=amount, free=free, currency=currency, note=text, origin=Origin.IMPORTED
    )


def _fee_kind(kind: str, text: str) -> tuple[FeeKind, str]:
    """Lệ phí or phí by the words of the text, else by the type.

    The portal's FEE rows speak of "phí" and its SERVICE_FEE rows of "lệ phí" (908 of 909 texts that say).
    """
    words = fold(text)
    if words.startswith(("le phi", "muc le phi", "muc thu le phi")):
        return FeeKind.FEE, "Lệ phí"
    if words.startswith(("phi", "muc phi", "muc thu phi")):
        return FeeKind.SERVICE_FEE, "Phí"
    if kind == "SERVICE_FEE":
        return FeeKind.FEE, "Lệ phí"
    return FeeKind.SERVICE_FEE, "Giá dịch vụ" if kind == "PRICE_LEVEL" else "Phí"


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        return None
    # Beyond these no figure is meant, and writing out such a power of ten takes minutes.
    return number if number.is_finite() and number >= 0 and -9 <= number.adjusted() <= 15 else None


def _joined(limits: set[Limit]) -> str:
    words = sorted(say_limit(limit) for limit in limits)
    return ", ".join(words[:_MANY]) + (", …" if len(words) > _MANY else "")


def _once(doubts: list[str], doubt: str) -> None:
    if doubt not in doubts:
        doubts.append(doubt)
