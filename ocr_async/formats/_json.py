"""JSON text and Python values: orjson where it is installed, the standard library otherwise, one kind of error."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


orjson: Any
try:
    import orjson
except ImportError:
    orjson = None


def loads(body: bytes | bytearray | memoryview) -> Any:
    """
    Read JSON text; of a repeated key the last value stays.

    Raises:
        ValueError: Not JSON, not UTF-8, empty, ``NaN`` or ``Infinity``, half a surrogate pair, nested too deeply.
    """
    if orjson is not None:
        return orjson.loads(body)
    return loads_plainly(body)


def loads_plainly(body: bytes | bytearray | memoryview) -> Any:
    """Do `loads` with the standard library alone."""
    text = bytes(body)
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
        if b"\\ud" in text or b"\\uD" in text:
            # json lets half a surrogate pair through, which then breaks whatever prints or stores it
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    return value


def dumps(value: Any) -> bytes:
    """
    Write *value* as compact UTF-8 JSON.

    Raises:
        ValueError: It holds something that JSON has no word for, or is nested too deeply.
    """
    if orjson is not None:
        try:
            written: bytes = orjson.dumps(value)
            return written
        except TypeError:
            pass  # such as an integer of more than 64 bits, which JSON itself allows
    return dumps_plainly(value)


def dumps_plainly(value: Any) -> bytes:
    """Do `dumps` with the standard library alone."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (TypeError, RecursionError) as error:
        raise ValueError(f"this cannot be written as JSON: {error}") from error


def indented(value: Any) -> str:
    """Return *value*, with texts as keys alone, as JSON text for people, two spaces a level."""
    if orjson is not None:
        try:
            written: bytes = orjson.dumps(value, option=orjson.OPT_INDENT_2)
            return written.decode("utf-8")
        except TypeError:
            pass  # such as half a surrogate pair in the name of a file
    return indented_plainly(value)


def indented_plainly(value: Any) -> str:
    """Do `indented` with the standard library alone, whose indentation is pure Python: ten times as slow."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):  # 1e999
        raise ValueError(f"{text[:20]} is too large")
    return number
