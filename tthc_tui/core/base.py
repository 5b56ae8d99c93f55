"""What every value of the rules shares: immutability, the time zone, identities."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

# One offset since 1975; the library of zones would read a table of this interpreter first.
VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_set = object.__setattr__  # past the guard of frozen values


class Model(BaseModel):
    """A frozen value: compared by content, never edited, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def trusted(cls, values: dict[str, Any], named: set[str] | None = None) -> Self:
        """A value of fields that are known to be right, every one of them given; `values` is kept, not copied.

        For what is made by the thousand from values that were checked one by one. `named` are the names of the
        fields, where they are at hand.
        """
        made = cls.__new__(cls)
        _set(made, "__dict__", values)
        _set(made, "__pydantic_fields_set__", set(values) if named is None else named)
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made

    def changed(self, changes: dict[str, Any]) -> Self:
        """A copy that differs in some fields, whose new values are known to be right."""
        values = {**vars(self), **changes}
        named = self.__pydantic_fields_set__  # shared, not copied: nothing adds to those of a frozen value
        return self.trusted(values, named if len(named) == len(values) else None)


class Refused(Exception):
    """An action the rules do not allow now; `reason` is one Vietnamese sentence for the officer."""

    def __init__(self, reason: str, code: str = "refused", **details: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.details = details


def uuid7(at: datetime, random_bits: int | None = None) -> UUID:
    """A UUID version 7 (RFC 9562) for the aware instant `at`.

    `random_bits` (74 bits) is drawn from the system when not given; tests and the simulation pass it.
    """
    millis = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    bits = secrets.randbits(74) if random_bits is None else random_bits & ((1 << 74) - 1)
    rand_a, rand_b = bits >> 62, bits & ((1 << 62) - 1)
    return UUID(int=(millis << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)


def vietnam_time(at: datetime) -> datetime:
    """The same instant on the clocks of Vietnam; a naive time is a programming error (ValueError)."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone reached the rules")
    return at.astimezone(VIETNAM)
