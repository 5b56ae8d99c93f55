"""Signing in: who may, what is wrong, how often; tokens and devices that end, secrets as they are kept."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from server_tools import (
    PASSWORD,
    Backend,
    Station,
    credentials,
    open_backend,
)
from sqlalchemy import text

from tthc_tui.core import wire
from tthc_tui.server import admin
from tthc_tui.server.migrate import connected
from tthc_tui.server.settings import ServerSettings


async def test_a_stranger_can_not_sign_in_on_a_device_of_another_commune(backend: Backend) -> None:
    answer = await backend.http.post(f"{wire.PREFIX}/session", json=credentials("bich", device="lan"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    on_ward = await backend.station("minh", device="thu")
    assert on_ward.session.feed == "tu-phap-a"  # the narrower of officer and device
    leader = await backend.station("thu", device="minh")
    assert leader.session.feed == "tu-phap-a"


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "sai"},
        {"user": "ai-đó"},
        {"secret": "sai"},
        {"device": "00000000-0000-0000-0000-000000000000"},
        {"user": "\ud800"},
    ],
    ids=["password", "user", "secret", "device", "surrogate"],
)
async def test_whatever_is_wrong_at_sign_in_the_answer_is_the_same(
    backend: Backend, wrong: dict[str, str]
) -> None:
    body = json.dumps({**credentials("lan"), **wrong})
    answer = await backend.http.post(
        f"{wire.PREFIX}/session", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (401, 422)
    if answer.status_code == 401:
        assert answer.json()["detail"].startswith("Tên đăng nhập, mật khẩu hoặc máy này không đúng")


async def test_five_wrong_passwords_make_the_user_wait(
    empty: ServerSettings, settings: ServerSettings
) -> None:
    quick = settings.model_copy(update={"sign_in_pause_seconds": 1})
    async with open_backend(quick) as backend:
        for _ in range(5):
            answer = await backend.http.post(
                f"{wire.PREFIX}/session", json={**credentials("lan"), "password": "sai"}
            )
            assert answer.status_code == 401
        answer = await backend.http.post(f"{wire.PREFIX}/session", json=credentials("lan"))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert (await backend.station("hung")).session.officer == "hung"
        with connected(quick.database) as connection:
            connection.execute(text("UPDATE attempt SET since = since - 1000"))
        assert (await backend.station("lan")).session.officer == "lan"


async def test_too_many_calls_are_told_to_wait(settings: ServerSettings) -> None:
    slow = settings.model_copy(update={"requests_per_second": 0.5, "burst": 3})
    async with open_backend(slow) as backend:
        lan = await backend.station("lan")
        answers = [await lan.get("feed") for _ in range(5)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].headers["retry-after"] == "2"
        assert (await (await backend.station("hung")).get("feed")).status_code == 200


async def test_tokens_end(backend: Backend) -> None:
    lan = await backend.station("lan")
    async with open_backend(backend.settings) as other:
        there = Station(other.http, lan.session)
        assert (await there.get("feed")).status_code == 200
        assert (await lan.http.delete(f"{wire.PREFIX}/session", headers=lan.headers)).status_code == 204
        assert (await lan.get("feed")).status_code == 401
        if other.app.state.services.database.kind == "postgres":  # told by a notice, at once
            async with asyncio.timeout(2):
                while (await there.get("feed")).status_code != 401:
                    await asyncio.sleep(0.01)
    hung = await backend.station("hung")
    with connected(backend.settings.database) as connection:
        past = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1000)
        connection.execute(text("UPDATE session SET expires_at = :past"), {"past": past})
    backend.app.state.services.gate.forget()
    assert (await hung.get("feed")).status_code == 401


async def test_a_disabled_officer_or_device_is_out(backend: Backend) -> None:
    lan, hung = await backend.station("lan"), await backend.station("hung")
    with connected(backend.settings.database) as connection:
        admin.disable_officer(connection, "lan")
        admin.disable_device(connection, credentials("hung")["device"])
    backend.app.state.services.gate.forget()
    backend.app.state.services.directory.forget()
    for station in (lan, hung):
        assert (await station.get("feed")).status_code == 401
        again = await backend.http.post(f"{wire.PREFIX}/session", json=credentials(station.session.officer))
        assert again.status_code == 401


async def test_a_device_is_enrolled_once_with_a_code(backend: Backend) -> None:
    with connected(backend.settings.database) as connection:
        code_text = admin.enrolment_code(connection, "mot-cua-a")
        old = admin.enrolment_code(connection, "mot-cua-a", hours=-1)
    answers = [
        await backend.http.post(f"{wire.PREFIX}/devices", json={"code": text, "name": "Quầy 7"})
        for text in (code_text, code_text, old, "ABCDE")
    ]
    assert [a.status_code for a in answers] == [201, 401, 401, 401]
    device = wire.Device.model_validate(answers[0].json())
    body = {"user": "lan", "password": PASSWORD, "device": str(device.device), "secret": device.secret}
    assert (await backend.http.post(f"{wire.PREFIX}/session", json=body)).status_code == 201


async def test_secrets_are_stored_hashed(backend: Backend) -> None:
    lan = await backend.station("lan")
    with connected(backend.settings.database) as connection:
        stored = str(
            [list(connection.execute(text(f"SELECT * FROM {t}"))) for t in ("session", "device", "officer")]
        )
    assert lan.session.token not in stored
    assert "s-lan" not in stored
    assert PASSWORD not in stored
    assert "$argon2id$" in stored
