"""A centre with a leader, a specialist, a supervisor and internal steps."""

from __future__ import annotations

from decimal import Decimal

import pytest
from law_tools import BUILDING

from tthc_tui.core.site import Officer, Role, Site
from tthc_tui.core.site_rules import (
    StepRule,
)


@pytest.fixture
def site(site: Site) -> Site:
    """The centre with a leader, a specialist at the building desk and rules of its own."""
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
    return site.model_copy(update={"officers": officers, "steps": steps})
