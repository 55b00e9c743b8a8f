"""The provider for users' own tests: it answers what they say, and everything around it is real."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ocr_async import OCR, aocr, aocr_pages, ocr
from ocr_async.errors import ConfigurationError, DocumentError, OCRError, PagesMissing, RateLimited
from ocr_async.models import OCRPage, OCRResponse, OCRTable
from ocr_async.testing import FakeProvider, use
from tests.plugins import plugin


pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7"


async def test_every_form_of_an_answer_becomes_a_response() -> None:
    page = OCRPage(index=0, markdown="x", tables=(OCRTable(id="t", content="|a|", format="markdown"),))
    whole = OCRResponse(pages=(page,), model="mine")
    with use(FakeProvider("a\fb", [page], whole, whole.to_dict(), lambda request: request.model)) as fake:
        assert [each.markdown for each in (await aocr(PDF)).pages] == ["a", "b"]
        assert (await aocr(PDF)).pages == (page,)
        assert (await aocr(PDF)).model == "mine"
        assert (await aocr(PDF)).pages == (page,)
        assert (await aocr(PDF, model="mistral/large")).markdown == "large"
        assert (await aocr(PDF, model="opper/other")).markdown == "other"
    assert len(fake.requests) == 6


async def test_pages_are_those_asked_for_and_one_that_the_answer_lacks_is_missed() -> None:
    with use(FakeProvider("a\fb\fc")) as fake:
        response = await aocr(PDF, model="mistral/m", pages=[0, 2])
        assert [each.markdown for each in response.pages] == ["a", "c"]
        assert response.usage_info.pages_processed == 2
        assert response.provider == "mistral"
        with pytest.raises(PagesMissing):
            await aocr(PDF, model="mistral/m", pages=[7])
    assert fake.requests[0].pages == (0, 2)


def test_errors_are_raised_and_the_last_answer_stays() -> None:
    with use(FakeProvider("first", RateLimited("too many"))):
        assert ocr(PDF).markdown == "first"
        for _ in range(2):
            with pytest.raises(RateLimited, match="too many"):
                ocr(PDF)


def test_answers_may_be_an_iterable_and_none_is_a_blank_page() -> None:
    with use(FakeProvider(answers=(f"page {number}" for number in range(2)))):
        assert [ocr(PDF).markdown for _ in range(3)] == ["page 0", "page 1", "page 1"]
    with use(FakeProvider()):
        assert ocr(PDF).markdown == ""


def test_what_is_wrong_with_the_call_is_refused_as_ever(tmp_path: Path) -> None:
    with use(FakeProvider("x")) as fake:
        with pytest.raises(DocumentError):
            ocr(tmp_path / "none.pdf")
        with pytest.raises(ConfigurationError):
            ocr(PDF, image_limit="many")  # type: ignore[arg-type]
    assert fake.requests == []


def test_it_answers_on_all_threads_and_nobody_afterwards() -> None:
    found: list[str] = []
    with use(FakeProvider("x"), "mistral"):
        threads = [
            threading.Thread(target=lambda: found.append(ocr(PDF, model="mistral/m").markdown)) for _ in range(4)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        with pytest.raises(OCRError):
            ocr(PDF, model="opper/m", api_key="k", api_base="http://127.0.0.1:9", retries=0)
    assert found == ["x"] * 4
    with pytest.raises(ConfigurationError):
        ocr(PDF, model="unheard-of/m")


def test_the_inner_one_of_two_answers() -> None:
    with use(FakeProvider("outer")):
        with use(FakeProvider("inner"), "mistral"):
            assert ocr(PDF, model="mistral/m").markdown == "inner"
            assert ocr(PDF, model="opper/m").markdown == "outer"
        assert ocr(PDF, model="mistral/m").markdown == "outer"


async def test_it_stands_in_for_a_plugin_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with plugin("theirs", "tests.unheard_of:Provider", tmp_path, monkeypatch), use(FakeProvider("x")):
        assert (await aocr(PDF, model="theirs/m")).markdown == "x"


async def test_streams_and_batches_ask_it_like_any_provider() -> None:
    with use(FakeProvider("a\fb\fc")) as fake:
        async with aocr_pages(PDF, model="mistral/m") as pages:
            assert [page.index async for page in pages] == [0, 1, 2]
        client = OCR(model="mistral/m", pages="0-2", pages_per_request=1)
        assert [page.markdown for page in (await client.aocr(PDF)).pages] == ["a", "b", "c"]
    assert [each.pages for each in fake.requests[1:]] == [(0,), (1,), (2,)]


def test_pytest_finds_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(
        "from ocr_async import ocr\n"
        "def test_one(fake_ocr):\n"
        "    fake = fake_ocr('# Invoice')\n"
        "    assert ocr(b'%PDF-1.7', model='mistral/m').markdown == '# Invoice'\n"
        "    assert len(fake.requests) == 1\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
