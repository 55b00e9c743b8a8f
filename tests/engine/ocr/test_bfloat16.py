"""The networks in sixteen bits against those in 32; only on processors that know the format, with OpenVINO."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ocr_async._platform import limits
from ocr_async.engine.ocr import bfloat16, networks, tiny
from ocr_async.engine.ocr.detection import detect
from ocr_async.engine.ocr.line_boxes import crop
from ocr_async.engine.ocr.lines import read_line

from ...documents import PARAGRAPHS, drawn_page


pytestmark = pytest.mark.skipif(
    not bfloat16.available(), reason="needs OpenVINO (the extra bfloat16) and a processor that knows bfloat16"
)


def test_it_is_used_where_it_is_there() -> None:
    assert isinstance(networks.recogniser().network, bfloat16.Bfloat16)
    assert isinstance(networks.detector(), bfloat16.Bfloat16)


@pytest.fixture(params=["small", "tiny"])
def both(request: pytest.FixtureRequest) -> tuple[networks.LineNetwork, networks.LineNetwork]:
    """A network that reads lines, as it is used and in 32 bits."""
    used, path = networks.recogniser(), networks.models() / networks.RECOGNISER
    if request.param == "tiny":
        if not tiny.available():
            pytest.skip("needs the extra fast-ocr")
        used, path = networks.tiny_recogniser() or used, tiny.path(tiny.RECOGNISER)
    return used, networks.LineNetwork(networks.Float32(path, alone=False), used.letters)


def test_lines_of_every_width_have_as_many_steps_as_in_32_bits(
    both: tuple[networks.LineNetwork, networks.LineNetwork],
) -> None:
    used, whole = both
    for width in (64, 65, *random.Random(7).sample(range(66, 1200), 12)):
        batch = np.zeros((1, 3, 48, width), np.float32)
        assert used.network(batch).shape == whole.network(batch).shape


def test_a_page_says_the_same_in_both(both: tuple[networks.LineNetwork, networks.LineNetwork]) -> None:
    image = np.asarray(drawn_page().convert("RGB"), np.uint8)
    used, whole = both
    pictures = [crop(image, box) for box in detect(image, networks.detector())]
    assert len(pictures) == len(PARAGRAPHS)
    for picture in pictures:
        one, other = read_line(picture, used), read_line(picture, whole)
        assert one.text == other.text
        assert abs(one.confidence - other.confidence) < 0.02


@pytest.mark.parametrize(("load", "height"), [(lambda: networks.recogniser().network, 48), (networks.detector, 64)])
def test_an_answer_stays_while_other_threads_ask(load: Callable[[], networks.Network], height: int) -> None:
    batches = [np.full((1, 3, height, 64), value, np.float32) for value in (-1, 1)]
    mine = load()(batches[0])
    before = mine.copy()
    with ThreadPoolExecutor(1) as other:
        theirs = other.submit(load(), batches[1]).result()
    assert not np.array_equal(before, theirs)
    assert np.array_equal(before, mine)


def test_a_large_page_leaves_no_memory_and_the_next_one_is_read_the_same() -> None:
    small = np.random.default_rng(5).normal(size=(1, 3, 64, 96)).astype(np.float32)
    before = networks.detector()(small)
    networks.detector()(np.zeros((1, 3, 1280, 1280), np.float32))
    taken = limits.resident()
    networks.give_back()
    assert limits.resident() < taken - 50_000_000
    assert np.array_equal(networks.detector()(small), before)


TWO_PAGES_AT_ONCE = """
import sys, threading, time
import numpy as np
from ocr_async.engine.ocr import networks

class Slow(np.lib.NumpyVersion):  # which OpenVINO asks for in what it does once: the other thread gets its turn there
    def __init__(self, version):
        time.sleep(0.5)
        super().__init__(version)

np.lib.NumpyVersion = Slow

def read(load, shape):
    begin.wait()
    load()(np.zeros(shape, np.float32))

begin = threading.Barrier(2)
lines = lambda: networks.recogniser().network
pages = [(lines, (1, 3, 48, 64)), (networks.detector, (1, 3, 64, 64))]
threads = [threading.Thread(target=read, args=page) for page in pages]
for step in (threading.Thread.start, threading.Thread.join):
    for thread in threads:
        step(thread)
assert sys.modules["openvino_telemetry"] is None
"""


def test_two_threads_may_be_the_first_and_nobody_else_is_told() -> None:
    subprocess.run([sys.executable, "-c", TWO_PAGES_AT_ONCE], check=True, timeout=60)
