"""TLS by certificate files of an authority of one's own: who trusts it gets through, everybody else is told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sync_backend import PASSWORD, UNIT_OF, copy_file, make_server_file
from test_sync_processes import wait_for

from tthc_tui.desk import Desk
from tthc_tui.server import admin
from tthc_tui.server.admin import AdminError
from tthc_tui.server.cli import check_ready
from tthc_tui.server.migrate import connected
from tthc_tui.server.settings import ServerSettings, to_environment
from tthc_tui.store.remote import Remote
from tthc_tui.store.settings import put_setting
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.store.sync_errors import RemoteError

NOT_TRUSTED = "Chứng thư số của máy chủ không được tin cậy: hãy kiểm tra mạng hoặc báo quản trị."
PROGRAM = "from tthc_tui.server.cli import run; from tthc_tui.server.settings import load_settings; run(load_settings())"
Key = ec.EllipticCurvePrivateKey


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(subject: str, issuer: str, key: Key) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


class Authority:
    """The province's own certificate authority."""

    def __init__(self, folder: Path, title: str) -> None:
        self.title, self.key = title, ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{title}.pem"
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = (
            builder(title, title, self.key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def issue(self, folder: Path, title: str, *names: x509.GeneralName) -> tuple[Path, Path]:
        """A server's certificate and key files, good for `names`."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            builder(title, self.title, key)
            .add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )
        cert, private = folder / f"{title}.crt", folder / f"{title}.key"
        cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return cert, private


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "tinh")


@pytest.fixture
def address(request: pytest.FixtureRequest, ours: Authority, tmp_path: Path) -> Iterator[str]:
    """A backend that speaks TLS with a certificate for the names the test asks for."""
    cert, private = ours.issue(tmp_path, "may-chu", *request.param)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    make_server_file(tmp_path / "server.db")
    settings = ServerSettings(
        database=f"sqlite:///{tmp_path / 'server.db'}",
        port=port,
        key_file=tmp_path / "sign.key",
        cert=cert,
        private_key=private,
    )
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **to_environment(settings)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: _listens(port))
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


LOCAL, ELSEWHERE = (x509.IPAddress(ip_address("127.0.0.1")),), (x509.DNSName("may-khac.gov.vn"),)


@pytest.mark.parametrize("address", [LOCAL], indirect=True, ids=["own name"])
def test_a_station_that_is_given_the_authority_enrols_and_syncs(
    address: str, ours: Authority, made: Path, tmp_path: Path
) -> None:
    copy_file(made / "station.db", tmp_path / "lan" / "tthc.db")
    with SqliteStore(tmp_path / "lan" / "tthc.db") as store:
        store.write(lambda connection: put_setting(connection, "station", "tram-lan"))
        desk = Desk(store, lambda: datetime.now(UTC), officer="lan")
        desk.remote_add(address, ca=str(ours.file))
        with connected(f"sqlite:///{tmp_path / 'server.db'}") as connection:
            code = admin.enrolment_code(connection, UNIT_OF["lan"])
        desk.enrol(code)
        desk.sign_in_remote("lan", PASSWORD)
        assert desk.sync_once().refused == 0
        assert desk.sync_status().feed == UNIT_OF["lan"]
    refused = [
        "",  # the system's own authorities do not know ours
        str(Authority(tmp_path, "la").file),
    ]
    for ca in refused:
        with pytest.raises(RemoteError) as trouble:
            Remote(address, clock=lambda: datetime.now(UTC), ca=ca).health()
        assert str(trouble.value) == NOT_TRUSTED


@pytest.mark.parametrize("address", [ELSEWHERE], indirect=True, ids=["other name"])
def test_a_certificate_of_another_machine_is_told_in_one_sentence(address: str, ours: Authority) -> None:
    with pytest.raises(RemoteError) as trouble:
        Remote(address, clock=lambda: datetime.now(UTC), ca=str(ours.file)).health()
    assert str(trouble.value) == NOT_TRUSTED


def test_a_file_that_is_no_certificate_is_told_in_one_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("không phải chứng thư")
    with pytest.raises(RemoteError, match=r"^Không mở được tệp chứng thư"):
        Remote("https://127.0.0.1:1", clock=lambda: datetime.now(UTC), ca=str(wrong)).health()


def test_a_backend_without_good_certificate_files_does_not_start(ours: Authority, tmp_path: Path) -> None:
    make_server_file(tmp_path / "server.db")
    cert, private = ours.issue(tmp_path, "may-chu", *LOCAL)
    _, other = ours.issue(tmp_path, "khac", *LOCAL)
    database = f"sqlite:///{tmp_path / 'server.db'}"
    for given, said in (
        ({"cert": cert}, "TLS cần cả tệp chứng thư"),
        ({"cert": cert, "private_key": other}, "Không dùng được chứng thư TLS"),
        ({"cert": tmp_path / "no.crt", "private_key": private}, "Không dùng được chứng thư TLS"),
    ):
        with pytest.raises(AdminError, match=said):
            check_ready(ServerSettings(database=database, **given))  # type: ignore[arg-type]
    check_ready(ServerSettings(database=database, cert=cert, private_key=private))
