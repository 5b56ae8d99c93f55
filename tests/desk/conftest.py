"""A centre with a leader, a specialist, a supervisor and internal steps."""

from __future__ import annotations

import pytest
from building_desk import with_building_desk

from tthc_tui.core.site import Site


@pytest.fixture
def site(site: Site) -> Site:
    """The centre with a leader, a specialist at the building desk and rules of its own."""
    return with_building_desk(site)
