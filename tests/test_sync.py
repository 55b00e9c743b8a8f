"""The generated twin: same signatures, and a portal that survives threads, forks, Ctrl-C, loops and exits."""

from __future__ import annotations

import ast
import asyncio
import copy
import gc
import inspect
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

import ocr_async
from ocr_async import (
    OCR,
    OCRDone,
    OCRResponse,
    RetryPolicy,
    _api,
    _generate,
    _sync,
    ocr,
    ocr_many,
    ocr_stream,
    ocr_stream_pages,
)
from ocr_async._portal import PORTAL, Portal
from ocr_async.call import options as _options
from ocr_async.errors import ConfigurationError, DocumentError, ProviderUnavailable
from ocr_async.events import DocumentDone, Event
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Upstream, refused_url


URL = "https://example.com/a.pdf"


def test_the_generated_module_is_up_to_date() -> None:
    assert _generate.generate(Path(_api.__file__).read_text()) == Path(_sync.__file__).read_text()


def test_a_function_and_its_twin_have_the_same_parameters() -> None:
    for name in ("ocr", "ocr_many", "ocr_stream"):
        twin, coroutine = getattr(_sync, name), getattr(_api, f"a{name}")
        mine, others = (inspect.signature(each).parameters for each in (twin, coroutine))
        assert [*mine] == [*others]
        assert [each.default for each in mine.values()] == [each.default for each in others.values()]
        assert [each.kind for each in mine.values()] == [each.kind for each in others.values()]


def test_the_options_are_the_same_everywhere() -> None:
    spelt_out = inspect.signature(_api.aocr).parameters
    fields = {field.name: field.default for field in attrs.fields(_options.Options) if field.init}
    assert {name: each.default for name, each in spelt_out.items() if name != "document"} == fields
    assert list(_options.Given.__annotations__) == list(fields)
    assert [field.name for field in attrs.fields(OCR) if field.init] == list(fields)


def test_an_option_that_there_is_not_is_told_of_what_was_called() -> None:
    calls: list[Any] = [OCR, partial(OCR().ocr, URL), partial(ocr_many, [URL]), OCR().with_options]
    for call in calls:
        with pytest.raises(TypeError, match=r"^OCR\(\) got an unexpected keyword argument 'pagse'"):
            call(pagse="1")


def test_plain_code_reads_documents(server: Upstream) -> None:
    assert len(ocr(URL, model="m", api_base=server.url).pages) == 3
    assert len(ocr(document=URL, model="m", api_base=server.url).pages) == 3
    found = ocr_many([URL, "no document"], model="m", api_base=server.url)
    assert [type(value) for value in found] == [OCRResponse, DocumentError]


def test_errors_are_those_of_the_coroutine() -> None:
    with pytest.raises(ProviderUnavailable):
        ocr(URL, model="m", api_base=refused_url(), retries=RetryPolicy(attempts=1))


def test_a_stream_may_be_left_early(server: Upstream) -> None:
    with ocr_stream([URL] * 7, model="m", api_base=server.url) as results:
        assert sorted(result.index for result in results) == list(range(7))
    with ocr_stream([URL] * 50, model="m", api_base=server.url) as results:
        next(results)
    with pytest.raises(ZeroDivisionError), ocr_stream([URL] * 50, model="m", api_base=server.url) as results:
        assert next(results).index / 0
    assert len(ocr(URL, model="m", api_base=server.url).pages) == 3


@pytest.mark.parametrize("way", [ocr_many, ocr_stream, ocr_stream_pages])
def test_documents_are_iterated_over_in_the_callers_own_thread(way: Any, server: Upstream) -> None:
    connection = sqlite3.connect(":memory:")  # refuses other threads, as a framework's connections are of one thread
    connection.execute("create table documents (url)")
    connection.executemany("insert into documents values (?)", [(URL,)] * 3)
    answered = threading.Event()

    def documents() -> Iterator[str]:
        for (url,) in connection.execute("select url from documents"):
            with pytest.raises(RuntimeError, match="no running event loop"):
                asyncio.get_running_loop()
            yield url
            assert answered.wait(10)  # which the loop sees to meanwhile
            assert len(ocr(url, model="m", api_base=server.url).pages) == 3  # plain calls as everywhere

    def heard(event: Event) -> None:
        if isinstance(event, DocumentDone):
            answered.set()

    found = way(documents(), model="m", api_base=server.url, on_event=heard)
    if way is not ocr_many:
        with found as results:
            found = [each for each in results if isinstance(each, OCRDone)]
    assert len(found) == 3
    assert len(server.requests) == 6
    connection.close()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_an_iterator_of_documents_raises_ends_the_call(error: type[BaseException], server: Upstream) -> None:
    def documents() -> Iterator[str]:
        yield URL
        raise error("mine")

    with pytest.raises(error, match="mine"):
        ocr_many(documents(), model="m", api_base=server.url)
    with pytest.raises(error, match="mine"), ocr_stream(documents(), model="m", api_base=server.url) as results:
        list(results)
    assert len(ocr_many(iter([URL] * 2), model="m", api_base=server.url)) == 2


