"""What a call has imported in the end, and what it imports when it first needs it: in processes of their own."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import get_args, get_type_hints

import pytest

import ocr_async
from ocr_async import _api, _sync, events
from tests.upstream import Upstream


SOME_CALLS = {  # what most calls do without
    "difflib",
    "ocr_async.events",
    "ocr_async.providers.batch_jobs",
    "ocr_async.providers.mistral.batches",
    *(
        f"ocr_async.call.{name}"
        for name in (
            *("batch.documents", "cache", "comparing", "comparing.agreement", "document_window"),
            *("escalation", "estimating", "logs", "many", "page_stream", "routing", "second_step"),
        )
    ),
}


def run(program: str) -> set[str]:
    """Run *program* in a process of its own; return the words that it printed."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("call", ["asyncio.run(ocr_async.aocr({}))", "ocr_async.ocr({})"], ids=["coroutine", "plain"])
def test_plain_calls_have_loaded_nothing_that_only_some_calls_need(hosted: Upstream, call: str) -> None:
    documents = ["'https://example.com/a.pdf'", "b'%PDF-1.7'"]
    asked = [call.format(f"{document}, model='mistral/mistral-ocr-latest'") for document in documents]
    loaded = run("\n".join(["import asyncio, sys, ocr_async", *asked, "print(*sys.modules)"]))
    assert len(hosted.requests) == 2
    assert not loaded & SOME_CALLS


def test_first_calls_in_many_threads_may_need_the_same_modules_at_once(hosted: Upstream) -> None:
    program = """
import ocr_async, threading
together = threading.Barrier(32)
heard, read = [], []

def call(number):
    together.wait()
    model = "mistral/mistral-ocr-latest"
    if number % 4 == 0:
        read.extend(ocr_async.ocr_many([b"%PDF-1.7"], model=model))
    elif number % 4 == 1:
        read.append(ocr_async.ocr(b"%PDF-1.7", model=model, on_event=heard.append))
    elif number % 4 == 2:
        read.append(ocr_async.ocr(b"%PDF-1.7", model=model, fallbacks=["opper/mistral-ocr"]))
    else:
        read.append(list(ocr_async.ocr_pages(b"%PDF-1.7", model=model)))

threads = [threading.Thread(target=call, args=(number,)) for number in range(32)]
for each in threads:
    each.start()
for each in threads:
    each.join()
assert not [one for one in read if isinstance(one, ocr_async.OCRError)]
print(len(read), type(heard[0]).__name__)
"""
    assert run(program) == {"32", "CallStarted"}


def test_the_annotations_of_public_functions_name_classes_that_are_there() -> None:
    functions = [getattr(ocr_async, name) for name in ocr_async.__all__]
    functions += [each for client in (_api.OCR, _sync.OCR) for each in vars(client).values()]
    hints = {each.__qualname__: get_type_hints(each) for each in functions if inspect.isfunction(each)}
    assert hints["aocr_compare"]["return"] is hints["OCR.ocr_compare"]["return"] is ocr_async.OCRComparison
    assert hints["aocr_many"]["return"] == list[ocr_async.OCRResponse | ocr_async.OCRError]


def test_every_event_is_told_by_its_name() -> None:
    assert [each.__name__ for each in get_args(events.Event)] == list(get_args(events.EventName))
