"""
The networks in sixteen bits, on processors that reckon so: OpenVINO instead of onnxruntime, where it is installed.

A dense page takes 0.6 of the processor time. Of the lines of fifty scans it reads as many well as in 32 bits; what
differs is doubtful either way. In 32 bits OpenVINO is no faster where it counts, and takes longer to load.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._platform import processors
from ..._platform.once import once


__all__ = ["Bfloat16", "available"]

_GRAIN = 64
"""Lines are padded to multiples of this width: each new shape is compiled, and kept."""

_STEP = 8  # pixels of width to a step of the recogniser, which halves the width three times and rounds


@cache
def available() -> bool:
    """Whether OpenVINO is installed and the processor multiplies so; without that it would be no faster."""
    if importlib.util.find_spec("openvino") is None or not processors.multiplies_bfloat16():
        return False
    return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class Bfloat16:
    """
    A `networks.Network` in brain floating point: 8 bits of exponent as in 32, 7 of fraction.

    Args:
        path: Of the ONNX file.

        threads: Of all calls together.

        lines: It reads pictures of lines, whose widths differ, each call by one thread; otherwise one call after the
            other uses all *threads*.
    """

    def __init__(self, path: Path, *, threads: int, lines: bool) -> None:
        model = _core().read_model(str(path))
        settings: dict[str, str | int] = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads if lines else 1,
        }
        if not lines:
            settings["CPU_RUNTIME_CACHE_CAPACITY"] = 0  # pages have any size, and what is kept of one serves it alone
        self._compiled = _core().compile_model(model, "CPU", settings)
        self._own = threading.local()
        self._shared = None if lines else self._compiled.create_infer_request()
        self._turn = threading.Lock()

    def give_back(self) -> None:
        """Free what the largest page took; lines take little, and the next one would take it again."""
        if self._shared is not None:
            with self._turn:
                self._compiled.release_memory()

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._shared is not None:
            with self._turn:
                return _infer(self._shared, batch).copy()
        if not hasattr(self._own, "request"):
            self._own.request = self._compiled.create_infer_request()
        width = batch.shape[3]
        padded = np.pad(batch, ((0, 0), (0, 0), (0, 0), (0, -width % _GRAIN)))
        return _infer(self._own.request, padded)[:, : (width + 3) // _STEP]


def _infer(request: Any, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """
    Return what the network makes of *batch*, in memory that the next call of *request* writes to.

    A line's answer is ten megabytes: to copy it takes a twentieth as long as to reckon it.
    """
    answer: NDArray[np.float32] = request.infer({0: batch}, share_inputs=True, share_outputs=True)[0]
    return answer


@once
def _core() -> Any:
    # openvino tells its maker of each import; it does without the module that does so, and loads sooner.
    modules: dict[str, Any] = sys.modules  # of which one that is None fails to be imported
    modules.setdefault("openvino_telemetry", None)
    import openvino

    # Its first conversion of a type waits for ever where two threads come to it at once: one holds the interpreter's
    # lock, the other the lock of what C++ does once.
    openvino.Type.f32.to_dtype()
    return openvino.Core()