def test_one_client_serves_coroutines_callers_and_threads_at_once(server: Upstream) -> None:
    client = OCR(model="m", api_base=server.url, api_key="sk-planted")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(client.ocr(URL).pages))) for _ in range(16)]
    for thread in threads:
        thread.start()

    async def coroutines() -> None:
        found.extend([len((await client.aocr(URL)).pages) for _ in range(4)])

    asyncio.run(coroutines())
    asyncio.run(coroutines())  # another loop, another session
    for thread in threads:
        thread.join()
    assert found == [3] * 24


def test_a_client_pickles_and_hides_its_key() -> None:
    client = OCR(model="m", api_key="sk-planted", retries=RetryPolicy(attempts=2))
    assert pickle.loads(pickle.dumps(client)) == client == copy.deepcopy(client)
    assert "sk-planted" not in repr(client)
    assert client.with_options(model="n").model == "n"
    assert client.with_options() is client
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        client.model = "n"  # type: ignore[misc] # on purpose


def test_what_was_found_for_a_client_is_found_anew_when_the_environment_changes(
    server: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = OCR(model="mistral/m")
    monkeypatch.setenv("MISTRAL_API_BASE", server.url)
    for key in ("one", "one", "two"):
        monkeypatch.setenv("MISTRAL_API_KEY", key)
        client.ocr(URL)
        ocr(URL, model="mistral/m")
    sent = [each.headers["authorization"].removeprefix("Bearer ") for each in server.requests]
    assert sent == ["one"] * 4 + ["two"] * 2
    monkeypatch.delenv("MISTRAL_API_BASE")
    monkeypatch.delenv("MISTRAL_API_KEY")
    with pytest.raises(ConfigurationError, match="no key"):
        client.ocr(URL)
    again = pickle.loads(pickle.dumps(client))
    assert again == client
    assert b"two" not in pickle.dumps(client)


def test_each_option_is_handed_on_in_the_place_of_its_own() -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(_api.aocr)))
    (call,) = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "options_of")
    assert [ast.unparse(each) for each in call.args] == [one.name for one in attrs.fields(_options.Options) if one.init]


def test_equal_options_of_other_types_are_told_apart(server: Upstream) -> None:
    assert len(ocr(URL, model="m", api_base=server.url, include_blocks=True).pages) == 3
    with pytest.raises(ConfigurationError, match="include_blocks=1 is not True or False"):
        ocr(URL, model="m", api_base=server.url, include_blocks=1)  # type: ignore[arg-type] # on purpose


def test_a_mapping_that_changed_counts(server: Upstream) -> None:
    headers = {"X-Team": "one"}
    client = OCR(model="m", api_base=server.url, extra_headers=headers)
    client.ocr(URL)
    headers["X-Team"] = "two"
    client.ocr(URL)
    assert [each.headers["x-team"] for each in server.requests] == ["one", "two"]


def test_a_result_pickles(server: Upstream) -> None:
    response = ocr(URL, model="m", api_base=server.url)
    assert pickle.loads(pickle.dumps(response)) == response


def test_a_call_inside_a_running_loop_warns_and_works(server: Upstream) -> None:
    async def main() -> int:
        return len(ocr(URL, model="m", api_base=server.url).pages)

    with pytest.warns(RuntimeWarning, match="blocks the running event loop"):
        assert asyncio.run(main()) == 3


def test_a_call_from_the_portal_s_own_loop_is_refused() -> None:
    async def main() -> None:
        ocr(URL, model="m")

    with pytest.raises(RuntimeError, match="event loop that would serve"):
        PORTAL.call(main)


def test_ctrl_c_cancels_the_call_and_the_portal_lives_on() -> None:
    ended: list[str] = []
    begun = threading.Event()

    async def slow() -> None:
        begun.set()
        try:
            await anyio.sleep(30)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    def press() -> None:
        begun.wait()
        time.sleep(0.2)  # until the main thread waits
        os.kill(os.getpid(), signal.SIGINT)

    # a shell that starts this in the background has it ignore Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt = threading.Thread(target=press)
    interrupt.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            PORTAL.call(slow)
    finally:
        interrupt.join()
        signal.signal(signal.SIGINT, before)

    async def nothing() -> int:
        return 3

    for _ in range(500):
        if ended:
            break
        time.sleep(0.02)
    assert ended == ["CancelledError"]
    assert PORTAL.call(nothing) == 3


