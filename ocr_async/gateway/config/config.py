"""
The configuration of a gateway: LiteLLM's ``config.yaml``, the keys that an OCR gateway needs of it, and a few of ours.

docs/reference/gateway.md lists them. What LiteLLM has beyond them is passed over with a warning; a value that cannot be
stops the start.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from ... import providers
from ..._platform.files import readable_by_all
from ..._platform.user_data import user_data
from ...call.options import Options
from ...call.routing import Deployment, Router, RoutingPolicy
from ...errors import ConfigurationError
from ...pricing import Price
from ...providers.local import Local
from ...settings import RetryPolicy
from . import clouds, second_steps, values
from .second_steps import SecondSteps
from .values import MIB
from .yaml import Check, InvalidValue, Section, read


__all__ = ["EMBEDDED", "Config", "Model", "checked", "default_data", "load", "peek"]

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

    def router(self, *, clock: Callable[[], float] | None = None) -> Router:
        """Return a fresh router over the models."""
        groups: dict[str, list[Deployment]] = {}
        for model in self.models:
            groups.setdefault(model.name, []).append(self._limited(model.deployment))
        clocked: dict[str, Any] = {} if clock is None else {"clock": clock}
        if not groups:
            groups = {
                EMBEDDED: [self._limited(Deployment(name=EMBEDDED, model="local/auto"))],
                **{model: [self._limited(Deployment(name=model, model=model))] for model in _local_models()},
            }
            clocked["default"] = EMBEDDED
        return Router(groups, fallbacks=self.fallbacks, aliases=self.aliases, policy=self.routing, **clocked)

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


def checked(url: str, check: Check[str]) -> str:
    """
    Return *url* as it is, which *check* is for.

    Raises:
        ConfigurationError: It is none.
    """
    try:
        return check(url)
    except InvalidValue as error:
        raise ConfigurationError(str(error)) from None


def load(path: Path, environ: Mapping[str, str]) -> tuple[Config, list[str]]:
    """
    Read the configuration at *path*; return it, and what of it is passed over.

    Raises:
        ConfigurationError: It cannot be read, or has values that cannot be; each is named with its line.
    """
    text = _text_of(path)
    config, warnings = read(text, str(path), environ, lambda root: _config(root, environ))
    if config.master_key is not None and config.master_key in text and readable_by_all(path):
        warnings.append(f"{path} holds the master key and can be read by everyone on this machine: chmod o-r it")
    return config, warnings


def peek(path: Path) -> tuple[Path | None, str | None, frozenset[str]]:
    """
    Return the folder for data and the database that the configuration at *path* names, if it does, and its models.

    The rest is not looked at, as who makes a key need not have the environment of the gateway.

    Raises:
        ConfigurationError: It cannot be read, or these cannot be.
    """

    def look(root: Section) -> tuple[Path | None, str | None, frozenset[str]]:
        names = [entry.take("model_name", values.text) for entry in root.sections("model_list")]
        aliases = root.section("router_settings").take("model_group_alias", values.mapping) or {}
        general = root.section("general_settings")
        folder, database = general.take("data_dir", values.folder), general.take("database_url", values.database)
        return folder, database, frozenset([*aliases, *(name for name in names if name is not None)])

    return read(_text_of(path), str(path), os.environ, look)[0]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _config(root: Section, environ: Mapping[str, str]) -> Config:
    taken: dict[str, list[tuple[SecondSteps, Section]]] = {}
    entries = [_model(entry, environ, taken) for entry in root.sections("model_list")]
    if not entries and root.good and root.node is not None:
        root.wrong("model_list names no model; leave the configuration away to serve the embedded engine")
    litellm, router, general = (root.section(f"{name}_settings") for name in ("litellm", "router", "general"))
    names = {name for name, _ in entries if name is not None}
    aliases = _aliases(router, names)
    fallbacks = _fallbacks(litellm, names | set(aliases)) | _fallbacks(router, names | set(aliases))
    after = second_steps.check(taken, names | set(aliases), lambda model: _connect(model, {}, environ))
    retries = [section.take("num_retries", values.whole(0, 20)) for section in (router, litellm)]
    timeouts = [router.take("timeout", values.seconds), litellm.take("request_timeout", values.seconds)]
    settings = {
        "timeout": next((each for each in timeouts if each is not None), None),
        "master_key": general.take("master_key", values.key),
        "max_request_bytes": general.take("max_request_size_mb", values.mebibytes),
        "max_queue": general.take("max_queue", values.whole(1)),
        "max_pages": general.take("max_pages", values.whole(1)),
        "fetch_urls": general.take("fetch_urls", values.truth),
        "grace": general.take("shutdown_grace", values.seconds),
        "worker_timeout": general.take("worker_timeout", values.number(1, 3600)),
        "data": general.take("data_dir", values.folder),
        "database": general.take("database_url", values.database),
        "database_lease": general.take("database_lease", values.number(1, 3600)),
        "database_connections": general.take("database_connections", values.whole(2, 1000)),
        "objects": general.take("objects_url", values.objects),
        "max_file_bytes": general.take("max_file_size_mb", values.mebibytes),
        "max_stored_bytes": general.take("max_stored_mb", values.mebibytes),
        "file_days": general.take("file_retention_days", values.number(0, 36_500)),
        "batch_requests": general.take("max_batch_requests", values.whole(1, 1000)),
        "public_url": general.take("public_url", values.web_address),
    }
    routing = {
        "retries": next((each for each in retries if each is not None), None),
        "allowed_fails": router.take("allowed_fails", values.whole(0)),
        "cooldown": router.take("cooldown_time", values.number(0)),
    }
    if router.take("routing_strategy", values.text) not in {None, "simple-shuffle"}:
        router.warn('only "simple-shuffle" is known here, and used', "routing_strategy")
    for section in (litellm, router, general, root):
        section.finish()
    return Config(
        models=tuple(model for _, model in entries if model is not None),
        fallbacks=fallbacks,
        aliases=aliases,
        second_steps=after,
        routing=RoutingPolicy(**{"retries": 2, **_set(routing)}),
        **_set(settings),
    )


def _model(
    entry: Section, environ: Mapping[str, str], taken: dict[str, list[tuple[SecondSteps, Section]]]
) -> tuple[str | None, Model | None]:
    """Return the name that clients ask for, and what serves it, None for what cannot be; *taken* gets second steps."""
    name = entry.take("model_name", values.text)
    params, info = entry.section("litellm_params"), entry.section("model_info")
    model = params.take("model", values.text)
    account = clouds.account(params, model, environ)
    complete = entry.node is not None and entry.good and params.good
    options = _set(
        {
            **account,
            "extra_headers": params.take("extra_headers", values.headers),
            "proxy": params.take("proxy", values.text),
            "attempt_timeout": params.take("timeout", values.seconds),
            "retries": _retries(params),
            "pages_per_request": params.take("pages_per_request", values.whole(1)),
            "lang": params.take("lang", values.text),
        }
    )
    limits = {
        "requests_per_minute": params.take("rpm", values.whole(1)),
        "max_concurrency": params.take("max_parallel_requests", values.whole(1)),
        "weight": params.take("weight", values.number(0.000001)),
    }
    taken.setdefault(name or "", []).append((second_steps.take(params), params))
    price = _price(params, info)
    info.pass_over("mode", "id", "base_model")
    for section in (params, info, entry):
        section.finish()
    if not complete:
        return name, None
    if name is None or model is None:
        entry.wrong("a model needs model_name and litellm_params.model")
        return name, None
    try:
        provider = _connect(model, options, environ)
        # Mistral's newer clients ask for blocks in every call; who has none must not refuse them all.
        options |= dict.fromkeys({"include_blocks"} - provider.facts.options)
    except ConfigurationError as error:
        params.wrong(str(error), "model")
        return name, None
    if price is not None:
        options["prices"] = {model: price}
    place = entry.path.rpartition("[")[2].rstrip("]")
    return name, Model(
        name=name,
        deployment=Deployment(name=f"{name}#{place} {model}", model=model, options=options, **_set(limits)),
        price=price,
        account=provider.account,
        takes_urls=provider.facts.takes_urls,
        max_pages=provider.facts.max_pages,
    )


def _retries(params: Section) -> RetryPolicy | int | None:
    count, once = params.take("num_retries", values.whole(0, 20)), params.take("never_bill_twice", values.truth)
    return RetryPolicy(attempts=(2 if count is None else count) + 1, never_bill_twice=True) if once else count


def _price(*sections: Section) -> Price | None:
    """Return what a page costs by LiteLLM's names, the first of *sections* first; None where none of them says."""

    def dollars(name: str) -> float | None:
        found = [section.take(name, values.number(0)) for section in sections]
        return next((each for each in found if each is not None), None)

    page, annotated = dollars("ocr_cost_per_page"), dollars("annotation_cost_per_page")
    tokens = _set({"input_token": dollars("input_cost_per_token"), "output_token": dollars("output_cost_per_token")})
    if page is None and not tokens:
        return None
    return Price(page or 0.0, page if annotated is None else annotated, **tokens)


