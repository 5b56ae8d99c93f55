"""A filled form: the description and its values, ready for any renderer."""

from __future__ import annotations

import re

from pydantic import AwareDatetime, field_validator

from tthc_tui.core.base import Model
from tthc_tui.core.text import clean, clean_lines
from tthc_tui.printing.forms import Form
from tthc_tui.printing.words import long_day

Rows = tuple[tuple[str, ...], ...]
DOTS = "……………"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def fill(template: str, values: dict[str, str], dots: str = DOTS) -> str:
    """`template` with every {name} replaced by its value, or by `dots` where that is empty."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], "") or dots, template)


class Letterhead(Model):
    """Who issues the paper. `office` is the mark in its number ("12/TTPVHCC")."""

    parent: str = ""  # đơn vị chủ quản
    centre: str = ""
    place: str = ""  # địa danh
    office: str = "TTPVHCC"


class Document(Model):
    """One filled form. All texts are NFC and free of control characters, whatever was given.

    `issued_at` (aware) is the date of the paper and the creation date of the PDF.
    """

    form: Form
    letterhead: Letterhead
    issued_at: AwareDatetime
    values: dict[str, str] = {}
    tables: dict[str, Rows] = {}
    number: str = ""
    code: str = ""
    short_id: str = ""
    lookup_url: str = ""
    provisional: bool = False
    reprint_no: int = 0  # 0 is the first print
    replaces: str = ""  # number of the paper this one replaces

    @field_validator("number", "code", "short_id", "replaces", "lookup_url")
    @classmethod
    def _clean_text(cls, text: str) -> str:
        return clean(text)

    @field_validator("letterhead")
    @classmethod
    def _clean_head(cls, head: Letterhead) -> Letterhead:
        return Letterhead(**{name: clean(text) for name, text in head.model_dump().items()})

    @field_validator("values")
    @classmethod
    def _clean_values(cls, values: dict[str, str]) -> dict[str, str]:
        return {key: clean_lines(text) for key, text in values.items()}

    @field_validator("tables")
    @classmethod
    def _clean_tables(cls, tables: dict[str, Rows]) -> dict[str, Rows]:
        return {
            key: tuple(tuple(clean_lines(cell) for cell in row) for row in rows)
            for key, rows in tables.items()
        }

    def facts(self) -> dict[str, str]:
        """Every value a text of the form may name in {braces}."""
        return {
            **self.values,
            "parent": self.letterhead.parent,
            "centre": self.letterhead.centre,
            "place": self.letterhead.place,
            "office": self.letterhead.office,
            "issued_date": long_day(self.issued_at),
            "number": self.number,
            "code": self.code,
            "short_id": self.short_id,
            "replaces": self.replaces,
            "reprint_no": str(self.reprint_no or ""),
        }
