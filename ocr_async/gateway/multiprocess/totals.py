"""
The metrics of all workers as those of one gateway: each worker tells its own now and then, and they are added up here.

What a worker counted stays when it ends; of one that was killed, what it last told. What is a process's own (memory,
processor time, open files) has the label ``worker``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


__all__ = ["Family", "Totals", "families", "of_process"]

Family = Sequence[Any]
"""Name, type, help text, and samples: name, labels, value. JSON has words for it."""

_ADDED = {"counter", "histogram"}  # what stays when a worker has ended
_ALIKE = {"ocr_inflight_limit"}  # what is one for all


def families(registry: Collector | CollectorRegistry) -> list[Family]:
    """Return what *registry* has to tell."""
    return [
        [one.name, one.type, one.documentation, [[each.name, each.labels, each.value] for each in one.samples]]
        for one in registry.collect()
    ]


def of_process(worker: str) -> list[Family]:
    """Return what this process uses, under the name *worker*; blocks, as it stands in files of the kernel."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return [
        [name, kind, text, [[each, {**labels, "worker": worker}, value] for each, labels, value in samples]]
        for name, kind, text, samples in families(registry)
    ]


@define(eq=False)
class _Sum:
    kind: str
    text: str
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = field(factory=dict)

    def add(self, samples: Iterable[tuple[str, Mapping[str, str], float]], name: str) -> None:
        for sample, labels, value in samples:
            place = sample, tuple(sorted(labels.items()))
            before = self.samples.get(place)
            if before is None:
                self.samples[place] = value
            elif sample.endswith("_created"):
                self.samples[place] = min(before, value)
            else:
                self.samples[place] = max(before, value) if name in _ALIKE else before + value


@define(eq=False)
class Totals(Collector):
    """The sums; as a collector, of all that was told."""

    _told: dict[int, Sequence[Family]] = field(factory=dict)
    _ended: dict[str, _Sum] = field(factory=dict)

    def tell(self, number: int, told: Sequence[Family]) -> None:
        """Take what the worker *number* has counted until now."""
        self._told[number] = told

    def end(self, number: int) -> None:
        """Keep what the worker *number* counted, which has ended."""
        own = [one for one in self._told.pop(number, ()) if not one[0].startswith("process_")]
        _add(self._ended, [one for one in own if one[1] in _ADDED])

    def collect(self) -> Iterator[Metric]:
        sums: dict[str, _Sum] = {}
        for name, one in self._ended.items():
            sums[name] = _Sum(one.kind, one.text, dict(one.samples))
        for told in self._told.values():
            _add(sums, told)
        for name, one in sums.items():
            metric = Metric(name, one.text, one.kind)
            for (sample, labels), value in one.samples.items():
                metric.add_sample(sample, dict(labels), value)
            yield metric

    def written(self) -> str:
        """Return it all as Prometheus reads it."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry).decode()


def _add(sums: dict[str, _Sum], told: Iterable[Family]) -> None:
    for name, kind, text, samples in told:
        sums.setdefault(name, _Sum(kind, text)).add(samples, name)
