"""Notices to applicants: which texts an event calls for, filled from the site's templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.dossier import Dossier
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


def _filled(text: str, values: dict[str, str]) -> str:
    return clean(PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text))


def _values(event: ev.Event, dossier: Dossier, person: Person, site: Site) -> dict[str, str]:
    due = dossier.due_at and vietnam_time(dossier.due_at)
    items = getattr(event, "items", ())
    reason = "; ".join(items) if isinstance(items, tuple) and items else str(getattr(event, "reason", ""))
    amount = getattr(event, "amount", 0)
    return {
        "ten": person.name,
        "ma": dossier.code or "(số tạm)",
        "thutuc": dossier.procedure.name,
        "hen": f"{due:%H:%M ngày %d/%m/%Y}" if due else "sẽ báo sau",
        "trungtam": site.name,
        "lydo": reason,
        "sotien": f"{amount:,} đồng".replace(",", ".") if amount else "",
        "sobuugui": dossier.sendings[-1].number if dossier.sendings else "",
        "dienthoai": site.settings.receipt_phone,
    }
