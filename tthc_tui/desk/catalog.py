"""Looking procedures up, and keeping the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.lookup import SearchResult
from tthc_tui.core.procedure import Case, Procedure
from tthc_tui.core.roles import check_one_of
from tthc_tui.core.site import Role, Site
from tthc_tui.core.text import clean
from tthc_tui.core.views import DossierLine
from tthc_tui.desk.base import DeskBase
from tthc_tui.store.errors import StoreError

if TYPE_CHECKING:
    from tthc_tui.store.catalog import ImportReport
    from tthc_tui.store.search import SearchIndex


class CatalogDesk(DeskBase):
    """Search over the whole catalogue, one procedure, import, corrections of the site."""

    _index_mark = b""  # of the index in memory
    _site_text = ""  # the site as it stood in the file when it was last looked at

    def load_catalog(self) -> None:
        """Read the search index into memory; done once after the start and after every import."""
        from tthc_tui.store.search import kept_index
        from tthc_tui.store.search_kept import kept_mark

        self._index_mark = kept_mark(self.store)
        with self.store.read() as connection:
            self._index = kept_index(connection)
        if self._index is None:
            self._index = self._prepared_index()
            self._index_mark = kept_mark(self.store)

    def _current_index(self) -> SearchIndex:
        """The index; read anew where another program changed the catalogue meanwhile."""
        from tthc_tui.store.search import load_index
        from tthc_tui.store.search_kept import kept_mark

        if self._index is None:
            self.load_catalog()
        else:
            with suppress(StoreError):  # a file that can't be read now: the index at hand answers
                mark = kept_mark(self.store)
                if mark != self._index_mark:
                    with self.store.read() as connection:
                        self._index = load_index(connection)
                    self._index_mark = mark
        assert self._index is not None
        return self._index

    def follow_file(self) -> None:
        """Take over what another program changed of the site and the catalogue; cheap where nothing was."""
        with suppress(StoreError):
            text = str(self.store.peek("SELECT value FROM setting WHERE key = 'site'") or "")
            if text and text != self._site_text:
                self._site_text = text
                site = Site.model_validate_json(text)
                if site != self.whole_site:
                    self.take_site(site)
        if self._index is not None:
            self._current_index()

    def _prepared_index(self) -> SearchIndex:
        """The index made anew (a file of an older program has none) and kept where the file can be written."""
        from tthc_tui.store.search import load_index
        from tthc_tui.store.search_kept import keep_parts

        with suppress(StoreError):
            self.store.write(keep_parts)
        with self.store.read() as connection:
            return load_index(connection)

    @property
    def procedure_count(self) -> int:
        """How many procedures can be searched."""
        return len(self._current_index())

    def search(self, text: str, limit: int = 50) -> SearchResult:
        """Procedures an officer may mean by `text` (name, initials, code, field), the likeliest first."""
        return self._current_index().search(clean(text), limit=limit)

    def procedure_label(self, line: DossierLine) -> str:
        """The name of a dossier's procedure for a narrow column: as officers call it, else as published."""
        return (self._index.short_name(line.procedure_code) if self._index else "") or line.procedure

    def procedure(self, code: str, on: date | None = None) -> Procedure:
        """The procedure in force on a day (today if not given), corrections of the site applied."""
        from tthc_tui.store.catalog import get_procedure

        wanted = clean(code)
        with self.store.read() as connection:
            found = get_procedure(connection, wanted, on or self.now.date())
        if found is None:
            raise Refused(
                f"Không có thủ tục mã “{wanted[:40]}” trong danh mục: hãy kiểm tra mã hoặc tra cứu theo tên.",
                "procedure",
            )
        return found

    def procedure_of(self, dossier: Dossier) -> Procedure:
        """The procedure in the version the dossier was received under."""
        from tthc_tui.store.catalog import get_version

        with self.store.read() as connection:
            found = get_version(connection, dossier.procedure.code, dossier.procedure.version)
        if found is not None:
            return found
        try:
            return self.procedure(dossier.procedure.code)
        except Refused:
            case = Case(code=dossier.procedure.case, name=dossier.procedure.case_name)
            return Procedure(code=dossier.procedure.code, name=dossier.procedure.name, cases=(case,))

    def handling_unit(self, procedure: Procedure) -> str:
        """The unit that handles a procedure at this site."""
        return self.site.handling_unit(procedure.code, procedure.field_name, self.now.date())

    def import_catalog(self, paths: Sequence[Path]) -> ImportReport:
        """Import catalogue files or folders, all or nothing; search sees them at once."""
        from tthc_tui.store.catalog import import_catalog

        at = self.now
        report = self.store.write(lambda connection: import_catalog(connection, paths, at))
        self.load_catalog()
        return report

    def correct_procedure(
        self,
        code: str,
        part: str,
        value: object,
        *,
        source: str,
        legal_basis: str = "",
        valid_from: date | None = None,
        valid_to: date | None = None,
    ) -> None:
        """Keep a correction of the site beside the imported record; it survives every re-import.

        Refused for another role than leader or administrator: papers, limits and fees follow from it.
        """
        from tthc_tui.store.catalog import set_overlay

        check_one_of((Role.LEADER, Role.ADMIN), self.officer.roles, "hiệu chỉnh thủ tục")
        at, author = self.now, self.officer.id
        self.store.write(
            lambda connection: set_overlay(
                connection,
                code,
                part,
                value,
                source=source,
                legal_basis=legal_basis,
                valid_from=valid_from or at.date(),
                valid_to=valid_to,
                author=author,
                at=at,
            )
        )
        self.load_catalog()

    def field_names(self) -> list[str]:
        """The fields (lĩnh vực) dossiers here belong to, for filters."""
        from tthc_tui.store.finding import field_names

        with self.store.read() as connection:
            return field_names(connection)
