"""A centre with rules of its own for the law's finer steps: a leader, internal steps, fees, appointments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dossier_day import receive

from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import Officer, Role, Site
from tthc_tui.core.site_rules import AppointmentRule, ExemptionRule, StepRule, TariffRule
from tthc_tui.desk import Desk

BUILDING = "1.013227"  # gia hạn giấy phép xây dựng: 05 working days


def law_site(site: Site) -> Site:
    """The centre of all tests with a leader and a specialist at the building desk, steps and fees."""
    officers = (
        *site.officers,
        Officer(id="binh", name="Phạm Thanh Bình", unit="dia-chinh", roles=frozenset({Role.LEADER})),
        Officer(id="khoa", name="Đỗ Anh Khoa", unit="dia-chinh", roles=frozenset({Role.SPECIALIST})),
        Officer(id="sat", name="Vũ Thị Sát", unit="ttpvhcc", roles=frozenset({Role.SUPERVISOR})),
    )
    return site.model_copy(
        update={
            "officers": officers,
            "steps": (
                StepRule(procedure=BUILDING, id="tham-dinh", name="Thẩm định", amount=Decimal("0.5")),
                StepRule(procedure=BUILDING, id="ky", name="Ký duyệt", role="leader", amount=Decimal(1)),
            ),
            "tariffs": (TariffRule(procedure=BUILDING, name="Lệ phí cấp phép", amount=75_000),),
            "exemptions": (
                ExemptionRule(id="ho-ngheo", name="Hộ nghèo", percent=50, ground="NQ 12/2025/NQ-HĐND"),
            ),
            "appointments": (
                AppointmentRule(procedure=BUILDING, number=1, purpose="kiểm tra thực địa", amount=Decimal(2)),
            ),
        }
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
