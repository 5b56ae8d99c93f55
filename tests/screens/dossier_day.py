"""A small day at the counter for the screens of dossiers: people, dossiers in every state, a running app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import hands
from hands import at_rest as settle
from hands import press as press
from textual.pilot import Pilot
from textual.widgets import Static

from tthc_tui.app import CounterApp
from tthc_tui.config import Config
from tthc_tui.core import events as ev
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import PaperKind
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.widgets.status import MessageLine

BIRTH = "1.001193"

Before = Callable[[Pilot[Any]], Awaitable[None]]


def receive(desk: Desk, name: str, number: str = "", code: str = BIRTH, **more: Any) -> Dossier:
    """Receive a complete dossier of the named person."""
    case = desk.procedure(code).case()
    papers = tuple(
        ev.PaperReceived(requirement=line.id, name=line.label)
        for line in case.requirements
        if line.needed and line.kind is not PaperKind.NOTE and not line.database
    )
    person = PersonInput(name=name, number=number, phone=more.pop("phone", ""), birth=more.pop("birth", ""))
    return desk.receive(Intake(procedure=code, applicant=person, papers=papers, **more))


def fill(desk: Desk, clock: Any) -> dict[str, Dossier]:
    """Dossiers in the states an officer meets: overdue, due today, on their way, asked for papers, ready."""
    day: dict[str, Dossier] = {}
    now = clock.now
    clock.now = now - timedelta(days=6)  # last Tuesday
    day["late"] = receive(desk, "Nguyễn Thị Hoà", "079184000001", phone="0903000001")
    desk.forward([day["late"].id], "tu-phap")
    day["kept"] = receive(desk, "Đỗ Văn Đạt", "079084000002")
    clock.now = now - timedelta(days=3)  # Friday
    day["ready"] = receive(desk, "PHẠM VĂN AN", "079084001234", phone="0912345678", birth="12/03/1984")
    desk.resolve(day["ready"].id, number="15/GKS")
    day["asked"] = receive(desk, "Trần Thị Bưởi", "079184000003")
    desk.request_supplement(day["asked"].id, ["Giấy chứng sinh"], "bản nộp bị mờ")
    clock.now = now - timedelta(minutes=30)
    day["new"] = receive(desk, "Lý Thị Sáu", "079184000004")
    clock.now = now
    return day


def make_app(desk: Desk, clock: Any, folder: Path) -> CounterApp:
    """The program on this desk, its files in `folder`."""
    return CounterApp(
        Config(data_dir=folder, theme="sang", lock_minutes=0),
        clock=clock,
        desk_factory=lambda config, clock: desk,
    )


@asynccontextmanager
async def at_work(
    desk: Desk, clock: Any, folder: Path, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Pilot[Any]]:
    """The program running on this desk, its first screen filled."""
    async with make_app(desk, clock, folder).run_test(size=size) as pilot:
        await ready(pilot)
        yield pilot


async def through_sizes(
    pilot: Pilot[Any], act: Before, sizes: Sequence[tuple[int, int]] = ((20, 5), (50, 12), (200, 60))
) -> AsyncIterator[None]:
    """Act at every size; after each the terminal is 80×24 again, for the caller to look at."""
    for size in sizes:
        await pilot.resize_terminal(*size)
        await settle(pilot)
        await act(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        yield


async def until(pilot: Pilot[Any], condition: Callable[[], Any]) -> None:
    """Wait until `condition` holds; the test fails where it never does."""
    await hands.until(pilot, condition, lambda: said(pilot.app))


async def ready(pilot: Pilot[Any]) -> None:
    """Wait until the store is open and the first counts are shown."""
    await until(pilot, lambda: pilot.app.desk is not None and pilot.app.live.due is not None)  # type: ignore[attr-defined]


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type a text as an input method delivers it."""
    await hands.send(pilot, text, 0.001)


async def scan(pilot: Pilot[Any], text: str) -> None:
    """What a wedge scanner sends: a fast burst ended by Enter."""
    await hands.send(pilot, [*text, "enter"], 0.001)


async def open_screen(pilot: Pilot[Any], name: str, **wanted: Any) -> Any:
    """Bring a screen up as the program does; the screen."""
    pilot.app.open_screen(name, **wanted)  # type: ignore[attr-defined]
    await settle(pilot)
    return pilot.app.screen


def said(app: Any) -> str:
    """What the message line says."""
    found = list(app.screen.query(MessageLine))
    return found[0].text if found else ""


def shown(app: Any) -> str:
    """Every line on the screen as an officer reads it."""
    height = app.size.height
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines[:height])


def text_of(app: Any, selector: str) -> str:
    """The words of a Static."""
    return str(app.screen.query_one(selector, Static).render())
