"""Query parameters and fields of forms, checked one by one; all that is wrong is told at once, in FastAPI's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from multidict import MultiMapping

from ...formats import MOST_MISTAKES
from ..http_errors import HTTPError


__all__ = ["Fields"]


class Fields:
    """
    Takes text fields out of *given* and collects what is wrong with them.

    Args:
        place: Where they stand, ``query`` or ``body``.
    """

    def __init__(self, given: MultiMapping[str] | Mapping[str, str], place: str) -> None:
        self.given = given
        self.place = place
        self.taken: set[str] = set()
        self.errors: list[dict[str, Any]] = []

    def text(self, name: str) -> str | None:
        """Return the field; None where it is absent, empty or null."""
        self.taken.add(name)
        value = self.given.get(name)
        if isinstance(self.given, MultiMapping) and len(self.given.getall(name, [])) > 1:
            self.note(name, "value_error", "Input should be given once", value or "")
        return None if value in {None, "", "null"} else value

    def texts(self, name: str) -> list[str]:
        """Return all values of the field."""
        self.taken.add(name)
        given = self.given
        return given.getall(name, []) if isinstance(given, MultiMapping) else [given[name]] if name in given else []

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """Return the field as a whole number."""
        return default if (found := self.maybe_whole(name, least, most)) is None else found

    def maybe_whole(self, name: str, least: int, most: int) -> int | None:
        """Return the field as a whole number, if it is there."""
        if (value := self.text(name)) is None:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) <= 18):
            self.note(name, "int_parsing", "Input should be a valid integer", value)
        elif int(value) < least:
            self.note(name, "greater_than_equal", f"Input should be greater than or equal to {least}", value)
        elif int(value) > most:
            self.note(name, "less_than_equal", f"Input should be less than or equal to {most}", value)
        else:
            return int(value)
        return None

    def truth(self, name: str, default: bool) -> bool:
        """Return the field as a boolean."""
        value = self.text(name)
        if value is None:
            return default
        if value.lower() not in {"true", "false", "1", "0"}:
            self.note(name, "bool_parsing", "Input should be a valid boolean", value)
        return value.lower() in {"true", "1"}

    def word(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Return the field, which is one of some words."""
        value = self.text(name)
        if value is None:
            return default
        if value not in allowed:
            *most, last = (f"'{one}'" for one in allowed)
            self.note(name, "literal_error", f"Input should be {', '.join(most)} or {last}", value)
        return value

    def time(self, name: str) -> float | None:
        """Return the field, an ISO 8601 time, as seconds since 1970."""
        if (value := self.text(name)) is None:
            return None
        try:
            # a "+" that was not encoded reads as a space
            found = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
            return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            self.note(name, "datetime_parsing", "Input should be a valid datetime", value)
            return None

    def note(self, name: str, kind: str, message: str, value: str) -> None:
        """Add a mistake; what comes after many is not told."""
        if len(self.errors) >= MOST_MISTAKES:
            return
        self.errors.append({"type": kind, "loc": [self.place, name], "msg": message, "input": value[:200]})

    def check(self) -> None:
        """
        Raises:
            HTTPError: Something was wrong.
        """
        if self.errors:
            first = self.errors[0]
            raise HTTPError(
                422, f"{first['loc'][1]}: {first['msg']}", "invalid_request", param=first["loc"][1],
                details=tuple(self.errors),
            )  # fmt: skip
