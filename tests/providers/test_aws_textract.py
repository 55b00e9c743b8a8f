"""Amazon Textract: its signature, its blocks, its failures, and where credentials come from."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import PIL.Image
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as TheirCredentials
from hypothesis import given
from hypothesis import strategies as st

from ocr_async import aocr
from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    DocumentError,
    OCRError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.models import Bytes, FileOnDisk, OCRPage, OCRRequest
from ocr_async.providers._pictures import pixels_of
from ocr_async.providers.aws import Textract
from ocr_async.providers.aws.signature import Credentials, signed
from ocr_async.steps import Base64, HttpResponse
from tests.upstream import Exchange, upstream

from .cases.aws_textract import box, layout, line
from .play import answer, play


KEY = "AKIDEXAMPLE:planted-secret"
REGION = {"AWS_REGION": "eu-west-1"}


def picture(width: int = 1000, height: int = 2000, form: str = "PNG", **how: Any) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (width, height), "white").save(buffer, form, **how)
    return buffer.getvalue()


def connect(api_key: str | None = KEY, api_base: str | None = None, **environ: str) -> Textract:
    headers: dict[str, str] = {}
    return Textract.connect(api_key=api_key, api_base=api_base, headers=headers, environ=REGION | environ)


def read(blocks: list[dict[str, Any]], model: str = "analyze-document", **options: Any) -> OCRPage:
    request = OCRRequest(model=model, document=Bytes(data=picture(), mime="image/png"), **options)
    told = {"DocumentMetadata": {"Pages": 1}, "Blocks": blocks}
    _, response = play(connect().exchange(request), answer(told, x_amzn_requestid="r-1"))
    assert (response.id, response.request_id, response.usage_info.pages_processed) == ("r-1", "r-1", 1)
    (page,) = response.pages
    return page


# --- the request --------------------------------------------------------------------------------------------------


@given(
    path=st.sampled_from(["/", "/a path/ü", "/~tilde/x%20y"]),
    query=st.sampled_from(["", "?b=2&a=1&a=0"]),
    host=st.sampled_from(["https://textract.eu-west-1.amazonaws.com", "http://localhost:4000", "http://[::1]:80"]),
    body=st.binary(max_size=100),
    token=st.none() | st.text("abc/+=", min_size=1),
    target=st.text("ab \t.", min_size=1).filter(lambda text: bool(text.strip())),
)
def test_signatures_are_those_of_botocore(
    path: str, query: str, host: str, body: bytes, token: str | None, target: str
) -> None:
    url = f"{host}{path}{query}"
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    at = datetime(2026, 11, 28, 12, 30, 5, tzinfo=UTC)
    ours = signed(
        "POST",
        url,
        headers | {"X-Request-Id": "not signed: proxies change it"},
        hashlib.sha256(body).hexdigest(),
        credentials=Credentials("AKIDEXAMPLE", "secret", token),
        region="eu-west-1",
        service="textract",
        at=at,
    )
    request = AWSRequest("POST", url, dict(headers), body)
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    if token is not None:
        request.headers["X-Amz-Security-Token"] = token
    signer = SigV4Auth(TheirCredentials("AKIDEXAMPLE", "secret", token), "textract", "eu-west-1")
    theirs = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert ours["Authorization"].endswith(f"Signature={theirs}")
    assert ours.get("X-Amz-Security-Token") == token


def test_a_picture_is_asked_about_in_amazons_words() -> None:
    document = Bytes(data=picture(), mime="image/png")
    request = OCRRequest(model="analyze-document", document=document, extra_body={"FeatureTypes": ["LAYOUT", "FORMS"]})
    blank = {"DocumentMetadata": {"Pages": 1}, "Blocks": []}
    (sent,), response = play(connect(f"{KEY}:session").exchange(request), answer(blank))
    assert (sent.method, sent.url) == ("POST", "https://textract.eu-west-1.amazonaws.com/")
    assert sent.headers == {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "Textract.AnalyzeDocument",
    }
    assert sent.json == {"Document": {"Bytes": Base64(document)}, "FeatureTypes": ["LAYOUT", "FORMS"]}
    assert sent.sign is not None
    added = sent.sign("POST", sent.url, sent.headers, "0" * 64)
    assert added["X-Amz-Security-Token"] == "session"
    assert "planted" not in f"{sent!r} {added} {connect()!r}"
    assert response.pages[0].markdown == ""


@pytest.mark.parametrize(
    ("model", "extra", "says"),
    [
        ("analyze-document", {"Features": ["LAYOUT"]}, "has no option Features"),
        ("analyze-document", {"feature_types": ["TABLE"]}, "TABLES, FORMS"),
        ("analyze-document", {"FeatureTypes": "LAYOUT"}, "is a list"),
        ("detect-document-text", {"FeatureTypes": ["LAYOUT"]}, "has no option FeatureTypes"),
    ],
)
def test_what_textract_would_refuse_is_refused_before(model: str, extra: dict[str, Any], says: str) -> None:
    request = OCRRequest(model=model, document=Bytes(data=picture(), mime="image/png"), extra_body=extra)
    with pytest.raises(ConfigurationError, match=says):
        next(connect().exchange(request))


def test_litellms_word_for_features_is_understood() -> None:
    extra = {"feature_types": ["FORMS"]}
    request = OCRRequest(model="analyze-document", document=Bytes(data=picture(), mime="image/png"), extra_body=extra)
    (sent,), _ = play(connect().exchange(request), answer({"DocumentMetadata": {"Pages": 1}, "Blocks": []}))
    assert sent.json["FeatureTypes"] == ["FORMS"]


# --- its blocks ---------------------------------------------------------------------------------------------------


def cell(name: str, row: int, column: int, words: list[str], **more: Any) -> dict[str, Any]:
    return {
        "BlockType": "CELL",
        "Id": name,
        "RowIndex": row,
        "ColumnIndex": column,
        "RowSpan": 1,
        "ColumnSpan": 1,
        "Confidence": 90.0,
        "Geometry": box(0.1 * column, 0.5 + 0.03 * row, 0.1, 0.03),
        "Relationships": [{"Type": "CHILD", "Ids": words}],
        **more,
    }


def table() -> list[dict[str, Any]]:
    """Return a table whose head spans both columns, and its lines."""
    head = {"EntityTypes": ["COLUMN_HEADER"]}
    return [
        *line("l-head", "Sums", 0.53),
        *line("l-tea", "Tea 3", 0.56),
        {
            "BlockType": "TABLE",
            "Id": "table",
            "Confidence": 91.0,
            "Geometry": box(0.1, 0.53, 0.2, 0.06),
            "Relationships": [
                {"Type": "CHILD", "Ids": ["c-11", "c-12", "c-21", "c-22"]},
                {"Type": "MERGED_CELL", "Ids": ["c-1"]},
            ],
        },
        cell("c-11", 1, 1, ["l-head-0"], **head),
        cell("c-12", 1, 2, [], **head),
        cell("c-21", 2, 1, ["l-tea-0"]),
        cell("c-22", 2, 2, ["l-tea-1"]),
        {**cell("c-1", 1, 1, ["c-11", "c-12"], ColumnSpan=2), "BlockType": "MERGED_CELL"},
    ]


TABLE = "| Sums |  |\n| --- | --- |\n| Tea | 3 |"


def test_layout_becomes_headings_lists_and_running_heads() -> None:
    page = read(
        [
            *line("head", "Quarterly", 0.01),
            *line("title", "The report", 0.05),
            *line("part", "First part", 0.1),
            *line("one", "Some words that", 0.15),
            *line("two", "go on", 0.17),
            *line("dot", "• an item", 0.2),
            *line("star", "• another", 0.23),
            *line("number", "7", 0.97),
            layout("HEADER", "h", ["head"], 0.01),
            layout("TITLE", "t", ["title"], 0.05),
            layout("SECTION_HEADER", "s", ["part"], 0.1),
            layout("TEXT", "p", ["one", "two"], 0.15),
            layout("LIST", "list", ["i1", "i2"], 0.2, 0.06),
            layout("TEXT", "i1", ["dot"], 0.2),
            layout("TEXT", "i2", ["star"], 0.23),
            layout("PAGE_NUMBER", "n", ["number"], 0.97),
        ]
    )
    assert page.markdown == "# The report\n\n## First part\n\nSome words that go on\n\n- an item\n- another"
    assert (page.header, page.footer) == ("Quarterly", "7")
    assert page.elements is not None
    title = next(each for each in page.elements if each.type == "title")
    assert title.bbox == {"x": 100, "y": 100, "width": 800, "height": 60}  # of 1000 × 2000 pixels
    assert page.dimensions is not None
    assert (page.dimensions.width, page.dimensions.height) == (1000, 2000)


@pytest.mark.parametrize("kind", ["TABLE", "TEXT", "KEY_VALUE"])
def test_a_table_stands_once_whatever_the_layout_calls_it(kind: str) -> None:
    page = read(
        [
            *line("before", "Before it", 0.3),
            layout("TEXT", "t", ["before"], 0.3),
            layout(kind, "tab", ["l-head", "l-tea"], 0.53, 0.06),
            *table(),
            *line("after", "After it", 0.8),
            layout("TEXT", "u", ["after"], 0.8),
        ]
    )
    assert page.markdown == f"Before it\n\n{TABLE}\n\nAfter it"


def test_without_a_layout_tables_stand_where_they_are() -> None:
    page = read([*line("before", "Before it", 0.3), *table(), *line("after", "After it", 0.8)], table_format="html")
    assert page.markdown == "Before it\n\n[tbl-0.html](tbl-0.html)\n\nAfter it"
    (found,) = page.tables
    assert found.content == '<table><tr><th colspan="2">Sums</th></tr><tr><td>Tea</td><td>3</td></tr></table>'


def test_a_layouts_table_that_was_not_asked_for_as_one_keeps_its_words() -> None:
    lines = [*line("a", "Tea 3", 0.5), *line("b", "Milk 4", 0.53)]
    page = read([*lines, layout("TABLE", "t", ["a", "b"], 0.5, 0.06)])
    assert all(word in page.markdown for word in ("Tea", "3", "Milk", "4"))


def test_words_beside_a_table_and_outside_of_the_layout_are_kept() -> None:
    wide = line("l-tea", "Tea 3 only today", 0.56)
    blocks = [block for block in table() if not block["Id"].startswith("l-tea")]
    page = read(
        [*blocks, *wide, layout("TABLE", "t", ["l-head", "l-tea"], 0.53, 0.06), *line("stray", "Stray words", 0.9)]
    )
    assert page.markdown.startswith(TABLE)
    assert "only today" in page.markdown
    assert "Stray words" in page.markdown


def test_forms_questions_ticks_and_signatures_are_told() -> None:
    place = {"Geometry": box(0.1, 0.1, 0.2, 0.02), "Confidence": 80.0}
    page = read(
        [
            *line("k", "Paid:", 0.1),
            {
                "BlockType": "KEY_VALUE_SET",
                "Id": "key",
                "EntityTypes": ["KEY"],
                "Relationships": [{"Type": "VALUE", "Ids": ["value"]}, {"Type": "CHILD", "Ids": ["k-0"]}],
                **place,
            },
            {
                "BlockType": "KEY_VALUE_SET",
                "Id": "value",
                "EntityTypes": ["VALUE"],
                "Relationships": [{"Type": "CHILD", "Ids": ["tick"]}],
                **place,
            },
            {"BlockType": "SELECTION_ELEMENT", "Id": "tick", "SelectionStatus": "SELECTED", **place},
            {"BlockType": "SIGNATURE", "Id": "signed", "Geometry": box(0.5, 0.9, 0.2, 0.05), "Confidence": 70.0},
            {
                "BlockType": "QUERY",
                "Id": "q",
                "Query": {"Text": "Who?", "Alias": "who"},
                "Relationships": [{"Type": "ANSWER", "Ids": ["a"]}],
            },
            {"BlockType": "QUERY_RESULT", "Id": "a", "Text": "Ada", "Confidence": 60.0},
        ],
        include_blocks=True,
    )
    assert page.extra["key_values"] == [{"key": "Paid:", "value": "☒", "confidence": 0.8}]
    assert page.extra["queries"] == [{"query": "Who?", "alias": "who", "answers": [{"text": "Ada", "confidence": 0.6}]}]
    assert page.elements is not None
    assert page.elements[-1].type == "signature"
    assert page.elements[-1].bbox == {"x": 500, "y": 1800, "width": 200, "height": 100}
    assert page.markdown == "Paid:"


def test_figures_are_images_and_their_lettering_no_text() -> None:
    page = read(
        [
            *line("x", "axis label", 0.2),
            layout("FIGURE", "f", ["x"], 0.1, 0.3),
            *line("c", "What it shows", 0.5),
            layout("TEXT", "t", ["c"], 0.5),
        ]
    )
    assert page.markdown == "![img-0.jpeg](img-0.jpeg)\n\nWhat it shows"
    assert (page.images[0].top_left_y, page.images[0].bottom_right_y) == (200, 800)
    assert page.elements is not None
    assert page.elements[0].text == "axis label"


def test_detected_lines_become_paragraphs_in_reading_order() -> None:
    words = "considerably interesting developments concerning everybody"
    left = [
        block
        for number in range(6)
        for block in line(f"l{number}", f"left {words}"[:40], 0.2 + 0.013 * number, left=0.05)
    ]
    right = [
        block
        for number in range(6)
        for block in line(f"r{number}", f"right {words}"[:42], 0.2 + 0.013 * number, left=0.55)
    ]
    mixed = [block for pair in zip(left, right, strict=True) for block in pair]
    page = read(mixed, "detect-document-text")
    assert page.markdown.count("left") == 6
    assert page.markdown.rindex("left") < page.markdown.index("right")


def test_the_outer_lines_of_a_detected_page_are_part_of_its_text() -> None:
    page = read([*line("a", "At the very top", 0.01), *line("b", "In the middle", 0.5), *line("c", "12", 0.98)],
                "detect-document-text")  # fmt: skip
    assert page.markdown == "At the very top\n\nIn the middle\n\n12"


def test_words_tell_their_confidence_and_place() -> None:
    page = read(
        [*line("a", "Sure thing", 0.1, confidence=97.5), layout("TITLE", "t", ["a"], 0.1)],
        confidence_scores_granularity="word",
    )
    scores = page.confidence_scores
    assert scores is not None
    assert scores.average_page_confidence_score == 0.975
    assert scores.word_confidence_scores is not None
    for word in scores.word_confidence_scores:
        assert page.markdown[word.start_index :].startswith(word.text)
        assert word.confidence == 0.975


@pytest.mark.parametrize("body", [{}, [], {"Blocks": [{}], "DocumentMetadata": {"Pages": 1}}, {"Blocks": 3}])
def test_an_answer_of_another_shape_is_refused(body: Any) -> None:
    request = OCRRequest(model="analyze-document", document=Bytes(data=picture(), mime="image/png"))
    with pytest.raises(ResponseInvalid):
        play(connect().exchange(request), answer(body))


def test_numbers_that_no_page_can_hold_are_refused_at_once() -> None:
    for spans in ({"RowSpan": 10**9}, {"ColumnSpan": 10**9}, {"RowIndex": 0}):
        blocks = [{**block, **spans} if block["Id"] == "c-22" else block for block in table()]
        with pytest.raises(ResponseInvalid):
            read(blocks)
    for number in (float("inf"), float("nan"), 10**400):
        places = {"Geometry": box(number, 0.1, 0.1, 0.1)}
        with pytest.raises(ResponseInvalid):
            read([*line("a", "Text", 0.5), {**layout("FIGURE", "f", [], 0.1), **places}])


# --- sizes of pictures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"exif": b"Exif\0\0" + b"x" * 5000}])
def test_the_size_of_a_picture_is_read_from_its_head(how: dict[str, Any]) -> None:
    assert pixels_of(picture(30, 70, "JPEG", **how)) == (30, 70)
    assert pixels_of(picture(30, 70)) == (30, 70)


@given(st.binary(max_size=40))
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    assert pixels_of(b"\xff\xd8\xff\xe0" + data) is None or len(data) > 5
    assert pixels_of(data[:20]) is None


def test_a_file_is_looked_at_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(picture(400, 300, "JPEG"))
    request = OCRRequest(model="detect-document-text", document=FileOnDisk(path=path, mime="image/jpeg"))
    blocks = line("a", "Text", 0.5)
    _, response = play(connect().exchange(request), answer({"DocumentMetadata": {"Pages": 1}, "Blocks": blocks}))
    assert response.pages[0].dimensions is not None
    assert response.pages[0].dimensions.width == 400


# --- failures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ThrottlingException", RateLimited),
        ("com.amazonaws.textract#ProvisionedThroughputExceededException", RateLimited),
        ("LimitExceededException", RateLimited),
        ("InvalidSignatureException", AuthenticationFailed),
        ("ExpiredTokenException:http://internal.amazon.com/", AuthenticationFailed),
        ("AccessDeniedException", AuthenticationFailed),
        ("UnsupportedDocumentException", DocumentError),
        ("DocumentTooLargeException", DocumentError),
        ("InternalServerError", ProviderUnavailable),
        ("InvalidParameterException", RequestRejected),
    ],
)
def test_failures_are_told_by_their_type(kind: str, expected: type[OCRError]) -> None:
    request = OCRRequest(model="analyze-document", document=Bytes(data=picture(), mime="image/png"))
    exchange = connect().exchange(request)
    step = next(exchange)
    refused = step.refused  # type: ignore[union-attr]
    assert refused is not None
    error = refused(answer({"__type": kind, "message": "Why.\n\nx-amz-security-token: s"}, 400, x_amzn_requestid="r"))
    assert type(error) is expected
    assert str(error).endswith(": Why.")
    assert error is not None
    assert error.request_id == "r"
    assert refused(HttpResponse(502, {}, b"<html>")) is None
    exchange.close()


# --- where credentials come from ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api_base", "environ", "base"),
    [
        (None, {"AWS_REGION_NAME": "us-east-2"}, "https://textract.us-east-2.amazonaws.com"),
        (None, {"AWS_DEFAULT_REGION": "cn-north-1"}, "https://textract.cn-north-1.amazonaws.com.cn"),
        ("https://textract-fips.us-east-1.amazonaws.com/", {}, "https://textract-fips.us-east-1.amazonaws.com"),
        (None, {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://localhost:4566"}, "http://localhost:4566"),
    ],
)
def test_the_region_comes_from_the_environment_or_the_address(
    api_base: str | None, environ: dict[str, str], base: str
) -> None:
    provider = Textract.connect(api_key=KEY, api_base=api_base, headers={}, environ=environ)
    assert provider.base_url == base
    assert provider.region in f"{base} us-east-1"


@pytest.mark.parametrize("key", ["AKID:secret:token@ap-south-1", "@ap-south-1"])
def test_a_region_may_follow_the_key(key: str) -> None:
    environ = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
    provider = Textract.connect(api_key=key, api_base=None, headers={}, environ=environ)
    assert (provider.region, provider.base_url) == ("ap-south-1", "https://textract.ap-south-1.amazonaws.com")
    assert provider.credentials is not None
    assert provider.credentials.id == "AKID"


@pytest.mark.parametrize("region", ["eu-west-1.example.com/", "EU", ""])
def test_a_region_that_would_change_the_address_is_refused(region: str) -> None:
    with pytest.raises(ConfigurationError, match="region"):
        Textract.connect(api_key=f"{KEY}@{region}", api_base=None, headers={}, environ={"AWS_REGION": "e/f"})


ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "planted", "AWS_SESSION_TOKEN": "t"}


def test_the_environments_key_goes_to_amazon_and_to_this_machine() -> None:
    for base in (None, "http://localhost:4566", "https://vpce-1.textract.eu-west-1.vpce.amazonaws.com"):
        assert connect(None, base, **ENVIRONMENT).credentials == Credentials("AKID", "planted", "t")
    with pytest.raises(ConfigurationError, match=r"no key for proxy\.example\.com"):
        connect(None, "https://proxy.example.com", **ENVIRONMENT)
    assert connect("A:b", "https://proxy.example.com").credentials == Credentials("A", "b")


def test_an_account_is_its_access_key_and_never_shows_the_secret() -> None:
    assert connect("A:b").account == connect("A:c").account
    assert connect("A:b").account != connect("B:b").account
    assert connect(None).account != connect(None, AWS_PROFILE="other").account


@pytest.mark.parametrize("key", ["AKID", "AKID:", ":secret", "a:b:c:d"])
def test_a_key_without_its_parts_is_refused_unshown(key: str) -> None:
    with pytest.raises(ConfigurationError, match="its id and its secret") as caught:
        connect(key)
    assert key not in str(caught.value)


def test_an_unknown_operation_and_a_missing_region_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="detect-document-text, analyze-document"):
        Textract.connect(model="analyse", api_key=KEY, api_base=None, headers={}, environ=REGION)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="AWS_REGION"):
        Textract.connect(api_key=KEY, api_base=None, headers={}, environ={})


def test_a_profile_gives_its_region_and_its_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = tmp_path / "credentials"
    keys.write_text("[work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = planted\n")
    settings = tmp_path / "config"
    settings.write_text("[profile work]\nregion = ap-south-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    provider = Textract.connect(api_key=None, api_base=None, headers={}, environ={"AWS_PROFILE": "work"})
    assert provider.base_url == "https://textract.ap-south-1.amazonaws.com"
    request = OCRRequest(model="analyze-document", document=Bytes(data=picture(), mime="image/png"))
    blank = answer({"DocumentMetadata": {"Pages": 1}, "Blocks": []})
    for name in ("AKIDWORK", "AKIDNEXT"):  # a file that changes is read anew
        keys.write_text(f"[work]\naws_access_key_id = {name}\naws_secret_access_key = planted\n")
        (sent,), _ = play(provider.exchange(request), blank)
        assert sent.sign is not None
        signature = sent.sign("POST", sent.url, sent.headers, "0" * 64)["Authorization"]
        assert f"Credential={name}/" in signature
        assert "/ap-south-1/textract/" in signature


@pytest.mark.anyio
async def test_the_role_of_a_container_signs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    role = {
        "AccessKeyId": "AKIDROLE",
        "SecretAccessKey": "planted",
        "Token": "of-the-role",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.method == "GET":
            await exchange.json(role)
            return
        assert exchange.received.headers["x-amz-security-token"] == "of-the-role"
        assert "Credential=AKIDROLE/" in exchange.received.headers["authorization"]
        await exchange.json({"DocumentMetadata": {"Pages": 1}, "Blocks": line("a", "Signed by a role", 0.5)})

    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    async with upstream(default=serve) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.url}/role")
        monkeypatch.setenv("AWS_ENDPOINT_URL_TEXTRACT", server.url)
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        two = [await aocr(picture(), model="aws_textract/detect-document-text") for _ in range(2)]
        assert [request.method for request in server.requests] == ["GET", "POST", "POST"]
    assert [response.markdown for response in two] == ["Signed by a role"] * 2


def test_every_option_it_claims_is_a_field_of_the_request() -> None:
    assert Textract.facts.options <= {one.name for one in attrs.fields(OCRRequest)}
