"""What is read and changed in the file of a network."""

from __future__ import annotations

import struct

import numpy as np
import onnxruntime

from ocr_async.engine.ocr import networks
from ocr_async.engine.ocr.onnx_file import facts, without_subnormal


FLOAT, INT64, DOUBLE = 1, 7, 11


def field(number: int, value: int | bytes) -> bytes:
    """Return a field of a protobuf message, of less than 16,384 bytes."""
    size = value if isinstance(value, int) else len(value)
    told = bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])
    return bytes([number << 3 | 2]) + told + value if isinstance(value, bytes) else bytes([number << 3]) + told


def model(*tensors: tuple[int, bytes]) -> bytes:
    """Return an ONNX file with *tensors*, each its type and its bytes, among other fields."""
    weights = [field(1, 3) + field(2, kind) + field(8, b"a name") + field(9, raw) for kind, raw in tensors]
    graph = field(2, b"graph") + b"".join(field(5, each) for each in weights)
    fixed = b"\x3d" + struct.pack("<f", 1e-40) + b"\x41" + struct.pack("<d", 5e-324)
    return field(1, 10) + fixed + field(7, graph) + field(14, b"told")


def test_of_weights_in_32_bits_those_that_are_no_normal_numbers_are_zero_and_nothing_else_changes() -> None:
    normal = np.array([1.5, -2e-38, 0, np.inf], np.float32)
    small = np.array([1e-40, -1e-38, 1e-45, 3], np.float32)
    numbers, long = np.array([48, -1, 2**23], np.int64).tobytes(), np.array([1e-310, 1]).tobytes()
    other = [(INT64, numbers), (DOUBLE, long), (FLOAT, normal.tobytes())]
    zero = np.array([0, 0, 0, 3], np.float32)
    assert without_subnormal(model(*other, (FLOAT, small.tobytes()))) == model(*other, (FLOAT, zero.tobytes()))


def test_the_detector_says_the_same_to_the_bit() -> None:
    file = networks.models() / "PP-OCRv6_det_small.onnx"
    assert without_subnormal(file.read_bytes()) != file.read_bytes()
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    page = np.random.default_rng(3).normal(size=(1, 3, 96, 160)).astype(np.float32)
    expected = np.asarray(session.run(None, {session.get_inputs()[0].name: page})[0], np.float32)
    assert np.array_equal(networks.Float32(file, alone=True)(page), expected)


def test_a_file_says_of_itself_what_onnxruntime_tells_of_it() -> None:
    file = networks.models() / networks.RECOGNISER
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    assert facts(file.read_bytes()) == session.get_modelmeta().custom_metadata_map
