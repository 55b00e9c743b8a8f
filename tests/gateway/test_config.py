"""LiteLLM's config.yaml: what it comes to, what is passed over, and what stops the start."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.config.config import Config
from ocr_async.gateway.config.loading import load
from ocr_async.gateway.config.startup import Startup
from ocr_async.pricing import Price


DOCUMENTED = """\
model_list:
- model_name: mistral-ocr
  litellm_params:
    model: mistral/mistral-ocr-latest
    api_key: os.environ/MISTRAL_API_KEY
"""
FULL = """\
model_list:
  - model_name: ocr
    litellm_params: {model: mistral/mistral-ocr-latest, api_key: os.environ/KEY_A, timeout: 60, rpm: 60,
                     max_parallel_requests: 8, num_retries: 1, ocr_cost_per_page: 0.004, weight: 2}
    model_info: {mode: ocr, ocr_cost_per_page: 0.009}
  - model_name: ocr
    litellm_params: {model: opper/mistral/mistral-ocr-latest, api_key: sk-opper}
    model_info: {mode: ocr, ocr_cost_per_page: 0.005, annotation_cost_per_page: 0.006}
  - model_name: ocr-b
    litellm_params: {model: local/auto}
litellm_settings: {num_retries: 5, request_timeout: 100, callbacks: [x]}
router_settings: {routing_strategy: simple-shuffle, num_retries: 3, retry_after: 0, timeout: 300, allowed_fails: 1,
                  cooldown_time: 30, fallbacks: [{"ocr": ["ocr-b"]}], model_group_alias: {scan: ocr}}
