"""The worker processes: killed, stopped, forked, left alone, and outlived by nobody."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocr_async._ipc import starting
from ocr_async._ipc.memory import Shared
from ocr_async._platform import processor_time
from ocr_async.engine.values import PageOptions
from ocr_async.errors import DocumentError, EngineCrashed, EngineError, OCRError
from ocr_async.models import Bytes, FileOnDisk, OCRPage
from ocr_async.steps import Compute
from ocr_async.transport import process, workers

from ..documents import PARAGRAPHS, drawn_page, image_pdf, png, text_pdf
from ..hostile import endless_forms


ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def two_pages() -> Bytes:
    return Bytes(data=text_pdf([["The first page."], ["The second page."]]), mime="application/pdf")


def counting(document: Bytes | FileOnDisk) -> Compute:
    return Compute(task="count", arguments={"document": document})


def reading(document: Bytes | FileOnDisk, *, seconds: float = 30.0) -> Compute:
    arguments = {"document": document, "pages": None, "mode": "auto", "wanted": PageOptions()}
    return Compute(task="read", arguments=arguments, seconds=seconds)


def recognising(document: Bytes | FileOnDisk, *, seconds: float = 60.0, page: int = 0) -> Compute:
    picture = Compute(task="raster", arguments={"document": document, "page": page})
    arguments = {"raster": picture, "index": page, "wanted": PageOptions()}
    return Compute(task="recognise", worker="recogniser", arguments=arguments, seconds=seconds)


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether process *pid* ends within *seconds*."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


async def started(known: frozenset[int] = frozenset()) -> int:
    """Return the pid of the next worker that starts."""
    for _ in range(500):
        if fresh := set(workers.processes()) - known:
            return fresh.pop()
        await asyncio.sleep(0.01)
    raise AssertionError("no worker started")


def test_a_worker_stays_warm_and_goes_with_its_loop(two_pages: Bytes) -> None:
    async def main() -> list[int]:
        assert await workers.run(counting(two_pages)) == 2
        first = workers.processes()
        assert await workers.run(counting(two_pages)) == 2
        assert workers.processes() == first
        return first

    (pid,) = asyncio.run(main())
    assert gone(pid)


def test_hundreds_of_damaged_documents_leave_nothing_open_in_their_worker(two_pages: Bytes) -> None:
    damaged = bytes(two_pages.data)[:300]

    async def main() -> None:
        before: list[int] = []
        for number in range(300):  # a worker may have 256 files open
            with pytest.raises(DocumentError, match="damaged"):
                await workers.run(counting(Bytes(data=damaged + b"%% %d" % number)))
            before = before or workers.processes()
        assert workers.processes() == before
        assert await workers.run(counting(two_pages)) == 2

    asyncio.run(main())


@pytest.mark.parametrize("way", ["asyncio.run(main())", "ocr_in_thread()", "stream_left()"])
def test_a_program_that_ends_in_the_middle_of_a_page_says_nothing(tmp_path: Path, way: str) -> None:
    (tmp_path / "endless.pdf").write_bytes(endless_forms())
    (tmp_path / "scan.png").write_bytes(png(drawn_page()))
    code = f"""
        import asyncio, threading, time
        from pathlib import Path
        from ocr_async import aocr, ocr, ocr_stream

        async def main():
            task = asyncio.create_task(aocr(Path("endless.pdf")))
            await asyncio.sleep(1)
            assert not task.done()

        def ocr_in_thread():
            threading.Thread(target=ocr, args=(Path("endless.pdf"),), daemon=True).start()
            time.sleep(1)

        def stream_left():
            global stream
            stream = ocr_stream([Path("scan.png")] * 5)
            next(stream.__enter__())

        {way}
    """
    package = str(Path(workers.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": package}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_several_values_of_a_task_come_as_a_list(two_pages: Bytes) -> None:
    pages = asyncio.run(workers.run(reading(two_pages)))
    assert [(index, page.markdown) for index, page in pages] == [(0, "The first page."), (1, "The second page.")]


def test_a_document_on_disk_and_one_in_memory_read_the_same(two_pages: Bytes, tmp_path: Path) -> None:
    path = tmp_path / "two.pdf"
    path.write_bytes(two_pages.data)

    async def main() -> tuple[object, object]:
        return await workers.run(reading(two_pages)), await workers.run(reading(FileOnDisk(path=path)))

    one, other = asyncio.run(main())
    assert one == other


def test_an_error_of_the_task_comes_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read: No such file"):
        asyncio.run(workers.run(counting(FileOnDisk(path=tmp_path / "absent.pdf"))))


def test_a_stopped_worker_is_killed_after_its_seconds_and_its_task_done_again(two_pages: Bytes) -> None:
    async def main() -> None:
        await workers.run(counting(two_pages))
        (pid,) = workers.processes()
        os.kill(pid, signal.SIGSTOP)
        assert len(await workers.run(reading(two_pages, seconds=1.5))) == 2
        assert gone(pid)

    asyncio.run(main())


async def starve(known: frozenset[int], until: asyncio.Event) -> int:
    """Let the next worker have a fifth of a processor."""
    pid = await started(known)
    with contextlib.suppress(ProcessLookupError):
        while not until.is_set():
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(0.08)
            os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(0.02)
    return pid


def test_a_worker_that_is_slow_because_the_machine_is_goes_on(two_pages: Bytes) -> None:
    async def main() -> None:
        done = asyncio.Event()
        starving = asyncio.ensure_future(starve(frozenset(), done))
        assert len(await workers.run(reading(two_pages, seconds=0.6))) == 2  # its start alone takes longer
        done.set()
        assert await starving in workers.processes()
        assert workers.state().replaced == {}

    asyncio.run(main())


def test_a_recogniser_that_uses_more_processor_time_than_it_is_given_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_async.transport.process._SHORTEST_LOOK", 0.05)  # its networks are loaded within a second
    document = Bytes(data=image_pdf([drawn_page()]))

    async def main() -> None:
        with pytest.raises(EngineCrashed, match="gave no sign"):
            await workers.run(recognising(document, seconds=0.01))
        assert workers.state().replaced["overdue"] == 2

    asyncio.run(main())


def test_a_recogniser_gives_signs_while_it_reads() -> None:
    """One second is less than the page takes, and more than its slowest line."""
    document = Bytes(data=image_pdf([drawn_page(PARAGRAPHS * 4, height=2200)]))

    async def main() -> OCRPage:
        await workers.run(recognising(document))
        page: OCRPage = await workers.run(recognising(document, seconds=2.0))
        assert workers.state().replaced == {}
        return page

    assert "harbour office keeps a record" in asyncio.run(main()).markdown


def test_a_task_that_is_silent_twice_is_the_documents_fault(two_pages: Bytes) -> None:
    async def stop(known: frozenset[int]) -> int:
        os.kill(pid := await started(known), signal.SIGSTOP)
        return pid

    async def main() -> None:
        task = asyncio.ensure_future(workers.run(reading(two_pages, seconds=0.5)))
        first = await stop(frozenset())
        second = await stop(frozenset({first}))
        with pytest.raises(EngineCrashed, match=r"gave no sign for 0\.5 s and was killed"):
            await task
        assert gone(first)
        assert gone(second)
        assert await workers.run(counting(two_pages)) == 2

    asyncio.run(main())


def test_a_worker_killed_twice_from_outside_is_not_the_documents_fault(two_pages: Bytes) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(workers.run(reading(two_pages)))
        os.kill(first := await started(), signal.SIGKILL)
        os.kill(await started(frozenset({first})), signal.SIGTERM)
        with pytest.raises(EngineError, match="the worker was killed"):
            await task

    asyncio.run(main())


def test_a_parser_killed_from_outside_is_replaced_and_the_task_done_again() -> None:
    document = Bytes(data=endless_forms())

    async def main() -> None:
        raster = Compute(task="raster", arguments={"document": document, "page": 0}, seconds=1.0)
        task = asyncio.ensure_future(workers.run(raster))
        first = await started()
        await asyncio.sleep(0.5)
        os.kill(first, signal.SIGKILL)
        second = await started(frozenset({first}))
        assert second != first
        with pytest.raises(EngineCrashed):
            await task

    asyncio.run(main())


def test_a_recogniser_killed_in_the_middle_costs_no_page() -> None:
    document = Bytes(data=image_pdf([drawn_page()] * 3))

    async def main() -> list[OCRPage]:
        await workers.run(recognising(document))
        tasks = [asyncio.ensure_future(workers.run(recognising(document, page=page))) for page in range(3)]
        await asyncio.sleep(0.2)
        for pid in workers.processes():
            if "recogniser" in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGKILL)
        return list(await asyncio.gather(*tasks))

    pages = asyncio.run(main())
    assert [page.index for page in pages] == [0, 1, 2]
    assert all("harbour office keeps a record" in page.markdown for page in pages)


def test_a_system_that_gives_no_more_files_is_told_as_that(two_pages: Bytes, tmp_path: Path) -> None:
    path = tmp_path / "two.pdf"
    path.write_bytes(two_pages.data)

    async def main() -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 1, hard))
        try:
            for document in (two_pages, FileOnDisk(path=path)):
                for step in (counting(document), recognising(document)):
                    with pytest.raises(EngineError, match="Too many open files"):
                        await workers.run(step)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert await workers.run(counting(two_pages)) == 2

    asyncio.run(main())


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_worker_that_has_started_when_nobody_waits_for_it_any_more_ends(
    two_pages: Bytes, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    begun, started = threading.Event(), []

    def slowly(*arguments: Any) -> tuple[subprocess.Popen[bytes], socket.socket]:
        parts = starting.start(*arguments)
        started.append(parts)
        begun.set()
        time.sleep(0.3)
        return parts

    monkeypatch.setattr(process, "starting", SimpleNamespace(start=slowly))

    async def main() -> None:
        task = asyncio.create_task(workers.run(counting(two_pages)))
        await asyncio.to_thread(begun.wait)
        if cancelled:
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(main())  # which cancels all that is not done
    ((child, connection),) = started
    assert child.returncode is not None
    assert connection.fileno() == -1


def test_documents_on_disk_have_a_parser_each_from_the_first_on(two_pages: Bytes, tmp_path: Path) -> None:
    for name, data in {"bomb": endless_forms(), "good": two_pages.data}.items():
        (tmp_path / name).write_bytes(data)
    bomb, good = (FileOnDisk(path=tmp_path / name, mime="application/pdf") for name in ("bomb", "good"))

    async def main() -> None:
        raster = Compute(task="raster", arguments={"document": bomb, "page": 0}, seconds=1.0)
        read = asyncio.create_task(workers.run(reading(good)))
        with pytest.raises(EngineCrashed):
            await workers.run(raster)
        assert len(await read) == 2

    asyncio.run(main())


class Skipping(asyncio.SelectorEventLoop):
    """A loop that can skip some time."""

    skipped = 0.0

    def time(self) -> float:
        return super().time() + self.skipped


def test_a_recogniser_that_several_pages_wait_for_stays_for_a_minute_after_the_last() -> None:
    document = Bytes(data=image_pdf([drawn_page(PARAGRAPHS[:1], height=500)] * 2))

    async def main() -> None:
        await asyncio.gather(*(workers.run(recognising(document, page=page)) for page in range(2)))
        warm = workers.processes()[-1]
        loop.skipped = 59.7  # from its start, which was before its networks were loaded, it is more than a minute
        await asyncio.sleep(0.01)
        assert warm in workers.processes()

    loop = Skipping()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())


def test_cancelling_kills_the_parser_that_is_busy_with_the_task(two_pages: Bytes) -> None:
    bomb = Bytes(data=endless_forms())

    async def main() -> None:
        task = asyncio.ensure_future(workers.run(Compute(task="raster", arguments={"document": bomb, "page": 0})))
        pid = await started()
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gone(pid)
        assert await workers.run(counting(two_pages)) == 2

    asyncio.run(main())


async def cancelled_recognitions(document: Bytes, count: int, *, seconds: float = 60.0) -> None:
    """Cancel so many recognitions, each when the recogniser has its page."""
    for _ in range(count):
        (recogniser,) = (await workers._workers()).pools["recogniser"].workers
        task = asyncio.create_task(workers.run(recognising(document, seconds=seconds)))
        while not recogniser.jobs:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])


def test_a_recogniser_leaves_pages_that_nobody_waits_for_any_more() -> None:
    document = Bytes(data=image_pdf([drawn_page(PARAGRAPHS * 4, height=2200)]))

    async def seconds_used() -> float:
        pid = workers.processes()[-1]
        before = processor_time.of_process(pid)
        await workers.run(recognising(document))
        after = processor_time.of_process(pid)
        assert before is not None
        assert after is not None
        return after - before

    async def main() -> None:
        await workers.run(recognising(document))
        alone = await seconds_used()
        await cancelled_recognitions(document, 6)
        assert await seconds_used() < 3 * alone  # to find the lines of a page has no sign
        assert workers.state().replaced == {}

    asyncio.run(main())


def test_a_recogniser_that_hangs_with_pages_that_nobody_waits_for_is_replaced() -> None:
    document = Bytes(data=image_pdf([drawn_page(PARAGRAPHS[:1], height=500)]))

    async def main() -> OCRPage:
        await workers.run(recognising(document))
        os.kill(workers.processes()[-1], signal.SIGSTOP)
        await cancelled_recognitions(document, len(os.sched_getaffinity(0)) + 1, seconds=1.0)
        page: OCRPage = await workers.run(recognising(document))
        assert workers.state().replaced == {"overdue": 1}
        return page

    assert "harbour office keeps a record" in asyncio.run(main()).markdown


def test_pictures_of_pages_do_not_pile_up() -> None:
    document = Bytes(data=image_pdf([drawn_page(PARAGRAPHS[:1], height=1000)] * 8))

    async def main() -> int:
        most = 0
        # by its type: to ask a lazy object of another library what it is would have it make itself
        before = {id(thing) for thing in gc.get_objects() if type(thing) is Shared}

        async def watch() -> None:
            nonlocal most
            while True:
                shared = [thing for thing in gc.get_objects() if type(thing) is Shared and id(thing) not in before]
                most = max(most, sum(thing.fileno() >= 0 for thing in shared))
                del shared
                await asyncio.sleep(0.01)

        watching = asyncio.ensure_future(watch())
        await asyncio.gather(*(workers.run(recognising(document, page=page)) for page in range(8)))
        watching.cancel()
        return most

    processors = len(os.sched_getaffinity(0))
    assert asyncio.run(main()) <= processors + 2  # one more than processors, and the document itself


def test_every_loop_has_workers_of_its_own_in_any_thread(two_pages: Bytes) -> None:
    pids: list[int] = []

    async def main() -> None:
        assert await workers.run(counting(two_pages)) == 2
        pids.extend(workers.processes())

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 2
    assert all(gone(pid) for pid in pids)


def test_a_worker_that_dies_idle_is_replaced(two_pages: Bytes) -> None:
    async def main() -> None:
        await workers.run(counting(two_pages))
        (pid,) = workers.processes()
        os.kill(pid, signal.SIGKILL)
        assert await asyncio.to_thread(gone, pid)
        await asyncio.sleep(0.1)
        assert await workers.run(counting(two_pages)) == 2
        assert len(workers.processes()) == 1

    asyncio.run(main())


def test_workers_that_end_before_their_time_are_counted_by_why(two_pages: Bytes) -> None:
    bomb = Bytes(data=endless_forms())

    async def main() -> None:
        assert workers.state() == workers.WorkersState()
        await workers.run(counting(two_pages))
        (pid,) = workers.processes()
        os.kill(pid, signal.SIGSTOP)
        with contextlib.suppress(OCRError):
            await workers.run(reading(two_pages, seconds=1.0))
        task = asyncio.ensure_future(workers.run(Compute(task="raster", arguments={"document": bomb, "page": 0})))
        await started(frozenset({pid}))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await workers.run(counting(two_pages))
        (pid,) = workers.processes()
        os.kill(pid, signal.SIGKILL)
        assert await asyncio.to_thread(gone, pid)
        await asyncio.sleep(0.1)
        await workers.run(counting(two_pages))
        assert workers.state() == workers.WorkersState(replaced={"overdue": 1, "cancelled": 1, "killed": 1})

    asyncio.run(main())


def test_tasks_that_wait_for_a_worker_are_counted(two_pages: Bytes) -> None:
    async def main() -> None:
        tasks = [asyncio.ensure_future(workers.run(counting(two_pages))) for _ in range(40)]
        await asyncio.sleep(0)
        at_work = len(os.sched_getaffinity(0))
        assert workers.state().waiting == 40 - at_work
        await asyncio.gather(*tasks)
        assert workers.state().waiting == 0

    asyncio.run(main())


def test_an_endless_computation_ends_with_its_processor_time() -> None:
    document = Bytes(data=endless_forms())
    raster = Compute(task="raster", arguments={"document": document, "page": 0}, seconds=1.0)
    with pytest.raises(EngineCrashed, match=r"used up its processor time|gave no sign|crashed with signal"):
        asyncio.run(workers.run(raster))


def test_idle_workers_leave(two_pages: Bytes) -> None:
    async def main() -> None:
        await workers.keep_warm(0.3)
        await workers.run(counting(two_pages))
        (pid,) = workers.processes()
        assert await asyncio.to_thread(gone, pid)
        assert workers.processes() == []
        assert await workers.run(counting(two_pages)) == 2

    asyncio.run(main())


def test_a_parser_that_has_grown_makes_room_for_a_fresh_one(two_pages: Bytes) -> None:
    async def main() -> None:
        await workers.run(counting(two_pages))
        (warm,) = workers.processes()
        await workers.run(counting(two_pages))
        assert workers.processes() == [warm]
        await workers.keep_warm(60, memory=1 << 20)
        assert await workers.run(counting(two_pages)) == 2
        assert workers.processes() == []
        assert workers.state().replaced == {"grown": 1}
        assert gone(warm)
        assert await workers.run(counting(two_pages)) == 2

    asyncio.run(main())


def test_nothing_blocks_the_loop(two_pages: Bytes) -> None:
    from blockbuster import blockbuster_ctx

    async def main() -> None:
        with blockbuster_ctx():
            await workers.run(reading(two_pages))
            await asyncio.gather(*(workers.run(counting(two_pages)) for _ in range(4)))
            bomb = asyncio.ensure_future(workers.run(reading(Bytes(data=endless_forms()))))
            await asyncio.sleep(0.3)
            bomb.cancel()
            with pytest.raises(asyncio.CancelledError):
                await bomb
            await workers.run(counting(two_pages))

    asyncio.run(main())


def run_script(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def on_disk(two_pages: Bytes, tmp_path: Path) -> str:
    path = tmp_path / "two.pdf"
    path.write_bytes(two_pages.data)
    return str(path)


HEAD = """
import asyncio, os, sys, time
from pathlib import Path
from ocr_async.models import FileOnDisk
from ocr_async.steps import Compute
from ocr_async.transport import workers
step = Compute(task="count", arguments={"document": FileOnDisk(path=Path(sys.argv[1]))})
"""


def test_warm_workers_do_not_keep_the_interpreter_from_exiting(on_disk: str) -> None:
    # a loop that is neither finalised nor closed
    script = (
        HEAD
        + "loop = asyncio.new_event_loop()\nprint(loop.run_until_complete(workers.run(step)))\n"
        + ("print(*loop.run_until_complete(workers_of()))\n".replace("workers_of()", "pids()"))
    )
    script = script.replace("loop =", "async def pids(): return workers.processes()\nloop =", 1)
    started_at = time.monotonic()
    done = run_script(script, on_disk)
    count, pid = done.stdout.split()
    assert (count, done.returncode) == ("2", 0), done.stderr
    assert time.monotonic() - started_at < 20
    assert gone(int(pid))


def test_a_loop_ends_without_words_whose_worker_died_before(on_disk: str) -> None:
    script = (
        HEAD
        + """
