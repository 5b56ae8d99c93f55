"""Signed checkpoints: once a day the server signs the log's head and all chains that grew since the last one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tthc_tui.core.chain import GENESIS, Checkpoint, SignedCheckpoint, heads_digest
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.database import Database, Transaction, Unavailable

log = logging.getLogger("tthc.server")

STEP = 5_000  # places read at once
LOOK_SECONDS = 600.0


def load_key(path: Path) -> Ed25519PrivateKey:
    """The signing key of this installation; made, readable by its owner alone, when there is none."""
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(
                Ed25519PrivateKey.generate().private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} không phải khóa Ed25519.")
    return key


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public half, as checkpoints carry it and administrators publish it."""
    return key.public_key().public_bytes_raw().hex()


def signature_good(signed: SignedCheckpoint, key: str = "") -> bool:
    """Whether the signature is that of `key` (hex; the checkpoint's own key when "")."""
    if key and key != signed.key:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key))
        public.verify(bytes.fromhex(signed.signature), signed.checkpoint.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


async def make_checkpoint(database: Database, key: Ed25519PrivateKey) -> SignedCheckpoint | None:
    """Sign what stands now; None when nothing was added since the last one. Safe in several processes."""
    async with database.reading() as tx:
        ((epoch, head),) = await tx.rows("SELECT epoch, head FROM log WHERE id = 1")
        last = await latest(tx)
        start = last.checkpoint.place if last else 0
        if head <= start:
            return None
        heads: dict[str, str] = {}
        events = 0
        for low in range(start, head, STEP):
            rows = await tx.rows(
                "SELECT dossier, chain FROM event WHERE place > :low AND place <= :high ORDER BY place",
                low=low,
                high=min(low + STEP, head),
            )
            heads.update(rows)
            events += len(rows)
    checkpoint = Checkpoint(
        number=last.checkpoint.number + 1 if last else 1,
        at=from_ms(now_ms()),
        epoch=epoch,
        place=head,
        dossiers=len(heads),
        events=events,
        heads=heads_digest(heads.items()),
        previous=last.checkpoint.hash() if last else GENESIS,
    )
    signed = SignedCheckpoint(
        checkpoint=checkpoint, signature=key.sign(checkpoint.signed_bytes()).hex(), key=public_hex(key)
    )
    async with database.writing() as tx:
        stored = await tx.rows(
            "INSERT INTO checkpoint (number, place, body, signature, key)"
            " VALUES (:number, :place, :body, :signature, :key) ON CONFLICT (number) DO NOTHING RETURNING number",
            number=checkpoint.number,
            place=checkpoint.place,
            body=checkpoint.model_dump_json(),
            signature=signed.signature,
            key=signed.key,
        )
    return signed if stored else None


async def latest(tx: Transaction) -> SignedCheckpoint | None:
    """The newest checkpoint."""
    rows = await tx.rows("SELECT body, signature, key FROM checkpoint ORDER BY number DESC LIMIT 1")
    return read_row(rows[0]) if rows else None


async def after(database: Database, number: int) -> tuple[SignedCheckpoint, ...]:
    """Up to 1,000 checkpoints behind `number`, oldest first."""
    async with database.reading() as tx:
        rows = await tx.rows(
            "SELECT body, signature, key FROM checkpoint WHERE number > :number ORDER BY number LIMIT 1000",
            number=number,
        )
    return tuple(read_row(row) for row in rows)


def read_row(row: tuple[str, str, str]) -> SignedCheckpoint:
    """A checkpoint from its row."""
    return SignedCheckpoint(checkpoint=Checkpoint.model_validate_json(row[0]), signature=row[1], key=row[2])


async def keep_checkpoints(database: Database, key: Ed25519PrivateKey, hours: float) -> None:
    """Make a checkpoint whenever the last one is `hours` old, as long as the server runs."""
    while True:
        try:
            async with database.reading() as tx:
                last = await latest(tx)
            due = last is None or (from_ms(now_ms()) - last.checkpoint.at).total_seconds() >= hours * 3600
            if due:
                await make_checkpoint(database, key)
        except Unavailable:
            log.warning("no checkpoint: database unavailable")
        await asyncio.sleep(min(LOOK_SECONDS, hours * 3600))
