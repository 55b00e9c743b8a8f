"""
The configuration of a gateway, and the router that it makes; `loading` reads it, docs/reference/gateway.md lists it.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from ..._platform.user_data import user_data
from ...call.routing import Deployment, Router, RoutingPolicy
from ...errors import ConfigurationError
from ...pricing import Price
from ...providers.local import Local
from .second_steps import SecondSteps
from .values import MIB
from .yaml import Check, InvalidValue


__all__ = ["EMBEDDED", "Config", "Model", "checked", "default_data"]

EMBEDDED = "local"  # the group that serves every name where there is no configuration


@frozen(kw_only=True)
class Model:
    """
    One entry of `model_list`: a deployment under the name that clients ask for.

    Attributes:
        name: ``model_name``; several deployments may share it.

        takes_urls: Whether the provider downloads documents itself.

        max_pages: Of a document that the provider reads in one request; None if it does not say.

        price: For a page, in US dollars; None takes the package's table.

        account: Address and digest of the key, by which the transport knows whose limits these are.
    """

    name: str
    deployment: Deployment
    account: tuple[str, str] = field(repr=False)
    takes_urls: bool = True
    max_pages: int | None = None
    price: Price | None = None


@frozen(kw_only=True)
class Config:
    """
    What a gateway serves and what it permits.

    Attributes:
        models: In the order of the file; none of them where there is no configuration, and every name is served by
            the embedded engine.

        fallbacks: By model name, the names that stand in for it.

        aliases: Other names for model names.

        second_steps: By model name, who reads bad pages again, and who annotates.

        timeout: Seconds for a whole call.

        master_key: Opens everything; None: keys are not asked for, and only this machine is listened to.

        max_request_bytes: Of a body, decompressed.

        max_queue: Calls being worked on or waiting; what comes beyond gets 429.

        max_pages: Of a document that the embedded engine reads; hosted providers have limits of their own.

        fetch_urls: Whether documents are downloaded for the embedded engine, which takes no URLs.

        grace: Seconds that running calls get at the end.

        worker_timeout: Seconds after which a worker of several is replaced whose loop does not answer.

        data: Folder of keys, spend, files and batches, where there is no `database`.

        database: URL of a PostgreSQL that keeps them for several gateways.

        database_lease: Seconds after which the others take a gateway for gone that the database does not hear of.

        database_connections: That this gateway has to it at most.

        objects: Address of an object store that has the bytes of files, such as ``s3://bucket/prefix``; None: the
            `database` has them, too.

        max_file_bytes: Of one uploaded file.

        max_stored_bytes: Of all files of a key; None: as long as there is room.

        file_days: For which files and jobs are kept where a client says nothing; 0: for ever.

        batch_requests: Requests of batches being worked on.

        public_url: Under which clients reach the gateway; None: what they say themselves.

        prices: The file's that ``OCR_ASYNC_PRICES`` names; those of `models` come before them.
    """

    models: tuple[Model, ...] = ()
    fallbacks: Mapping[str, tuple[str, ...]] = field(factory=dict)
    aliases: Mapping[str, str] = field(factory=dict)
    second_steps: Mapping[str, SecondSteps] = field(factory=dict)
    routing: RoutingPolicy = field(factory=lambda: RoutingPolicy(retries=2))
    timeout: float = 600.0
    master_key: str | None = field(default=None, repr=False)
    max_request_bytes: int = 50 * MIB
    max_queue: int = 1000
    max_pages: int = 1000
    fetch_urls: bool = False
    grace: float = 30.0
    worker_timeout: float = 30.0
    data: Path = field(factory=lambda: default_data(os.environ))
    database: str | None = field(default=None, repr=False)
    database_lease: float = 15.0
    database_connections: int = 10
    objects: str | None = None
    max_file_bytes: int = 512 * MIB
    max_stored_bytes: int | None = None
    file_days: float = 30.0
    batch_requests: int = 32
    public_url: str | None = None
    prices: Mapping[str, Price] = field(factory=dict)

    def router(self) -> Router:
        """Return a fresh router over the models."""
        groups: dict[str, list[Deployment]] = {}
        for model in self.models:
            groups.setdefault(model.name, []).append(self._limited(model.deployment))
        default: dict[str, Any] = {}
        if not groups:
            groups = {
                EMBEDDED: [self._limited(Deployment(name=EMBEDDED, model="local/auto"))],
                **{model: [self._limited(Deployment(name=model, model=model))] for model in _local_models()},
            }
            default["default"] = EMBEDDED
        return Router(groups, fallbacks=self.fallbacks, aliases=self.aliases, policy=self.routing, **default)

    def names_of_limits(self) -> dict[str, str]:
        """
        Return by the name of each deployment what its limits are known by to all who share them.

        A place in the file is no part of it: while gateways are updated one after the other, some have an older file.
        """
        names: dict[str, str] = {}
        taken: Counter[str] = Counter()
        for model in self.models:
            facts = "\0".join([model.name, model.deployment.model, *model.account])
            digest = hashlib.sha256(facts.encode("utf-8", "surrogateescape")).hexdigest()[:32]
            taken[digest] += 1
            names[model.deployment.name] = f"{digest}-{taken[digest]}"
        return names

    def _limited(self, deployment: Deployment) -> Deployment:
        """Return *deployment*, with the limit on pages if the pages are this machine's to read."""
        if deployment.model.partition("/")[0] != "local":
            return deployment
        return evolve(deployment, options={**deployment.options, "max_pages": self.max_pages})


def _local_models() -> list[str]:
    """Return the models of the embedded engine that can read on this machine."""
    facts = Local.facts
    return [f"local/{model}" for model in facts.models if facts.lacking(model) is None]


def default_data(environ: Mapping[str, str]) -> Path:
    """Return the folder for data where none is named: ``$OCR_ASYNC_DATA``, else below the user's data."""
    return Path(given) if (given := environ.get("OCR_ASYNC_DATA")) else user_data(environ)


def checked(value: str, check: Check[str]) -> str:
    """
    Return *value*, which stands in no file, as *check* wants it.

    Raises:
        ConfigurationError: It cannot be.
    """
    try:
        return check(value)
    except InvalidValue as error:
        raise ConfigurationError(str(error)) from None
