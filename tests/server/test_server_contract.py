"""The server keeps its own OpenAPI document: no 500 and no undocumented answer, whatever is sent."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
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
    token = httpx.post(f"{address}{wire.PREFIX}/session", json=credentials("lan")).json()["token"]
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    tried = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        if not operation.path.endswith(STREAMS):
            tried.add(operation.label)
            signs_out = operation.method == "delete"
            ask(operation, address, {} if signs_out else {"Authorization": f"Bearer {token}"})
    assert len(tried) >= 15, tried


def ask(operation: schemathesis.APIOperation, address: str, headers: dict[str, str]) -> None:
    """Call one operation in many ways, right and wrong."""
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @hypothesis_settings(
        max_examples=8,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def check(case: schemathesis.Case) -> None:
        response = case.call(headers=headers, base_url=address)
        case.validate_response(response, checks=list(CHECKS))

    check()


def test_the_document_is_made_without_a_warning(settings: ServerSettings) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f"{wire.PREFIX}/events" in create_app(settings).openapi()["paths"]
