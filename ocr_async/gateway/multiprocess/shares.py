"""
What each worker has of its configuration: all of it, but its part of limits that are not asked about. Those are a
deployment's, which each worker keeps by itself.
"""

from __future__ import annotations

from attrs import evolve

from ...errors import ConfigurationError
from ..config.config import Config, Model


__all__ = ["check", "share", "where"]


def check(config: Config, workers: int) -> None:
    """
    Refuse what so many *workers* cannot keep.

    Raises:
        ConfigurationError: A deployment may serve fewer requests than there are workers.
    """
    for model in config.models:
        for name, limit in (
            ("rpm", model.deployment.requests_per_minute),
            ("max_parallel_requests", model.deployment.max_concurrency),
        ):
            if limit is not None and limit < workers:
                raise ConfigurationError(
                    f"{workers} workers cannot share {name}: {limit} of {model.deployment.name}, as each keeps its part"
                    f" of it: start at most {limit} with --workers"
                )


def share(config: Config, index: int, workers: int) -> Config:
    """Return *config* as the worker *index* of so many *workers* keeps it; all parts together are the whole."""

    def part(limit: int | None) -> int | None:
        return None if limit is None else limit // workers + (index < limit % workers)

    def shared(model: Model) -> Model:
        one = model.deployment
        rate, most = part(one.requests_per_minute), part(one.max_concurrency)
        return evolve(model, deployment=evolve(one, requests_per_minute=rate, max_concurrency=most))

    return evolve(config, models=tuple(map(shared, config.models)))


def where(config: Config) -> str:
    """Return where the gateway keeps what it keeps."""
    return f"{config.database or config.data} {config.objects or ''}".strip()
