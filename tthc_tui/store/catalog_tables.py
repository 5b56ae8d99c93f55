"""The tables of the catalogue. Times are whole milliseconds since 1970 UTC, days are ISO dates ("" = open)."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from tthc_tui.store.tables import Table


class RecordRow(Table, table=True):
    """One version of one record exactly as a source gave it; never edited, never deleted.

    `layer` is the kind of source (see `catalog.Layer`); the newest row of a layer whose `valid_from`
    has come is the one that holds.
    """

    __tablename__ = "procedure_record"
    __table_args__ = (Index("ix_procedure_record", "code", "layer", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str
    layer: str
    version: str
    valid_from: str = ""
    body: str
    source: str
    imported_at: int
    superseded_at: int | None = None


class EffectiveRow(Table, table=True):
    """What a procedure looks like from a day on, all layers and corrections joined.

    A dossier names the `version` it was received under, so rows stay after they are superseded.
    `body` is "" where the procedure is just the record `record`.
    """

    __tablename__ = "procedure_effective"
    __table_args__ = (
        Index("ix_procedure_effective", "code", "superseded_at", "from_day"),
        Index("ix_procedure_effective_version", "code", "version"),
    )
    id: int | None = Field(default=None, primary_key=True)
    code: str
    from_day: str
    version: str
    record: int | None = None
    body: str = ""
    made_at: int
    superseded_at: int | None = None


class ProcedureRow(Table, table=True):
    """One line a procedure for search and lists; always rebuildable from the other tables.

    `spelled` and `folded` are the words of the name as written and without marks, ready for the search index,
    which is prepared anew with every change here.
    `gone_at` is when a full index no longer listed the procedure; it stays for old dossiers.
    """

    __tablename__ = "procedure"
    code: str = Field(primary_key=True)
    name: str
    short_name: str
    field_name: str
    spelled: str
    folded: str
    keywords: str
    limit_text: str
    level: str
    kind: str
    layer: str
    gone_at: int | None = None


class SearchPartRow(Table, table=True):
    """A part of the prepared search index (see `search_parts`); always rebuildable from `procedure`."""

    __tablename__ = "search_part"
    name: str = Field(primary_key=True)
    body: bytes


class OverlayRow(Table, table=True):
    """A correction of this site. `value` is JSON; a removed correction stays, marked."""

    __tablename__ = "procedure_overlay"
    __table_args__ = (Index("ix_procedure_overlay", "code", "removed_at"),)
    id: int | None = Field(default=None, primary_key=True)
    code: str
    part: str
    value: str
    source: str
    legal_basis: str = ""
    valid_from: str = ""
    valid_to: str = ""
    author: str
    at: int
    removed_at: int | None = None
    removed_by: str = ""


class ImportRow(Table, table=True):
    """One finished import with its report."""

    __tablename__ = "procedure_import"
    id: int | None = Field(default=None, primary_key=True)
    at: int
    sources: str
    report: str
