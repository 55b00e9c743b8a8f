"""What a response loses on its way through JSON: nothing; and what is wrong with it, to the letter."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async import formats
from ocr_async.errors import ConfigurationError, ResponseInvalid
from ocr_async.models import Dialect, OCRCost, OCRDimensions, OCRImage, OCRPage, OCRResponse, OCRUsageInfo

from .samples import LITELLM, MISTRAL, OPPER, spoilt
from .strategies import json_values, responses


DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
SAMPLES: list[tuple[Dialect, dict[str, Any]]] = [("mistral", MISTRAL), ("opper", OPPER), ("litellm", LITELLM)]


# --- nothing is lost --------------------------------------------------------------------------------------------


@given(responses, st.sampled_from(DIALECTS))
def test_a_response_survives_every_dialect(response: OCRResponse, dialect: Dialect) -> None:
    assert response == formats.structure(formats.unstructure(response, dialect), dialect)


@given(responses, st.sampled_from(DIALECTS))
def test_a_response_survives_as_json_text(response: OCRResponse, dialect: Dialect) -> None:
    assert response == OCRResponse.from_dict(formats.loads(response.to_json(dialect)), dialect)


@given(responses, st.sampled_from(DIALECTS))
def test_what_is_written_is_json_builtins_alone(response: OCRResponse, dialect: Dialect) -> None:
    kinds = {type(value) for value in every_value(formats.unstructure(response, dialect))}
    assert kinds <= {dict, list, str, int, float, bool, type(None)}


@given(responses, responses, st.sampled_from(DIALECTS))
def test_reading_equals_what_the_constructors_make(one: OCRResponse, two: OCRResponse, dialect: Dialect) -> None:
    read = formats.structure(formats.unstructure(one, dialect), dialect)
    assert (read == two) == (one == two)
    assert repr(read) == repr(one)
    assert [type(page) for page in read.pages] == [OCRPage] * len(one.pages)


def test_parts_of_a_response_compare_by_value_and_have_no_hash() -> None:
    page, other = OCRPage(index=0, markdown="a"), OCRPage(index=0, markdown="b")
    assert page == OCRPage(index=0, markdown="a")
    assert page not in {0: other, 1: "a", 2: None}.values()
    assert OCRUsageInfo(pages_processed=1) != OCRUsageInfo(pages_processed=2)
    # who answered, and how often it was asked, is not what was read
    assert OCRResponse(pages=(page,), model="m", provider="x", attempts=2) == OCRResponse(pages=(page,), model="m")
    with pytest.raises(TypeError, match="unhashable type: 'OCRPage'"):
        hash(page)


@pytest.mark.parametrize(("dialect", "sample"), SAMPLES)
def test_every_known_key_of_an_answer_is_understood(dialect: Dialect, sample: dict[str, Any]) -> None:
    response = formats.structure(sample, dialect)
    assert [value.extra for value in every_model(response) if getattr(value, "extra", None)] == []


@pytest.mark.parametrize(("dialect", "sample"), SAMPLES)
def test_an_answer_is_written_with_all_that_it_said(dialect: Dialect, sample: dict[str, Any]) -> None:
    assert_within(sample, formats.unstructure(formats.structure(sample, dialect), dialect))


@pytest.mark.parametrize(("dialect", "sample"), SAMPLES)
def test_unknown_keys_come_back_at_every_level(dialect: Dialect, sample: dict[str, Any]) -> None:
    strange = copy.deepcopy(sample)
    for number, value in enumerate(list(every_value(strange))):
        if isinstance(value, dict) and value.keys() != {"x", "y", "width", "height"}:
            value |= {"brand_new": {"number": number}, "extra": [number], "provider": None}
    assert_within(strange, formats.unstructure(formats.structure(strange, dialect), dialect))


@pytest.mark.parametrize(("dialect", "sample"), SAMPLES)
def test_the_answer_itself_is_left_alone(dialect: Dialect, sample: dict[str, Any]) -> None:
    before = copy.deepcopy(sample)
    formats.unstructure(formats.structure(sample, dialect, model="another"), dialect)
    assert before == sample


def test_lists_may_be_tuples_of_what_lists_hold() -> None:
    page = {"index": 0, "markdown": "", "images": ({"id": "a"},), "hyperlinks": ("https://example.com",)}
    response = formats.structure({"pages": (page,), "model": "m"}, "mistral")
    wanted = OCRPage(index=0, markdown="", images=(OCRImage(id="a"),), hyperlinks=("https://example.com",))
    assert response.pages == (wanted,)


def test_what_is_read_is_frozen_like_any_other() -> None:
    page = formats.structure(MISTRAL, "mistral").pages[0]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        page.index = 4  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del page.markdown  # pyright: ignore[reportAttributeAccessIssue]


# --- what clients demand ----------------------------------------------------------------------------------------


def test_mistrals_client_finds_every_key_that_it_requires() -> None:
    written = OCRResponse(pages=(OCRPage(index=0, markdown="", images=(OCRImage(),)),), model="local").to_dict()
    assert written == {
        "pages": [
            {
                "index": 0,
                "markdown": "",
                "images": [
                    {
                        "id": "",
                        "top_left_x": None,
                        "top_left_y": None,
                        "bottom_right_x": None,
                        "bottom_right_y": None,
                        "image_base64": None,
                        "image_annotation": None,
                    }
                ],
                "dimensions": None,
                "tables": [],
                "hyperlinks": [],
                "header": None,
                "footer": None,
            }
        ],
        "model": "local",
        "usage_info": {"pages_processed": 0, "doc_size_bytes": None},
        "document_annotation": None,
    }


def test_mistrals_client_finds_numbers_for_the_whole_size_of_a_page() -> None:
    page = OCRPage(index=0, markdown="", dimensions=OCRDimensions(width=1190, height=1684))
    written = OCRResponse(pages=(page,), model="opper").to_dict()
    assert written["pages"][0]["dimensions"] == {"dpi": 0, "height": 1684, "width": 1190}
    assert OCRResponse.from_dict(written).pages == (page,)


def test_oppers_client_finds_its_keys_and_none_of_mistrals() -> None:
    page = OCRPage(index=0, markdown="", images=(OCRImage(id="a"),))
    written = OCRResponse(pages=(page,), model="local", id="ocr_1").to_dict("opper")
    corners = dict.fromkeys(("top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y"))
    assert {
        "pages": [
            {
                "index": 0,
                "markdown": "",
                "images": [{"id": "a", **corners, "image_base64": None}],
                "dimensions": None,
            }
        ],
        "model": "local",
        "usage_info": {"pages_processed": 0, "doc_size_bytes": None},
        "id": "ocr_1",
    } == written


def test_an_opper_answer_without_an_id_has_empty_text_for_it() -> None:
    response = OCRResponse(pages=(), model="local")
    assert response.to_dict("opper")["id"] == ""
    assert OCRResponse.from_dict(response.to_dict("opper"), "opper").id is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cost_has_all_three_numbers(dialect: Dialect) -> None:
    response = OCRResponse(pages=(), model="local", cost=OCRCost(generation=0.0, total=0.0))
    assert response.to_dict(dialect)["cost"] == {"generation": 0.0, "platform": 0.0, "total": 0.0}


def test_opper_gets_the_tables_that_it_has_no_place_for_rather_than_losing_them() -> None:
    page = formats.structure(MISTRAL, "mistral").to_dict("opper")["pages"][0]
    assert MISTRAL["pages"][0]["tables"] == page["tables"]


def test_litellm_sees_a_box_beside_the_corners() -> None:
    image = formats.structure(MISTRAL, "mistral").to_dict("litellm")["pages"][0]["images"][0]
    assert image["bbox"] == {"x": 60, "y": 120, "width": 300, "height": 400}
    assert (
        image["top_left_x"],
        image["top_left_y"],
        image["bottom_right_x"],
        image["bottom_right_y"],
    ) == (60, 120, 360, 520)


def test_litellm_finds_the_keys_of_its_own_objects() -> None:
    written = OCRResponse(pages=(OCRPage(index=0, markdown="", images=(OCRImage(),)),), model="m").to_dict("litellm")
    assert {"pages", "model", "document_annotation", "usage_info", "object"} == written.keys()
    assert written["object"] == "ocr"
    assert written["pages"][0]["images"][0] == {"image_base64": None, "bbox": None}
    assert (
        dict.fromkeys(("doc_size_bytes", "pages_processed_annotation", "credits")) | {"pages_processed": 0}
        == written["usage_info"]
    )


@pytest.mark.parametrize(
    ("box", "corners", "kept"),
    [
        ({"x": 1, "y": 2, "width": 3, "height": 4}, (1, 2, 4, 6), {}),
        ({"x": 1.0, "y": "2", "width": 3, "height": 4}, (1, 2, 4, 6), {}),
        (None, (None, None, None, None), {}),
        ([1, 2, 3, 4], (None, None, None, None), {"bbox": [1, 2, 3, 4]}),
        ({"x": 1, "y": 2}, (None, None, None, None), {"bbox": {"x": 1, "y": 2}}),
        (
            {"x": 0.1, "y": 0, "width": 1, "height": 1},
            (None, None, None, None),
            {"bbox": {"x": 0.1, "y": 0, "width": 1, "height": 1}},
        ),
    ],
)
def test_litellms_box_becomes_corners_or_is_kept_as_it_came(box: object, corners: object, kept: object) -> None:
    data = spoilt(LITELLM, ["pages", 0, "images", 0, "bbox"], box)
    image = formats.structure(data, "litellm").pages[0].images[0]
    assert corners == (image.top_left_x, image.top_left_y, image.bottom_right_x, image.bottom_right_y)
    assert kept == image.extra
    written = formats.unstructure(formats.structure(data, "litellm"), "litellm")["pages"][0]["images"][0]
    assert formats.loads(formats.dumps(written["bbox"])) == (image.bbox or box)


# --- lenient where servers are ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["images", "tables", "hyperlinks"])
@pytest.mark.parametrize("value", [None, ...])
def test_a_missing_list_is_an_empty_one(name: str, value: object) -> None:
    page = formats.structure(spoilt(MISTRAL, ["pages", 0, name], value), "mistral").pages[0]
    assert getattr(page, name) == ()


@pytest.mark.parametrize("name", ["blocks", "elements", "confidence_scores", "dimensions", "header"])
@pytest.mark.parametrize("value", [None, ...])
def test_what_was_not_asked_for_is_none(name: str, value: object) -> None:
    data = spoilt(spoilt(MISTRAL, ["pages", 0, name], None), ["pages", 0, name], value)
    assert getattr(formats.structure(data, "mistral").pages[0], name) is None


@pytest.mark.parametrize(("sent", "read"), [("3", 3), (3.0, 3), ("-1", -1), (0, 0)])
def test_whole_numbers_are_read_from_what_servers_send_for_them(sent: object, read: int) -> None:
    index = formats.structure(spoilt(MISTRAL, ["pages", 0, "index"], sent), "mistral").pages[0].index
    assert (int, read) == (type(index), index)


@pytest.mark.parametrize(("sent", "read"), [(1, 1.0), ("0.5", 0.5)])
def test_real_numbers_too(sent: object, read: float) -> None:
    data = spoilt(MISTRAL, ["pages", 0, "confidence_scores", "average_page_confidence_score"], sent)
    scores = formats.structure(data, "mistral").pages[0].confidence_scores
    assert scores is not None
    assert (float, read) == (type(scores.average_page_confidence_score), scores.average_page_confidence_score)


def test_an_annotation_that_is_an_object_becomes_its_json_text() -> None:
    response = formats.structure({**LITELLM, "document_annotation": {"a": [1, "é"]}}, "litellm")
    assert json.loads(response.document_annotation or "") == {"a": [1, "é"]}


def test_a_block_of_an_unknown_type_passes_without_text_or_place() -> None:
    strange = {"type": "hologram", "depth": 3}
    blocks = formats.structure(spoilt(MISTRAL, ["pages", 0, "blocks", 0], strange), "mistral").pages[0].blocks
    assert blocks is not None
    block = blocks[0]
    assert (block.type, block.content, block.bottom_right_x, block.extra) == ("hologram", "", 0, {"depth": 3})


@pytest.mark.parametrize("value", [None, ...])
def test_a_server_that_names_no_model_is_taken_to_serve_the_one_asked_for(value: object) -> None:
    data = spoilt(MISTRAL, ["model"], value)
    assert formats.structure(data, "mistral", model="asked-for").model == "asked-for"
    with pytest.raises(ResponseInvalid, match="model"):
        formats.structure(data, "mistral")


@pytest.mark.parametrize("value", [None, ...])
def test_an_answer_without_usage_has_processed_what_came(value: object) -> None:
    usage = formats.structure(spoilt(MISTRAL, ["usage_info"], value), "mistral").usage_info
    assert OCRUsageInfo(pages_processed=1) == usage


# --- strict about shapes ----------------------------------------------------------------------------------------

WRONG: list[tuple[list[str | int], object, str, str]] = [
    (["pages"], ..., "$.pages", "is missing"),
    (["pages"], None, "$.pages", "is null, not a list"),
    (["pages"], {}, "$.pages", "is an object, not a list"),
    (["pages"], "", "$.pages", "is text, not a list"),
    (["pages", 0], None, "$.pages[0]", "is null, not an object"),
    (["pages", 0], [], "$.pages[0]", "is a list, not an object"),
    (["pages", 0, "index"], ..., "$.pages[0].index", "is missing"),
    (["pages", 0, "index"], True, "$.pages[0].index", "is a boolean, not a whole number"),
    (["pages", 0, "index"], {}, "$.pages[0].index", "is an object, not a whole number"),
    (["pages", 0, "index"], 1.5, "$.pages[0].index", "is a fraction, not a whole number"),
    (["pages", 0, "index"], "one", "$.pages[0].index", "is text, not a whole number"),
    (["pages", 0, "index"], "1_0", "$.pages[0].index", "is text, not a whole number"),
    (["pages", 0, "index"], "9" * 5000, "$.pages[0].index", "is text, not a whole number"),
    (["pages", 0, "markdown"], ..., "$.pages[0].markdown", "is missing"),
    (["pages", 0, "markdown"], None, "$.pages[0].markdown", "is null, not text"),
    (["pages", 0, "markdown"], ["a"], "$.pages[0].markdown", "is a list, not text"),
    (["pages", 0, "markdown"], 1, "$.pages[0].markdown", "is a number, not text"),
    (["pages", 0, "images"], {}, "$.pages[0].images", "is an object, not a list"),
    (["pages", 0, "images"], 0, "$.pages[0].images", "is a number, not a list"),
    (["pages", 0, "images"], False, "$.pages[0].images", "is a boolean, not a list"),
    (["pages", 0, "images", 0, "id"], 7, "$.pages[0].images[0].id", "is a number, not text"),
    (["pages", 0, "images", 0, "top_left_x"], "left", "$.pages[0].images[0].top_left_x", "is text, not a whole number"),
    (["pages", 0, "images", 0, "image_base64"], [], "$.pages[0].images[0].image_base64", "is a list, not text"),
    (["pages", 0, "dimensions"], [], "$.pages[0].dimensions", "is a list, not an object"),
    (["pages", 0, "dimensions", "dpi"], [], "$.pages[0].dimensions.dpi", "is a list, not a whole number"),
    (["pages", 0, "tables", 0, "content"], None, "$.pages[0].tables[0].content", "is null, not text"),
    (["pages", 0, "tables", 0, "id"], ..., "$.pages[0].tables[0].id", "is missing"),
    (["pages", 0, "hyperlinks"], "https://a", "$.pages[0].hyperlinks", "is text, not a list"),
    (["pages", 0, "hyperlinks", 0], {}, "$.pages[0].hyperlinks[0]", "is an object, not text"),
    (["pages", 0, "header"], {}, "$.pages[0].header", "is an object, not text"),
    (["pages", 0, "blocks"], {}, "$.pages[0].blocks", "is an object, not a list"),
    (["pages", 0, "blocks", 2], None, "$.pages[0].blocks[2]", "is null, not an object"),
    (["pages", 0, "blocks", 1, "content"], ..., "$.pages[0].blocks[1].content", "is missing"),
    (["pages", 0, "blocks", 1, "type"], None, "$.pages[0].blocks[1].type", "is null, not text"),
    (
        ["pages", 0, "blocks", 0, "confidence_scores", "block_type_confidence_score"],
        "high",
        "$.pages[0].blocks[0].confidence_scores.block_type_confidence_score",
        "is text, not a number",
    ),
    (
        ["pages", 0, "confidence_scores", "word_confidence_scores", 0, "confidence"],
        float("nan"),
        "$.pages[0].confidence_scores.word_confidence_scores[0].confidence",
        "is not a finite number",
    ),
    (
        ["pages", 0, "confidence_scores", "minimum_page_confidence_score"],
        ...,
        "$.pages[0].confidence_scores.minimum_page_confidence_score",
        "is missing",
    ),
    (["model"], 4, "$.model", "is a number, not text"),
    (["usage_info"], [], "$.usage_info", "is a list, not an object"),
    (["usage_info", "pages_processed"], [1], "$.usage_info.pages_processed", "is a list, not a whole number"),
    (["usage_info", "applied_settings"], [], "$.usage_info.applied_settings", "is a list, not an object"),
    (["cost"], 0.1, "$.cost", "is a number, not an object"),
    (["cost"], {"generation": 1}, "$.cost.total", "is missing"),
]


@pytest.mark.parametrize(("path", "value", "where", "reason"), WRONG)
def test_a_wrong_shape_is_named_by_its_path(path: list[str | int], value: object, where: str, reason: str) -> None:
    with pytest.raises(ResponseInvalid) as caught:
        formats.structure(spoilt(MISTRAL, path, value), "mistral", provider="mistral")
    error = caught.value
    assert (where, "mistral") == (error.path, error.provider)
    assert str(error).endswith(f"{where} {reason}")


@pytest.mark.parametrize("answer", [None, [], "pages", 3, True])
def test_an_answer_that_is_no_object_is_refused(answer: Any) -> None:
    with pytest.raises(ResponseInvalid) as caught:
        formats.structure(answer, "mistral")
    assert caught.value.path == "$"


def test_the_error_shows_no_text_of_the_document() -> None:
    with pytest.raises(ResponseInvalid) as caught:
        formats.structure(spoilt(MISTRAL, ["pages", 0, "markdown"], ["the secret recipe"]), "mistral")
    assert "recipe" not in str(caught.value)


@given(json_values, st.sampled_from(DIALECTS))
def test_any_json_is_read_or_refused(answer: Any, dialect: Dialect) -> None:
    with contextlib.suppress(ResponseInvalid):
        formats.structure(answer, dialect)


@given(st.data(), json_values, st.sampled_from([MISTRAL, OPPER, LITELLM]), st.sampled_from(DIALECTS))
def test_any_value_anywhere_is_read_or_refused(
    data: st.DataObject, value: Any, sample: dict[str, Any], dialect: Dialect
) -> None:
    path = data.draw(st.sampled_from(list(every_path(sample))))
    try:
        response = formats.structure(spoilt(sample, path, value), dialect)
    except ResponseInvalid:
        return
    assert response == formats.structure(formats.unstructure(response, dialect), dialect)


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="mistral, opper, litellm"):
        formats.structure(MISTRAL, "klingon")  # type: ignore[arg-type]


# --- walks ------------------------------------------------------------------------------------------------------


def every_value(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from every_value(one)


def every_path(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[list[str | int]]:
    if path:
        yield list(path)
    if isinstance(value, dict | list):
        for step, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from every_path(one, (*path, step))


def every_model(value: Any) -> Iterator[Any]:
    if attrs.has(type(value)):
        yield value
        for one in attrs.fields(type(value)):
            yield from every_model(getattr(value, one.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from every_model(item)


def assert_within(said: Any, written: Any) -> None:
    """Check that *written* says all that *said* does."""
    if isinstance(said, dict):
        assert said.keys() <= written.keys()
        for key, one in said.items():
            assert_within(one, written[key])
    elif isinstance(said, list):
        assert len(said) == len(written)
        for one, other in zip(said, written, strict=True):
            assert_within(one, other)
    else:
        assert said == written
