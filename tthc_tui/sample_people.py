"""Invented people and what they hand in, for the sample centre."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tthc_tui.core import events as ev
from tthc_tui.core.procedure import Channel, PaperKind, Procedure, Requirement
from tthc_tui.desk.intake_form import Intake, PersonInput


class Applicants:
    """Makes intakes; `words` are the tables of `data/sample_people.toml`."""

    def __init__(self, words: Mapping[str, Any], rng: random.Random) -> None:
        self.words, self.rng = words, rng

    def intake(self, procedure: Procedure) -> Intake:
        """Somebody comes with everything the first case of the procedure needs."""
        agent = self._person() if self.rng.random() < 0.06 else None
        delivery = self.rng.choices(tuple(ev.Delivery), (10, 1, 1))[0]
        person = self._person()
        return Intake(
            procedure=procedure.code,
            case=procedure.cases[0].code,
            applicant=person,
            agent=agent,
            authorisation="Giấy ủy quyền có chứng thực" if agent else "",
            channel=self.rng.choices(tuple(Channel), (12, 2, 1))[0],
            papers=self._papers(procedure.cases[0].requirements),
            delivery=delivery,
            delivery_address=person.address if delivery is ev.Delivery.POST else "",
        )

    def _papers(self, lines: tuple[Requirement, ...]) -> tuple[ev.PaperReceived, ...]:
        """What was handed in: all that is needed, one of each group of alternatives, some that may apply."""
        groups: set[str] = set()
        papers = []
        for line in lines:
            if line.kind is PaperKind.NOTE or line.one_of in groups:
                continue
            if not line.needed and not line.one_of and self.rng.random() > 0.2:
                continue
            groups |= {line.one_of} - {""}
            form = ev.PaperForm.ORIGINAL if line.originals or not line.copies else ev.PaperForm.COPY
            if line.database:
                form = ev.PaperForm.LOOKED_UP
            elif line.kind is PaperKind.PRESENT:
                form = ev.PaperForm.SHOWN
            count = max(line.originals, line.copies, 1)
            papers.append(ev.PaperReceived(requirement=line.id, name=line.label, form=form, count=count))
        return tuple(papers)

    def _person(self) -> PersonInput:
        words, rng = self.words, self.rng
        female = rng.random() < 0.5
        born = datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=rng.randint(0, 56 * 365))
        century = (2 if born.year >= 2000 else 0) + female
        number = f"{rng.choice(words['provinces'])}{century}{born:%y}{rng.randint(0, 999_999):06d}"
        given = rng.choice(words["female" if female else "male"])
        return PersonInput(
            name=f"{rng.choice(words['family'])} {given}",
            number=number,
            birth=f"{born:%d/%m/%Y}",
            sex="Nữ" if female else "Nam",
            address=f"Số {rng.randint(1, 240)} {rng.choice(words['streets'])}, {rng.choice(words['areas'])}",
            phone=f"{rng.choice(words['phones'])}{rng.randint(0, 999_999):06d}",
        )
