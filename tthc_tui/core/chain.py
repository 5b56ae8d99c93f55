"""Proof of a history: each dossier's events form a SHA-256 chain, checkpoints fix all chains of a server.

Canonical bytes are the very text the station wrote (`event_to_json`), never a later re-writing of it, so a
newer program proves an older history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import AwareDatetime
from pydantic_core import from_json, to_json

from tthc_tui.core.base import Model

GENESIS = "0" * 64
"""What stands before the first event of every dossier, and before the first checkpoint."""


def chain(prev_hash: str, canonical_bytes: bytes) -> str:
    """The hex hash of an event behind the one hashed `prev_hash` (GENESIS for a dossier's first)."""
    return hashlib.sha256(bytes.fromhex(prev_hash) + canonical_bytes).hexdigest()


def canonical(text: str) -> bytes:
    """The bytes of an event that are hashed and compared: its canonical JSON in UTF-8."""
    return text.encode("utf-8")


def is_canonical(text: str) -> bool:
    """Whether a JSON text is written as `event_to_json` writes: keys sorted and single, no spaces, not escaped."""
    try:
        value = from_json(text)
        return to_json(value) == text.encode("utf-8") and _keys_sorted(value)
    except (ValueError, RecursionError):
        return False


def _keys_sorted(value: Any) -> bool:
    if isinstance(value, dict):
        if not _in_order(tuple(value)):
            return False
        value = value.values()
    elif not isinstance(value, list):
        return True
    return all(_keys_sorted(inner) for inner in value if type(inner) is dict or type(inner) is list)


@lru_cache(maxsize=1024)  # events of one kind have the same keys
def _in_order(keys: tuple[str, ...]) -> bool:
    return list(keys) == sorted(keys)


class Link(NamedTuple):
    """One event of a chain: its dossier, identity, canonical text and the hash it was sent with."""

    dossier: str
    event: str
    text: str
    hash: str


class Break(Model):
    """The first event that does not fit, and a Vietnamese sentence on it."""

    dossier: str
    event: str
    sentence: str


def first_break(links: Iterable[Link], heads: dict[str, str] | None = None) -> Break | None:
    """Walk events in order (each dossier's in its own order; dossiers may be mixed); None when all fit.

    `heads` (dossier → hash before the first link) is brought along; {} for whole histories.
    """
    known = {} if heads is None else heads
    for link in links:
        expected = chain(known.get(link.dossier, GENESIS), canonical(link.text))
        if expected != link.hash:
            return Break(
                dossier=link.dossier,
                event=link.event,
                sentence=f"Sự kiện {link.event} của hồ sơ {link.dossier} không khớp chuỗi băm: "
                "nội dung hoặc thứ tự đã bị thay đổi.",
            )
        known[link.dossier] = expected
    return None


def heads_digest(heads: Iterable[tuple[str, str]]) -> str:
    """One hash over (dossier, chain head) pairs; the order given does not matter."""
    digest = hashlib.sha256()
    for dossier, head in sorted(heads):
        digest.update(f"{dossier} {head}\n".encode())
    return digest.hexdigest()


class Checkpoint(Model):
    """What a server signs once a day.

    `heads` is `heads_digest` over the dossiers that got events at places in (previous.place, place];
    through `previous` (hash of the checkpoint before) it stands for all chains of the log.
    """

    number: int
    at: AwareDatetime
    epoch: str
    place: int
    dossiers: int
    events: int
    heads: str
    previous: str

    def signed_bytes(self) -> bytes:
        """The bytes that are hashed and signed."""
        return json.dumps(
            self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()

    def hash(self) -> str:
        """The hash the next checkpoint refers to."""
        return hashlib.sha256(self.signed_bytes()).hexdigest()


class SignedCheckpoint(Model):
    """A checkpoint with its Ed25519 signature and the public key, hex."""

    checkpoint: Checkpoint
    signature: str
    key: str


def checkpoints_trouble(signed: Sequence[SignedCheckpoint], good: Callable[[SignedCheckpoint], bool]) -> str:
    """What is wrong with a server's checkpoints, from the first on; "" when each follows the one before it.

    `good` tells whether a signature is right.
    """
    previous = GENESIS
    for number, item in enumerate(signed, 1):
        checkpoint = item.checkpoint
        if checkpoint.number != number or checkpoint.previous != previous:
            return f"Mốc ký số {checkpoint.number} không nối tiếp mốc trước nó."
        if not good(item):
            return f"Chữ ký của mốc ký số {checkpoint.number} không đúng."
        previous = checkpoint.hash()
    return ""
