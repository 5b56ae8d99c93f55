"""What screens and commands show of the link to a backend: small frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STALE_AFTER = timedelta(minutes=2)
"""How old the data may be before they are shown as stale."""


class SendState(StrEnum):
    """Where a dossier's latest actions stand on their way to the backend."""

    NONE = ""  # no backend
    SENT = "sent"
    SENDING = "sending"
    WAITING = "waiting"
    ATTENTION = "attention"

    @property
    def label(self) -> str:
        """The Vietnamese words; "" without a backend."""
        return _SEND_LABELS[self]


_SEND_LABELS = {
    SendState.NONE: "",
    SendState.SENT: "đã gửi",
    SendState.SENDING: "đang gửi",
    SendState.WAITING: "chờ gửi",
    SendState.ATTENTION: "cần xử lý",
}


class Link(StrEnum):
    """How the station stands to the backend."""

    ALONE = "alone"  # no backend is set up
    ENROL = "enrol"  # a backend is named, this device is not enrolled yet
    SIGN_IN = "sign_in"  # a password is needed
    STARTING = "starting"
    ONLINE = "online"
    OFFLINE = "offline"
    STUCK = "stuck"  # reached, but somebody has to look: see `problem`

    @property
    def label(self) -> str:
        """The Vietnamese words of the status line, with their glyph."""
        return _LINK_LABELS[self]


_LINK_LABELS = {
    Link.ALONE: "● một máy",
    Link.ENROL: "○ chưa đăng ký máy",
    Link.SIGN_IN: "○ cần đăng nhập máy chủ",
    Link.STARTING: "○ đang nối máy chủ",
    Link.ONLINE: "● trực tuyến",
    Link.OFFLINE: "○ ngoại tuyến",
    Link.STUCK: "! đồng bộ dừng",
}


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """The link at one moment. `data_at` is when the feed was last known to be read to its head; aware.

    `numbers_left` counts unused code numbers of today, None without a backend. `offset_seconds` is server
    time minus the machine's own. `downloaded`/`to_download` count dossiers of a running snapshot.
    """

    link: Link = Link.ALONE
    url: str = ""
    device: str = ""
    user: str = ""
    feed: str = ""
    problem: str = ""
    outbox: int = 0
    sending: int = 0
    oldest_waiting: datetime | None = None
    conflicts: int = 0
    numbers_left: int | None = None
    offset_seconds: float = 0.0
    data_at: datetime | None = None
    head: int = 0
    downloaded: int = 0
    to_download: int = 0
    lost: int = 0

    def stale(self, now: datetime) -> bool:
        """Whether what is shown may be behind the backend: no word from it for STALE_AFTER."""
        if self.link is Link.ALONE:
            return False
        return self.data_at is None or now - self.data_at > STALE_AFTER

    def words(self, now: datetime) -> str:
        """The right end of the title line: link, numbers left, what waits, how old the data are."""
        parts = [self.link.label]
        if self.to_download:
            parts.append(f"tải {self.downloaded}/{self.to_download} hồ sơ")
        if self.numbers_left is not None:
            parts.append(f"còn {self.numbers_left} số")
        if self.outbox:
            parts.append(f"chờ gửi {self.outbox}")
        if self.conflicts:
            parts.append(f"cần xử lý {self.conflicts}")
        if self.stale(now) and self.device:
            age = say_age(now - self.data_at) if self.data_at else "chưa đồng bộ lần nào"
            parts.append(f"dữ liệu {age}")
        return "  ".join(parts)


def say_age(age: timedelta) -> str:
    """How long ago, in words: "vài giây trước", "12 phút trước", "3 giờ trước", "2 ngày trước"."""
    seconds = max(0, int(age.total_seconds()))
    if seconds < 60:
        return "vài giây trước"
    if seconds < 3600:
        return f"{seconds // 60} phút trước"
    if seconds < 86400:
        return f"{seconds // 3600} giờ trước"
    return f"{seconds // 86400} ngày trước"


@dataclass(frozen=True, slots=True)
class LeaseLeft:
    """Unused code numbers of one agency on one day (yyyy-mm-dd)."""

    agency: str
    day: str
    left: int


@dataclass(frozen=True, slots=True)
class ConflictItem:
    """One entry of the conflict tray. Times are aware; `winner` names who was first, "" where nobody was.

    `kind` is refused, field, code_taken or lost. `at` is when the action was taken, `told_at` when the
    backend's answer came.
    """

    id: int
    event: str
    dossier: str
    code: str
    applicant: str
    kind: str
    what: str
    officer: str
    at: datetime
    told_at: datetime
    reason: str
    winner: str = ""
    can_redo: bool = True
