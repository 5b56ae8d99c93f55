"""The backend as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from tthc_tui import __version__
from tthc_tui.core import wire
from tthc_tui.server import calls, problems
from tthc_tui.server.auth import Gate
from tthc_tui.server.checkpoints import keep_checkpoints, load_key
from tthc_tui.server.database import Database
from tthc_tui.server.directory import DirectoryKeeper
from tthc_tui.server.feed import Feeds
from tthc_tui.server.lane import Backend, PushLane
from tthc_tui.server.live import Live
from tthc_tui.server.metrics import Edge, Metrics
from tthc_tui.server.numbers import Numbers
from tthc_tui.server.settings import ServerSettings
from tthc_tui.server.tree import keep_tree
from tthc_tui.server.writer import Writer


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that calls work with."""

    settings: ServerSettings
    database: Database
    directory: DirectoryKeeper
    gate: Gate
    writer: Writer
    feeds: Feeds
    live: Live
    numbers: Numbers
    metrics: Metrics

    def forget(self) -> None:
        """Sessions, officers or units changed: this process looks them up again."""
        self.gate.forget()
        self.directory.forget()


def create_app(settings: ServerSettings) -> Backend:
    """The application on a migrated database; it connects when it is started (lifespan)."""
    services = _services(settings)
    app = Backend(
        title="tthc backend",
        version=__version__,
        summary="Orders the events of counters and serves them to other counters.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.services = services
    problems.install(app)
    app.include_router(calls.router)
    app.add_middleware(Edge, metrics=services.metrics, max_body=settings.max_body_bytes)
    app.lane = Edge(PushLane(services), services.metrics, settings.max_body_bytes)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def few_collections() -> None:
    """For a process that does nothing else: what is loaded stays, and the states kept in memory are no garbage.

    Looking for cycles among them took a quarter of the time of a push.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def open_database(settings: ServerSettings) -> Database:
    """The database the settings name, not yet connected."""
    if settings.sqlite_path is not None:
        from tthc_tui.server.lite import Lite

        return Lite(settings.sqlite_path)
    from tthc_tui.server.postgres import Postgres

    return Postgres(settings.database, size=settings.pool_size)


def _services(settings: ServerSettings) -> Services:
    database = open_database(settings)
    directory = DirectoryKeeper(database, settings.trust_seconds)
    gate = Gate(database, directory, settings)
    writer = Writer(database, directory)
    return Services(
        settings,
        database,
        directory,
        gate,
        writer,
        Feeds(database, directory, settings),
        Live(database, gate, directory, settings.heartbeat_seconds),
        Numbers(database, directory, writer),
        Metrics(),
    )


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    settings = services.settings
    await services.database.open()
    services.writer.start()
    services.live.start()
    signing = asyncio.create_task(
        keep_checkpoints(services.database, load_key(settings.key_file), settings.checkpoint_hours)
    )
    following = asyncio.create_task(keep_tree(services.database, settings.database, services.forget))
    try:
        yield
    finally:
        for task in (signing, following):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await services.live.stop()
        await services.writer.stop()
        services.gate.close()
        await services.database.close()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the models of bodies that are read and written as raw bytes."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        raw = (
            wire.Push,
            wire.Problem,
            wire.SnapshotStart,
            wire.SnapshotDossier,
            wire.SnapshotEnd,
            wire.Grown,
        )
        _, definitions = models_json_schema(
            [(model, "validation") for model in raw], ref_template="#/components/schemas/{model}"
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in definitions.get("$defs", {}).items():
            schemas.setdefault(name, schema)
        app.openapi_schema = document
    return app.openapi_schema
