"""A real browser for the tests: the machine's Chromium, without a screen, with an empty profile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

import pytest


__all__ = ["Browser", "chromium", "findings", "shown", "wait"]

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
Browser = Any  # selenium's driver


@contextmanager
def chromium(profile: Path, *, width: int = 1400, height: int = 1000, dark: bool = False) -> Iterator[Browser]:
    """Run a browser with the empty folder *profile*; skip the test where there is none."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        _skip("no Chromium with its chromedriver is installed")
    try:
        from selenium import webdriver
    except ImportError:
        _skip("selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*_FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(profile / "saved")})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        shown(browser, width=width, height=height, dark=dark)
        yield browser
    finally:
        browser.quit()


def shown(browser: Browser, *, width: int = 1400, height: int = 1000, dark: bool = False) -> None:
    """Have *browser* show what comes on a screen of so many pixels."""
    measures = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", measures)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def wait(browser: Browser, script: str, *arguments: Any) -> Any:
    """Return the value of *script* once it is true."""
    from selenium.webdriver.support.wait import WebDriverWait

    until = WebDriverWait(browser, 60, poll_frequency=0.05).until
    return until(lambda _: browser.execute_script(f"return {script}", *arguments))


def findings(browser: Browser) -> list[Any]:
    """Return what axe-core finds wrong with what *browser* shows: its rule, and where."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text()
    # by the protocol of the debugger: the page's own policy lets no script in
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
    asked = {"expression": _FINDINGS, "awaitPromise": True, "returnByValue": True}
    found: list[Any] = browser.execute_cdp_cmd("Runtime.evaluate", asked)["result"]["value"]
    return found


_FINDINGS = """axe.run(document, {resultTypes: ["violations"]}).then(({violations}) =>
    violations.map(({id, nodes}) => [id, ...nodes.slice(0, 3).map(({html}) => html.slice(0, 200))]))"""


def _skip(reason: str) -> NoReturn:
    pytest.skip(reason)
