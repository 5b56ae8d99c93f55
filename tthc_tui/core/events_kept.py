"""What is kept about a dossier without moving it on: notes, prints, certified papers, numbers, erasures."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from tthc_tui.core.events_base import Action, CertifiedPaper, Event

__all__ = [
    "KEPT_EVENTS",
    "AddNote",
    "Certified",
    "Certify",
    "ErasePerson",
    "Noted",
    "NumbersVoided",
    "PersonErased",
    "Print",
    "Printed",
    "Recode",
    "Recoded",
    "VoidNumbers",
]


class AddNote(Action):
    """A remark in the history."""

    text: str


class Print(Action):
    """A form was printed; copies beyond the first printing are marked as reprints."""

    form: str
    copies: int = 2
    reprint: int = 0
    slip: str = ""  # the slip printed, of a form that a dossier may have several of


class Certify(Action):
    """What is to be certified (phiếu chứng thực): papers, pages, copies, fees; the last list holds."""

    papers: tuple[CertifiedPaper, ...] = Field(min_length=1)


class Recode(Action):
    """Give the official code to a dossier that had none, or another one where its code was taken already."""

    code: str
    alias: str = ""  # the code printed before; it keeps finding the dossier


class ErasePerson(Action):
    """Personal data was erased from the backend and from every station, at the person's request."""

    persons: tuple[UUID, ...]
    reason: str


class VoidNumbers(Action):
    """Code numbers beside this dossier's were lent to a counter and never used; nobody gets them any more."""

    first: str  # official codes, both included
    last: str
    count: int
    returned_by: str = ""  # the officer whose station gave them back


class Noted(Event, AddNote):
    kind: Literal["noted"] = "noted"


class Printed(Event, Print):
    kind: Literal["printed"] = "printed"


class Certified(Event, Certify):
    kind: Literal["certified"] = "certified"


class Recoded(Event, Recode):
    kind: Literal["recoded"] = "recoded"


class PersonErased(Event, ErasePerson):
    kind: Literal["person_erased"] = "person_erased"


class NumbersVoided(Event, VoidNumbers):
    kind: Literal["numbers_voided"] = "numbers_voided"


KEPT_EVENTS: tuple[type[Event], ...] = (
    Noted,
    Printed,
    Certified,
    Recoded,
    PersonErased,
    NumbersVoided,
)
