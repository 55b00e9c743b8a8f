"""
From LiteLLM's ``config.yaml`` to a `Config`: the keys that an OCR gateway needs of it, and a few of ours.

What LiteLLM has beyond them is passed over with a warning; a value that cannot be stops the start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ... import providers
from ..._platform.files import readable_by_all
from ...call.options import Options
from ...call.routing import Deployment, RoutingPolicy
from ...errors import ConfigurationError
from ...pricing import Price
from ...settings import RetryPolicy
from . import clouds, second_steps, values
from .config import Config, Model
from .second_steps import SecondSteps
from .yaml import Section, read


__all__ = ["load", "peek"]


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
        "master_key": general.take("master_key", values.master_key),
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
