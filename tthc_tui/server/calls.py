"""Every call of the protocol (docs/protocol.md): who may, what comes in and out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError

from tthc_tui import __version__
from tthc_tui.core import wire
from tthc_tui.server import catalog, checkpoints, squeeze
from tthc_tui.server.auth import Caller
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.database import Unavailable
from tthc_tui.server.intake import check_order, prepare, read_push
from tthc_tui.server.plan import clock_offset
from tthc_tui.server.problems import documented, malformed

if TYPE_CHECKING:
    from tthc_tui.server.app import Services

router = APIRouter(prefix=wire.PREFIX)
_bearer = HTTPBearer(auto_error=False)
_PUSH_BODY = {
    "security": [{"HTTPBearer": []}],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Push"}}},
    },
}
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Lines of SnapshotStart, SnapshotDossier, SnapshotEnd",
        "content": {wire.NDJSON: {"schema": {"type": "string"}}},
    }
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": f"Events “{wire.LIVE_EVENT}” with Grown as data",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def services_of(request: Request) -> Services:
    """The parts the application was made with."""
    services: Services = request.app.state.services
    return services


async def signed_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Who calls; 401 or 429."""
    header = f"{credentials.scheme} {credentials.credentials}" if credentials else ""
    return await services_of(request).gate.caller(header)


Signed = Annotated[Caller, Depends(signed_in)]


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _coding(request: Request) -> str:
    return request.headers.get("Accept-Encoding", "")


@router.post("/devices", responses=documented(401), status_code=201)
async def enrol(request: Request, body: wire.Enrol) -> wire.Device:
    """Enrol a device with a one-time code."""
    return await services_of(request).gate.enrol(body, _address(request))


@router.post("/devices/check", responses=documented(401))
async def check(request: Request, body: wire.JoinAsk) -> wire.JoinPlan:
    """What of a file's history a device enrolled with this code could push; the code stays unused."""
    return await services_of(request).gate.check(body, _address(request))


@router.post("/devices/fork", responses=documented(401, 403), status_code=201)
async def fork(request: Request, caller: Signed) -> wire.Device:
    """A new identity for a station that was restored from an old copy or cloned."""
    return await services_of(request).gate.fork(caller)


@router.post("/session", responses=documented(401, 403), status_code=201)
async def sign_in(request: Request, body: wire.SignIn) -> wire.Session:
    """Sign an officer in on an enrolled device."""
    return await services_of(request).gate.sign_in(body, _address(request))


@router.get("/session", responses=documented(401, 403))
async def session(request: Request, caller: Signed) -> wire.Session:
    """The session of the token, without the token."""
    return await services_of(request).gate.describe(caller)


@router.delete("/session", responses=documented(401, 403), status_code=204)
async def sign_out(request: Request, caller: Signed) -> Response:
    """Revoke the token."""
    await services_of(request).gate.sign_out(caller)
    return Response(status_code=204)


@router.post(
    "/events", responses=documented(401, 403, 409), response_model=wire.Verdicts, openapi_extra=_PUSH_BODY
)
async def push(request: Request) -> Response:
    """Push pending events; one verdict each."""
    header = request.headers.get("Authorization", "")
    answer = await take_push(services_of(request), header, await request.body())
    return Response(answer, media_type="application/json")


async def take_push(services: Services, authorization: str, content: bytes) -> bytes:
    """The verdicts on the body of a push, as JSON; Trouble when it can't be taken."""
    caller = await services.gate.caller(authorization)
    try:
        body = read_push(content)
    except ValidationError as error:
        raise malformed(error) from None
    check_order(body)
    directory = await services.directory.get()
    pending = [prepare(item, caller, directory) for item in body.events]
    verdicts = await services.writer.push(
        caller, pending, {str(event) for event in body.resolved}, clock_offset(body.sent_at)
    )
    return verdicts.model_dump_json(exclude_defaults=True).encode()


@router.get("/feed", responses=documented(401, 403, 410), response_model=wire.FeedPage)
async def feed(
    request: Request,
    caller: Signed,
    after: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=wire.MAX_PAGE)] = 200,
) -> Response:
    """The next page of the session's feed behind a cursor."""
    page = await services_of(request).feeds.page(caller, after, limit)
    content, headers = await squeeze.whole(page, _coding(request))
    return Response(content, media_type="application/json", headers=headers)


