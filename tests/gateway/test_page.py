"""The web page, by hand and in a real browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from ocr_async.gateway.config.config import Config
from tests.browser import Browser, chromium
from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.offices import docx, paragraph
from tests.upstream import Upstream


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])
SCAN = Path(__file__).parents[2] / "samples" / "scan.pdf"


def asking(document: bytes, model: str) -> dict[str, Any]:
    """Return the request of Mistral's route for *document*."""
    uri = f"data:{DOCX};base64,{base64.b64encode(document).decode()}"
    return {"model": model, "document": {"type": "document_url", "document_url": uri}}


async def read(
    gateway: Running, body: bytes, model: str = "local", name: str = "a.pdf", **headers: str
) -> tuple[int, list[Any]]:
    address = f"{gateway.url}/page/read?model={model}&name={name}"
    async with gateway.client.post(address, data=body, headers=headers) as answer:
        return answer.status, [json.loads(line) async for line in answer.content]


@pytest.mark.anyio
async def test_the_page_and_its_parts_need_no_key_and_may_load_nothing_else(start: Start) -> None:
    async with start(master_key="sk-secret") as gateway:
        for path in ("/", "/page/page.css", "/page/page.js", "/page/view.css", "/page/view.js"):
            async with gateway.client.get(gateway.url + path, headers={"Authorization": ""}) as answer:
                assert answer.status == 200
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
                assert "http" not in (await answer.text()).replace("https?:", "").replace("http:// or https://", "")
        status, (said,) = await read(gateway, PDF, Authorization="Bearer wrong")
        assert (status, said["code"]) == (401, "invalid_api_key")


@pytest.mark.anyio
async def test_pages_come_as_html_with_their_pictures(start: Start) -> None:
    async with start() as gateway:
        status, (first, second, done) = await read(gateway, PDF)
    assert status == 200
    assert [(line["event"], line["index"]) for line in (first, second)] == [("page", 0), ("page", 1)]
    assert '<image href="data:image/jpeg;base64,/9j/' in first["html"]
    assert "<p id=" in second["html"]
    assert done["event"] == "done"
    assert PARAGRAPHS[0] in done["markdown"]
    assert [page["index"] for page in done["response"]["pages"]] == [0, 1]


@pytest.mark.anyio
async def test_what_goes_wrong_is_said_in_words_of_the_page(start: Start) -> None:
    report = docx(paragraph("no picture"))
    async with start() as gateway:
        _, (unknown,) = await read(gateway, b"\xd0\xcf\x11\xe0 nothing that is known", model="local", name="Thumbs.db")
        _, (wrong,) = await read(gateway, report, model="local/ocr", name="a.docx")
        async with gateway.client.post(f"{gateway.url}/v1/ocr", json=asking(report, "local/ocr")) as answer:
            on_the_wire = (await answer.json())["message"]
    assert unknown["message"] == "Thumbs.db is of no type that its bytes or its name would tell"
    what = "of this document is no picture to recognise; the model local reads what it says"
    assert wrong["message"] == f"page 1 {what}"
    assert on_the_wire == f"page 0 (from 0) {what}"


@pytest.mark.anyio
async def test_a_link_goes_to_a_provider_that_takes_it(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream, "local"))) as gateway:
        link = {"Content-Type": "text/uri-list"}
        _, lines = await read(gateway, b"https://example.com/a.pdf", **link)
        assert [line["event"] for line in lines] == ["page", "page", "page", "done"]
        assert "<svg" not in lines[0]["html"]
        status, (said,) = await read(gateway, b"file:///etc/passwd", **link)
    assert (status, said["code"]) == (400, "invalid_request")


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/page/read?model=local", "/v1/ocr", "/v1/files"])
async def test_without_a_key_a_foreign_page_can_send_nothing(start: Start, path: str) -> None:
    async with start() as gateway:
        for origin in ("https://example.com", "http://localhost:1", "null", f"http://x{gateway.url[7:]}"):
            status, said = await gateway.post(path, {}, Origin=origin)
            assert (status, said["code"]) == (403, "foreign_page"), origin
        status, _ = await read(gateway, PDF, Origin=gateway.url)
        assert status == 200


@pytest.mark.anyio
async def test_what_cannot_be_read_is_a_status(start: Start) -> None:
    async with start() as gateway:
        status, (said,) = await read(gateway, b"PK\x03\x04 no document")
    assert (status, said["code"]) == (422, "invalid_document")


# --- in a browser -----------------------------------------------------------------------------------------------

Open = Callable[..., AbstractContextManager[Browser]]


@pytest.fixture
def opened(start: Start, tmp_path: Path) -> Open:
    """Return what opens the page of a gateway of some configuration."""

    @contextmanager
    def run(width: int = 1400, dark: bool = False, config: Config | None = None, **changes: Any) -> Iterator[Browser]:
        with (
            chromium(tmp_path / "profile", width=width, dark=dark) as browser,
            start_blocking_portal() as portal,
            portal.wrap_async_context_manager(start(config, **changes)) as gateway,
        ):
            browser.get(gateway.url)
            yield browser

    return run


def wait(browser: Browser, script: str) -> Any:
    """Return the value of *script* once it is true."""
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, 60, poll_frequency=0.05).until(lambda _: browser.execute_script(f"return {script}"))


def complaints(browser: Browser) -> list[Any]:
    return [entry for entry in browser.get_log("browser") if entry["source"] != "network"]


