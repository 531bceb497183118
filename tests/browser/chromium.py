"""Chromium for tests of pages; a plugin of pytest that imports Selenium when used.

Without Selenium, Chromium or its driver the tests are skipped, and say so.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
HAS_SELENIUM = find_spec("selenium") is not None

SECONDS = 60
"""Maximum time for which a test waits for anything."""

NEEDS_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_SELENIUM, reason="selenium is not installed"),
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="there is no browser"),
    # Selenium closes its connections to the driver late.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""Marks of a module whose tests use ``browser``."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window, which keeps its console and its requests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for word in ("headless=new", "no-sandbox", "disable-dev-shm-usage"):
        options.add_argument(f"--{word}")
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    browser = webdriver.Chrome(options, Service(DRIVER))
    browser.set_page_load_timeout(SECONDS)
    browser.set_script_timeout(SECONDS)
    yield browser
    browser.quit()


def until(page: Any, condition: Any) -> None:
    """Wait for a condition."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(page, SECONDS, poll_frequency=0.1).until(lambda _: condition())


def prefer(page: Any, scheme: str) -> None:
    """Let the page be ``light`` or ``dark``."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def luminance(element: Any, kind: str) -> float:
    """Luminance of a colour of an element, as WCAG 2 defines it."""
    from selenium.webdriver.support.color import Color

    value = Color.from_string(element.value_of_css_property(kind)).hex
    parts = [int(value[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
