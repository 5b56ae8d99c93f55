"""Signing in: passwords (argon2, in a thread), devices, tokens, and how often one may try."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import math
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from tthc_tui.core import wire
from tthc_tui.core.site import Role
from tthc_tui.core.wire import ProblemCode
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.database import Database, Transaction
from tthc_tui.server.directory import Account, Directory, DirectoryKeeper
from tthc_tui.server.joining import join_plan
from tthc_tui.server.problems import Trouble
from tthc_tui.server.settings import ServerSettings

HASHER = PasswordHasher()
_NOBODY = HASHER.hash(secrets.token_hex(16))  # verified for unknown users: the answer takes as long
MAX_KNOWN = 10_000


def secret_hash(secret: str) -> str:
    """What is stored of a token, a device secret or an enrolment code (all long and random)."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call: the officer, the device and the unit whose feed they follow."""

    officer: str
    name: str
    unit: str
    roles: frozenset[Role]
    device: str
    device_unit: str
    feed: str
    token: str  # hashed
    expires_at: int

    def require(self, roles: frozenset[Role]) -> None:
        """403 unless the officer has one of `roles`."""
        if not self.roles & roles:
            names = ", ".join(role.label for role in Role if role in roles)
            raise Trouble(403, ProblemCode.FORBIDDEN, f"Việc này chỉ dành cho: {names}.")


