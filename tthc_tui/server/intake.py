"""What is checked of a pushed event before the log is asked: it needs no lock, so it runs beside other work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.base import Model, Refused, vietnam_time
from tthc_tui.core.chain import is_canonical
from tthc_tui.core.people import PersonRef
from tthc_tui.core.roles import check_role
from tthc_tui.core.site import Role
from tthc_tui.core.wire import ProblemCode
from tthc_tui.server.auth import Caller
from tthc_tui.server.directory import Directory
from tthc_tui.server.problems import Trouble

ACTION_OF: dict[type[ev.Event], type[ev.Action]] = {event: action for action, event in ev.EVENT_OF.items()}
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)

PersonLine = tuple[str, str, str]
"""Identity, commitment and JSON of a person sent along."""


@dataclass(slots=True)
class Pending:
    """One pushed event, read and checked. `refusal` is (code, sentence) when it can't be accepted on any state."""

    id: str
    dossier: str
    text: str
    device: str
    device_seq: int
    pushed_by: str
    seen: int
    event: ev.AnyEvent | None
    persons: list[PersonLine]
    refusal: tuple[str, str] | None = None


def read_push(body: bytes) -> wire.Push:
    """The body of POST /events; ValidationError when it is none (the caller answers 422)."""
    return wire.Push.model_validate_json(body)


def check_order(push: wire.Push) -> None:
    """422 when the events do not stand in device_seq order."""
    last = 0
    for item in push.events:
        if item.device_seq <= last:
            raise Trouble(
                422,
                ProblemCode.MALFORMED,
                "Các sự kiện gửi lên không theo thứ tự của máy.",
                device_seq=item.device_seq,
                field="events",
            )
        last = item.device_seq


def prepare(item: wire.WireEvent, caller: Caller, directory: Directory) -> Pending:
    """Read one pushed event and check what needs no state; 422 when not even its identity can be read."""
    refusal: tuple[str, str] | None = None
    event: ev.AnyEvent | None = None
    try:
        event = ev.event_from_json(item.event)
        identity, dossier = str(event.id), str(event.dossier)
        if not is_canonical(item.event):
            refusal = ("unreadable", "Nội dung sự kiện không ở dạng chuẩn: hãy cập nhật chương trình.")
    except ValueError:
        identity, dossier = _identities(item)
        refusal = (
            "unreadable",
            "Máy chủ không hiểu sự kiện này: hãy cập nhật chương trình hoặc báo người quản trị.",
        )
    persons: list[PersonLine] = []
    if event is not None and refusal is None:
        try:
            _check_actor(event, caller, directory)
            persons = _persons(item)
        except Refused as refused:
            refusal = (refused.code, refused.reason)
    return Pending(
        identity,
        dossier,
        item.event,
        caller.device,
        item.device_seq,
        caller.officer,
        item.seen,
        event,
        persons,
        refusal,
    )


def _identities(item: wire.WireEvent) -> tuple[str, str]:
    try:
        data: Any = json.loads(item.event)
        return str(UUID(data["id"])), str(UUID(data["dossier"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Trouble(
            422,
            ProblemCode.MALFORMED,
            "Có sự kiện gửi lên không đọc được.",
            device_seq=item.device_seq,
            field="events",
        ) from None


def _check_actor(event: ev.AnyEvent, caller: Caller, directory: Directory) -> None:
    if not _EARLIEST <= event.at <= _LATEST:
        raise Refused("Thời điểm của thao tác không hợp lệ: hãy chỉnh lại đồng hồ của máy.", "time")
    account = directory.posting(event.officer, vietnam_time(event.at).date())
    if account is None and (known := directory.known(event.officer)) is not None:
        raise Refused(f"Phân công của cán bộ {known.name} {known.why_not(directory.day)}.", "scope")
    if account is None or not account.active:
        raise Refused("Cán bộ của thao tác này không có trong danh sách của máy chủ.", "scope")
    if event.unit not in directory.scope(account.unit):
        raise Refused("Cán bộ không thuộc đơn vị ghi trong thao tác này.", "scope")
    if event.unit not in directory.scope(caller.device_unit) and event.unit not in directory.scope(
        caller.unit
    ):
        raise Refused("Thao tác này thuộc đơn vị khác với đơn vị của máy.", "scope")
    if not isinstance(event, ev.Recoded):
        sentence = _role_refusal(ACTION_OF[type(event)], account.roles)
        if sentence:
            raise Refused(sentence, "role")
    to_unit = getattr(event, "to_unit", "")
    if to_unit and not directory.above(to_unit):
        raise Refused("Đơn vị nhận không có trong danh mục của máy chủ: hãy chọn đơn vị khác.", "unit")


@lru_cache(maxsize=4096)
def _role_refusal(action: type[ev.Action], roles: frozenset[Role]) -> str:
    """Why none of `roles` may take an action, "" when one may."""
    try:
        check_role(action, roles)
    except Refused as refused:
        return refused.reason
    return ""


def _persons(item: wire.WireEvent) -> list[PersonLine]:
    lines = []
    for person in item.persons:
        try:
            held = f'{{"commitment":"{person.ref().commitment}","id":"{person.id}"}}'
        except ValueError:  # the salt is no hex
            held = ""
        # In canonical text this can only be a PersonRef: inside a string the quotes would be escaped.
        if not held or held not in item.event:
            raise Refused("Thông tin cá nhân gửi kèm không khớp với sự kiện.", "person")
        lines.append((str(person.id), held[15:79], person.model_dump_json()))
    return lines


def person_refs(value: object) -> Iterator[PersonRef]:
    """Every reference to a person in an event or a state."""
    if isinstance(value, PersonRef):
        yield value
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            found = getattr(value, name)
            if isinstance(found, Model | tuple):
                yield from person_refs(found)
    elif isinstance(value, tuple):
        for item in value:
            yield from person_refs(item)
