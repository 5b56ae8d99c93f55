"""The server keeps its own OpenAPI document: no 500 and no undocumented answer, whatever is sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from server_tools import credentials

from tthc_tui.core import wire
from tthc_tui.server.app import create_app
from tthc_tui.server.settings import ServerSettings

STREAMS = ("/live",)
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture
def kind() -> str:
    """One database: this is about the edge, not about storage."""
    return "sqlite"


@pytest.fixture
def address(settings: ServerSettings) -> Iterator[str]:
    """The application behind a real socket, in a thread."""
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), port=0, log_config=None, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(1000):
        if server.started:
            break
        waited.wait(0.01)
    (socket,) = server.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_no_answer_is_undocumented(address: str) -> None:
    import httpx

    session = httpx.post(f"{address}{wire.PREFIX}/session", json=credentials("lan")).json()
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    tried = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.endswith(STREAMS):
            continue
        tried.add(f"{operation.method.upper()} {operation.path}")
        signs_out = operation.method == "delete"
        headers = {} if signs_out else {"Authorization": f"Bearer {session['token']}"}

        @hypothesis_settings(
            max_examples=15,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @schemathesis.python._hypothesis_given(operation) if False else _given(operation)
        def check(case: schemathesis.Case, headers: dict[str, str] = headers) -> None:
            response = case.call(headers=headers, base_url=address)
            case.validate_response(response, checks=list(CHECKS))

        check()
    assert len(tried) >= 15
