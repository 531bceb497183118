"""The page of a running search, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from chromium import NEEDS_BROWSER, until

from bench.store import early_end_file

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

pytestmark = NEEDS_BROWSER


@pytest.fixture
def page(browser: Any, address: str) -> Any:
    browser.get_log("browser")
    browser.get(address)
    yield browser
    browser.get("about:blank")  # ends the stream of events


def content(page: Any) -> str:
    """Text of the page; read at once, since elements are replaced."""
    return str(
        page.execute_script("return document.getElementById('content').innerText")
    )


def test_page_changes_by_itself(page: Any, study: Any) -> None:
    assert "1 of 5" in content(page)
    dots = len(page.find_elements("css selector", ".dot"))
    study.trial(1, 0.75)
    until(page, lambda: "2 of 5" in content(page))
    assert "0.7500 (trial 1)" in content(page)
    assert len(page.find_elements("css selector", ".dot")) == dots + 1
    assert page.get_log("browser") == []


def test_opened_table_stays_open_while_trials_end(page: Any, study: Any) -> None:
    summary = page.find_element("css selector", "details summary")
    summary.click()
    study.trial(1, 0.75)
    until(page, lambda: "2 of 5" in content(page))
    script = """
        const opened = [...document.querySelectorAll("details[open] > summary")];
        return [...opened, document.activeElement].map((each) => each.textContent);
    """
    name = "All 2 trials, the best first"
    until(page, lambda: page.execute_script(script) == [name, name])


def test_button_asks_first_and_then_ends_the_search(page: Any, study: Any) -> None:
    file = early_end_file(study.folder, study.id)
    page.find_element("id", "end").click()
    page.switch_to.alert.dismiss()
    assert not file.exists()
    page.find_element("id", "end").click()
    page.switch_to.alert.accept()
    until(page, lambda: "was asked for" in content(page))
    assert file.exists()
    assert page.get_log("browser") == []


def test_button_stays_in_its_place_while_trials_end(page: Any, study: Any) -> None:
    button = page.find_element("id", "end")
    study.trial(1, 0.75)
    until(page, lambda: "2 of 5" in content(page))
    assert button == page.find_element("id", "end")


@pytest.mark.parametrize("width", [320, 2560])
def test_page_never_scrolls_sideways(page: Any, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    script = "return document.documentElement.scrollWidth"
    assert page.execute_script(script) <= width
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_axe_finds_no_violation(page: Any) -> None:
    axe = pytest.importorskip("axe_core_python.selenium")
    found = axe.Axe().run(page)["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
