"""What crosses between this process and its workers: all that the engine says, and nothing that does anything."""

from __future__ import annotations

import asyncio
import builtins
import os
import pickle
import resource
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import attrs
import pytest

from ocr_async import errors
from ocr_async._ipc import values
from ocr_async._ipc.memory import Shared
from ocr_async._ipc.messages import Decoder, encode
from ocr_async.engine.values import PageOptions, Raster, Recogniser, UncertainPage
from ocr_async.engine.worker import _TASKS
from ocr_async.errors import EngineCrashed, EngineError, OCRError
from ocr_async.models import (
    Bytes,
    FileOnDisk,
    OCRBlock,
    OCRBlockConfidence,
    OCRDimensions,
    OCRElement,
    OCRImage,
    OCRPage,
    OCRPageConfidence,
    OCRTable,
    OCRWordConfidence,
)
from ocr_async.steps import Compute
from ocr_async.transport import workers


WORD = OCRWordConfidence(text="caf\u00e9 \udcff\u0000", confidence=0.5, start_index=3)
PAGE = OCRPage(
    index=3,
    markdown="# Title",
    images=(OCRImage(id="img-0.jpeg", top_left_x=1, image_base64="data:image/jpeg;base64,AAAA"),),
    dimensions=OCRDimensions(dpi=72, height=842, width=595),
    tables=(OCRTable(id="tbl-0.md", content="|a|", format="markdown", word_confidence_scores=(WORD,)),),
    hyperlinks=("https://example.com",),
    header="Running head",
    blocks=(
        OCRBlock(
            type="text", content="b", top_left_x=0, top_left_y=0, bottom_right_x=9, bottom_right_y=9,
            confidence_scores=OCRBlockConfidence(average_content_confidence_score=1),
        ),
    ),
    confidence_scores=OCRPageConfidence(
        average_page_confidence_score=0.9, minimum_page_confidence_score=0, word_confidence_scores=(WORD,)
    ),
    elements=(OCRElement(type="table", bbox={"x": 1, "y": 2.5}, data={"cells": [{"text": "a", "row": 0}]}),),
    extra={"rotation": 90.0, "languages": ["ru"]},
)  # fmt: skip


def crossed(*message: Any) -> tuple[Any, ...]:
    """Return *message* as it arrives on the other side."""
    data, beside = encode(message)
    (arrived,) = Decoder().feed(data, [os.dup(memory.fileno()) for memory in beside])
    return arrived


def test_every_value_arrives_as_it_was() -> None:
    given = [
        PAGE,
        UncertainPage(PAGE, "stamp"),
        PageOptions(images=True, confidence="word"),
        Recogniser(languages=("ru", "en")),
        FileOnDisk(path=Path("/a/\udcff.pdf"), size=3, mime="application/pdf", password="geheim"),
        b"\xff\xd8\x00", bytes(range(256)) * 1000, None, True, -1, 0.1, float("inf"), "", {"a": {"b": [None]}},
    ]  # fmt: skip
    assert crossed(1, "done", given) == (1, "done", given)


def test_pictures_and_documents_arrive_as_memory() -> None:
    raster = Raster(pixels=Shared.holding(b"\x00\x7f\xff"), width=1, height=1, channels=3, dpi=200.0)
    arrived, document = crossed(raster, Bytes(data=b"%PDF-", mime="application/pdf", name="a.pdf"))
    assert bytes(arrived.pixels.map()) == b"\x00\x7f\xff"
    assert attrs.evolve(arrived, pixels=raster.pixels) == raster
    assert (Path(document.path).read_bytes(), document.size, document.name) == (b"%PDF-", 5, "a.pdf")


@pytest.mark.parametrize("name", sorted(values._ERRORS))
def test_an_error_arrives_with_what_it_says_and_its_facts(name: str) -> None:
    error = getattr(errors, name)("what happened", request_id="r-1")
    error.hint = "password"
    if name == "ResponseInvalid":
        error.path, error.status = "$.pages", 200
    (arrived,) = crossed(error)
    assert type(arrived) is type(error)
    assert (str(arrived), vars(arrived)) == (str(error), vars(error))


def test_an_error_of_a_class_that_does_not_cross_arrives_as_the_next_above_it() -> None:
    (arrived,) = crossed(errors.PagesMissing("none came", missing=(1,)))
    assert type(arrived) is OCRError
    assert str(arrived) == "none came"


def test_every_class_of_the_table_crosses_and_every_task_has_its_answer() -> None:
    for name in values.CLASSES:
        assert values.value_parts(object()) is None
        assert attrs.has(values._class(name))
    assert set(values.ANSWERS) == set(_TASKS)


