"""Fixtures of the tests of printed forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from printing_samples import receipt_data

from tthc_tui.printing.document import Document
from tthc_tui.printing.slips import receipt_document


@pytest.fixture
def receipt() -> Callable[..., Document]:
    """Makes a receipt, fields changed as wanted."""
    return lambda **changes: receipt_document(receipt_data(**changes))
