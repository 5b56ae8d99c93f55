"""The short way of the busiest call: pushes pass the edge, then `calls.take_push`, and nothing between.

Routing, dependencies and telemetry hooks of the framework cost as much as deciding about a single event. Every
other call goes their way, and so does a push under a prefix of a proxy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from tthc_tui.core import wire
from tthc_tui.server.calls import take_push

if TYPE_CHECKING:
    from tthc_tui.server.app import Services

PUSH_PATH = f"{wire.PREFIX}/events"


@dataclass(frozen=True, slots=True)
class _Route:
    """What the edge notes a call under."""

    path: str


_ROUTE = _Route(PUSH_PATH)


class Backend(FastAPI):
    """The application. `lane` takes pushes, once it is set."""

    lane: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if (
            self.lane is not None
            and scope["type"] == "http"
            and scope["path"] == PUSH_PATH
            and scope["method"] == "POST"
        ):
            await self.lane(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class PushLane:
    """POST /events."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, answer with the verdicts; a Trouble is left to the edge."""
        scope["route"] = _ROUTE
        parts, more = list[bytes](), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        answer = await take_push(self._services, header.decode("latin-1"), b"".join(parts))
        length = str(len(answer)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})