def test_what_is_no_plain_value_is_refused_by_the_sender() -> None:
    with pytest.raises(TypeError, match="a function may not cross"):
        encode((print, lambda: None)[1:])


# --- a hostile worker -----------------------------------------------------------------------------------------------


def framed(body: bytes, beside: int = 0) -> bytes:
    return struct.pack("!IBxxx", len(body), beside) + body


class Calls:
    """Pickles as a call of *function*."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def pickles(canary: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what reached code in the receiver when messages were pickles."""
    code = f"open({str(canary)!r}, 'w')"
    for protocol in range(6):
        yield f"os.system {protocol}", pickle.dumps(Calls(os.system, f"touch {canary}"), protocol)
        yield f"eval {protocol}", pickle.dumps(Calls(builtins.eval, code), protocol)
    text = b"\x8c" + bytes([len(code)]) + code.encode()

    def named(module: str, name: str) -> bytes:
        return b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, name)) + b"\x93"

    for module, name in (
        ("ocr_async.errors", "OCRError.__init__.__globals__"),
        ("ocr_async.errors", "Any.__class__"),
        ("ocr_async.models.document", "os.system"),
        ("ocr_async.models.response", "field.__globals__"),
        ("ocr_async.engine.values", "re.enum.sys.modules"),
        ("ocr_async.engine.values", "re.functools.reduce.__self__.eval"),
    ):
        yield f"{module}.{name}", b"\x80\x04" + named(module, name) + text + b"\x85R."
        yield f"{module}.{name} built", b"\x80\x04" + named(module, name) + b"}b."
    yield "extension", b"\x80\x02\x82\x01."
    yield "global", b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR."


def test_a_pickle_is_no_message_and_does_nothing(tmp_path: Path) -> None:
    for what, body in pickles(tmp_path / "canary"):
        with pytest.raises(EngineError, match="cannot be read"):
            Decoder().feed(framed(body))
        assert not (tmp_path / "canary").exists(), what


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"null", b"1", b'"text"', b"[1", b"[1]]", b"\xff\xfe[\x00", b"[NaN,,]", b"[" * 100_000,
        b"[" + b'{"a":' * 100_000, b"[" + b"1" * 10_000 + b"]",
        b'[{"\\u0000":[]}]', b'[{"\\u0000":null}]', b'[{"\\u0000":5}]', b'[{"\\u0000":{}}]', b'[{"\\u0000":[[]]}]',
        b'[{"\\u0000":["os.system","x"]}]', b'[{"\\u0000":["OCRPage.__init__"]}]', b'[{"\\u0000":["OCRPage"]}]',
        b'[{"\\u0000":["OCRResponse"]}]', b'[{"\\u0000":["OCRPage",1,"m"],"b":1}]',
        b'[{"\\u0000":["OCRPage","1","m",[],null,[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",true,"m",[],null,[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",1e3,"m",[],null,[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",99999999999999999999,"m",[],null,[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",1,null,[],null,[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",1,"m","images",null,[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",1,"m",[null],null,[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",1,"m",[],{},[],[],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",1,"m",[],null,[],[7],null,null,null,null,null,{}]}]',
        b'[{"\\u0000":["OCRPage",1,"m",[],null,[],[],null,null,null,null,null,[]]}]',
        b'[{"\\u0000":["OCRPage",1,"m",[],null,[],[],null,null,null,null,null,{"a":{"\\u0000":["Path","/"]}}]}]',
        b'[{"\\u0000":["OCRPage",1,"m",[],null,[],[],null,null,null,null,null,{},1]}]',
        b'[{"\\u0000":["UncertainPage",null,"stamp"]}]',
        b'[{"\\u0000":["Raster","pixels",1,1,1,null]}]',
        b'[{"\\u0000":["Raster",{"\\u0000":["Path","/etc/passwd"]},1,1,1,null]}]',
        b'[{"\\u0000":["Shared",0,1]}]', b'[{"\\u0000":["Shared",-1,1]}]', b'[{"\\u0000":["Shared","../a",1]}]',
        b'[{"\\u0000":["Shared","00000000000000000000000000000000",1]}]', b'[{"\\u0000":["Shared",0,-1]}]',
        b'[{"\\u0000":["bytes in","!"]}]', b'[{"\\u0000":["bytes","!"]}]',
        b'[{"\\u0000":["bytes",[]]}]', b'[{"\\u0000":["Path",1]}]',
        b'[{"\\u0000":["error","Exception","a",{}]}]', b'[{"\\u0000":["error","SystemExit","a",{}]}]',
        b'[{"\\u0000":["error","TYPE_CHECKING","a",{}]}]', b'[{"\\u0000":["error","error_class",500,{}]}]',
        b'[{"\\u0000":["error","EngineError",1,{}]}]', b'[{"\\u0000":["error","EngineError","a",{"args":[]}]}]',
        b'[{"\\u0000":["error","EngineError","a",{"status":1}]}]', b'[{"\\u0000":["error","EngineError","a",[]]}]',
        b'[{"\\u0000":["error",["EngineError"],"a",{}]}]', b'[{"\\u0000":["error","EngineError","a",{"hint":"x"}]}]',
        b'[{"\\u0000":["error","EngineError","a",{"request_id":1}]}]',
    ],
    ids=lambda body: body[:60].decode(errors="replace"),
)  # fmt: skip
def test_a_message_that_makes_no_sense_is_an_engine_error(body: bytes) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        Decoder().feed(framed(body))


