"""
A busy key's row is no hot one at gateways that share a PostgreSQL: it is changed once for several requests.

One and two gateways stand behind HAProxy, with one database whose server writes without fsync: what is counted are its
transactions, each one round trip, and how often the row of a key is changed; requests that begin or end while one such
statement is on its way go together with the next.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import define, field

from benchmarks.gateway import Load
from benchmarks.gateway_workers import limited
from benchmarks.gateways import Running, answers, configuration, headers, ocr_async, request
from benchmarks.measure import heading, median, table, verdict
from benchmarks.server import serving
from tests import postgres


ROUNDS = 2
REQUESTS = 800
AT_ONCE: Sequence[int] = (1, 64)
COUNTS: Sequence[int] = (1, 2)
SETTLES = 11.0  # seconds after which the server has counted what idle connections did
BALANCER = """\
global
    tune.bufsize 131072
defaults
    mode http
    timeout connect 2s
    timeout client 75s
    timeout server 75s
frontend ocr
    bind 127.0.0.1:{port}
    default_backend gateways
backend gateways
    balance leastconn
{servers}
"""
COUNTED = """\
SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),
       (SELECT n_tup_upd FROM pg_stat_user_tables WHERE schemaname = 'ocr_async' AND relname = 'usage')"""


class Balanced(Running):
    """Gateways behind a balancer, as one server."""

    def __init__(self, gateways: Sequence[Running], url: str) -> None:
        super().__init__(gateways[0].process, url)
        self.gateways = gateways

    def cpu_of_each(self) -> list[float]:
        return [sum(each.cpu_of_each()) for each in self.gateways]


@define
class Measured:
    """Of some rounds: what each request cost the gateways and the database."""

    load: Load = field(factory=Load)
    database: list[float] = field(factory=list)  # CPU seconds
    trips: list[float] = field(factory=list)
    changes: list[float] = field(factory=list)  # of rows of keys


def main() -> None:
    heading("Gateways that share a PostgreSQL, behind HAProxy")
    programs, haproxy = postgres.binaries(), shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    if programs is None or haproxy is None:
        sys.exit("this wants PostgreSQL's server and HAProxy: apt-get install postgresql haproxy")
    with tempfile.TemporaryDirectory() as name, serving() as upstream, postgres.running(programs) as server:
        folder = Path(name)
        body = folder / "small.json"
        body.write_bytes(request("small"))
        found = {}
        for count in COUNTS:
            with gateways(folder, upstream, server, count, haproxy) as (balanced, database):
                keys = {"no limits": headers()["Authorization"], "four limits": limited(balanced)}
                idle = Idle.of(server, database)
                for many in AT_ONCE:
                    for who, key in keys.items():
                        measured = found[who, many, count] = Measured()
                        for _ in range(ROUNDS):
                            add(measured, balanced, idle, body, many, key)
    tell(found)


@contextmanager
def gateways(
    folder: Path, upstream: str, server: postgres.Server, count: int, haproxy: str
) -> Iterator[tuple[Balanced, str]]:
    """Have so many gateways on a new database, and a balancer before them."""
    url = server.new()
    config = configuration(folder, upstream)
    settings = json.loads(config.read_text())
    settings["general_settings"]["database_url"] = url
    config.write_text(json.dumps(settings))
    with ExitStack() as stack:
        each = [stack.enter_context(ocr_async(folder, config, data=False)) for _ in range(count)]
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = int(listening.getsockname()[1])
        lines = (f"    server s{number} {one.url.split('/')[2]}" for number, one in enumerate(each))
        path = folder / "haproxy.cfg"
        path.write_text(BALANCER.format(port=port, servers="\n".join(lines)))
        process = stack.enter_context(subprocess.Popen([haproxy, "-db", "-f", str(path)], stderr=subprocess.DEVNULL))
        stack.callback(process.terminate)
        while not answers(port, request("small")):
            time.sleep(0.05)
        yield Balanced(each, f"http://127.0.0.1:{port}/v1/ocr"), url.rpartition("/")[2].partition("?")[0]


def add(measured: Measured, balanced: Balanced, idle: Idle, body: Path, many: int, key: str) -> None:
    """Measure a load of *many* requests at once, less what the gateways ask while nothing is to do."""
    requests = REQUESTS if many > 1 else REQUESTS // 4
    before, cpu = idle.last, idle.machine.cpu()
    measured.load.add(balanced, body, requests, many, Authorization=key)
    used = idle.machine.cpu() - cpu
    idle.count()
    seconds, transactions, changes = (now - then for now, then in zip(idle.last, before, strict=True))
    all_requests = requests + many  # with those that warm it up
    measured.database.append(used / all_requests)
    measured.trips.append((transactions - idle.rate * seconds) / all_requests)
    measured.changes.append(changes / all_requests)


@define
class Idle:
    """
    What a database has counted, and what its gateways ask while nothing is to do.

    Attributes:
        last: When it was asked; transactions, and changes of rows of keys, until then.

        rate: Transactions a second.
    """

    server: postgres.Server
    database: str
    machine: Running
    last: tuple[float, int, int] = (0.0, 0, 0)
    rate: float = 0.0

    @classmethod
    def of(cls, server: postgres.Server, database: str) -> Idle:
        assert server.process is not None, "it runs"
        idle = cls(server, database, Running(server.process, ""))
        idle.count()
        began, before, _ = idle.last
        idle.count()
        idle.rate = (idle.last[1] - before) / (idle.last[0] - began)
        return idle

    def count(self) -> None:
        """Ask it."""
        time.sleep(SETTLES)
        transactions, changes = self.server.sql(COUNTED, self.database).split("|")
        self.last = time.monotonic(), int(transactions), int(changes or 0)


def tell(found: dict[tuple[str, int, int], Measured]) -> None:
    """Print what was measured."""
    table(
        ["118 KB, a key with", "at once", "gateways", "requests/s", "CPU ms", "of PostgreSQL", "trips", "row changes"],
        [
            [
                who,
                f"{many}",
                f"{count}",
                f"{median(one.load.rates):.0f}",
                *(f"{median(each) * 1e3:.2f}" for each in (one.load.cpu, one.database)),
                *(f"{median(each):.2f}" for each in (one.trips, one.changes)),
            ]
            for (who, many, count), one in found.items()
        ],
    )
    alone = median(found["no limits", AT_ONCE[0], COUNTS[0]].trips)
    verdict("round trips of a request alone, no limits", alone, 1.2)
    busy = max(median(found["four limits", AT_ONCE[-1], count].changes) for count in COUNTS)
    verdict("changes of a busy key's row by a request", busy, 0.5)


if __name__ == "__main__":
    main()
