"""Rules a site writes down as tables: reasons, internal steps, fees, notices. Every row has effective dates.

A row that names a procedure goes before one that names its field (lĩnh vực), that before a general one;
among equals the newest `valid_from` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import Field

from tthc_tui.core.base import Model
from tthc_tui.core.dated import Dated, Named
from tthc_tui.core.procedure import Channel, Limit, LimitUnit


class ForProcedure(Dated):
    """A row for one procedure, for a field, or ("" and "") for all."""

    procedure: str = ""
    field: str = ""

    def fits(self, procedure: str, field: str, on: date) -> bool:
        """Whether the row is about this procedure on a day."""
        return self.holds(on) and self.procedure in ("", procedure) and self.field in ("", field)

    @property
    def weight(self) -> tuple[bool, bool, date]:
        """What goes first: its own procedure, its field, the newest."""
        return (self.procedure != "", self.field != "", self.valid_from)


R = TypeVar("R", bound=ForProcedure)


def rows_for(rows: Iterable[R], procedure: str, field: str, on: date) -> list[R]:
    """The rows of the most particular set that fits, in the order the site wrote them."""
    fitting = [row for row in rows if row.fits(procedure, field, on)]
    best = max((row.weight for row in fitting), default=None)
    return [row for row in fitting if row.weight == best]


class PauseReason(Named):
    """A reason for which the clock may stand still. `payment`: the dossier goes to state 6 meanwhile."""

    name: str
    payment: bool = False
    ground: str = ""


class ClosingReason(Named):
    """A reason to end a dossier. `state` is the official state it ends in (law.md §5)."""

    name: str
    state: Literal[3, 7, 8] = 8
    ground: str = ""
    silent: bool = False  # no message goes out: who would get it has died


class StepRule(ForProcedure):
    """One internal step (bước trong quy trình nội bộ); the steps of a procedure stand in order.

    `unit` "" is the unit that handles the dossier. `amount` may be a fraction (0.25 working days).
    """

    id: str
    name: str
    unit: str = ""
    role: str = "specialist"
    amount: Decimal = Decimal(1)
    measure: LimitUnit = LimitUnit.WORKING_DAY

    @property
    def budget(self) -> Limit:
        """The time the step may take."""
        return Limit(amount=self.amount, unit=self.measure)


class AppointmentRule(ForProcedure):
    """A planned appointment (hẹn lần `number`); its time counts from the one before, the first from receipt."""

    number: int
    purpose: str = ""
    amount: Decimal
    measure: LimitUnit = LimitUnit.WORKING_DAY

    @property
    def limit(self) -> Limit:
        """The time until it."""
        return Limit(amount=self.amount, unit=self.measure)


class ResultRule(ForProcedure):
    """Within what time of the result it is handed to the applicant, time with a financial duty unpaid aside."""

    amount: Decimal
    measure: LimitUnit = LimitUnit.DAY
    ground: str = ""

    @property
    def limit(self) -> Limit:
        """The time to hand it over in."""
        return Limit(amount=self.amount, unit=self.measure)


class TariffRule(ForProcedure):
    """A fee at this site, whole đồng. "" for channel, group or commune means all of them."""

    name: str
    amount: int = Field(ge=0)
    free: bool = False
    channel: Channel | Literal[""] = ""
    group: str = ""  # đối tượng
    commune: str = ""
    per: str = ""  # "bản", "trang": multiplied by the count, else by nothing
    ground: str = ""


class ExemptionRule(ForProcedure):
    """A ground on which a fee is waived, wholly or by `percent`."""

    id: str
    name: str
    percent: int = Field(default=100, ge=1, le=100)
    ground: str = ""


class NoticeRule(ForProcedure):
    """A text that goes out when an event of the kind `on` happens. {placeholders} are filled.

    Known: {ten} {ma} {thutuc} {hen} {trungtam} {lydo} {sotien} {sobuugui} {dienthoai}
    and {nhan}, how the result is got: come for it, by post, online.
    """

    on: str
    channel: Literal["sms", "email", "zalo"] = "sms"
    subject: str = ""
    text: str
    enabled: bool = True


class Gateway(Model):
    """Where notices are delivered: `kind` file writes them to a folder (dry run), http posts JSON to `url`.

    `token` is the name of the environment variable that holds the secret, never the secret itself.
    """

    kind: Literal["file", "http", "off"] = "file"
    url: str = ""
    token: str = ""
    sender: str = ""
    timeout_seconds: int = Field(default=10, ge=1, le=120)
    tries: int = Field(default=6, ge=1, le=50)


PAUSE_REASONS: Sequence[PauseReason] = (
    PauseReason(
        id="nghia-vu-tai-chinh",
        name="chờ thực hiện nghĩa vụ tài chính",
        payment=True,
        ground="thời gian thực hiện nghĩa vụ tài chính không tính vào thời hạn giải quyết",
    ),
    PauseReason(id="niem-yet", name="niêm yết, công khai theo quy định"),
    PauseReason(id="xac-minh", name="chờ xác minh"),
    PauseReason(id="giam-dinh", name="chờ trưng cầu giám định"),
    PauseReason(id="vi-pham", name="chờ xử lý vi phạm pháp luật liên quan"),
    PauseReason(id="thua-ke", name="chờ hoàn tất thủ tục thừa kế"),
)

CLOSING_REASONS: Sequence[ClosingReason] = (
    ClosingReason(id="qua-han-bo-sung", name="quá hạn bổ sung hồ sơ"),
    ClosingReason(id="nguoi-nop-chet", name="người nộp hồ sơ đã chết", silent=True),
    ClosingReason(id="het-doi-tuong", name="không còn đối tượng giải quyết"),
    ClosingReason(id="trung-ho-so", name="trùng với hồ sơ đã tiếp nhận"),
    ClosingReason(id="khong-nop-tai-chinh", name="không thực hiện nghĩa vụ tài chính"),
    ClosingReason(id="khong-du-dieu-kien", name="không đủ điều kiện giải quyết", state=3),
)
OVERDUE_SUPPLEMENT = "qua-han-bo-sung"

NOTICES: Sequence[NoticeRule] = (
    NoticeRule(on="received", text="{trungtam}: đã tiếp nhận hồ sơ {ma} của {ten}. Hẹn trả kết quả: {hen}."),
    NoticeRule(on="accepted", text="{trungtam}: đã tiếp nhận hồ sơ {ma} của {ten}. Hẹn trả kết quả: {hen}."),
    NoticeRule(
        on="supplement_requested",
        text="{trungtam}: hồ sơ {ma} cần bổ sung: {lydo}. Liên hệ {dienthoai}.",
    ),
    NoticeRule(on="supplemented", text="{trungtam}: hồ sơ {ma} đã được bổ sung đủ. Hẹn trả kết quả: {hen}."),
    NoticeRule(on="resumed", text="{trungtam}: hồ sơ {ma} được giải quyết tiếp. Hẹn trả kết quả: {hen}."),
    NoticeRule(on="corrected", text="{trungtam}: hồ sơ {ma} đã đính chính. Hẹn trả kết quả: {hen}."),
    NoticeRule(on="paused", text="{trungtam}: hồ sơ {ma} tạm dừng tính thời hạn: {lydo}.", enabled=False),
    NoticeRule(on="extended", text="{trungtam}: xin lỗi vì chậm trả kết quả hồ sơ {ma}. Hẹn lại: {hen}."),
    NoticeRule(on="resolved", text="{trungtam}: hồ sơ {ma} đã có kết quả, {nhan}."),
    NoticeRule(on="rejected", text="{trungtam}: hồ sơ {ma} không được tiếp nhận, giải quyết: {lydo}."),
    NoticeRule(on="stopped", text="{trungtam}: hồ sơ {ma} dừng giải quyết theo yêu cầu của {ten}."),
    NoticeRule(on="closed", text="{trungtam}: hồ sơ {ma} đã đóng: {lydo}."),
    NoticeRule(on="post_sent", text="{trungtam}: kết quả hồ sơ {ma} đã gửi bưu chính, số {sobuugui}."),
)
