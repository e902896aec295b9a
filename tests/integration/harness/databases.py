"""Real database servers of the tests' own: on loopback, in a directory that goes with them, never the system's service."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile

import psycopg2
import pymysql

from .environment import free_port
from .polling import eventually
from .process import Process

USER = "app"  # without the privileges for which a server keeps connections back
_UNPRIVILEGED = "nobody"


class Database:
    """One server. Call `stop` however `start` ended."""

    _end = signal.SIGTERM

    def __init__(self):
        self.port = free_port()
        self._directory = tempfile.mkdtemp(prefix="it-database-")
        self._as_user = []
        if os.geteuid() == 0:  # neither server runs as root
            shutil.chown(self._directory, _UNPRIVILEGED, "nogroup")
            # The signal at the parent's death is lost with the change of user, so it is asked for again.
            self._as_user = ["setpriv", "--reuid", _UNPRIVILEGED, "--regid", "nogroup", "--clear-groups", "--pdeathsig", "KILL"]
        self._server = None

    def start(self, max_connections):
        self._make_files()
        self._server = Process([*self._as_user, *self._command(max_connections)])

        def accepts():
            assert self._server.is_alive(), f"it has ended:\n{self.log()[-4000:]}"
            try:
                self._make_user()
            except (pymysql.OperationalError, psycopg2.OperationalError) as failure:
                raise AssertionError(str(failure)) from None
            return True
        eventually(accepts, 30, f"{type(self).__name__} accepts connections")
        return self

    def log(self):
        return self._server.log()

    def stop(self):
        if self._server:
            # Not SIGKILL: PostgreSQL would leave shared memory behind.
            if self._server.is_alive():
                os.kill(self._server.pid, self._end)
                self._server.wait()
            self._server.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _path(self, name):
        return os.path.join(self._directory, name)

    def _run(self, *command):
        done = subprocess.run([*self._as_user, *command], cwd=self._directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}"


class MariaDb(Database):
    # "Too many connections"; PyMySQL cuts the head off the message when the server does not even ask for a login.
    refusal = r"^\(1040, "

    def __init__(self):
        super().__init__()
        self._extra_port = free_port()

    @property
    def url(self):
        return f"mysql+pymysql://{USER}@127.0.0.1:{self.port}/test"

    def refusals(self):
        """How many connections it has refused, by its own count."""
        # Connection_errors_max_connections leaves out those that are let in as far as the login, where only root may stay.
        return int(self._execute("SHOW GLOBAL STATUS LIKE 'Aborted_connects'")[0][1])

    def _make_files(self):
        self._run("mariadb-install-db", "--no-defaults", f"--datadir={self._path('data')}",
                  "--auth-root-authentication-method=normal")

    def _command(self, max_connections):
        program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        return [program, "--no-defaults", f"--datadir={self._path('data')}", f"--socket={self._path('socket')}",
                "--bind-address=127.0.0.1", f"--port={self.port}", f"--extra-port={self._extra_port}", "--skip-name-resolve",
                f"--max-connections={max_connections}", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0"]

    def _make_user(self):
        self._execute(f"CREATE USER {USER}@'127.0.0.1'")

    def _execute(self, statement):
        # The connections of this port are not among those of the limit.
        connection = pymysql.connect(host="127.0.0.1", port=self._extra_port, user="root")
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()


class PostgreSql(Database):
    # Which of them depends on whether the slots for superusers are taken too.
    refusal = "sorry, too many clients already|remaining connection slots are reserved"
    _end = signal.SIGINT  # SIGTERM would wait for the clients to leave

    @property
    def url(self):
        return f"postgresql+psycopg2://{USER}@127.0.0.1:{self.port}/postgres"

    def refusals(self):
        """How many connections it has refused for want of room, by its own log."""
        return sum(self.log().count(text) for text in self.refusal.split("|"))

    def _make_files(self):
        self._run(self._program("initdb"), "-D", self._path("data"), "-U", "postgres", "--auth=trust", "--no-sync", "--no-locale")

    def _command(self, max_connections):
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": self.port,
                    "max_connections": max_connections, "fsync": "off"}
        return [self._program("postgres"), "-D", self._path("data"),
                *(f"--{name}={value}" for name, value in settings.items())]

    def _make_user(self):
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE ROLE {USER} LOGIN")
        finally:
            connection.close()

    @staticmethod
    def _program(name):
        # Debian keeps the programs of the server of each version apart, and off PATH.
        return sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))[-1]
