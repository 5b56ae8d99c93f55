"""Answers of 4xx and 5xx: problem documents with one Vietnamese sentence, never a traceback."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from tthc_tui.core.wire import PROBLEM_TYPE, Problem, ProblemCode
from tthc_tui.server.database import Unavailable

log = logging.getLogger("tthc.server")

_TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    413: "Content too large",
    422: "Unprocessable content",
    429: "Too many requests",
    500: "Internal server error",
    503: "Service unavailable",
}
_PLAIN = {
    400: (ProblemCode.MALFORMED, "Yêu cầu gửi lên không đọc được."),
    404: (ProblemCode.NOT_FOUND, "Máy chủ không có địa chỉ này."),
    405: (ProblemCode.METHOD, "Địa chỉ này không nhận cách gọi đó."),
}


class Trouble(Exception):
    """A call that is not done. `detail` is the sentence people read."""

    def __init__(
        self,
        status: int,
        code: ProblemCode,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        event: UUID | None = None,
        device_seq: int | None = None,
        field: str = "",
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            title=_TITLES[status],
            status=status,
            detail=detail,
            code=code,
            event=event,
            device_seq=device_seq,
            field=field,
        )
        self.headers = headers


def answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The response for a problem."""
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=problem.status,
        media_type=PROBLEM_TYPE,
        headers=headers,
    )


def malformed(error: ValidationError | RequestValidationError) -> Trouble:
    """422 that names the first wrong field, without repeating what was sent."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    detail = f"Yêu cầu gửi lên không đúng tại “{where}”." if where else "Yêu cầu gửi lên không đúng."
    return Trouble(422, ProblemCode.MALFORMED, detail, field=where)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a call, for the OpenAPI document; those every call can give are added."""
    every = (400, 405, 413, 422, 429, 500, 503)
    return {
        status: {
            "description": _TITLES[status],
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*statuses, *every})
    }


def install(app: FastAPI) -> None:
    """Turn every exception of a call into a problem document."""

    @app.exception_handler(Trouble)
    async def _trouble(request: Request, error: Trouble) -> Response:
        return answer(error.problem, error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(malformed(error).problem)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        code, detail = _PLAIN.get(error.status_code, (ProblemCode.MALFORMED, "Yêu cầu gửi lên không đúng."))
        status = error.status_code if error.status_code in _TITLES else 400
        return answer(Trouble(status, code, detail).problem, dict(error.headers or {}))

    @app.exception_handler(Unavailable)
    async def _unavailable(request: Request, error: Unavailable) -> Response:
        log.warning("database unavailable", extra={"error": str(error)})
        return unavailable()

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        return unexpected(error)


def unavailable() -> Response:
    """503: the database is away for now."""
    sentence = "Máy chủ tạm thời chưa làm việc được với cơ sở dữ liệu; hãy thử lại sau ít giây."
    return answer(Trouble(503, ProblemCode.UNAVAILABLE, sentence).problem, {"Retry-After": "2"})


def unexpected(error: BaseException) -> Response:
    """500: a defect of ours, logged with its place but without the data it happened on."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    at = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    log.error("unexpected error", extra={"error": type(error).__name__, "place": at})
    sentence = "Máy chủ gặp lỗi ngoài dự kiến; chưa có gì được ghi, hãy thử lại hoặc báo người quản trị."
    return answer(Trouble(500, ProblemCode.INTERNAL, sentence).problem)
