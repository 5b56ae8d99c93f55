"""Counters of one process in Prometheus' text form, and the one middleware every call passes."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.wire import TIME_HEADER, ProblemCode
from tthc_tui.server.database import Unavailable
from tthc_tui.server.problems import Trouble, answer, unavailable, unexpected

log = logging.getLogger("tthc.server.access")

_TIME = TIME_HEADER.lower().encode()
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """What one process counted."""

    def __init__(self) -> None:
        self.started = time.time()  # tells a scraper which of several processes answered
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._sums: dict[str, float] = defaultdict(float)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one finished call."""
        self.requests[method, route, status] += 1
        slot = next((n for n, limit in enumerate(BUCKETS) if seconds <= limit), len(BUCKETS))
        self._buckets[route][slot] += 1
        self._sums[route] += seconds

    def text(self, gauges: dict[str, tuple[str, float]]) -> str:
        """All counters; `gauges` are name → (type, value)."""
        lines = ["# TYPE tthc_requests_total counter"]
        for (method, route, status), number in sorted(self.requests.items()):
            lines.append(
                f'tthc_requests_total{{method="{method}",route="{route}",status="{status}"}} {number}'
            )
        lines.append("# TYPE tthc_request_seconds histogram")
        for route, slots in sorted(self._buckets.items()):
            total = 0
            for limit, number in zip((*BUCKETS, "+Inf"), slots, strict=True):
                total += number
                lines.append(f'tthc_request_seconds_bucket{{route="{route}",le="{limit}"}} {total}')
            lines.append(f'tthc_request_seconds_sum{{route="{route}"}} {self._sums[route]:.6f}')
            lines.append(f'tthc_request_seconds_count{{route="{route}"}} {total}')
        for name, (kind, value) in gauges.items():
            lines += [f"# TYPE {name} {kind}", f"{name} {value:.15g}"]
        return "\n".join(lines) + "\n"


class Edge:
    """Around every call: the size limit, the server's clock, one log line without personal data, no traceback."""

    def __init__(self, app: ASGIApp, metrics: Metrics, max_body: int) -> None:
        self._app = app
        self._metrics = metrics
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, taken = time.perf_counter(), 0, 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_body:
                raise _too_large()
            return message

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _stamped(message.get("headers", ()))
            await send(message)

        try:
            if _declared_length(scope) > self._max_body:
                raise _too_large()
            await self._app(scope, counted, marked)
        except Trouble as trouble:
            if not status:
                await answer(trouble.problem, trouble.headers)(scope, receive, marked)
        except Unavailable:
            if not status:
                await unavailable()(scope, receive, marked)
        except Exception as error:  # noqa: BLE001 - the last line: a problem document, never a traceback
            response = unexpected(error)
            if not status:
                await response(scope, receive, marked)
        finally:
            self._note(scope, status, time.perf_counter() - begun, taken)

    def _note(self, scope: Scope, status: int, seconds: float, taken: int) -> None:
        """Count a call that ended and log it."""
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.count(scope["method"] if route != "other" else "any", route, status, seconds)
        log.info(
            "call",
            extra={
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "bytes_in": taken,
            },
        )


def _stamped(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with the server's clock; nothing is kept by caches unless the call says so."""
    found = list(headers)
    if not any(name == b"cache-control" for name, _ in found):
        found.append((b"cache-control", b"no-store"))
    now = datetime.now(VIETNAM).isoformat()
    return [*found, (_TIME, now.encode()), (b"x-content-type-options", b"nosniff")]


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 19 else 0
    return 0


def _too_large() -> Trouble:
    return Trouble(413, ProblemCode.TOO_LARGE, "Dữ liệu gửi lên quá lớn: hãy chia thành nhiều lần gửi.")
