"""The JSON that commands answer with. These keys are a promise (README): add, never rename."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tthc_tui.commands.base import iso
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.duration import say_limit
from tthc_tui.core.ledger import ExplainLine
from tthc_tui.core.lookup import ProcedureHit
from tthc_tui.core.people import Person
from tthc_tui.core.procedure import Case, Limit, Procedure, Requirement
from tthc_tui.core.views import DossierLine

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.desk.lists import DossierDetail


def hit(found: ProcedureHit) -> dict[str, Any]:
    """One procedure of a search."""
    return {
        "code": found.code,
        "name": found.name,
        "short_name": found.short_name,
        "field": found.field_name,
        "limit": found.limit_text,
        "level": found.level,
        "kind": found.kind,
        "in_force": found.in_force,
    }


def limit(found: Limit | None) -> dict[str, Any] | None:
    """A time limit: amount and unit for programs, its words for people."""
    if found is None:
        return None
    return {
        "amount": str(found.amount),
        "unit": str(found.unit),
        "text": say_limit(found),
        "note": found.note,
    }


def requirement(line: Requirement) -> dict[str, Any]:
    """One line of the list of papers."""
    return {
        "id": line.id,
        "name": line.name,
        "short": line.short,
        "kind": str(line.kind),
        "originals": line.originals,
        "copies": line.copies,
        "needed": line.needed,
        "one_of": line.one_of,
        "group": line.group,
        "template": line.template,
        "database": line.database,
        "origin": str(line.origin),
    }


def case(found: Case) -> dict[str, Any]:
    """One case of a procedure with its papers."""
    return {
        "code": found.code,
        "name": found.name,
        "limit": limit(found.limit),
        "requirements": [requirement(line) for line in found.requirements],
    }


def procedure(found: Procedure, unit: str) -> dict[str, Any]:
    """A whole procedure; `unit` is the id of the unit that handles it here."""
    return {
        "code": found.code,
        "name": found.name,
        "short_name": found.short_name,
        "field": found.field_name,
        "field_code": found.field_code,
        "executing": found.executing,
        "levels": list(found.levels),
        "handling_unit": unit,
        "limit": limit(found.limit),
        "terms": [
            {"channel": str(t.channel), "limit": limit(t.limit), "limit_text": t.limit_text, "note": t.note}
            for t in found.terms
        ],
        "cases": [case(part) for part in found.cases],
        "fees": [
            {
                "kind": str(fee.kind),
                "name": fee.name,
                "amount": fee.amount,
                "free": fee.free,
                "per": fee.per,
                "channel": str(fee.channel) if fee.channel else None,
                "note": fee.note,
            }
            for fee in found.fees
        ],
        "results": list(found.results),
        "legal_bases": list(found.legal_bases),
        "steps": found.steps,
        "conditions": found.conditions,
        "notes": list(found.notes),
        "doubts": list(found.doubts),
        "corrected": list(found.overlaid),
        "source": found.source,
        "source_date": found.source_date.isoformat() if found.source_date else None,
        "version": found.version,
    }


def line(desk: Desk, found: DossierLine, at: datetime | None = None) -> dict[str, Any]:
    """One dossier in a list."""
    return {
        "id": found.id,
        "short_id": found.short_id,
        "code": found.code,
        "state": int(found.state),
        "state_label": found.state.label,
        "applicant": found.applicant,
        "phone": found.phone,
        "procedure": found.procedure_code,
        "procedure_name": found.procedure,
        "field": found.field,
        "holder_unit": found.holder_unit,
        "holder_officer": found.holder_officer,
        "coming_to": found.coming_to,
        "received_at": iso(found.received_at),
        "due_at": iso(found.due_at),
        "closed_at": iso(found.closed_at),
        "remaining": desk.remaining_text(found, at),
    }


def dossier(found: Dossier) -> dict[str, Any]:
    """A dossier after an action."""
    return {
        "id": str(found.id),
        "short_id": short_id(found.id),
        "code": found.code,
        "version": found.version,
        "state": int(found.state),
        "state_label": found.state.label,
        "procedure": found.procedure.code,
        "procedure_name": found.procedure.name,
        "holder_unit": found.holder_unit,
        "coming_to": found.coming_to,
        "receipt_number": found.number,
        "received_at": iso(found.received_at),
        "due_at": iso(found.due_at),
    }


def detail(desk: Desk, found: DossierDetail) -> dict[str, Any]:
    """One dossier with people, papers, fees and history."""
    inside = found.dossier
    return {
        **dossier(inside),
        "case": inside.procedure.case,
        "case_name": inside.procedure.case_name,
        "channel": str(inside.channel),
        "content": inside.content,
        "applicant": person(found.applicant),
        "agent": person(found.agent),
        "papers": [paper.model_dump(mode="json") for paper in inside.papers],
        "missing": list(inside.missing),
        "sets": inside.sets,
        "fees": [fee.model_dump(mode="json") for fee in inside.fees],
        "delivery": str(inside.delivery),
        "receiving_unit": inside.receiving_unit,
        "receiving_officer": inside.receiving_officer,
        "handling_unit": inside.handling_unit,
        "holder_officer": inside.holder_officer,
        "limit": limit(inside.limit),
        "remaining": desk.remaining_text(inside),
        "supplements": inside.supplements,
        "supplement_items": list(inside.supplement_items),
        "paused_at": iso(inside.paused_at),
        "resolved_at": iso(inside.resolved_at),
        "outcome": inside.outcome,
        "returned_at": iso(inside.returned_at),
        "closed_at": iso(inside.closed_at),
        "reason": inside.reason,
        "history": [
            {
                "at": iso(item.at),
                "kind": item.kind,
                "text": item.text,
                "officer": item.officer,
                "unit": item.unit,
                "undone": item.undone,
            }
            for item in found.history
        ],
    }


def person(found: Person | None) -> dict[str, Any] | None:
    """Personal data; None where there is nobody or they were erased."""
    if found is None:
        return None
    return found.model_dump(mode="json", exclude={"id", "salt"})


def explained(found: ExplainLine) -> dict[str, Any]:
    """One line of a deadline's ledger; `minutes` is the working time it counted."""
    return {
        "kind": str(found.kind),
        "start": iso(found.start),
        "end": iso(found.end),
        "minutes": round(found.counted.total_seconds() / 60, 3),
        "text": found.text,
        "rule": found.rule,
    }
