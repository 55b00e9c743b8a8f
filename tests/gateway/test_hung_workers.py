"""`ocr-async serve --workers 2` with a worker that is there and does not answer."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.gateway.test_files import MASTER
from tests.gateway.test_multiprocess import call, lives, metric, started, until, workers_of
from tests.gateway.test_serve import ASKED, CONFIG, hosted, serving
from tests.upstream import Upstream


SETTINGS = "general_settings: {worker_timeout: 3}\n"


def test_a_stopped_worker_is_replaced_and_one_that_only_paused_is_not(tmp_path: Path, server: Upstream) -> None:
    environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER, "PYTHONWARNINGS": "error"}
    with serving(tmp_path, "--workers", "2", config=CONFIG + SETTINGS, **environ) as running:
        (_, paused), (number, stopped) = sorted(started(running))
        os.kill(paused, signal.SIGSTOP)
        time.sleep(0.8)
        os.kill(paused, signal.SIGCONT)
        os.kill(stopped, signal.SIGSTOP)
        until(lambda: len(started(running)) == 3)
        told = [line for line in running.events() if line["event"] in {"worker_hung", "worker_died"}]
        assert [(line["event"], line["worker"], line["pid"]) for line in told] == [
            ("worker_hung", number, stopped),
            ("worker_died", number, stopped),
        ]
        assert told[0]["seconds"] == 3
        assert not lives(stopped)
        assert {paused, started(running)[-1][1]} == set(workers_of(running))
        assert [call(running, "POST", "/v1/ocr", ASKED)[0] for _ in range(4)] == [200] * 4
        assert metric(running, 'ocr_gateway_worker_ends_total{reason="hung"}') == 1
        assert metric(running, 'ocr_gateway_worker_ends_total{reason="died"}') == 0
        assert running.end() == 0
