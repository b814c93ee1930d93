"""A PostgreSQL of the benchmark's own, on loopback, in its own folder."""

from __future__ import annotations

import os
import shutil
import subprocess

import psycopg

from bench.places import KEPT, NotHereError, free_port, program, tell


class PostgreSQL:
    def __init__(self) -> None:
        self.folder = KEPT / "postgresql"
        self.port = free_port()

    def _run(self, name: str, *arguments: str) -> None:
        command = [program(name), *arguments]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotHereError(f"{name} failed: {done.stderr.strip() or done.stdout.strip()}")

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        if not data.exists():
            tell("Making a PostgreSQL cluster")
            self._run("initdb", "-D", str(data), "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c shared_buffers=256MB"
        options += f" -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(data), "-s", "-w", "-l", log, "-o", options, "restart")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-s", "-m", "fast", "stop")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, *, anew: bool) -> bool:
        """Whether the database is new."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if anew:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [name]).fetchone():
                return False
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
            return True

    def tidy(self, name: str) -> None:
        """As autovacuum would have left it an hour later."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
