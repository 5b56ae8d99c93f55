"""Where notices are delivered: files in a folder (a dry run), or an HTTP gateway by configuration."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Protocol

from tthc_tui.core.site_rules import Gateway
from tthc_tui.store.notice_outbox import QueuedNotice


class GatewayError(Exception):
    """The message was not taken; the text is one Vietnamese sentence."""


class NoticeGateway(Protocol):
    """Delivers one message or raises GatewayError."""

    def send(self, notice: QueuedNotice) -> None:
        """Deliver `notice`; the same `event` and `channel` may come again after a fault."""


class FileGateway:
    """Writes every message as one JSON line a day: nothing leaves the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, notice: QueuedNotice) -> None:
        """Append the message to the day's file."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = self.folder / f"tin-nhan-{notice.made_at:%Y-%m-%d}.jsonl"
            with name.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(_message(notice), ensure_ascii=False) + "\n")
        except OSError as error:
            raise GatewayError("Không ghi được tệp tin nhắn: hãy kiểm tra thư mục và dung lượng.") from error


class HttpGateway:
    """Posts each message as JSON; anything but 2xx is tried again."""

    def __init__(self, config: Gateway) -> None:
        self.config = config

    def send(self, notice: QueuedNotice) -> None:
        """Post the message with an idempotency key, so that a repetition is recognised."""
        import httpx

        headers = {"Idempotency-Key": f"{notice.event}-{notice.channel}"}
        secret = os.environ.get(self.config.token, "") if self.config.token else ""
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        body = {**_message(notice), "sender": self.config.sender}
        try:
            answer = httpx.post(
                self.config.url, json=body, headers=headers, timeout=self.config.timeout_seconds
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GatewayError("Không kết nối được cổng nhắn tin: sẽ tự gửi lại.") from error
        if not answer.is_success:
            raise GatewayError(f"Cổng nhắn tin trả lời mã {answer.status_code}: sẽ tự gửi lại.")


def open_gateway(config: Gateway, folder: Path) -> NoticeGateway | None:
    """The gateway a site has configured; None where notices are switched off."""
    if config.kind == "off":
        return None
    if config.kind == "http" and config.url:
        return HttpGateway(config)
    return FileGateway(folder)


def _message(notice: QueuedNotice) -> dict[str, str]:
    return {
        "id": f"{notice.event}-{notice.channel}",
        "channel": notice.channel,
        "to": notice.address,
        "subject": notice.subject,
        "text": notice.body,
    }
