"""Numbers of dossier codes: one locked counter per (agency, day), blocks for devices, unused numbers explained."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from tthc_tui.core import events as ev
from tthc_tui.core import wire
from tthc_tui.core.codes import CodeError, check_agency, format_code, parse_code
from tthc_tui.core.wire import ProblemCode
from tthc_tui.server import schema
from tthc_tui.server.auth import Caller
from tthc_tui.server.clock import now_ms
from tthc_tui.server.database import Database, Transaction, bulk
from tthc_tui.server.directory import NUMBERING, Directory, DirectoryKeeper
from tthc_tui.server.problems import Trouble
from tthc_tui.server.writer import Writer

_LEASE_COLUMNS = ("agency", "day", "first", "last", "device", "officer", "at")


class Numbers:
    """Gives numbers out. A number is never given twice; what is never used is voided by name."""

    def __init__(self, database: Database, directory: DirectoryKeeper, writer: Writer) -> None:
        self._database = database
        self._directory = directory
        self._writer = writer

    async def one(self, caller: Caller, ask: wire.NumberAsk) -> wire.NumberGiven:
        """The next number of (agency, day), for a dossier that is being received online now."""
        caller.require(NUMBERING)
        agency = _agency(ask.agency)
        if not await self._may(caller, agency):
            raise _foreign(agency)
        async with self._database.writing() as tx:
            last = await _take(tx, agency, ask.day, 1)
            await tx.many(self._rows(caller, [(agency, ask.day, last, last)]))
        return wire.NumberGiven(
            agency=agency, day=ask.day, number=last, code=format_code(agency, ask.day, last)
        )

    async def lease(self, caller: Caller, ask: wire.LeasesAsk) -> wire.Leases:
        """A block of numbers for each (agency, day) asked, the device's own from now on.

        Agencies the unit may not give numbers of are left out; 403 when nothing is left.
        """
        caller.require(NUMBERING)
        asked = [(_agency(want.agency), want.day, want.count, place) for place, want in enumerate(ask.wants)]
        wants = [want for want in asked if await self._may(caller, want[0])]
        if not wants:
            raise _foreign(asked[0][0])
        given: dict[int, wire.Lease] = {}
        async with self._database.writing() as tx:
            for agency, day, count, place in sorted(
                wants, key=lambda w: (w[0], w[1])
            ):  # one order: no deadlock
                last = await _take(tx, agency, day, count)
                given[place] = wire.Lease(agency=agency, day=day, first=last - count + 1, last=last)
            await tx.many(self._rows(caller, [(x.agency, x.day, x.first, x.last) for x in given.values()]))
        return wire.Leases(leases=tuple(given[place] for place in sorted(given)))

    async def held(self, caller: Caller, agency: str, day: date) -> wire.Leases:
        """The blocks this device holds of (agency, day), so that a restored station finds them again."""
        caller.require(NUMBERING)
        async with self._database.reading() as tx:
            rows = await tx.rows(
                "SELECT first, last FROM lease WHERE agency = :agency AND day = :day AND device = :device ORDER BY first",
                agency=_agency(agency),
                day=day.isoformat(),
                device=caller.device,
            )
        return wire.Leases(
            leases=tuple(
                wire.Lease(agency=_agency(agency), day=day, first=first, last=last) for first, last in rows
            )
        )

    async def void(self, caller: Caller, ask: wire.VoidAsk) -> wire.Voided:
        """Explain the unused numbers of the device's own blocks; 403 for numbers of others.

        Each gap is told by an event of the dossier whose code stands beside it; numbers of a day without any
        code leave no gap.
        """
        caller.require(NUMBERING)
        directory = await self._directory.get()
        async with self._database.writing() as tx:
            unused: list[tuple[str, str, int, str, str, int]] = []
            for block in ask.blocks:
                fresh = await self._unused(tx, caller, block)
                await self._tell(tx, caller, directory, block, [row[2] for row in fresh])
                unused += fresh
            await tx.many(
                bulk(
                    self._database.kind,
                    schema.VOIDED,
                    ("agency", "day", "number", "device", "officer", "at"),
                    unused,
                    "ON CONFLICT (agency, day, number) DO NOTHING",
                )
            )
        return wire.Voided(voided=len(unused))

    async def _may(self, caller: Caller, agency: str) -> bool:
        directory = await self._directory.get()
        return directory.may_number(caller.feed, agency)

    async def _unused(
        self, tx: Transaction, caller: Caller, block: wire.Lease
    ) -> list[tuple[str, str, int, str, str, int]]:
        agency, day = _agency(block.agency), block.day.isoformat()
        if not 0 < block.first <= block.last < block.first + wire.MAX_LEASE:
            raise Trouble(422, ProblemCode.MALFORMED, "Khoảng số gửi lên không đúng.", field="blocks")
        own = await tx.rows(
            "SELECT first, last FROM lease WHERE agency = :agency AND day = :day AND device = :device"
            " AND first <= :last AND last >= :first",
            agency=agency,
            day=day,
            device=caller.device,
            first=block.first,
            last=block.last,
        )
        numbers = {
            n for first, last in own for n in range(max(first, block.first), min(last, block.last) + 1)
        }
        if len(numbers) != block.last - block.first + 1:
            raise Trouble(403, ProblemCode.FORBIDDEN, "Có số hồ sơ không thuộc khoảng đã cấp cho máy này.")
        codes = {format_code(agency, block.day, n): n for n in numbers}
        used = await tx.rows("SELECT code FROM code WHERE code {in:codes}", codes=list(codes))
        known = await tx.rows(
            "SELECT number FROM voided WHERE agency = :agency AND day = :day AND number {in:numbers}",
            agency=agency,
            day=day,
            numbers=sorted(numbers),
        )
        left = numbers - {codes[code] for (code,) in used} - {number for (number,) in known}
        return [(agency, day, number, caller.device, caller.officer, now_ms()) for number in sorted(left)]

    async def _tell(
        self, tx: Transaction, caller: Caller, directory: Directory, block: wire.Lease, numbers: list[int]
    ) -> None:
        agency = _agency(block.agency)
        stem = format_code(agency, block.day, 1).removesuffix("0001")
        rows = await tx.rows(
            "SELECT code, dossier FROM code WHERE code >= :stem AND code < :after",
            stem=stem,
            after=stem + "~",
        )
        beside = {
            code.number: row[1] for row in rows if (code := parse_code(row[0])) and not code.centre_digits
        }
        if not beside:
            return
        for first, last in _ranges(numbers):
            action = ev.VoidNumbers(
                first=format_code(agency, block.day, first),
                last=format_code(agency, block.day, last),
                count=last - first + 1,
                returned_by=caller.officer,
            )
            before = [number for number in beside if number < first]
            nearest = beside[max(before) if before else min(beside)]
            await self._writer.append_own(tx, {nearest: action}, directory)

    def _rows(
        self, caller: Caller, blocks: list[tuple[str, date, int, int]]
    ) -> list[tuple[str, dict[str, object]]]:
        rows = [
            (agency, day.isoformat(), first, last, caller.device, caller.officer, now_ms())
            for agency, day, first, last in blocks
        ]
        return bulk(self._database.kind, schema.LEASE, _LEASE_COLUMNS, rows)


def _foreign(agency: str) -> Trouble:
    return Trouble(
        403,
        ProblemCode.FORBIDDEN,
        f"Đơn vị của bạn không được cấp mã hồ sơ của cơ quan {agency}: hãy chọn cơ quan thuộc địa bàn hoặc báo "
        "quản trị khai báo tuyến tiếp nhận.",
    )


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Numbers in order as runs of neighbours."""
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        those = [number for _, number in run]
        yield those[0], those[-1]


async def _take(tx: Transaction, agency: str, day: date, count: int) -> int:
    """Move the counter of (agency, day) on, its row locked until commit; the last number taken."""
    rows = await tx.rows(
        "INSERT INTO counter (agency, day, last) VALUES (:agency, :day, :count)"
        " ON CONFLICT (agency, day) DO UPDATE SET last = counter.last + :count RETURNING last",
        agency=agency,
        day=day.isoformat(),
        count=count,
    )
    return int(rows[0][0])


def _agency(text: str) -> str:
    try:
        return check_agency(text)
    except CodeError as error:
        raise Trouble(422, ProblemCode.MALFORMED, str(error), field="agency") from error
