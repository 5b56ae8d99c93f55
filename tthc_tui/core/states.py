"""The ten official states of a dossier (trạng thái hồ sơ) and the transitions between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class State(IntEnum):
    """Official codes, as exchanged with the national portal (law.md §5)."""

    NEW = 1
    ACCEPTED = 2
    REJECTED = 3
    PROCESSING = 4
    SUPPLEMENT = 5
    PAYMENT = 6
    WITHDRAWN = 7
    STOPPED = 8
    DONE = 9
    RETURNED = 10

    @property
    def label(self) -> str:
        """The official Vietnamese name."""
        return _LABELS[self]


_LABELS = {
    State.NEW: "Mới đăng ký",
    State.ACCEPTED: "Được tiếp nhận",
    State.REJECTED: "Không được tiếp nhận",
    State.PROCESSING: "Đang xử lý",
    State.SUPPLEMENT: "Yêu cầu bổ sung giấy tờ",
    State.PAYMENT: "Yêu cầu thực hiện nghĩa vụ tài chính",
    State.WITHDRAWN: "Công dân yêu cầu rút hồ sơ",
    State.STOPPED: "Dừng xử lý",
    State.DONE: "Đã xử lý xong",
    State.RETURNED: "Đã trả kết quả",
}

# Beside the observed table: 1→5 and 5→2 carry a slip given at the counter before acceptance (the
# portal's steps (i) and (ii)), 1→7 and 5→7 a citizen who takes an unaccepted dossier back.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.NEW: frozenset({State.ACCEPTED, State.REJECTED, State.SUPPLEMENT, State.WITHDRAWN}),
    State.ACCEPTED: frozenset({State.PROCESSING, State.SUPPLEMENT, State.WITHDRAWN, State.STOPPED}),
    State.REJECTED: frozenset(),
    State.PROCESSING: frozenset(
        {State.SUPPLEMENT, State.PAYMENT, State.WITHDRAWN, State.STOPPED, State.DONE}
    ),
    State.SUPPLEMENT: frozenset(
        {State.PROCESSING, State.REJECTED, State.STOPPED, State.ACCEPTED, State.WITHDRAWN}
    ),
    State.PAYMENT: frozenset({State.PROCESSING, State.STOPPED}),
    State.WITHDRAWN: frozenset(),
    State.STOPPED: frozenset(),
    State.DONE: frozenset({State.RETURNED}),
    State.RETURNED: frozenset(),
}

CLOSED = frozenset({State.REJECTED, State.WITHDRAWN, State.STOPPED, State.RETURNED})
"""States in which nothing more happens to a dossier."""

RUNNING = frozenset({State.ACCEPTED, State.PROCESSING})
"""States in which the promised date is being counted."""