def _connect(model: str, options: Mapping[str, Any], environ: Mapping[str, str]) -> providers.Provider:
    """Find out at the start what would otherwise fail each call: an unknown provider, no key, a bad address."""
    checked = Options(model=model, **options)
    provider, bare = providers.resolve(
        model,
        api_key=options.get("api_key"),
        api_base=checked.api_base,
        headers=checked.extra_headers or {},
        environ=environ,
    )
    if provider.name == "local" and bare and bare not in provider.facts.models:
        has = ", ".join(provider.facts.models)
        raise ConfigurationError(f'the embedded engine has no model "{bare}"; it has {has}')
    return provider


def _fallbacks(settings: Section, names: set[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for value in settings.take("fallbacks", values.list_of_mappings) or ():
        for name, others in value.items():
            unknown = [other for other in [name, *others] if other not in names]
            if unknown:
                settings.wrong(f"model_list has no {', '.join(unknown)}", "fallbacks")
            found[name] = tuple(others)
    return found


def _aliases(router: Section, names: set[str]) -> dict[str, str]:
    found = {}
    for alias, target in (router.take("model_group_alias", values.mapping) or {}).items():
        name = target.get("model") if isinstance(target, dict) else target
        if name not in names:
            router.wrong(f"model_list has no {name}", "model_group_alias")
        found[str(alias)] = str(name)
    return found


def _set(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
