"""The HTTP client of the backend: one method a call, every trouble one Vietnamese sentence (sync_errors).

httpx is imported when the first client is made. A client is thread-safe; `reset` drops its connections, so
that a changed address or a connection that died in sleep is not used again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain as joined
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from tthc_tui.core import wire
from tthc_tui.core.base import Model
from tthc_tui.core.chain import SignedCheckpoint
from tthc_tui.core.codes import CodeError
from tthc_tui.core.wire import ProblemCode
from tthc_tui.store import sync_errors as trouble

if TYPE_CHECKING:
    import httpx

M = TypeVar("M", bound=Model)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
GZIP, PLAIN = "gzip", "identity"  # how a stream may be written; histories shrink to a seventh
NUMBER_SECONDS = 0.3
RETRY_SECONDS, RETRY_MOST = 5.0, 3600.0  # what a backend may ask for with Retry-After
LIVE_SECONDS = wire.HEARTBEAT_SECONDS * 2.5  # two heartbeats missed: the connection is dead
MAX_RTT = timedelta(seconds=5)  # an answer slower than this says too little about the clock

_line: TypeAdapter[wire.SnapshotStart | wire.SnapshotDossier | wire.SnapshotEnd] = TypeAdapter(
    wire.SnapshotLine
)


class Remote:
    """The backend at `url`. `clock` gives this machine's own aware time; `learned` is told the clock's offset.

    `ca` is a file of certificates to trust besides none other; `transport` replaces the network.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime],
        learned: Callable[[timedelta], None] | None = None,
        ca: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.token = ""
        self._clock = clock
        self._learned = learned
        self._ca = ca
        self._transport = transport
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    # -- calls --------------------------------------------------------------------------------------

    def health(self) -> wire.Health:
        """Whether the backend is there."""
        return self._call("GET", "/health", wire.Health)

    def check(self, ask: wire.JoinAsk) -> wire.JoinPlan:
        """What of a file's history the backend would take under a one-time code."""
        return self._call("POST", "/devices/check", wire.JoinPlan, ask)

    def enrol(self, code: str, name: str) -> wire.Device:
        """Exchange a one-time code for a device identity."""
        return self._call("POST", "/devices", wire.Device, wire.Enrol(code=code, name=name))

    def fork(self) -> wire.Device:
        """A new identity for this copy of the station."""
        return self._call("POST", "/devices/fork", wire.Device)

    def sign_in(self, ask: wire.SignIn) -> wire.Session:
        """Sign an officer in; later calls carry the token."""
        session = self._call("POST", "/session", wire.Session, ask)
        self.token = session.token
        return session

    def session(self) -> wire.Session:
        """What the present token stands for."""
        return self._call("GET", "/session", wire.Session)

    def sign_out(self) -> None:
        """Revoke the token."""
        self._request("DELETE", "/session")
        self.token = ""

    def push(self, push: wire.Push) -> wire.Verdicts:
        """Send pending events; one verdict each."""
        verdicts = self._call("POST", "/events", wire.Verdicts, push)
        sent = [_event_id(item.event) for item in push.events]
        if [str(verdict.event) for verdict in verdicts.verdicts] != sent:
            raise trouble.BadAnswer("Máy chủ trả lời không khớp với thao tác đã gửi: hãy báo quản trị.")
        return verdicts

    def feed(self, after: str, limit: int = wire.MAX_PAGE) -> wire.FeedPage:
        """The page of the feed behind a cursor."""
        return self._call("GET", "/feed", wire.FeedPage, params={"after": after, "limit": limit})

    def catalog(self, version: str = "") -> wire.Catalog | None:
        """The catalogue bundle; None when `version` is still the newest."""
        headers = {"If-None-Match": f'"{version}"'} if version else {}
        response = self._request("GET", "/catalog", headers=headers)
        return None if response.status_code == 304 else _parsed(wire.Catalog, response.content)

    def number(self, agency: str, day: date, seconds: float | None = NUMBER_SECONDS) -> wire.NumberGiven:
        """One code number now; Unreachable when it takes longer than `seconds`."""
        ask = wire.NumberAsk(agency=agency, day=day)
        return self._call("POST", "/numbers", wire.NumberGiven, ask, timeout=seconds)

    def lease(self, wants: list[wire.LeaseAsk]) -> tuple[wire.Lease, ...]:
        """Blocks of code numbers, in the order asked."""
        return self._call("POST", "/leases", wire.Leases, wire.LeasesAsk(wants=tuple(wants))).leases

    def void(self, blocks: list[wire.Lease], officer: str) -> int:
        """Give numbers of past days up as unused."""
        ask = wire.VoidAsk(blocks=tuple(blocks), officer=officer)
        return self._call("POST", "/leases/void", wire.Voided, ask).voided

    def checkpoints(self, after: int = 0) -> tuple[SignedCheckpoint, ...]:
        """The signed checkpoints behind number `after`, oldest first; () behind the last one."""
        return self._call("GET", "/checkpoints", wire.Checkpoints, params={"after": after}).checkpoints

    def snapshot(
        self, as_of: str = "", after: str = ""
    ) -> Iterator[wire.SnapshotStart | wire.SnapshotDossier | wire.SnapshotEnd]:
        """The lines of a snapshot as they come, one in memory at a time; resumed where `as_of` is given."""
        params = {"as_of": as_of, "after": after} if as_of else {}
        with self._stream("/snapshot", params, wire.NDJSON, ANSWER_SECONDS, GZIP) as response:
            rest = b""
            for part in joined(response.iter_bytes(), (b"\n",)):
                *lines, rest = (rest + part).split(b"\n")
                for line in filter(None, lines):
                    try:
                        yield _line.validate_json(line)
                    except ValidationError as error:
                        raise _not_ours() from error

    def live(self) -> Iterator[wire.Grown | None]:
        """Hints that the feed has grown, as they come; None first, when the stream stands."""
        from httpx_sse import EventSource

        with self._stream("/live", {}, "text/event-stream", LIVE_SECONDS) as response:
            yield None
            for event in EventSource(response).iter_sse():
                if event.event == wire.LIVE_EVENT:
                    yield _parsed(wire.Grown, event.data.encode())

    def reset(self) -> None:
        """Close every connection; the next call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self._transport is None:
            client.close()

    # -- below --------------------------------------------------------------------------------------

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                verify: Any = True
                if self._ca:
                    import ssl

                    verify = ssl.create_default_context(cafile=self._ca)
                self._client = httpx.Client(
                    base_url=self.url + wire.PREFIX,
                    timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
                    follow_redirects=False,  # a captive portal redirects; the backend never does
                    verify=verify,
                    transport=self._transport,
                )
            return self._client

    def _call(
        self,
        method: str,
        path: str,
        answer: type[M],
        body: Model | None = None,
        *,
        params: dict[str, Any] | None = None,
        timeout: float | None = None,
    ) -> M:
        content = None if body is None else body.model_dump_json().encode()
        response = self._request(method, path, content=content, params=params, timeout=timeout)
        return _parsed(answer, response.content)

    def _request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        import httpx

        began = self._clock()
        with _network():
            response = self._http().request(
                method,
                path,
                content=content,
                params=params,
                headers={**self._headers(content is not None), **(headers or {})},
                timeout=httpx.USE_CLIENT_DEFAULT if timeout is None else httpx.Timeout(timeout),
            )
        self._learn(response, began)
        _check(response)
        return response

    @contextmanager
    def _stream(
        self, path: str, params: dict[str, str], kind: str, silence: float, coding: str = PLAIN
    ) -> Iterator[httpx.Response]:
        import httpx

        began = self._clock()
        timeout = httpx.Timeout(silence, connect=CONNECT_SECONDS)
        headers = {**self._headers(False), "Accept": kind, "Accept-Encoding": coding}
        with (
            _network(),
            self._http().stream("GET", path, params=params, headers=headers, timeout=timeout) as response,
        ):
            self._learn(response, began)
            if response.status_code != 200:
                response.read()
            _check(response)
            if not response.headers.get("content-type", "").startswith(kind):
                raise _not_ours()
            yield response

    def _headers(self, has_body: bool) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if has_body:
            headers["Content-Type"] = "application/json"
        return headers

    def _learn(self, response: httpx.Response, began: datetime) -> None:
        """Server time against the middle of the exchange."""
        stamp = response.headers.get(wire.TIME_HEADER)
        took = self._clock() - began
        if not stamp or self._learned is None or not timedelta(0) <= took <= MAX_RTT:
            return
        try:
            server = datetime.fromisoformat(stamp)
        except ValueError:
            return
        if server.tzinfo is not None:
            self._learned(server - (began + took / 2))


@contextmanager
def _network() -> Iterator[None]:
    """Errors of the network as sentences."""
    import httpx

    try:
        yield
    except httpx.ConnectTimeout as error:
        raise trouble.Unreachable("Máy chủ không trả lời (quá thời gian chờ kết nối).") from error
    except httpx.TimeoutException as error:
        raise trouble.Unreachable("Máy chủ trả lời quá chậm; sẽ tự thử lại.") from error
    except httpx.ConnectError as error:
        text = str(error).lower()
        if "certificate" in text or "ssl" in text:
            raise trouble.NotTheServer(
                "Chứng thư số của máy chủ không được tin cậy: hãy kiểm tra mạng hoặc báo quản trị."
            ) from error
        raise trouble.Unreachable("Không nối được máy chủ: mất mạng hoặc máy chủ đang tắt.") from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise trouble.BadAnswer(
            "Địa chỉ máy chủ không đúng: hãy khai báo lại bằng “tthc remote add”."
        ) from error
    except httpx.DecodingError as error:
        raise _not_ours() from error
    except httpx.HTTPError as error:
        raise trouble.Unreachable("Kết nối với máy chủ bị ngắt giữa chừng; sẽ tự thử lại.") from error
    except OSError as error:  # a certificate file that can't be read
        raise trouble.BadAnswer(f"Không mở được tệp chứng thư: {error.strerror or error}.") from error


def _not_ours() -> trouble.NotTheServer:
    return trouble.NotTheServer(
        "Trang khác trả lời thay máy chủ (có thể mạng yêu cầu đăng nhập): hãy kiểm tra kết nối mạng."
    )


def _parsed(answer: type[M], content: bytes) -> M:
    try:
        return answer.model_validate_json(content, extra="ignore")
    except (ValidationError, CodeError) as error:
        raise _not_ours() from error


def _check(response: httpx.Response) -> None:
    """Raise the RemoteError of any answer but success."""
    status = response.status_code
    if status in (200, 201, 204, 304):
        return
    try:
        problem = wire.Problem.model_validate_json(response.content, extra="ignore")
    except ValidationError:
        if status >= 500:
            raise trouble.ServerTrouble(f"Máy chủ đang gặp sự cố ({status}); sẽ tự thử lại.") from None
        raise _not_ours() from None
    raise _error(response, problem)


def _error(response: httpx.Response, problem: wire.Problem) -> trouble.RemoteError:
    code, detail = problem.code, problem.detail
    simple: dict[ProblemCode, type[trouble.RemoteError]] = {
        ProblemCode.UNAUTHENTICATED: trouble.SignInNeeded,
        ProblemCode.SIGN_IN: trouble.SignInNeeded,
        ProblemCode.FORBIDDEN: trouble.NotAllowed,
        ProblemCode.GONE: trouble.CursorGone,
        ProblemCode.SEQ_REUSED: trouble.SeqReused,
        ProblemCode.INTERNAL: trouble.ServerTrouble,
        ProblemCode.UNAVAILABLE: trouble.ServerTrouble,
    }
    if code is ProblemCode.TOO_MANY:
        return trouble.TooMany(
            detail, _retry_after(response.headers.get("retry-after", ""), datetime.now(UTC))
        )
    if code is ProblemCode.OTHER_BYTES:
        return trouble.OtherBytes(detail, problem.event)
    if code in simple:
        return simple[code](detail)
    return trouble.ServerTrouble(detail) if problem.status >= 500 else trouble.BadAnswer(detail)


def _retry_after(value: str, now: datetime) -> float:
    """Seconds to wait: between one and an hour whatever is asked, a few where it can't be read. `now` is aware."""
    try:
        seconds = float(int(value)) if value.isascii() and value.isdigit() else _until(value, now)
    except (ValueError, TypeError, OverflowError):
        return RETRY_SECONDS
    return min(max(1.0, seconds), RETRY_MOST)


def _until(value: str, now: datetime) -> float:
    at = parsedate_to_datetime(value)
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()


def _event_id(body: str) -> str:
    import json

    return str(UUID(json.loads(body)["id"]))
