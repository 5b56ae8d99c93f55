"""Erasing a person's data at their request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.site import Role
from tthc_tui.core.text import clean
from tthc_tui.desk.base import DeskBase
from tthc_tui.store import erasing

if TYPE_CHECKING:
    from sqlalchemy import Connection


class ErasingDesk(DeskBase):
    """The right to have one's data erased (Law 91/2025/QH15 on personal data protection)."""

    def erase_person(self, number: str, reason: str) -> int:
        """Erase everybody with this personal number from this machine; how many dossiers they were in.

        Their dossiers get a note with the reason. Refused for another role than administrator, without a
        reason, or when nobody has the number. What the backend holds is erased there.
        """
        if Role.ADMIN not in self.officer.roles:
            raise Refused("Bạn không được xóa dữ liệu cá nhân: việc này của quản trị.", "role")
        wanted, why = clean(number), clean(reason)
        if not why:
            raise Refused(
                "Chưa có lý do xóa dữ liệu cá nhân: hãy ghi căn cứ hoặc số văn bản yêu cầu.", "reason"
            )

        def job(connection: Connection) -> int:
            persons, found = erasing.dossiers_of(connection, wanted) if wanted else ([], [])
            if not persons:
                raise Refused(
                    "Không có người nào mang số này trên máy: hãy kiểm tra số định danh.", "unknown"
                )
            note = ev.AddNote(text=f"Đã xóa dữ liệu cá nhân: {why}")
            self.act_in(connection, [(dossier, [note]) for dossier in found])
            erasing.erase(connection, persons, found)
            return len(found)

        gone = self.store.write(job)
        self.store.sweep()
        return gone
