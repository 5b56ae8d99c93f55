"""A centre with rules of its own for the law's finer steps: a leader, internal steps, fees, appointments."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any

from building_desk import BUILDING, with_building_desk
from dossier_day import press, receive, type_text

from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import Site
from tthc_tui.core.site_rules import AppointmentRule, ExemptionRule, TariffRule
from tthc_tui.desk import Desk

Opened = Callable[[Dossier], AbstractAsyncContextManager[Any]]
"""What the fixture `opened` is: the program with the detail screen of a dossier."""


def law_site(site: Site) -> Site:
    """The centre of all tests with a leader and a specialist at the building desk, steps and fees."""
    return with_building_desk(
        site,
        tariffs=(TariffRule(procedure=BUILDING, name="Lệ phí cấp phép", amount=75_000),),
        exemptions=(ExemptionRule(id="ho-ngheo", name="Hộ nghèo", percent=50, ground="NQ 12/2025/NQ-HĐND"),),
        appointments=(
            AppointmentRule(procedure=BUILDING, number=1, purpose="kiểm tra thực địa", amount=Decimal(2)),
        ),
    )


def building(desk: Desk, name: str = "Phạm Văn An", **more: Any) -> Dossier:
    """A received dossier of the building desk, 75.000 đồng owed."""
    more.setdefault("phone", "0912345678")
    return receive(desk, name, "079084001234", code=BUILDING, **more)


def in_house(desk: Desk, officer: str = "khoa", **more: Any) -> Dossier:
    """The same, taken over by an officer of the building desk, who stays signed in."""
    dossier = building(desk, **more)
    desk.forward([dossier.id], "dia-chinh")
    desk.sign_in(officer)
    return desk.accept_handover([dossier.id])[0]


async def choose(pilot: Any, words: str) -> None:
    """Ctrl+O, a few letters of the step's name, Enter."""
    await press(pilot, "ctrl+o")
    await type_text(pilot, words)
    await press(pilot, "enter")


async def fill_in(pilot: Any, *texts: str) -> None:
    """Type into one field after another; "" leaves one as it is."""
    for text in texts:
        if text:
            await type_text(pilot, text)
        await press(pilot, "enter")