class Bucket:
    """Requests allowed: `rate` a second on average, `burst` at once, for each key."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Use one; 429 with Retry-After when none is left."""
        now = time.monotonic()
        level, since = self._levels.get(key, (self._burst, now))
        level = min(self._burst, level + (now - since) * self._rate)
        if level < 1:
            too_many(math.ceil((1 - level) / self._rate))
        self._levels[key] = (level - 1, now)
        if len(self._levels) > MAX_KNOWN:
            full = [k for k, (lv, at) in self._levels.items() if lv + (now - at) * self._rate >= self._burst]
            for k in full or list(self._levels)[: MAX_KNOWN // 2]:
                del self._levels[k]


def too_many(seconds: int) -> None:
    """Raise 429."""
    wait = max(1, seconds)
    raise Trouble(
        429,
        ProblemCode.TOO_MANY,
        f"Gửi quá nhiều yêu cầu: hãy chờ {wait} giây.",
        headers={"Retry-After": str(wait)},
    )


class Gate:
    """Lets callers in."""

    def __init__(self, database: Database, directory: DirectoryKeeper, settings: ServerSettings) -> None:
        self._database = database
        self._directory = directory
        self._settings = settings
        self._known: dict[str, tuple[float, Caller]] = {}
        self._calls = Bucket(settings.requests_per_second, settings.burst)
        self._doors = Bucket(settings.sign_ins_per_minute / 60, settings.sign_ins_per_minute)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="tthc-argon2")

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False)

    def forget(self) -> None:
        """Sessions, devices or officers changed: look them up again."""
        self._known.clear()

    async def caller(self, authorization: str) -> Caller:
        """Who sent this Authorization header; 401 when nobody known, 429 when too often."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > 200:
            raise _signed_out()
        key = secret_hash(token)
        found = self._known.get(key)
        if found is None or time.monotonic() - found[0] > self._settings.trust_seconds:
            caller = await self._look_up(key)
            if len(self._known) > MAX_KNOWN:
                self._known.clear()
            self._known[key] = (time.monotonic(), caller)
        else:
            caller = found[1]
        if caller.expires_at <= now_ms():
            raise _signed_out()
        self._calls.take(caller.device)
        return caller

    async def still_in(self, caller: Caller) -> bool:
        """Whether a long call (the live stream) may go on."""
        try:
            return (await self._look_up(caller.token)).expires_at > now_ms()
        except Trouble:
            return False

    async def _look_up(self, key: str) -> Caller:
        async with self._database.reading() as tx:
            rows = await tx.rows(
                "SELECT s.officer, s.device, s.feed, s.expires_at, d.unit FROM session s"
                " JOIN device d ON d.id = s.device AND d.active = 1 WHERE s.token = :key",
                key=key,
            )
        directory = await self._directory.get()
        account = directory.accounts.get(rows[0][0]) if rows else None
        if account is None or not account.active:
            self._known.pop(key, None)
            raise _signed_out()
        officer, device, feed, expires_at, device_unit = rows[0]
        if feed not in directory.scope(account.unit):  # the officer was moved to another unit
            raise _signed_out()
        return Caller(
            officer, account.name, account.unit, account.roles, device, device_unit, feed, key, expires_at
        )

    async def check(self, ask: wire.JoinAsk, address: str) -> wire.JoinPlan:
        """What of a file's history would be taken under a one-time code, which stays good; 401 when it is not."""
        self._doors.take(address)
        async with self._database.reading() as tx:
            unit = await _unit_of_code(tx, ask.code)
        return join_plan(await self._directory.get(), unit, ask.acted)

    async def enrol(self, enrol: wire.Enrol, address: str) -> wire.Device:
        """Give a device its identity for a one-time code; 401 when the code is not (or no longer) good."""
        self._doors.take(address)
        async with self._database.writing() as tx:
            device = await new_device(tx, enrol.name, await _unit_of_code(tx, enrol.code, " {lock}"))
            await tx.rows(
                "UPDATE enrolment SET device = :d WHERE code = :code",
                d=str(device.device),
                code=secret_hash(enrol.code.strip()),
            )
        return device

    async def sign_in(self, ask: wire.SignIn, address: str) -> wire.Session:
        """Open a session; 401 with one sentence for everything that can be wrong, after the same work."""
        self._doors.take(address)
        directory = await self._directory.get()
        account, known = directory.accounts.get(ask.user), directory.known(ask.user)
        await self._wait_turn(ask.user)
        good = await self._password_good(known, ask.password)
        device_unit = await self._device_unit(ask.device, ask.secret)
        if known and known.active and good and device_unit is not None and account is None:
            raise Trouble(
                401,
                ProblemCode.SIGN_IN,
                f"Phân công của {known.name} {known.why_not(directory.day)}: hãy hỏi quản trị của đơn vị.",
            )
        if account is None or not good or device_unit is None or not account.active:
            await self._failed(ask.user)
            raise Trouble(
                401,
                ProblemCode.SIGN_IN,
                "Tên đăng nhập, mật khẩu hoặc máy này không đúng: hãy kiểm tra và nhập lại.",
            )
        token = secrets.token_urlsafe(32)
        caller = Caller(
            account.id,
            account.name,
            account.unit,
            account.roles,
            str(ask.device),
            device_unit,
            feed_of(directory, account, device_unit),
            secret_hash(token),
            now_ms() + int(self._settings.session_hours * 3_600_000),
        )
        await self._keep(caller, ask.user)
        return await self.describe(caller, token)

    async def _keep(self, caller: Caller, user: str) -> None:
        """Store a session that begins; wrong attempts of `user` and sessions that ended are forgotten."""
        now = now_ms()
        async with self._database.writing() as tx:
            await tx.many(
                [
                    ("DELETE FROM attempt WHERE key = :key", {"key": secret_hash(user)}),
                    ("DELETE FROM session WHERE expires_at < :now", {"now": now}),
                    (
                        "INSERT INTO session (token, officer, device, feed, created_at, expires_at)"
                        " VALUES (:token, :officer, :device, :feed, :now, :expires)",
                        {
                            "token": caller.token,
                            "officer": caller.officer,
                            "device": caller.device,
                            "feed": caller.feed,
                            "now": now,
                            "expires": caller.expires_at,
                        },
                    ),
                ]
            )

    async def describe(self, caller: Caller, token: str = "") -> wire.Session:
        """The session as its station is told."""
        directory = await self._directory.get()
        async with self._database.reading() as tx:
            (log_row,), (seq_row,) = await tx.many(
                [
                    ("SELECT epoch FROM log WHERE id = 1", {}),
                    (
                        "SELECT {greatest}((SELECT coalesce(max(device_seq), 0) FROM event WHERE device = :d),"
                        " (SELECT coalesce(max(device_seq), 0) FROM verdict WHERE device = :d))",
                        {"d": caller.device},
                    ),
                ]
            )
        return wire.Session.model_validate(
            {
                "token": token,
                "officer": caller.officer,
                "name": caller.name,
                "unit": caller.unit,
                "roles": sorted(caller.roles),
                "feed": caller.feed,
                "units": sorted(directory.scope(caller.unit)),
                "epoch": log_row[0],
                "last_device_seq": seq_row[0],
                "server_time": from_ms(now_ms()),
                "expires_at": from_ms(caller.expires_at),
            }
        )

    async def sign_out(self, caller: Caller) -> None:
        """Revoke the token at once, in every process."""
        async with self._database.writing() as tx:
            await tx.many(
                [
                    ("DELETE FROM session WHERE token = :token", {"token": caller.token}),
                    *self._database.notify(FORGET),
                ]
            )
        self.forget()

    async def fork(self, caller: Caller) -> wire.Device:
        """A new identity, with a session, for a station that was cloned or restored; the twin keeps the old."""
        async with self._database.writing() as tx:
            rows = await tx.rows("SELECT name, unit FROM device WHERE id = :id", id=caller.device)
            device = await new_device(tx, rows[0][0], rows[0][1], forked_from=caller.device)
            token = secrets.token_urlsafe(32)
            await tx.rows(
                "INSERT INTO session (token, officer, device, feed, created_at, expires_at)"
                " VALUES (:token, :officer, :device, :feed, :now, :expires)",
                token=secret_hash(token),
                officer=caller.officer,
                device=str(device.device),
                feed=caller.feed,
                now=now_ms(),
                expires=caller.expires_at,
            )
        return device.model_copy(update={"token": token})

    async def _password_good(self, account: Account | None, password: str) -> bool:
        stored = account.password if account and account.password else _NOBODY
        return await asyncio.get_running_loop().run_in_executor(self._threads, _verified, stored, password)

    async def _device_unit(self, device: UUID, secret: str) -> str | None:
        async with self._database.reading() as tx:
            rows = await tx.rows(
                "SELECT unit, secret FROM device WHERE id = :id AND active = 1", id=str(device)
            )
        stored = rows[0][1] if rows else "0" * 64
        same = hmac.compare_digest(stored, secret_hash(secret))
        return rows[0][0] if rows and same else None

    async def _wait_turn(self, user: str) -> None:
        async with self._database.reading() as tx:
            rows = await tx.rows(
                "SELECT failures, since FROM attempt WHERE key = :key", key=secret_hash(user)
            )
        if rows and rows[0][0] >= self._settings.sign_in_failures:
            left = rows[0][1] + self._settings.sign_in_pause_seconds * 1000 - now_ms()
            if left > 0:
                too_many(math.ceil(left / 1000))

    async def _failed(self, user: str) -> None:
        now, pause = now_ms(), self._settings.sign_in_pause_seconds * 1000
        async with self._database.writing() as tx:
            await tx.rows(
                "INSERT INTO attempt (key, failures, since) VALUES (:key, 1, :now) ON CONFLICT (key) DO UPDATE SET"
                " failures = CASE WHEN attempt.since < :old THEN 1 ELSE attempt.failures + 1 END, since = :now",
                key=secret_hash(user),
                now=now,
                old=now - pause,
            )


