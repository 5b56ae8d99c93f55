"""Personal texts inside events (where to send the result, who was authorised, who paid), sealed.

An event can never be edited, so such a text stands in it only in a form that needs the salts of the persons it is
about to be read. Erasing one of them (law on personal data protection, Law 91/2025/QH15) erases the salt: the text
is gone from every copy of the event, and the chain over the events still proves.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from itertools import count
from uuid import UUID

from tthc_tui.core import events as ev

SEAL = "sealed:"
"""What a sealed text begins with; an event whose JSON lacks it holds none."""

Salt = Callable[[UUID], str]
"""The salt (hex) of a person, "" where the data is erased, masked or not held here."""

_FIELDS: Mapping[type[ev.Event], tuple[str, ...]] = {
    ev.Registered: ("authorisation", "delivery_address"),
    ev.Received: ("authorisation", "delivery_address"),
    ev.Corrected: ("authorisation",),
    ev.Returned: ("authorisation",),
    ev.FeePaid: ("payer",),
    ev.FeeRefunded: ("payer",),
    ev.PostSent: ("address",),
}
_FORM = re.compile(r"sealed:([0-9a-f-]{36}(?:,[0-9a-f-]{36})*):([A-Za-z0-9_-]{16})([A-Za-z0-9_=-]*)")
_NONCE_BYTES = 12


def is_sealed(text: str) -> bool:
    """Whether a text is in sealed form."""
    return _FORM.fullmatch(text) is not None


def open_texts(event: ev.AnyEvent) -> tuple[str, ...]:
    """The names of the personal texts that stand in `event` unsealed."""
    return tuple(
        name
        for name in _FIELDS.get(type(event), ())
        if (value := getattr(event, name)) and not is_sealed(value)
    )


def seal(event: ev.AnyEvent, applicant: UUID, agent: UUID | None, salt: Salt) -> ev.AnyEvent:
    """`event` with its personal texts sealed under the salts of the persons each is about.

    `applicant` and `agent` are the dossier's before it. KeyError names a person without a salt: nothing can be
    sealed under what was erased.
    """
    changed = {}
    for name in open_texts(event):
        people = _people(event, name, applicant, agent)
        key = _key(people, salt)
        if key is None:
            raise KeyError(people)
        nonce = hashlib.sha256(event.id.bytes + name.encode()).digest()[:_NONCE_BYTES]
        hidden = _mixed(key, nonce, getattr(event, name).encode())
        whose = ",".join(map(str, people))
        changed[name] = f"{SEAL}{whose}:{urlsafe_b64encode(nonce + hidden).decode()}"
    return event.model_copy(update=changed) if changed else event


def unseal(event: ev.AnyEvent, salt: Salt) -> ev.AnyEvent:
    """`event` with its personal texts readable; "" for those whose persons were erased or are masked here."""
    changed = {
        name: _opened(value, salt)
        for name in _FIELDS.get(type(event), ())
        if (value := getattr(event, name)) and is_sealed(value)
    }
    return event.model_copy(update=changed) if changed else event


def _people(event: ev.AnyEvent, name: str, applicant: UUID, agent: UUID | None) -> tuple[UUID, ...]:
    """Whom a personal text is about: the applicant, and with an authorisation who comes in their place."""
    if isinstance(event, ev.Register | ev.Correct):
        applicant = event.applicant.id if event.applicant else applicant
        agent = event.agent.id if event.agent else agent
    if isinstance(event, ev.Returned):
        agent = event.collector.id if event.collector else None
    return (applicant, agent) if agent and name == "authorisation" else (applicant,)


def _opened(text: str, salt: Salt) -> str:
    form = _FORM.fullmatch(text)
    assert form is not None  # the caller looked
    try:
        key = _key(tuple(UUID(one) for one in form[1].split(",")), salt)
        if key is None:
            return ""
        raw = urlsafe_b64decode(form[2] + form[3])
        return _mixed(key, raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]).decode()
    except ValueError:  # the person's data was replaced (another salt), or somebody typed what looks sealed
        return ""


def _key(people: tuple[UUID, ...], salt: Salt) -> bytes | None:
    salts = [salt(person) for person in people]
    if not salts or not all(salts):
        return None
    return hmac.new(b"tthc personal text", bytes.fromhex("".join(salts)), hashlib.sha256).digest()


def _mixed(key: bytes, nonce: bytes, text: bytes) -> bytes:
    """`text` with HMAC-SHA256 in counter mode over it; the same again gives it back."""
    stream = bytearray()
    for number in count():
        if len(stream) >= len(text):
            break
        stream += hmac.new(key, nonce + number.to_bytes(4, "big"), hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))
