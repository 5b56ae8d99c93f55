"""What an officer (or a script) fills in to receive a dossier, checked into clean values."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from pydantic import Field, ValidationError

from tthc_tui.core.base import Model, Refused
from tthc_tui.core.events import Delivery, FeeCharge, PaperReceived
from tthc_tui.core.people import PersonKind
from tthc_tui.core.procedure import Channel
from tthc_tui.core.text import clean

LONGEST_NAME = 200
LONGEST_TEXT = 1000


class PersonInput(Model):
    """An applicant or an authorised person as typed or scanned."""

    name: str = ""
    kind: PersonKind = PersonKind.CITIZEN
    number: str = ""
    birth: str = ""
    sex: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""


class Intake(Model):
    """One dossier to be received. `papers` lists what was handed in, `missing` what is still to come."""

    procedure: str
    case: str = ""
    applicant: PersonInput = Field(default_factory=PersonInput)
    agent: PersonInput | None = None
    authorisation: str = ""
    channel: Channel = Channel.DIRECT
    papers: tuple[PaperReceived, ...] = ()
    sets: int = 1
    delivery: Delivery = Delivery.COUNTER
    delivery_address: str = ""
    fees: tuple[FeeCharge, ...] | None = None  # None: as the procedure's tariff says
    handling_unit: str = ""
    content: str = ""
    group: str = ""  # đối tượng, for the fee
    commune: str = ""  # xã, phường, for the fee
    exemption: str = ""  # id of the site's rule by which fees are waived
    exemption_ground: str = ""  # a typed ground instead
    root: UUID | None = None  # the first dossier of an inter-agency chain


def checked_person(person: PersonInput, today: date, who: str = "người nộp") -> PersonInput:
    """The person with every text cleaned; Refused with one sentence where a value can't be right."""
    values = {name: clean(str(getattr(person, name))) for name in PersonInput.model_fields if name != "kind"}
    if not values["name"]:
        raise Refused(f"Chưa có họ tên {who}: hãy quét thẻ hoặc nhập họ tên.", "name")
    if len(values["name"]) > LONGEST_NAME:
        raise Refused(
            f"Họ tên {who} quá dài ({len(values['name'])} ký tự, tối đa {LONGEST_NAME}): hãy rút gọn.", "name"
        )
    for name in ("address", "number", "phone", "email", "birth"):
        values[name] = checked_value(name, values[name], person.kind, today)
    return PersonInput(**{**values, "kind": person.kind})


def checked_value(name: str, value: str, kind: PersonKind, today: date) -> str:
    """One value of a person, "" or cleaned; Refused with one sentence where it can't be right by itself.

    `name` is that of a field of `PersonInput`; fields without a rule come back as they are.
    """
    labels = {"address": "Địa chỉ", "email": "Email", "number": "Số định danh"}
    if name in labels and len(value) > LONGEST_TEXT:
        raise Refused(f"{labels[name]} quá dài (tối đa {LONGEST_TEXT} ký tự): hãy rút gọn.", name)
    if name == "number":
        value = re.sub(r"[\s.]", "", value)
        if kind is PersonKind.CITIZEN and not re.fullmatch(r"|\d{9}|\d{12}|[A-Z]\d{7,8}", value):
            raise Refused(
                "Số định danh phải có 12 chữ số (hoặc 9 số CMND cũ, hoặc số hộ chiếu): hãy kiểm tra lại.",
                "number",
            )
    if name == "phone":
        value = re.sub(r"[\s.\-]", "", value)
        if not re.fullmatch(r"|\+?\d{8,15}", value):
            raise Refused("Số điện thoại chỉ gồm 8 đến 15 chữ số: hãy kiểm tra lại.", "phone")
    if name == "email" and value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise Refused("Địa chỉ email không đúng dạng ten@noi.vn: hãy kiểm tra lại.", "email")
    return checked_birth(value, today) if name == "birth" else value


def checked_sets(sets: int) -> int:
    """How many sets of papers came; Refused where nobody hands in so many."""
    if not 1 <= sets <= 99:
        raise Refused("Số bộ hồ sơ phải từ 1 đến 99.", "sets")
    return sets


def checked_birth(text: str, today: date) -> str:
    """A birth date as dd/mm/yyyy, mm/yyyy or yyyy; Refused when there is no such day."""
    digits = re.sub(r"[^\d]", "", text)
    if not text:
        return ""
    parts = [part for part in re.split(r"[^\d]+", text) if part]
    if len(parts) == 1 and len(digits) == 8:
        parts = [digits[:2], digits[2:4], digits[4:]]
    parts = [part for part in parts if part.strip("0")]
    problem = Refused(
        "Ngày sinh không đúng: hãy nhập ngày/tháng/năm (ví dụ 12/03/1984) hoặc chỉ năm sinh.", "birth"
    )
    if not parts or len(parts) > 3 or len(parts[-1]) != 4 or re.search(r"[^\d\s/.\-]", text):
        raise problem
    numbers = [int(part) for part in parts]
    day, month, year = [1] * (3 - len(numbers)) + numbers
    try:
        born = date(year, month, day)
    except ValueError:
        raise problem from None
    if year < 1880 or born > today:
        raise Refused("Ngày sinh nằm ngoài khoảng có thể (từ 1880 đến hôm nay): hãy kiểm tra lại.", "birth")
    return "/".join([f"{n:02d}" for n in numbers[:-1]] + [f"{year:04d}"])


def intake_from_json(text: str | bytes) -> Intake:
    """A JSON intake, as `tthc receive` takes it; Refused with one sentence naming the field at fault."""
    try:
        return Intake.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "tệp"
        if first["type"] == "json_invalid":
            raise Refused("Tệp không phải JSON hợp lệ: hãy kiểm tra dấu ngoặc, dấu phẩy.", "json") from error
        what = {
            "missing": "còn thiếu",
            "extra_forbidden": "không có trong mẫu",
            "enum": "không thuộc các giá trị cho phép",
        }.get(first["type"], "có giá trị không đúng")
        raise Refused(f"Trường “{place}” {what}: hãy xem mẫu JSON trong README.", "json") from error