def press(browser: Browser, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


READ = "!document.getElementById('copy').disabled"


def test_a_chosen_document_is_shown_with_boxes_that_light_up(opened: Open, tmp_path: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By

    with opened() as browser:
        wait(browser, "document.querySelector('#model option')?.value === 'local'")
        browser.find_element(By.ID, "file").send_keys(str(SCAN))
        wait(browser, READ)
        assert "1 page in" in browser.find_element(By.ID, "status").text
        assert browser.find_element(By.CSS_SELECTOR, ".text h1").text == "Harbour Report"
        table = browser.find_element(By.CSS_SELECTOR, "a.box[data-kind=table]")
        ActionChains(browser).move_to_element(table).perform()
        assert wait(browser, "document.querySelector('.text .lit')?.tagName") == "TABLE"
        heading = browser.find_element(By.CSS_SELECTOR, ".text h1")
        ActionChains(browser).move_to_element(heading).perform()
        assert wait(browser, "document.querySelector('.box.lit')?.dataset.kind") == "title"
        # the picture is there, and the boxes lie on it
        assert browser.execute_script("const i = new Image(); i.src = document.querySelector('svg image').href.baseVal;"
                                      "return i.decode().then(() => i.naturalWidth)") == 1000  # fmt: skip
        browser.find_element(By.ID, "save-json").click()
        browser.find_element(By.ID, "save-markdown").click()
        saved = tmp_path / "profile" / "saved"
        wait(browser, "true")
        for _ in range(100):
            if (saved / "scan.md").exists() and (saved / "scan.json").exists():
                break
            browser.execute_async_script("setTimeout(arguments[0], 50)")
        assert (saved / "scan.md").read_text().startswith("# Harbour Report")
        assert json.loads((saved / "scan.json").read_text())["pages"][0]["index"] == 0
        assert complaints(browser) == []


def test_all_of_it_works_by_keyboard(opened: Open) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    with opened() as browser:
        wait(browser, "document.querySelector('#model option')")
        reached = []
        for _ in range(3):
            press(browser, Keys.TAB)
            reached.append(browser.execute_script("return document.activeElement.id || document.activeElement.tagName"))
        assert reached == ["A", "file", "model"]
        browser.find_element(By.ID, "file").send_keys(str(SCAN))
        wait(browser, READ)
        browser.execute_script("document.getElementById('save-json').focus()")
        press(browser, Keys.TAB)
        assert wait(browser, "document.activeElement.id") == "page-1-box-0"
        assert wait(browser, "document.querySelector('.text .lit')?.tagName") == "H1"
        press(browser, Keys.ENTER)
        assert wait(browser, "document.activeElement.tagName") == "H1"
        press(browser, Keys.ENTER)
        assert wait(browser, "document.activeElement.id") == "page-1-box-0"


def test_a_key_is_asked_for_and_kept_in_the_tab(opened: Open) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    with opened(master_key="sk-the-master") as browser:
        wait(browser, "document.activeElement.id === 'key'")
        assert not browser.find_element(By.ID, "problem").is_displayed()
        press(browser, "sk-wrong", Keys.TAB)
        wait(
            browser, "document.getElementById('problem').textContent.startsWith('The gateway does not know this key.')"
        )
        browser.find_element(By.ID, "key").clear()
        browser.find_element(By.ID, "key").send_keys("sk-the-master", Keys.TAB)
        wait(browser, "document.querySelector('#model option')")
        assert not browser.find_element(By.ID, "problem").is_displayed()
        browser.refresh()
        wait(browser, "document.querySelector('#model option')")
        assert browser.execute_script("return [localStorage.length, document.cookie]") == [0, ""]
        browser.find_element(By.ID, "file").send_keys(str(SCAN))
        wait(browser, READ)


def test_failures_are_told_in_words(opened: Open, tmp_path: Path) -> None:
    from selenium.webdriver.common.by import By

    (tmp_path / "a.bin").write_bytes(b"PK\x03\x04 no document")
    with opened() as browser:
        wait(browser, "document.querySelector('#model option')")
        browser.find_element(By.ID, "file").send_keys(str(tmp_path / "a.bin"))
        problem = wait(browser, "document.getElementById('problem').textContent")
        assert problem.startswith("This did not work: a.bin is of no type")
        browser.execute_script(
            "const data = new DataTransfer(); data.setData('text/plain', 'https://example.com/a.pdf');"
            "dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}))"
        )
        wait(browser, "document.getElementById('problem').textContent.includes('cannot fetch this link')")


def test_a_dropped_document_is_read(opened: Open) -> None:
    with opened() as browser:
        wait(browser, "document.querySelector('#model option')")
        browser.execute_script(
            "const data = new DataTransfer();"
            "data.items.add(new File([Uint8Array.from(arguments[0])], 'two.pdf', {type: 'application/pdf'}));"
            "for (const type of ['dragover', 'drop'])"
            "  document.body.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}))",
            list(PDF),
        )
        wait(browser, READ)
        assert wait(browser, "[...document.querySelectorAll('.page')].map((page) => page.id).join()") == "page-1,page-2"
        assert complaints(browser) == []


@pytest.mark.parametrize(("width", "columns"), [(1400, 2), (400, 1)])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_narrow_screens_and_both_schemes(opened: Open, width: int, columns: int, dark: bool) -> None:
    from selenium.webdriver.common.by import By

    with opened(width=width, dark=dark) as browser:
        wait(browser, "document.querySelector('#model option')")
        browser.find_element(By.ID, "file").send_keys(str(SCAN))
        wait(browser, READ)
        style = "getComputedStyle(document.querySelector('.page'))"
        assert len(wait(browser, f"{style}.gridTemplateColumns").split()) == columns
        assert wait(browser, f"{style}.backgroundColor") == ("rgb(28, 31, 36)" if dark else "rgb(255, 255, 255)")
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