def test_a_message_says_how_long_it_is_and_may_not_be_too_long() -> None:
    for head in (struct.pack("!IBxxx", 0xFFFFFFFF, 0), struct.pack("!IBxxx", 10, 255)):
        with pytest.raises(EngineError, match="too large"):
            Decoder().feed(head)
    decoder = Decoder()
    assert decoder.feed(framed(b"[1]")[:-1]) == []  # cut off: it waits, and takes nothing
    assert decoder.feed(b"]") == [(1,)]


def test_small_values_without_number_are_refused_before_they_take_memory() -> None:
    body = b"[" + b"[]," * (20 << 20) + b"0]"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with pytest.raises(EngineError, match="cannot be read"):
        Decoder().feed(framed(body))
    assert time.monotonic() - started < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10  # KiB; parsed it is 1.5 GiB


def descriptors_open() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_descriptors_that_belong_to_nothing_are_given_back(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)

    def some(count: int) -> list[int]:
        return [os.open(tmp_path / "file", os.O_RDONLY) for _ in range(count)]

    before = descriptors_open()
    decoder = Decoder()
    assert decoder.feed(b"\1" * 8, some(32)) == []
    with pytest.raises(EngineError, match="memory without its message"):
        decoder.feed(b"\1", some(1))
    decoder.close()
    for body in (b"[]", b"nonsense"):
        with pytest.raises(EngineError) if body == b"nonsense" else nullcontext():
            Decoder().feed(framed(body, 3), some(3))
    assert descriptors_open() == before


def test_memory_that_could_shrink_under_its_reader_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    before = descriptors_open()
    number = os.open(tmp_path / "file", os.O_RDWR)
    with pytest.raises(EngineError, match="cannot be read"):
        Decoder().feed(framed(b'[{"\\u0000":["Shared",0,100]}]', 1), [number])
    assert descriptors_open() == before


def test_a_size_that_is_a_lie_is_cut_to_what_is_there() -> None:
    memory = Shared.holding(b"abc")
    ((arrived,),) = Decoder().feed(framed(b'[{"\\u0000":["Shared",0,1000000]}]', 1), [os.dup(memory.fileno())])
    assert bytes(arrived.map()) == b"abc"


HOSTILE = """
import socket, struct
connection = socket.socket(fileno=0)
(length,) = struct.unpack("!Ixxxx", connection.recv(8, socket.MSG_WAITALL))
number = connection.recv(length, socket.MSG_WAITALL)[1:].split(b",")[0]
body = {body!r}.replace(b"NUMBER", number)
connection.sendall(struct.pack("!IBxxx", len(body), 0) + body)
connection.recv(1)
"""


@pytest.mark.parametrize(
    "body",
    [
        b'[NUMBER,"done","many"]',
        b'[NUMBER,"done",true]',
        b'[NUMBER,"done",null]',
        b'[NUMBER,"part",1]',
        b'[NUMBER,"done",{"\\u0000":["Path","/"]}]',
        b'["NUMBER"]',
        b"cos\nsystem\n(S'true'\ntR.",
    ],
)
def test_a_worker_that_lies_is_ended(body: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hostile.py").write_text(HOSTILE.format(body=body))
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "{tmp_path}/hostile.py"\n')
    (tmp_path / "python").chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    async def main() -> Any:
        return await workers.run(Compute(task="count", arguments={"document": Bytes(data=b"%PDF-")}))

    with pytest.raises((EngineError, EngineCrashed), match="a worker sent"):
        asyncio.run(main())
