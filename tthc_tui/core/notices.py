"""Notices to applicants: which texts an event calls for, filled from the site's templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.duration import say_money
from tthc_tui.core.events_base import Delivery
from tthc_tui.core.fees import due
from tthc_tui.core.people import Person
from tthc_tui.core.site import Site
from tthc_tui.core.site_rules import NoticeRule
from tthc_tui.core.text import clean

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Notice(NamedTuple):
    """One message: `channel` is sms, email or zalo, `address` a telephone number or mail address."""

    channel: str
    address: str
    subject: str
    body: str


def rules_for(site: Site, event: ev.Event, dossier: Dossier) -> list[NoticeRule]:
    """The enabled templates for an event: for each channel the most particular that holds that day."""
    if isinstance(event, ev.Resumed) and dossier.holds:
        return []  # another reason still holds the term: there is no date to tell
    if isinstance(event, ev.Corrected) and event.due_at is None:
        return []  # the date stays, and the paper is in the applicant's hand
    if isinstance(event, ev.Closed) and any(r.id == event.code and r.silent for r in site.closing_reasons):
        return []
    kind = getattr(event, "kind", "")
    day = vietnam_time(event.at).date()
    best: dict[str, NoticeRule] = {}
    for rule in site.notices:
        if rule.on != kind or not rule.fits(dossier.procedure.code, dossier.procedure.field_name, day):
            continue
        known = best.get(rule.channel)
        if known is None or rule.weight >= known.weight:
            best[rule.channel] = rule
    return [rule for rule in best.values() if rule.enabled]


def compose(
    rules: Sequence[NoticeRule], event: ev.Event, dossier: Dossier, person: Person, site: Site
) -> list[Notice]:
    """The messages to send; an applicant without telephone or mail address gets none there."""
    values = _values(event, dossier, person, site)
    found = []
    for rule in rules:
        address = person.email if rule.channel == "email" else person.phone
        if address:
            found.append(
                Notice(rule.channel, address, _filled(rule.subject, values), _filled(rule.text, values))
            )
    return found


DATED = ("received", "accepted", "supplemented", "resumed", "extended", "corrected")
"""Messages that tell the promised date: a newer one makes one that still waits wrong."""
OVER = ("returned", "withdrawn", "stopped", "closed", "rejected")
"""Events after which nothing that still waits is true any more."""


def overtaken(event: ev.Event) -> tuple[str, ...] | None:
    """Of which kinds the waiting messages of a dossier are wrong once `event` happened; None: of every kind."""
    kind = getattr(event, "kind", "")
    if kind in OVER:
        return None
    return DATED if kind in DATED[1:] and getattr(event, "due_at", None) is not None else ()


def _how_got(dossier: Dossier, name: str) -> str:
    if dossier.delivery is Delivery.POST:
        return "sẽ gửi qua bưu chính"
    if dossier.delivery is Delivery.ONLINE:
        return "trả trực tuyến"
    owed = due(dossier)
    return f"mời {name} đến nhận" + (f" (còn phải nộp {say_money(owed)})" if owed > 0 else "")


def _filled(text: str, values: dict[str, str]) -> str:
    return clean(PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text))


def _values(event: ev.Event, dossier: Dossier, person: Person, site: Site) -> dict[str, str]:
    promised = dossier.due_at and vietnam_time(dossier.due_at)
    items = getattr(event, "items", ())
    reason = "; ".join(items) if isinstance(items, tuple) and items else str(getattr(event, "reason", ""))
    amount = getattr(event, "amount", 0)
    return {
        "ten": person.name,
        "ma": dossier.code or "(số tạm)",
        "thutuc": dossier.procedure.name,
        "hen": f"{promised:%H:%M ngày %d/%m/%Y}" if promised else "sẽ báo sau",
        "trungtam": site.name,
        "lydo": reason,
        "sotien": f"{amount:,} đồng".replace(",", ".") if amount else "",
        "nhan": _how_got(dossier, person.name),
        "sobuugui": dossier.sendings[-1].number if dossier.sendings else "",
        "dienthoai": site.settings.receipt_phone,
    }
