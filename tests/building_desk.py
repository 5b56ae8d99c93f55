"""A building desk with a leader, a specialist and internal steps, above which a supervisor stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tthc_tui.core.site import Officer, Role, Site
from tthc_tui.core.site_rules import StepRule

BUILDING = "1.013227"  # gia hạn giấy phép xây dựng: 05 working days


def with_building_desk(site: Site, **more: Any) -> Site:
    """The centre of all tests with that desk; `more` are further parts of the site."""
    officers = (
        *site.officers,
        Officer(id="binh", name="Phạm Thanh Bình", unit="dia-chinh", roles=frozenset({Role.LEADER})),
        Officer(id="khoa", name="Đỗ Anh Khoa", unit="dia-chinh", roles=frozenset({Role.SPECIALIST})),
        Officer(id="sat", name="Vũ Thị Sát", unit="ttpvhcc", roles=frozenset({Role.SUPERVISOR})),
    )
    steps = (
        StepRule(procedure=BUILDING, id="tham-dinh", name="Thẩm định", amount=Decimal("0.5")),
        StepRule(procedure=BUILDING, id="ky", name="Ký duyệt", role="leader", amount=Decimal(1)),
    )
    return site.model_copy(update={"officers": officers, "steps": steps, **more})
