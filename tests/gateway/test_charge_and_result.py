"""
What a `kill -9` does between a charge and its result, where the database holds a gateway at exactly that place.

The charge is there first: it says what a provider was asked for and did, which the next try does not undo.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio.from_thread

from tests.gateway.test_files import MASTER
from tests.gateway.test_serve import Process, hosted, serving
from tests.gateway.test_several_gateways import CONFIG, ask, page, until, upload
from tests.postgres import Server
from tests.upstream import upstream


HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END $$;
CREATE TRIGGER hold BEFORE INSERT ON ocr_async.results FOR EACH ROW EXECUTE FUNCTION hold();
CREATE TRIGGER hold BEFORE UPDATE ON ocr_async.ocr_jobs FOR EACH ROW
    WHEN (NEW.ended IS NOT NULL) EXECUTE FUNCTION hold();
CREATE TRIGGER hold BEFORE INSERT ON ocr_async.answers FOR EACH ROW
    WHEN (NEW.blob IS NOT NULL) EXECUTE FUNCTION hold();
"""
FREE = "DROP FUNCTION hold() CASCADE"
HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND {}granted"
END = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND {}granted"


@contextmanager
def results_held(server: Server, database: str) -> Iterator[None]:
    """Have every result of a gateway wait, within the block, until whoever waits has been ended."""

    def hold() -> None:
        with suppress(subprocess.SubprocessError):  # it is ended below
            server.sql("SELECT pg_advisory_lock(77); SELECT pg_sleep(600)", database)

    server.sql(HOLD, database)
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        until(lambda: server.sql(HELD.format(""), database) == "1")
        yield
    finally:
        server.sql(END.format("NOT "), database)
        server.sql(END.format(""), database)
        holder.join(60)
        server.sql(FREE, database)


def test_what_was_charged_and_not_kept_is_read_and_charged_again_and_kept_once(
    tmp_path: Path, postgres_server: Server
) -> None:
    url = postgres_server.new()
    database = url.rpartition("/")[2].partition("?")[0]
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(upstream()) as server:
        environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER, "DATABASE": url}

        def spent(gateway: Process) -> int:
            return int(ask(gateway, "/v1/keys/team")[1]["spent"]["pages"])

        def repeated(gateway: Process, key: str) -> tuple[int, Any]:
            return ask(gateway, "/v1/ocr", key, body=page(4), headers={"Idempotency-Key": "once"})

        with serving(tmp_path, config=CONFIG, **environ) as first, ThreadPoolExecutor(1) as pool:
            key = str(ask(first, "/v1/keys", body={"alias": "team", "budget_pages": 100})[1]["key"])
            with results_held(postgres_server, database):
                lines = [json.dumps({"custom_id": model, "body": page() | {"model": model}})
                         for model in ("mistral-ocr", "careful-ocr")]  # fmt: skip
                file_id = upload(first, "batch.jsonl", "\n".join(lines).encode(), "batch", key)
                body = {"input_files": [file_id], "model": "mistral-ocr", "endpoint": "/v1/ocr"}
                _, batch = ask(first, "/v1/batch/jobs", key, body=body)
                _, job = ask(first, "/v1/ocr/jobs", key, body=page(3))
                answer = pool.submit(repeated, first, key)
                until(lambda: spent(first) == 4)
                # the second line of the batch waits for the first in the gateway, not in the database
                until(lambda: postgres_server.sql(HELD.format("NOT "), database) == "3")
                assert len(server.requests) == 4
                first.process.kill()
                assert isinstance(answer.exception(), OSError)
        with serving(tmp_path, config=CONFIG, **environ) as second:
            assert repeated(second, key)[0] == 200
            assert repeated(second, key)[0] == 200
            until(lambda: ask(second, f"/v1/ocr/jobs/{job['id']}", key)[1]["status"] == "succeeded")
            until(lambda: ask(second, f"/v1/batch/jobs/{batch['id']}", key)[1]["status"] == "SUCCESS")
            ended = ask(second, f"/v1/batch/jobs/{batch['id']}", key)[1]
            assert (ended["succeeded_requests"], ended["failed_requests"]) == (1, 1)
            _, errors = ask(second, f"/v1/files/{ended['error_file']}/content", key)
            failed = errors if isinstance(errors, dict) else json.loads(errors)
            assert (failed["custom_id"], failed["error"]["code"]) == ("careful-ocr", "worker_lost")
            # three were read once more; the line that must not be billed twice was not
            assert (len(server.requests), spent(second)) == (7, 7)
