"""A workload with a connection pool for each variable DATABASE_NAME of its environment, which is a URL. The variables
NAME_POOL_SIZE and so on are the pool's settings; what is not there is SQLAlchemy's own default, such as 5 connections and 10
more.

Each pool has CLIENTS clients at a time: they all come at once, and again after a think time of THINK_SECONDS on average.
A request holds a connection for HOLD_SECONDS, with a query. On SIGTERM no client comes again, but the connections stay open
for DRAIN_SECONDS, as in a process that finishes its work.

On stdout it is a JSON object a line: {"ready": true} when every pool has had its first answer, and one for each request with
when it ended, its pool and the error, null if there was none.
"""

import json
import os
import random
import signal
import sys
import threading
import time

import sqlalchemy
import sqlalchemy.exc

PREFIX = "DATABASE_"
SETTINGS = {"pool_size": int, "max_overflow": int, "pool_timeout": float, "pool_recycle": int, "pool_pre_ping": "true".__eq__}
SLEEP = {"mysql": "SELECT SLEEP(:seconds)", "postgresql": "SELECT pg_sleep(:seconds)"}

for dialect in ("mysql+pymysql", "postgresql+psycopg2"):
    sqlalchemy.create_engine(f"{dialect}://")  # loads all of it, once for all who fork from here


def report(entry):
    os.write(sys.stdout.fileno(), (json.dumps(entry) + "\n").encode())  # in one piece, as threads share it


class Pool:
    def __init__(self, name, url, environment):
        self.name = name.lower()
        settings = {setting: read(environment[f"{name}_{setting.upper()}"]) for setting, read in SETTINGS.items()
                    if f"{name}_{setting.upper()}" in environment}
        self._engine = sqlalchemy.create_engine(url, **settings)
        self._hold = float(environment["HOLD_SECONDS"])
        self._query = sqlalchemy.text(SLEEP[self._engine.dialect.name])
        self.answered = threading.Event()

    def request(self):
        error = None
        try:
            with self._engine.connect() as connection:
                connection.execute(self._query, {"seconds": self._hold})
        except sqlalchemy.exc.SQLAlchemyError as failure:
            error = str(getattr(failure, "orig", failure)).strip()
        report({"at": time.time(), "pool": self.name, "error": error})
        self.answered.set()


def serve(pool, think_seconds, ended):
    while True:
        pool.request()
        if ended.wait(random.expovariate(1 / think_seconds)):
            return


def main():
    environment = dict(os.environ)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    pools = [Pool(name.removeprefix(PREFIX), url, environment) for name, url in environment.items() if name.startswith(PREFIX)]
    for pool in pools:
        for _ in range(int(environment["CLIENTS"])):
            threading.Thread(target=serve, args=(pool, float(environment["THINK_SECONDS"]), ended), daemon=True).start()
    for pool in pools:
        pool.answered.wait()
    report({"ready": True})
    ended.wait()
    time.sleep(float(environment["DRAIN_SECONDS"]))


if __name__ == "__main__":
    main()
