"""Pages of studies in a real browser: ranges, slides, widths, keyboard and print."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import NEEDS_BROWSER, prefer

from bench.records import GENERATION, FinalRecord
from bench.report import boards
from bench.report.page.study import study_page
from bench.store import Store

pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def pages(
    make_filler: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Addresses of the pages of a classifier and of a generator."""
    folder = tmp_path_factory.mktemp("pages")
    with Store(folder / "results") as store:
        filler = make_filler(store)
        vgg = filler.study("vgg")
        random = np.random.default_rng(0)
        for number, rate in enumerate(random.uniform(0.2, 1, size=24)):
            values = {"rate": float(rate), "filters": 16 + number % 3, "mode": "a"}
            filler.trial(vgg, number, 0.5 + 0.4 * rate, hyperparameters=values)
        labels = (np.arange(216) % 10).astype(np.int32)
        outputs = {
            "probabilities": np.eye(10)[(labels + (labels == 3)) % 10],
            "labels": labels,
        }
        store.end_final(vgg.id, _final({"test_accuracy": 0.9}), outputs)
        dcgan = filler.study("dcgan", task_type_name=GENERATION)
        images = store.samples(dcgan.task.fingerprint).test_images
        store.end_final(
            dcgan.id,
            _final({"test_fid": 5.0, "test_kid": 0.1}),
            {
                "samples": images,
                "progress": np.stack([images, images, images]),
                "neighbours": images[:8],
                "neighbour_distances": np.ones((2, 8)),
            },
        )
        addresses = {}
        studies = [(board, each) for board in boards(store) for each in board.results]
        for board, results in studies:
            page = study_page(store, board, results)
            path = folder / page.name
            path.write_text(page.html, "utf-8")
            family = "vgg" if page.name.startswith(vgg.id) else "dcgan"
            addresses[family] = path.as_uri()
        yield addresses


@pytest.fixture
def page(browser: Any, pages: dict[str, str]) -> Any:
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    prefer(browser, "light")
    browser.get(pages["vgg"])
    return browser


def _final(metrics: dict[str, float]) -> FinalRecord:
    return FinalRecord(
        seed=0,
        metrics=metrics,
        best_epoch=1,
        epochs=1,
        parameters=10,
        seconds=1.0,
        core_seconds=1.0,
        latency_ms_1=1.0,
        latency_ms_64=0.1,
        ended=0.0,
    )


def faded(page: Any) -> int:
    return len(page.find_elements("css selector", ".parallel .faded"))


def test_range_of_an_axis_fades_the_lines_outside_of_it(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    ends = page.find_elements("css selector", ".parallel input")
    low = next(e for e in ends if e.accessible_name == "rate, lowest")
    assert faded(page) == 0
    low.send_keys(Keys.PAGE_UP * 5)
    assert 0 < faded(page) < 24
    said = page.find_element("css selector", ".brushed output").text
    assert said == f"{24 - faded(page)} of 24 trials are within the ranges."
    assert float(low.get_attribute("aria-valuetext")) > 0.3
    page.find_element("css selector", ".brushed button").click()
    assert faded(page) == 0


def test_ends_of_a_range_do_not_pass_each_other(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    ends = page.find_elements("css selector", ".parallel input")
    low, high = (
        next(e for e in ends if e.accessible_name == f"rate, {which}")
        for which in ("lowest", "highest")
    )
    high.send_keys(Keys.HOME)
    assert high.get_property("valueAsNumber") == low.get_property("valueAsNumber") == 0
    assert faded(page) == 24


def test_slider_shows_one_epoch_at_a_time(page: Any, pages: dict[str, str]) -> None:
    from selenium.webdriver.common.keys import Keys

    page.get(pages["dcgan"])
    slider = page.find_element("css selector", ".slides input")
    rows = page.find_elements("css selector", ".slides figure")
    assert [row.is_displayed() for row in rows] == [False, False, True]
    slider.send_keys(Keys.HOME)
    assert [row.is_displayed() for row in rows] == [True, False, False]
    assert slider.get_attribute("aria-valuetext") == "epoch 1"


@pytest.mark.parametrize("width", [320, 1280, 2560])
def test_page_does_not_scroll_sideways(page: Any, width: int) -> None:
    values = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", values)
    root = "return document.documentElement"
    seen = page.execute_script(f"{root}.clientWidth")
    assert page.execute_script(f"{root}.scrollWidth") == seen <= width
    smallest = """
        const sizes = [...document.querySelectorAll(".chart text")].map(
            (text) => parseFloat(getComputedStyle(text).fontSize));
        return Math.min(...sizes);
    """
    assert page.execute_script(smallest) >= 11


def test_nothing_is_loaded_and_nothing_fails(page: Any) -> None:
    assert page.get_log("browser") == []
    requests = [
        entry["message"]
        for entry in page.get_log("performance")
        if '"Network.requestWillBeSent"' in entry["message"]
    ]
    outside = [r for r in requests if not re.search(r'"url":"(file|data|about):', r)]
    assert not outside


def test_page_prints_without_controls(page: Any, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = page.find_elements("css selector", ".parallel input, .brushed")
        assert not any(element.is_displayed() for element in shown)
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    made = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(made["data"]).startswith(b"%PDF")


@pytest.mark.parametrize("family", ["vgg", "dcgan"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    page: Any, pages: dict[str, str], family: str, scheme: str
) -> None:
    axe = pytest.importorskip("axe_core_python.selenium")
    prefer(page, scheme)
    page.get(pages[family])
    page.execute_script(
        "document.querySelectorAll('details').forEach((d) => d.open = true)"
    )
    found = axe.Axe().run(page)["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_page_is_read_without_script(page: Any, pages: dict[str, str]) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.get(pages["dcgan"])
        rows = page.find_elements("css selector", ".slides figure")
        assert [row.is_displayed() for row in rows] == [True, True, True]
        page.get(pages["vgg"])
        assert not page.find_elements("css selector", ".parallel input, .brushed")
        assert page.find_elements("css selector", ".parallel polyline")
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