async def main():
    await workers.run(step)
    os.kill(*workers.processes(), 9)
    await asyncio.sleep(0.5)
asyncio.run(main())
"""
    )
    done = run_script(script, on_disk)
    assert (done.returncode, done.stderr) == (0, "")


def test_workers_leave_when_their_parent_is_killed(on_disk: str) -> None:
    script = (
        HEAD
        + """
async def main():
    await workers.run(step)
    print(*workers.processes(), flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    )
    done = run_script(script, on_disk)
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


def test_a_forked_child_starts_its_own_workers_and_leaves_its_parents_alone(on_disk: str) -> None:
    script = (
        HEAD
        + """
async def main():
    assert await workers.run(step) == 2
    return workers.processes()

async def parent():
    mine = await main()
    child = os.fork()
    if not child:
        os._exit(await_in_child(mine))
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    assert status == 0, status
    assert await main() == mine
    print("ok")

def await_in_child(parents):
    import threading
    found = []
    thread = threading.Thread(target=lambda: found.extend(asyncio.run(main())))
    thread.start()
    thread.join()
    return 0 if found and not set(found) & set(parents) else 1

asyncio.run(parent())
"""
    )
    done = run_script(script, on_disk)
    assert done.stdout.strip() == "ok", done.stderr


def test_a_worker_sees_no_keys_and_may_gain_no_privileges(two_pages: Bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-planted")

    async def main() -> tuple[str, str, str]:
        await workers.run(counting(two_pages))
        (pid,) = workers.processes()
        process = Path(f"/proc/{pid}")
        return tuple((process / name).read_text() for name in ("environ", "status", "limits"))  # type: ignore[return-value]

    environment, status, limits = asyncio.run(main())
    assert "sk-planted" not in environment
    assert "NoNewPrivs:\t1" in status
    assert str(2 << 30) in next(line for line in limits.splitlines() if line.startswith("Max address space"))


def test_a_picture_in_memory_needs_no_file() -> None:
    page = asyncio.run(workers.run(recognising(Bytes(data=png(drawn_page())))))
    assert "twelve hundred containers" in page.markdown
