"""Erasing a person's data at their request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.roles import check_one_of
from tthc_tui.core.site import Role
from tthc_tui.core.text import clean
from tthc_tui.desk.base import DeskBase
from tthc_tui.store import erased_files, erasing, feedback

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Gone(NamedTuple):
    """What became of an erasing: in how many dossiers and feedbacks; `swept`: nothing is left in the open file.

    `copies` are files made before upgrades that still hold the person.
    """

    dossiers: int
    feedback: int
    swept: bool
    copies: tuple[Path, ...]


class ErasingDesk(DeskBase):
    """The right to have one's data erased (Law 91/2025/QH15 on personal data protection)."""

    def erase_person(self, number: str, reason: str, *, sender: str = "", copies: bool = False) -> Gone:
        """Erase everybody with this personal number from this machine, and the feedback they sent.

        Feedback is found by their phones and by this `number` where it is a phone, in their own dossiers by their
        name, and everywhere by the name `sender`. Their dossiers get a note with the reason, papers saved of
        them go; `copies` made before upgrades that hold them go where it is asked for. Refused for another role
        than administrator, without a reason, or when nobody is found. What the backend holds is erased there.
        """
        check_one_of((Role.ADMIN,), self.officer.roles, "xóa dữ liệu cá nhân")
        wanted, name, why = clean(number), clean(sender), clean(reason)
        if not why:
            raise Refused(
                "Chưa có lý do xóa dữ liệu cá nhân: hãy ghi căn cứ hoặc số văn bản yêu cầu.", "reason"
            )

        def job(connection: Connection) -> tuple[int, int, frozenset[str]]:
            known = erasing.with_number(connection, wanted)
            found = erasing.naming(connection, known.persons)
            phones = known.phones | ({wanted} if wanted else set())
            sent = feedback.sent_by(connection, phones=phones, names=known.names, dossiers=found, name=name)
            if not known.persons and not sent and not self._in_copies(copies, wanted, name):
                raise Refused(
                    "Không có người nào mang số hoặc tên này trên máy: hãy kiểm tra số định danh, số điện thoại.",
                    "unknown",
                )
            note = ev.AddNote(text=f"Đã xóa dữ liệu cá nhân: {why}")
            self.act_in(connection, [(dossier, [note]) for dossier in found])
            if known.persons:
                erasing.erase(connection, known.persons, found)
            erasing.to_be_swept(connection)
            return len(found), feedback.erase_sender(connection, sent, why), known.words | {wanted, name}

        dossiers, answers, words = self.store.write(job)
        swept = erasing.sweep(self.store)
        left = erased_files.upgrade_copies(self.store.path, words)
        if copies:
            left = erased_files.delete_copies(left)
        return Gone(dossiers, answers, swept, tuple(left))

    def _in_copies(self, asked: bool, *words: str) -> bool:
        return asked and bool(erased_files.upgrade_copies(self.store.path, words))

    def sweep_erased(self) -> bool:
        """Try again what an erasing had to leave on the disk for the moment; whether nothing is left."""
        return erasing.sweep(self.store)
