"""Shared by the tests of the law at the desk: receive, hand over, read the history."""

from __future__ import annotations

from typing import Any

from building_desk import BUILDING as BUILDING

from tthc_tui.core import events as ev
from tthc_tui.core.dossier import Dossier
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput

AN = PersonInput(name="Phạm Văn An", number="079084001234", phone="0912345678", address="12 Bờ Kè")


def take(desk: Desk, procedure: str = BUILDING, **more: Any) -> Dossier:
    """Receive a dossier with every paper of the list."""
    case = desk.procedure(procedure).case()
    papers = tuple(
        ev.PaperReceived(
            requirement=line.id,
            name=line.label,
            form=ev.PaperForm.LOOKED_UP if line.database else ev.PaperForm.ORIGINAL,
        )
        for line in case.requirements
        if line.kind != "note"
    )
    intake = Intake(procedure=procedure, applicant=AN, papers=papers).model_copy(update=more)
    return desk.receive(intake)


def at_unit(desk: Desk, dossier: Dossier, officer: str = "khoa") -> Dossier:
    """Forward to the building desk and let its officer take it over."""
    desk.forward([dossier.id], "dia-chinh")
    desk.sign_in(officer)
    return desk.accept_handover([dossier.id])[0]


def texts(desk: Desk, dossier: Dossier) -> list[str]:
    return [item.text for item in desk.detail(dossier.id).history]