@router.get("/snapshot", responses={**documented(401, 403, 410), **_LINES}, response_class=StreamingResponse)
async def snapshot(
    request: Request,
    caller: Signed,
    as_of: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> StreamingResponse:
    """All dossiers of the session's feed with their events, streamed."""
    lines = await services_of(request).feeds.snapshot(caller, as_of, after)
    if squeeze.wants_gzip(_coding(request)):
        return StreamingResponse(squeeze.gzipped(lines), media_type=wire.NDJSON, headers=squeeze.HEADERS)
    return StreamingResponse(lines, media_type=wire.NDJSON, headers=squeeze.PLAIN)


@router.get("/live", responses={**documented(401, 403), **_STREAM}, response_class=StreamingResponse)
async def live(request: Request, caller: Signed) -> StreamingResponse:
    """Hints that the session's feed has grown, as server-sent events."""
    headers = {"X-Accel-Buffering": "no"}
    stream = services_of(request).live.stream(caller)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@router.get(
    "/catalog",
    responses={**documented(401, 403), 304: {"description": "Unchanged"}},
    response_model=wire.Catalog,
)
async def get_catalog(request: Request, caller: Signed) -> Response:
    """The catalogue bundle; 304 when `If-None-Match` names the present version."""
    async with services_of(request).database.reading() as tx:
        versions = await tx.rows(catalog.CURRENT_SQL)
        version = versions[0][0] if versions else ""
        tag = f'"{version}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        known = [
            part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")
        ]
        if tag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        rows = await tx.rows(catalog.BODY_SQL, version=version)
    if rows:
        content, how = await squeeze.whole(rows[0][0].encode(), _coding(request))
        if how is squeeze.HEADERS:
            headers["ETag"] = f"W/{tag}"
        return Response(content, media_type="application/json", headers={**headers, **how})
    empty = wire.Catalog(
        version="", published_at=from_ms(0), site=catalog.EMPTY.model_dump(mode="json"), procedures=()
    )
    return Response(empty.model_dump_json(), media_type="application/json", headers=headers)


@router.post("/numbers", responses=documented(401, 403), status_code=201)
async def number(request: Request, caller: Signed, body: wire.NumberAsk) -> wire.NumberGiven:
    """One number for a dossier being received now."""
    return await services_of(request).numbers.one(caller, body)


@router.post("/leases", responses=documented(401, 403), status_code=201)
async def lease(request: Request, caller: Signed, body: wire.LeasesAsk) -> wire.Leases:
    """Blocks of numbers to work offline with."""
    return await services_of(request).numbers.lease(caller, body)


@router.get("/leases", responses=documented(401, 403))
async def leases(
    request: Request, caller: Signed, agency: Annotated[str, Query(min_length=1, max_length=35)], day: date
) -> wire.Leases:
    """The blocks of (agency, day) this device holds."""
    return await services_of(request).numbers.held(caller, agency, day)


@router.post("/leases/void", responses=documented(401, 403))
async def void(request: Request, caller: Signed, body: wire.VoidAsk) -> wire.Voided:
    """Explain unused numbers at day close."""
    return await services_of(request).numbers.void(caller, body)


@router.get("/checkpoints", responses=documented(401, 403))
async def get_checkpoints(
    request: Request, caller: Signed, after: Annotated[int, Query(ge=0, lt=2**62)] = 0
) -> wire.Checkpoints:
    """Signed checkpoints behind a number."""
    return wire.Checkpoints(checkpoints=await checkpoints.after(services_of(request).database, after))


@router.get("/health", responses={**documented(), 503: {"model": wire.Health}})
async def health(request: Request, response: Response) -> wire.Health:
    """Whether the server can work."""
    now = from_ms(now_ms())
    try:
        async with services_of(request).database.reading() as tx:
            ((epoch, head),) = await tx.rows("SELECT epoch, head FROM log WHERE id = 1")
    except Unavailable:
        response.status_code = 503
        return wire.Health(status="unavailable", version=__version__, server_time=now)
    return wire.Health(status="ok", version=__version__, epoch=epoch, head=head, server_time=now)


@router.get("/metrics", responses=documented(), response_class=Response)
async def metrics(request: Request) -> Response:
    """Counters of this process for Prometheus."""
    services = services_of(request)
    writer = services.writer
    text = services.metrics.text(
        {
            "process_start_time_seconds": ("gauge", services.metrics.started),
            "tthc_events_accepted_total": ("counter", writer.accepted),
            "tthc_events_refused_total": ("counter", writer.refused),
            "tthc_events_duplicate_total": ("counter", writer.duplicates),
            "tthc_commits_total": ("counter", writer.commits),
            "tthc_live_connections": ("gauge", services.live.connections),
        }
    )
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
