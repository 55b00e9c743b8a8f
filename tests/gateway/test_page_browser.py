"""The web page in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from tests import faults
from tests.browser import Browser, chromium, findings, shown, wait
from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Running, configured, mistral_at, running
from tests.upstream import Upstream


MASTER = "sk-the-master"
PDF = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])
LOCAL = {"model_name": "near", "litellm_params": {"model": "local/auto"}}
SCAN = Path(__file__).parents[2] / "samples" / "scan.pdf"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the browser puts what is saved."""
    return tmp_path_factory.mktemp("browser") / "saved"


@pytest.fixture(scope="module")
def browser(saved: Path) -> Iterator[Browser]:
    with chromium(saved.parent) as browser:
        yield browser


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a gateway without keys for all tests, so that its engine starts once."""
    data = tmp_path_factory.mktemp("gateway")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(running(data)) as gateway:
        yield gateway


@pytest.fixture
def page(gateway: Running, browser: Browser) -> Iterator[Browser]:
    """Give the page of that gateway."""
    with opened(browser, gateway):
        yield browser


@contextmanager
def keyed(folder: Path, more: int = 0) -> Iterator[tuple[Running, str]]:
    """Run a gateway with a master key, a key, and *more* that nobody uses."""
    terms = {"alias": "team", "budget_pages": 1000, "budget_period": "month", "rpm": 60}
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(running(folder / "data", master_key=MASTER)) as gateway,
    ):
        made = [
            portal.call(partial(gateway.post, "/v1/keys", each, Authorization=f"Bearer {MASTER}"))[1]["key"]
            for each in (terms, *({"alias": f"team-{number}"} for number in range(more)))
        ]
        yield gateway, made[0]


@contextmanager
def opened(browser: Browser, gateway: Running, *, width: int = 1400, dark: bool = False) -> Iterator[None]:
    """Open the page of *gateway*, and leave it at the end of the block."""
    browser.get_log("browser")
    shown(browser, width=width, dark=dark)
    browser.get(gateway.url)
    yield
    browser.get("about:blank")


def complaints(browser: Browser) -> list[Any]:
    return [entry for entry in browser.get_log("browser") if entry["source"] != "network"]


def press(browser: Browser, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*keys).perform()


def choose(browser: Browser, *files: Path) -> None:
    """Choose *files* once models are there to read them."""
    wait(browser, "document.querySelector('#model option')")
    browser.find_element("id", "file").send_keys("\n".join(map(str, files)))


def read(browser: Browser, *files: Path) -> None:
    """Have *files* read."""
    choose(browser, *files)
    wait(browser, READ)


def drop(browser: Browser, data: bytes, name: str) -> None:
    browser.execute_script(
        "const data = new DataTransfer();"
        "data.items.add(new File([Uint8Array.from(arguments[0])], arguments[1], {type: 'application/pdf'}));"
        "for (const type of ['dragover', 'drop'])"
        "  document.body.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}))",
        list(data),
        name,
    )


def until(holds: Callable[[], bool], within: float = 20.0) -> bool:
    """Return whether *holds* comes to hold."""
    end = time.monotonic() + within
    while not (found := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def file(path: Path) -> bytes:
    """Return what the browser saves at *path*."""
    assert until(path.exists), path
    return path.read_bytes()


def save(browser: Browser, form: str) -> None:
    """Have what is shown saved in *form*."""
    browser.find_element("css selector", f"#form option[value={form}]").click()
    browser.find_element("id", "save").click()


READ = "!document.getElementById('copy').disabled"
PROBLEM = "document.getElementById('problem').textContent"


def test_a_chosen_document_is_shown_with_boxes_that_light_up(page: Browser, saved: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    assert findings(page) == []
    read(page, SCAN)
    assert "1 page in" in page.find_element("id", "status").text
    assert page.find_element("css selector", ".text h1").text == "Harbour Report"
    table = page.find_element("css selector", "a.box[data-kind=table]")
    ActionChains(page).move_to_element(table).perform()
    assert wait(page, "document.querySelector('.text .lit')?.tagName") == "TABLE"
    heading = page.find_element("css selector", ".text h1")
    ActionChains(page).move_to_element(heading).perform()
    assert wait(page, "document.querySelector('.box.lit')?.dataset.kind") == "title"
    # the picture is there, and the boxes lie on it
    assert page.execute_script("const i = new Image(); i.src = document.querySelector('svg image').href.baseVal;"
                               "return i.decode().then(() => i.naturalWidth)") == 1000  # fmt: skip
    save(page, "json")
    save(page, "md")
    assert file(saved / "scan.md").startswith(b"# Harbour Report")
    assert json.loads(file(saved / "scan.json"))["pages"][0]["index"] == 0
    assert complaints(page) == []
    assert findings(page) == []


def test_all_of_it_works_by_keyboard(page: Browser, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    wait(page, "document.querySelector('#model option')")
    reached = []
    for _ in range(5):
        press(page, Keys.TAB)
        reached.append(page.execute_script("return document.activeElement.id || document.activeElement.tagName"))
    assert reached == ["A", "file", "model", "pages-wanted", "languages"]
    (tmp_path / "a.pdf").write_bytes(PDF)
    read(page, tmp_path / "a.pdf")
    page.execute_script("document.getElementById('search').focus()")
    press(page, Keys.TAB)
    assert wait(page, "document.activeElement.id") == "page-1-box-0"
    assert wait(page, "document.querySelector('.text .lit')?.tagName") == "P"
    press(page, Keys.ENTER)
    assert wait(page, "document.activeElement.tagName") == "P"
    press(page, Keys.ENTER)
    assert wait(page, "document.activeElement.id") == "page-1-box-0"


def test_a_key_is_asked_for_and_kept_in_the_tab(browser: Browser, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    (tmp_path / "a.pdf").write_bytes(PDF)
    with keyed(tmp_path) as (gateway, key), opened(browser, gateway):
        wait(browser, "document.activeElement.id === 'key'")
        assert not browser.find_element("id", "problem").is_displayed()
        press(browser, "sk-wrong", Keys.TAB)
        wait(browser, f"{PROBLEM}.startsWith('The gateway does not know this key.')")
        browser.find_element("id", "key").clear()
        browser.find_element("id", "key").send_keys(key, Keys.TAB)
        wait(browser, "document.querySelector('#model option')")
        assert not browser.find_element("id", "problem").is_displayed()
        browser.refresh()
        wait(browser, "document.querySelector('#model option')")
        assert browser.execute_script("return [localStorage.length, document.cookie]") == [0, ""]
        read(browser, tmp_path / "a.pdf")
        browser.find_element("id", "key").clear()
        browser.find_element("id", "key").send_keys(MASTER, Keys.TAB)
        wait(browser, "!Object.values(sessionStorage).join('')")


def test_keys_and_spend_are_shown_for_the_master_key_which_is_kept_nowhere(browser: Browser, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    (tmp_path / "a.pdf").write_bytes(PDF)
    with keyed(tmp_path, more=100) as (gateway, key), opened(browser, gateway):
        wait(browser, "document.activeElement.id === 'key'")
        press(browser, key, Keys.TAB)
        read(browser, tmp_path / "a.pdf")
        browser.find_element("id", "keys").click()
        wait(browser, "document.getElementById('master')")
        browser.find_element("id", "master").send_keys(key, Keys.ENTER)
        wait(browser, f"{PROBLEM}.startsWith('This needs the master key.')")
        browser.find_element("id", "master").send_keys(MASTER, Keys.ENTER)
        cells = wait(browser, "[...document.querySelectorAll('#keys tr > *')].map((cell) => cell.textContent.trim())")
        assert cells[0].startswith("team (…")
        assert cells[1:4] == ["2 of 1,000", "0", "a month"]
        assert cells[5] == "60 requests a minute"
        assert browser.find_element("id", "status").text == "1 to 100 of 101, spent: 2 pages, 0 USD"
        assert not browser.find_element("id", "problem").is_displayed()
        assert findings(browser) == []
        kept = "return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"
        assert MASTER not in browser.execute_script(kept) + browser.execute_script(
            "return document.documentElement.outerHTML + document.getElementById('master').value"
        )
        browser.find_element("id", "next").click()
        assert wait(browser, "document.querySelectorAll('#keys tr').length === 1")
        assert browser.find_element("id", "status").text == "101 to 101 of 101, spent: 0 pages, 0 USD"
        assert not browser.find_element("id", "next").is_displayed()
        browser.refresh()
        assert wait(browser, "document.getElementById('result').hidden")
        assert complaints(browser) == []


def test_failures_are_told_in_words(page: Browser, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"PK\x03\x04 no document")
    choose(page, tmp_path / "a.bin")
    assert wait(page, PROBLEM).startswith("This did not work: a.bin is of no type")
    page.execute_script(
        "const data = new DataTransfer(); data.setData('text/plain', 'https://example.com/a.pdf');"
        "dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}))"
    )
    wait(page, f"{PROBLEM}.includes('cannot fetch this link')")
    assert not page.find_element("id", "link").is_displayed()


def test_a_link_is_asked_for_where_it_can_be_read(browser: Browser, server: Upstream, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    with start_blocking_portal() as run:
        config = run.call(partial(configured, tmp_path, mistral_at(server, "far"), LOCAL))
        with run.wrap_async_context_manager(running(tmp_path / "data", config)) as gateway, opened(browser, gateway):
            wait(browser, "!document.getElementById('link-field').hidden")
            browser.find_element("id", "link").send_keys("https://example.com/a.pdf", Keys.ENTER)
            wait(browser, READ)
            assert wait(browser, "document.querySelectorAll('.page').length") == 3
            browser.find_element("css selector", "#model option[value=near]").click()
            assert not browser.find_element("id", "link").is_displayed()


def test_a_dropped_document_is_read(page: Browser) -> None:
    wait(page, "document.querySelector('#model option')")
    drop(page, PDF, "two.pdf")
    wait(page, READ)
    assert wait(page, "[...document.querySelectorAll('.page')].map((page) => page.id).join()") == "page-1,page-2"
    assert complaints(page) == []


def test_it_fits_narrow_screens_and_both_schemes(page: Browser, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    read(page, tmp_path / "a.pdf")
    style = "getComputedStyle(document.querySelector('.page'))"
    for width, columns, dark, paper in ((1400, 2, False, "rgb(255, 255, 255)"), (400, 1, True, "rgb(28, 31, 36)")):
        shown(page, width=width, dark=dark)
        assert wait(page, f"{style}.gridTemplateColumns.split(' ').length === {columns}")
        assert wait(page, f"{style}.backgroundColor === '{paper}'")
        assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert findings(page) == []


def test_numbers_stay_whole_in_a_narrow_table_that_scrolls_by_keyboard(
    browser: Browser, gateway: Running, tmp_path: Path
) -> None:
    columns = [f"€ {100 + number}399,00" for number in range(9)]
    (tmp_path / "a.md").write_text(f"# Tides\n\n#### Of the day\n\n| | {'|'.join('ABCDEFGHI')} |\n|{'---|' * 10}\n"
                                   f"| high | {' | '.join(columns)} |\n")  # fmt: skip
    with opened(browser, gateway, width=400):
        read(browser, tmp_path / "a.md")
        heights = browser.execute_script(
            "return [...document.querySelectorAll('.text td')].slice(-9).map((cell) => {"
            "  const text = document.createRange();"
            "  text.setStart(cell.firstChild, 2); text.setEnd(cell.firstChild, cell.textContent.length);"
            "  return text.getClientRects().length; })"
        )
        assert heights == [1] * 9
        assert browser.execute_script("const table = document.querySelector('table');"
                                      "return table.scrollWidth > table.clientWidth")  # fmt: skip
        assert findings(browser) == []


def states(browser: Browser) -> list[str]:
    """Return the states of the documents in the list."""
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#queue li')].map((item) => item.dataset.state)"
    )
    return found


def test_several_documents_are_read_each_with_its_own_state(page: Browser, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf", "d.pdf"):
        (tmp_path / name).write_bytes(PDF)
    (tmp_path / "c.bin").write_bytes(b"PK\x03\x04 no document")
    wait(page, "document.querySelector('#model option')")
    page.find_element("id", "pages-wanted").send_keys("2-9")
    choose(page, tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.bin", tmp_path / "d.pdf")
    wait(page, "[...document.querySelectorAll('#queue li')].every((item) => /done|failed/.test(item.dataset.state))")
    assert states(page) == ["done", "done", "failed", "done"]
    assert page.execute_script("return document.querySelector('.page').id") == "page-2"
    assert "1 page in" in page.find_element("css selector", "#queue li:last-child .state").text
    assert not page.find_element("id", "problem").is_displayed()
    names = page.find_elements("css selector", "#queue .name")
    names[2].click()
    assert wait(page, PROBLEM).startswith("This did not work: c.bin is of no type")
    assert page.find_elements("css selector", ".page") == []
    assert findings(page) == []
    page.find_element("css selector", "#queue li:nth-child(3) .end").click()
    assert states(page) == ["done", "done", "done"]
    assert page.find_element("css selector", "[aria-current=true]").text == "d.pdf"
    assert not page.find_element("id", "problem").is_displayed()
    field = page.find_element("id", "pages-wanted")
    field.clear()
    field.send_keys("3-1")
    choose(page, tmp_path / "a.pdf")
    assert wait(page, PROBLEM).startswith("Pages are numbers from 1")
    assert complaints(page) == []


def test_while_it_waits_the_pages_are_there_as_pictures(browser: Browser, server: Upstream, tmp_path: Path) -> None:
    server.default = faults.silence()
    (tmp_path / "a.pdf").write_bytes(PDF)
    with start_blocking_portal() as run:
        config = run.call(partial(configured, tmp_path, mistral_at(server, "far")))
        with run.wrap_async_context_manager(running(tmp_path / "data", config)) as gateway, opened(browser, gateway):
            choose(browser, tmp_path / "a.pdf")
            wait(browser, "document.querySelectorAll('.page .sheet > img').length === 2")
            assert browser.find_element("id", "count").text == "0 of 2"
            assert wait(browser, "/^0:0[1-9]$/.test(document.getElementById('clock').textContent)")
            assert browser.find_element("css selector", ".page .unread").text == "Not read yet"
            assert findings(browser) == []
            drop(browser, PDF, "b.pdf")
            drop(browser, PDF, "c.pdf")
            wait(browser, "document.querySelectorAll('#queue li').length === 3")
            assert states(browser) == ["reading", "reading", "waiting"]
            for item in browser.find_elements("css selector", "#queue .end")[::-1]:
                item.click()
            wait(browser, "!document.querySelector('#queue li:not([data-state=stopped])')")
            assert until(server.left_early.is_set)
            assert browser.find_element("id", "status").text == "Stopped."


def test_pages_and_text_are_found(page: Browser, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    (tmp_path / "a.pdf").write_bytes(PDF)
    read(page, tmp_path / "a.pdf")
    assert page.find_element("id", "goto").get_attribute("placeholder") == "to 2"
    page.find_element("id", "goto").send_keys("2", Keys.ENTER)
    assert wait(page, "document.activeElement.textContent") == "Page 2"
    page.find_element("id", "goto").send_keys("2", Keys.ENTER)
    assert wait(page, "document.getElementById('of').textContent") == "is not there"
    search = page.find_element("id", "search")
    word = "the"
    count = page.execute_script(
        "return [...document.querySelectorAll('.text')].map((one) => one.textContent).join().match(/the/gi).length"
    )
    search.send_keys("THÉ")
    assert wait(page, "document.getElementById('hits').textContent") == f"{count} hits"
    assert page.execute_script("return CSS.highlights.get('hit').size") == count
    marked = "[...CSS.highlights.get('{}')].map((range) => range.toString().toLowerCase())"
    assert set(page.execute_script(f"return {marked.format('hit')}")) == {word}
    search.send_keys(Keys.ENTER)
    assert wait(page, "document.getElementById('hits').textContent") == f"1 of {count}, page 1"
    search.send_keys(Keys.SHIFT, Keys.ENTER)
    assert wait(page, "document.getElementById('hits').textContent") == f"{count} of {count}, page 2"
    assert page.execute_script(f"return {marked.format('present-hit')}") == [word]
    search.clear()
    search.send_keys("no such words")
    assert wait(page, "document.getElementById('hits').textContent === 'not found'")
    assert findings(page) == []


def test_files_of_what_was_read_are_made_and_saved(page: Browser, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(PDF)
    read(page, tmp_path / "made.pdf")
    for form, name, begin in (
        ("pdf", "made.pdf", b"%PDF-"),
        ("hocr", "made.hocr", b"<?xml"),
        ("text", "made.txt", b""),
    ):
        save(page, form)
        assert file(saved / name).startswith(begin)
    assert PARAGRAPHS[0][:20].encode() in file(saved / "made.txt")
    save(page, "csv")
    assert wait(page, PROBLEM).startswith("There is no table in this document.")
    assert complaints(page) == []