FORGET = '{"forget": true}'
"""The notice on which every process drops what it remembers of sessions, devices, officers and units."""


def feed_of(directory: Directory, account: Account, device_unit: str) -> str:
    """The unit whose feed an officer follows on a device: the narrower of the two; 403 when they are strangers."""
    if device_unit in directory.scope(account.unit):
        return device_unit
    if account.unit in directory.scope(device_unit):
        return account.unit
    raise Trouble(
        403, ProblemCode.FORBIDDEN, "Máy này thuộc đơn vị khác: hãy đăng nhập trên máy của đơn vị mình."
    )


async def _unit_of_code(tx: Transaction, code: str, lock: str = "") -> str:
    """The unit a one-time code is for; 401 when the code is not (or no longer) good."""
    rows = await tx.rows(
        "SELECT unit FROM enrolment WHERE code = :code AND device IS NULL AND expires_at > :now" + lock,
        code=secret_hash(code.strip()),
        now=now_ms(),
    )
    if not rows:
        raise Trouble(
            401,
            ProblemCode.SIGN_IN,
            "Mã đăng ký máy không đúng, đã dùng hoặc đã hết hạn: hãy xin mã mới.",
        )
    return str(rows[0][0])


async def new_device(tx: Transaction, name: str, unit: str, *, forked_from: str = "") -> wire.Device:
    """Store a new device of a unit inside an open transaction."""
    device, secret = uuid4(), secrets.token_urlsafe(32)
    await tx.rows(
        "INSERT INTO device (id, name, unit, secret, active, forked_from, created_at)"
        " VALUES (:id, :name, :unit, :secret, 1, :forked_from, :now)",
        id=str(device),
        name=name.replace("\x00", ""),
        unit=unit,
        secret=secret_hash(secret),
        forked_from=forked_from,
        now=now_ms(),
    )
    return wire.Device(device=device, secret=secret, unit=unit)


def _verified(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


def _signed_out() -> Trouble:
    return Trouble(
        401,
        ProblemCode.UNAUTHENTICATED,
        "Phiên làm việc không còn hiệu lực: hãy đăng nhập lại.",
        headers={"WWW-Authenticate": "Bearer"},
    )
