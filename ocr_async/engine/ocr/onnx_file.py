"""
What is read and changed in the ONNX file of a network before it is loaded.

Half of the weights of two of the small detector's largest layers are below the least normal number of 32 bits. They
change no sum, and Intel's processors multiply by each in a hundred times the time: it took three times as long.
onnxruntime's own switch for that holds for threads that it starts, and not for those that call it.
"""

from __future__ import annotations

import mmap
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np


__all__ = ["facts", "without_subnormal"]

# The fields of ONNX's messages: ModelProto, GraphProto, TensorProto and StringStringEntryProto.
_GRAPH, _FACTS, _INITIALIZER, _TYPE, _RAW, _KEY, _VALUE = 7, 14, 5, 2, 9, 1, 2
_FLOAT = b"\1"
_SIZED = 2
_FIXED = {1: 8, 5: 4}  # bytes


def without_subnormal(model: bytes) -> bytes:
    """Return the ONNX file *model* with 0 in place of weights of 32 bits that are no normal numbers."""
    changed = bytearray(model)
    for graph in _fields(memoryview(changed))[_GRAPH]:
        for tensor in map(_fields, _fields(graph)[_INITIALIZER]):
            for raw in tensor[_RAW] if b"".join(tensor[_TYPE]) == _FLOAT else ():
                weights = np.frombuffer(raw, np.uint32)
                weights[weights << 1 < 1 << 24] = 0  # of sign, exponent and fraction the exponent is 0
    return bytes(changed)


def facts(model: bytes | mmap.mmap) -> dict[str, str]:
    """Return what the ONNX file *model* says of itself, of which little else is read."""
    told = map(_fields, _fields(memoryview(model))[_FACTS])
    return {str(each[_KEY][0], "utf-8"): str(each[_VALUE][0], "utf-8") for each in told}


def _fields(message: memoryview) -> Mapping[int, Sequence[memoryview]]:
    """
    Return the fields of *message* by number.

    Source: https://protobuf.dev/programming-guides/encoding/, read 2026-11-30.
    """
    fields: dict[int, list[memoryview]] = defaultdict(list)
    at = 0
    while at < len(message):
        key, begin = _varint(message, at)
        if key & 7 in _FIXED:
            at = begin + _FIXED[key & 7]
        else:
            value, at = _varint(message, begin)
            if key & 7 == _SIZED:
                begin, at = at, at + value
        fields[key >> 3].append(message[begin:at])
    return fields


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins *at*, seven bits a byte from the lowest, and where it ends."""
    value = shift = 0
    while True:
        value |= (message[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if message[at - 1] < 0x80:
            return value, at