general_settings: {master_key: os.environ/MASTER, database_url: postgres://x, max_request_size_mb: 10}
"""
ENVIRON = {"KEY_A": "sk-a", "MASTER": "sk-master", "MISTRAL_API_KEY": "sk-m", "EMPTY": ""}


def loaded(folder: Path, text: str) -> tuple[Config, list[str]]:
    path = folder / "config.yaml"
    path.touch(mode=0o600)
    path.write_text(text)
    return load(path, ENVIRON)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text)
    return str(caught.value).replace(str(folder), "")


def test_the_documented_configuration(tmp_path: Path) -> None:
    config, warnings = loaded(tmp_path, DOCUMENTED)
    (model,) = config.models
    assert (model.name, model.deployment.model) == ("mistral-ocr", "mistral/mistral-ocr-latest")
    assert model.deployment.options["api_key"] == "sk-m"
    assert (config.master_key, warnings) == (None, [])


def test_a_full_configuration(tmp_path: Path) -> None:
    config, warnings = loaded(tmp_path, FULL)
    first, second, third = config.models
    assert first.deployment.requests_per_minute == 60
    assert first.deployment.max_concurrency == 8
    assert first.deployment.weight == 2
    assert first.deployment.options == {
        "api_key": "sk-a",
        "attempt_timeout": 60.0,
        "retries": 1,
        "prices": {"mistral/mistral-ocr-latest": Price(0.004, 0.004)},
    }
    assert (first.price, second.price, third.price) == (Price(0.004, 0.004), Price(0.005, 0.006), None)
    assert (config.timeout, config.routing.retries, config.routing.cooldown, config.routing.allowed_fails) == (
        300,
        3,
        30,
        1,
    )
    assert (config.fallbacks, config.aliases) == ({"ocr": ("ocr-b",)}, {"scan": "ocr"})
    assert (config.master_key, config.max_request_bytes) == ("sk-master", 10 * 1024**2)
    assert config.database == "postgres://x"
    assert [warning.partition(": ")[2] for warning in warnings] == [
        "litellm_settings.callbacks is not used here",
        "router_settings.retry_after is not used here",
    ]
    router = config.router()
    assert router.route("scan").groups == ("ocr", "ocr-b")


def test_a_model_may_carry_its_language(tmp_path: Path) -> None:
    entry = "model_list: [{model_name: post, litellm_params: {model: local/auto, lang: ru+en}}]"
    config, warnings = loaded(tmp_path, entry)
    assert (config.models[0].deployment.options["lang"], warnings) == ("ru+en", [])


def test_a_model_may_have_a_proxy_of_its_own(tmp_path: Path) -> None:
    entry = (
        "model_list: [{model_name: a, litellm_params: {model: mistral/m, api_key: k, proxy: 'http://u:hunter2@h:1'}}]"
    )
    config, warnings = loaded(tmp_path, entry)
    assert (config.models[0].deployment.options["proxy"], warnings) == ("http://u:hunter2@h:1", [])
    assert "hunter2" not in repr(config)
    refused = complaint(tmp_path, entry.replace("http:", "ftp:"))
    assert "proxy is no address of a proxy" in refused
    assert "hunter2" not in refused


def test_no_key_shows_in_a_repr(tmp_path: Path) -> None:
    config, _ = loaded(tmp_path, FULL)
    assert not [key for key in ("sk-a", "sk-opper", "sk-master") if key in repr(config)]


PARAMS = "model_list[0].litellm_params"
WRONG = {
    "model_list: []": "/config.yaml, line 1: model_list names no model",
    "- a": "/config.yaml, line 1: a configuration is a mapping",
    "a: [": "/config.yaml, line 1: this is no YAML",
    "a: !!python/object:os.system x": "model_list names no model",
    DOCUMENTED.replace(
        "MISTRAL_API_KEY", "NONE"
    ): f"line 5: {PARAMS}.api_key: the environment variable NONE is not set",
    DOCUMENTED.replace("MISTRAL_API_KEY", "EMPTY"): f"line 5: {PARAMS}.api_key: the environment variable EMPTY is",
    DOCUMENTED.replace("mistral/", "nobody/"): f'line 4: {PARAMS}.model: model "nobody/mistral-ocr-latest" names no',
    DOCUMENTED + "    rpm: -1\n": f"line 6: {PARAMS}.rpm: is no whole number of at least 1",
    DOCUMENTED + "    api_key: again\n": f"line 6: {PARAMS}.api_key stands here twice",
    DOCUMENTED
    + "router_settings: {fallbacks: [{mistral-ocr: [none]}]}": "router_settings.fallbacks: model_list has no none",
    DOCUMENTED + "router_settings: 3": "line 6: router_settings: is no mapping",
    DOCUMENTED + "general_settings: {master_key: a b}": "line 6: general_settings.master_key: a master key",
    DOCUMENTED + "general_settings: {max_request_size_mb: .nan}": "max_request_size_mb: is no number",
    DOCUMENTED
    + "router_settings: {num_retries: true}": "line 6: router_settings.num_retries: is no whole number from 0 to 20",
    DOCUMENTED + "    api_base: localhost:80\n": f"line 6: {PARAMS}.api_base: is no http(s) address, such as https://",
    DOCUMENTED + "general_settings: {master_key: 1234}": "line 6: general_settings.master_key: is no text; put it in q",
    DOCUMENTED + "router_settings: {timeout: 0}": "router_settings.timeout: is no number from 0.001 to 86400",
    DOCUMENTED + "    rmp: 60\n": f"line 6: {PARAMS}.rmp is not used here; did you mean rpm?",
    DOCUMENTED + "    max_paralel_requests: 6\n": "max_paralel_requests is not used here; did you mean max_par",
    DOCUMENTED + "general_settings: {max_que: 6}\n": "max_que is not used here; did you mean max_queue?",
    "model_lst: []": "line 1: model_lst is not used here; did you mean model_list?",
    "model_list: {a: b}": "line 1: model_list: is no list",
    "model_list: [{model_name: a}]": "line 1: model_list[0]: a model needs model_name and litellm_params.model",
}


@pytest.mark.parametrize(("text", "told"), WRONG.items(), ids=range(len(WRONG)))
def test_what_cannot_be_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    assert told in complaint(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        DOCUMENTED.replace("MISTRAL_API_KEY", "NONE"),
        DOCUMENTED.replace("mistral/", "nobody/"),
        DOCUMENTED.replace("mistral/", "nobody/") + "router_settings: {fallbacks: [{mistral-ocr: [mistral-ocr]}]}",
        "model_list: 3",
        "model_list: [3]",
        "model_list: [{model_name: 3}]",
    ],
)
def test_one_mistake_is_told_once(tmp_path: Path, text: str) -> None:
    """What follows from it would only hide it."""
    assert len(complaint(tmp_path, text).splitlines()) == 1


def test_a_key_that_is_nearly_one_of_ours_is_told_apart_from_litellms(tmp_path: Path) -> None:
    _, warnings = loaded(tmp_path, DOCUMENTED + "    api_vase: x\n    tpm: 5\n")
    assert [warning.partition(": ")[2] for warning in warnings] == [
        f"{PARAMS}.api_vase is not used here; did you mean api_base?",
        f"{PARAMS}.tpm is not used here",
    ]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = DOCUMENTED + "    rpm: x\nrouter_settings: {num_retries: -1}\ngeneral_settings: {max_queue: 0}\n"
    assert len(complaint(tmp_path, text).splitlines()) == 3


def test_the_environment_stands_for_whole_values_only(tmp_path: Path) -> None:
    config, _ = loaded(tmp_path, DOCUMENTED.replace("os.environ/MISTRAL_API_KEY", "x-os.environ/MISTRAL_API_KEY"))
    assert config.models[0].deployment.options["api_key"] == "x-os.environ/MISTRAL_API_KEY"


def test_a_bomb_of_aliases_is_no_configuration(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "no YAML that can be read" in complaint(tmp_path, bomb)


@given(st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_complaint(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(ConfigurationError):
        load(path, {})


@pytest.mark.parametrize(
    ("given", "environ", "database"),
    [
        ({}, {}, "postgres://x"),
        ({}, {"OCR_ASYNC_DATABASE_URL": "postgresql://e"}, "postgres://x"),
        ({"database": "postgresql://c"}, {"OCR_ASYNC_DATABASE_URL": "postgresql://e"}, "postgresql://c"),
        ({"data": "here"}, {"OCR_ASYNC_DATABASE_URL": "postgresql://e"}, None),
        ({"config": None}, {"OCR_ASYNC_DATABASE_URL": "postgresql://e"}, "postgresql://e"),
    ],
)
def test_the_command_names_a_database_before_the_file_and_the_file_before_the_environment(
    tmp_path: Path, given: dict[str, str | None], environ: dict[str, str], database: str | None
) -> None:
    (tmp_path / "config.yaml").write_text(DOCUMENTED + "general_settings: {database_url: 'postgres://x'}\n")
    startup = Startup(**{"config": str(tmp_path / "config.yaml"), **given})  # type: ignore[arg-type]
    assert startup.load({**ENVIRON, **environ}, lambda _: None).database == database


def test_an_object_store_is_named_by_command_file_or_environment_and_beside_a_database_alone(tmp_path: Path) -> None:
    text = DOCUMENTED + "general_settings: {database_url: 'postgres://x', objects_url: 's3://file/a'}\n"
    (tmp_path / "config.yaml").write_text(text)
    environ = {"OCR_ASYNC_OBJECTS_URL": "az://environment"}

    def objects(environ: Mapping[str, str] = environ, **given: str) -> str | None:
        return Startup(**given).load({**ENVIRON, **environ}, lambda _: None).objects  # type: ignore[arg-type]

    file, database = str(tmp_path / "config.yaml"), "postgres://x"
    assert objects(config=file, objects="gs://command") == "gs://command"
    assert objects(config=file) == "s3://file/a"
    assert objects(database=database) == "az://environment"
    assert objects(config=file, data="here") is None
    with pytest.raises(ConfigurationError, match="share a database alone"):
        objects()
    with pytest.raises(ConfigurationError, match="with --data, all is in that folder"):
        objects(data="here", objects="gs://command")
    for wrong in ("s3:///a", "https://s3.example.com/bucket", "bucket"):
        with pytest.raises(ConfigurationError, match="s3://BUCKET/PREFIX"):
            objects(database=database, objects=wrong)


def test_what_is_no_database_is_refused_without_being_shown(tmp_path: Path) -> None:
    for url in ("mysql://u:canary@h/x", "canary"):
        with pytest.raises(ConfigurationError, match="postgresql://USER") as caught:
            Startup(database=url).load({}, lambda _: None)
        assert "canary" not in str(caught.value)
        text = DOCUMENTED + f"general_settings: {{database_url: '{url}'}}\n"
        with pytest.raises(ConfigurationError, match=r"general_settings\.database_url: a database is") as caught:
            loaded(tmp_path, text)
        assert "canary" not in str(caught.value)
