"""Answers squeezed (gzip) for those who ask for it: histories of dossiers repeat themselves, slow lines are common."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

HEADERS = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
PLAIN = {"Vary": "Accept-Encoding"}
LEVEL = 1  # the others take longer than the line they save
SMALL = 10_000  # bytes of an answer that is sent as it is


def wants_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header asks for gzip by name."""
    for part in accepted.lower().split(","):
        name, _, rest = part.partition(";")
        if name.strip() == "gzip":
            return rest.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def gzipped(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A stream squeezed part by part, each of them readable as soon as it is there; other threads do the work."""
    press = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)

    def squeezed(part: bytes) -> bytes:
        return press.compress(part) + press.flush(zlib.Z_SYNC_FLUSH)

    async for part in parts:
        yield await asyncio.to_thread(squeezed, part)
    yield press.flush()


async def whole(content: bytes, accepted: str) -> tuple[bytes, dict[str, str]]:
    """One answer as its reader wants it, with the headers that say so."""
    if len(content) < SMALL or not wants_gzip(accepted):
        return content, PLAIN
    return await asyncio.to_thread(gzip.compress, content, LEVEL, mtime=0), HEADERS
