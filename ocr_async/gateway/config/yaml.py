"""
YAML with places: what is wrong with a value is told with its line, and all of it at once.

Keys and values are taken one by one; what nobody took is told as a warning, since a configuration written for LiteLLM
has keys that mean nothing here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import yaml
from attrs import define, field

from ...errors import ConfigurationError


__all__ = ["InvalidValue", "Section", "read"]

T = TypeVar("T")
Check = Callable[[Any], T]

_ENVIRONMENT = "os.environ/"
_LIMITS = frozenset(
    {"rpm", "max_parallel_requests", "timeout", "request_timeout", "num_retries", "allowed_fails", "cooldown_time",
     "max_request_size_mb", "max_queue", "max_pages", "max_file_size_mb", "max_stored_mb", "max_batch_requests",
     "file_retention_days"}
)  # fmt: skip
_MOST_NODES = 100_000  # a few kilobytes of aliases can stand for more nodes than there is memory


class InvalidValue(Exception):
    """What is wrong with one value."""


@define
class _Report:
    file: str
    environ: Mapping[str, str] = field(repr=False)
    errors: list[str] = field(factory=list)
    typos: list[str] = field(factory=list)
    warnings: list[str] = field(factory=list)

    def place(self, node: yaml.Node) -> str:
        return f"{self.file}, line {node.start_mark.line + 1}"


class Section:
    """
    One mapping of the file; `take` its keys, then `finish` it.

    Attributes:
        good: Whether nothing in it was wrong so far.
    """

    def __init__(self, node: yaml.MappingNode | None, path: str, report: _Report) -> None:
        self.node = node
        self.path = path
        self.good = True
        self._report = report
        self._known: set[str] = set()
        self._left: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in [] if node is None else node.value:
            name = str(getattr(key, "value", ""))
            if name in self._left:
                self._wrong(key, f"{self._named(name)} stands here twice")
            self._left[name] = key, value

    def take(self, name: str, check: Check[T]) -> T | None:
        """Return the checked value of *name*; None where it is absent, null or wrong."""
        node = self._value(name)
        if node is None:
            return None
        try:
            return check(_plain(node, self._report.environ))
        except InvalidValue as error:
            self._wrong(node, f"{self._named(name)}: {error}")
            return None

    def section(self, name: str) -> Section:
        """Return the mapping under *name*; an empty one where there is none."""
        return self._as_section(self._value(name), self._named(name))

    def sections(self, name: str) -> Iterator[Section]:
        """Yield the mappings in the list under *name*."""
        node = self._value(name)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, f"{self._named(name)}: is no list")
            return
        for number, each in enumerate(node.value):
            yield self._as_section(each, f"{self._named(name)}[{number}]")

    def wrong(self, reason: str, name: str | None = None) -> None:
        """Note that this mapping, or its (taken) value *name*, cannot be."""
        node = self._node(name)
        named = self.path if name is None else self._named(name)
        self._wrong(node, f"{named}: {reason}" if named else reason)

    def warn(self, reason: str, name: str) -> None:
        """Warn of the (taken) value *name*."""
        node = self._node(name)
        place = self._report.file if node is None else self._report.place(node)
        self._report.warnings.append(f"{place}: {self._named(name)}: {reason}")

    def _node(self, name: str | None) -> yaml.Node | None:
        if self.node is None:
            return None
        return next((value for key, value in self.node.value if key.value == name), self.node)

    def pass_over(self, *names: str) -> None:
        """Take keys that mean nothing here and need no word about it."""
        for name in names:
            self._left.pop(name, None)

    def finish(self) -> None:
        """Warn of each key that nobody took."""
        for name, (key, _) in self._left.items():
            warning = f"{self._report.place(key)}: {self._named(name)} is not used here"
            meant = self._meant(name)
            if meant is not None:
                warning += f"; did you mean {meant}?"
            if meant in _LIMITS:  # nobody wants to start without one that was meant to hold
                self._report.errors.append(warning)
                continue
            if meant is not None:
                self._report.typos.append(warning)
            self._report.warnings.append(warning)

    def _meant(self, name: str) -> str | None:
        """Return the key that *name* is a slip of; LiteLLM's tpm is none of rpm, nor callbacks of fallbacks."""
        if swapped := [key for key in self._known if sorted(key) == sorted(name)]:
            return swapped[0]
        near = difflib.get_close_matches(name, self._known, 1, 0.8)
        return near[0] if near and near[0][0] == name[0] else None

    def _value(self, name: str) -> yaml.Node | None:
        self._known.add(name)
        _, node = self._left.pop(name, (None, None))
        return None if node is None or node.tag == "tag:yaml.org,2002:null" else node

    def _as_section(self, node: yaml.Node | None, path: str) -> Section:
        if node is not None and not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{path}: is no mapping")
            node = None
        return Section(node, path, self._report)

    def _named(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _wrong(self, node: yaml.Node | None, text: str) -> None:
        self.good = False
        place = self._report.file if node is None else self._report.place(node)
        self._report.errors.append(f"{place}: {text}")


def read(text: str, file: str, environ: Mapping[str, str], use: Callable[[Section], T]) -> tuple[T, list[str]]:
    """
    Have *use* take the values out of the YAML *text*; return what it returns, and the warnings.

    Args:
        file: What messages call the text.

        environ: Where a value that is ``os.environ/NAME`` as a whole is looked up.

    Raises:
        ConfigurationError: No YAML, or with every value that cannot be, each with its line.
    """
    report = _Report(file, environ)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_bombs(root)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise ConfigurationError(f"{file}{line}: this is no YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, InvalidValue) as error:
        raise ConfigurationError(f"{file}: this is no YAML that can be read ({type(error).__name__})") from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ConfigurationError(f"{report.place(root)}: a configuration is a mapping, such as model_list: …")
    result = use(Section(root, "", report))
    if report.errors:
        raise ConfigurationError("\n".join(report.errors + report.typos))
    return result, report.warnings


def _refuse_bombs(root: yaml.Node | None) -> None:
    left, seen = [root], 0
    while left:
        node = left.pop()
        seen += 1
        if seen > _MOST_NODES:
            raise InvalidValue("too many values")
        if isinstance(node, yaml.MappingNode):
            left += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            left += node.value


def _plain(node: yaml.Node, environ: Mapping[str, str]) -> Any:
    """Return *node* as builtins, with the environment's values in their places."""
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_document(node)
    except (yaml.YAMLError, ValueError):
        raise InvalidValue("cannot be read") from None
    finally:
        loader.dispose()
    return _expanded(value, environ)


def _expanded(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, str) and value.startswith(_ENVIRONMENT):
        name = value.removeprefix(_ENVIRONMENT)
        if name not in environ:
            raise InvalidValue(f"the environment variable {name} is not set")
        if not environ[name].strip():
            raise InvalidValue(f"the environment variable {name} is empty")
        return environ[name]
    if isinstance(value, dict):
        return {key: _expanded(one, environ) for key, one in value.items()}
    if isinstance(value, list):
        return [_expanded(one, environ) for one in value]
    return value