@pytest.mark.parametrize("cancel", [False, True], ids=["waits", "cancels"])
def test_a_portal_that_stops_lets_no_caller_wait_for_ever(cancel: bool) -> None:
    portal, begun = Portal(), threading.Semaphore(0)

    async def slow() -> int:
        begun.release()
        await anyio.sleep(30 if cancel else 0.1)
        return 3

    with ThreadPoolExecutor() as callers:
        calls = [callers.submit(portal.call, slow) for _ in range(4)]
        for _ in calls:
            begun.acquire()
        portal.stop(cancel=cancel)
        for call in calls:
            if cancel:
                with pytest.raises(CancelledError):
                    call.result(10)
            else:
                assert call.result(10) == 3
    portal.stop()


def test_a_call_sees_the_context_variables_of_its_caller() -> None:
    who: ContextVar[str] = ContextVar("who")
    who.set("me")

    async def ask() -> str:
        return who.get()

    assert PORTAL.call(ask) == "me"


def test_a_fork_leaves_both_sides_working(server: Upstream) -> None:
    ocr(URL, model="m", api_base=server.url)
    with warnings.catch_warnings():
        # from 3.12 on a fork with any other thread running warns; the test's own server is one
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            pages = len(ocr(URL, model="m", api_base=server.url).pages)
            gc.collect()
            os._exit(0 if pages == 3 else 1)
        except BaseException:  # noqa: BLE001 - the child must end here, whatever it is
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert len(ocr(URL, model="m", api_base=server.url).pages) == 3


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run *script* in a process of its own, where warnings are errors."""
    root = str(Path(ocr_async.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, "-W", "error", str(script), *arguments],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip


SCRIPT = """
import threading, sys, time
from ocr_async import ocr, ocr_stream, close
from ocr_async._portal import PORTAL
import anyio
url, how = sys.argv[1:]
def read(): return len(ocr("https://example.com/a.pdf", model="m", api_base=url).pages)
if __name__ == "__main__":
    assert read() == 3
    if how == "busy":
        threading.Thread(target=PORTAL.call, args=(anyio.sleep, 60), daemon=True).start(); time.sleep(0.2)
    elif how == "stream":
        stream = ocr_stream(["https://example.com/a.pdf"] * 9, model="m", api_base=url)
        next(stream.__enter__())
    elif how == "close":
        close(); assert read() == 3; close()
    elif how in ("fork", "forkserver", "spawn"):
        import multiprocessing
        with multiprocessing.get_context(how).Pool(2) as pool:
            assert [job.get(20) for job in [pool.apply_async(read) for _ in range(4)]] == [3] * 4
        assert read() == 3
    print("done")
"""


@pytest.mark.parametrize("how", ["plain", "busy", "stream", "close", "fork", "forkserver", "spawn"])
def test_a_process_ends_in_good_time_and_in_silence(server: Upstream, tmp_path: Path, how: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    done = run(script, server.url, how)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


LATE = """
import sys, threading
from pathlib import Path
from ocr_async import ocr, ocr_many, ocr_stream
scan = Path(__file__).with_name("scan.pdf")
options = {"model": "m", "api_base": sys.argv[1].replace("127.0.0.1", "localhost")}
def late():
    threading.main_thread().join()
    pages = [ocr(scan, **options), *ocr_many([scan], **options)]
    with ocr_stream([scan], **options) as results:
        pages += [each.unwrap() for each in results]
    print(*(len(each.pages) for each in pages))
if sys.argv[2] == "warm":
    ocr(scan, **options)
threading.Thread(target=late).start()
"""


@pytest.mark.parametrize("how", ["cold", "warm"])
def test_threads_go_on_when_the_main_thread_has_ended(server: Upstream, tmp_path: Path, how: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(LATE)
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    done = run(script, server.url, how)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 3 3\n", "")


AT_EXIT = """
import atexit, sys
from pathlib import Path
from ocr_async import ocr, ocr_many
scan = Path(sys.argv[1])
def last():
    print(len(ocr(scan).pages), *(len(each.pages) for each in ocr_many([scan], model="local")))
atexit.register(last)  # before what the first call registers, and so called after it
if sys.argv[2] == "warm":
    ocr(scan)
"""


@pytest.mark.parametrize("how", ["cold", "warm"])
def test_the_engine_reads_for_functions_that_the_interpreter_calls_at_its_end(tmp_path: Path, how: str) -> None:
    (tmp_path / "script.py").write_text(AT_EXIT)
    (tmp_path / "a.pdf").write_bytes(text_pdf([PARAGRAPHS]))
    done = run(tmp_path / "script.py", str(tmp_path / "a.pdf"), how)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 1\n", "")
