"""The page of all boards, in a real browser."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import NEEDS_BROWSER, luminance, prefer

from bench.records import Role
from bench.report import boards
from bench.report.page.board import board_page
from bench.store import Store

pytestmark = NEEDS_BROWSER

NAME = "<script>document.title='gone'</script>\x1b[31m=1+1"


@pytest.fixture(scope="module")
def address(
    make_filler: Any, task: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The report of a store with boards of classifiers and of a denoiser."""
    with Store(tmp_path_factory.mktemp("results")) as store:
        filler = make_filler(store)
        vgg = filler.complete("vgg", tuner="random")
        for seed in range(2):
            filler.final(vgg, seed, 0.93, role=Role.DEFAULT, parameters=99)
        filler.complete("lenet", (0.91, 0.93, 0.92))
        hostile = filler.study(f"theirs.py:{NAME}", tuner="random")
        filler.trial(hostile, 3, 0.97)
        for seed in range(2):
            filler.final(hostile, seed, 0.94 + seed / 100, latency_ms_64=2.0)
        filler.references()
        other = task("mnist")
        for family, score in (("vgg", 0.99), ("lenet", 0.98)):
            filler.complete(family, (score, score - 0.01), task=other)
        denoiser = filler.study(
            "autoencoder",
            task=task(NAME, test_fingerprint="d"),
            task_type_name="denoising",
            options={"noise_mean": 0.1, "noise_variance": 0.3},
        )
        for seed in range(2):
            metrics = {"test_psnr": 20.0 + seed, "test_ssim": 0.5}
            filler.final(denoiser, seed, 0.5, metrics=metrics)
            better = {"test_psnr": 25.0 + seed, "test_ssim": 0.6}
            filler.final(denoiser, seed, 0.5, metrics=better, role=Role.DEFAULT)
        links = {study.id: f"{study.id}.html" for study in store.studies()}
        path = store.folder / "index.html"
        path.write_text(board_page(boards(store), links, {}).html, "utf-8")
        yield path.as_uri()


@pytest.fixture
def page(browser: Any, address: str) -> Any:
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    prefer(browser, "light")
    browser.get(address)
    return browser


def board(page: Any) -> Any:
    return page.find_element("css selector", ".board[id^=board-digits]")


def names(page: Any) -> list[str]:
    """Names of the rows that are shown on the board of digits, from the top."""
    rows = board(page).find_elements("css selector", ".board-table tbody tr")
    heads = [row.find_element("tag name", "th") for row in rows if row.is_displayed()]
    return [head.get_attribute("data-value") for head in heads]


def heading(page: Any, key: str) -> Any:
    return board(page).find_element("css selector", f"th[data-key={key}]")


def column(page: Any, key: str) -> list[str]:
    script = """
        const heading = arguments[0].querySelector(`th[data-key=${arguments[1]}]`);
        const rows = arguments[0].querySelectorAll(".board-table tbody tr");
        return [...rows].filter((row) => row.checkVisibility())
            .map((row) => row.cells[heading.cellIndex].innerText.trim());
    """
    return list(page.execute_script(script, board(page), key))


def size(page: Any, width: int) -> None:
    values = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", values)


def test_headings_sort_the_rows_and_say_so(page: Any) -> None:
    button = heading(page, "test_accuracy").find_element("tag name", "button")
    best = names(page)
    assert best[0] == "vgg"
    button.click()
    assert heading(page, "test_accuracy").get_attribute("aria-sort") == "descending"
    assert heading(page, "rank").get_attribute("aria-sort") is None
    assert names(page) == best
    button.click()
    assert names(page) == best[::-1]
    assert "ascending" in page.find_element("id", "status").text


def test_unknown_values_come_last_in_both_directions(page: Any) -> None:
    button = heading(page, "latency_ms_64").find_element("tag name", "button")
    for _ in range(2):
        button.click()
        assert column(page, "latency_ms_64")[-2:] == ["unknown", "unknown"]


def test_default_configuration_is_folded_until_its_row_is_opened(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    assert "vgg, default" not in names(page)
    button = board(page).find_element("class name", "fold")
    assert button.accessible_name == "1 more row of vgg"
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-expanded") == "true"
    assert names(page)[:2] == ["vgg", "vgg, default"]
    heading(page, "test_accuracy").find_element("tag name", "button").click()
    assert names(page)[:2] == ["vgg", "vgg, default"]
    button.click()
    assert "vgg, default" not in names(page)


def test_rows_of_a_study_stay_together_on_a_board_of_its_own(page: Any) -> None:
    denoising = page.find_element("css selector", "[data-task=denoising]")
    denoising.find_element("css selector", "[data-does=open]").click()
    button = denoising.find_element("css selector", "[data-key=psnr] button")
    for _ in range(2):
        button.click()
        heads = denoising.find_elements("css selector", ".board-table tbody th")
        names = [head.get_attribute("data-value") for head in heads]
        assert names == ["autoencoder", "autoencoder, default"]


def test_words_and_tuner_filter_rows(page: Any) -> None:
    from selenium.webdriver.support.ui import Select

    search = page.find_element("name", "text")
    search.send_keys("LEN")
    assert names(page) == ["lenet"]
    assert page.find_element("id", "status").text == "2 of 8 rows."
    search.clear()
    search.send_keys(" ")
    Select(page.find_element("name", "tuner")).select_by_visible_text("random")
    assert [name for name in names(page) if name == "lenet"] == []
    assert {"vgg", "prior"} <= set(names(page))


def test_task_type_filters_boards(page: Any) -> None:
    from selenium.webdriver.support.ui import Select

    Select(page.find_element("name", "task")).select_by_visible_text("denoising")
    shown = [b.is_displayed() for b in page.find_elements("css selector", ".board")]
    assert sorted(shown) == [False, False, True]


def test_chips_choose_columns(page: Any) -> None:
    chip = page.find_element("css selector", "[name=columns][value=cost]")
    assert heading(page, "parameters").is_displayed()
    chip.click()
    assert not heading(page, "parameters").is_displayed()
    assert heading(page, "test_accuracy").is_displayed()


def test_slider_shows_what_each_search_had_by_then(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    slider = board(page).find_element("css selector", "input[type=range]")
    slider.send_keys(Keys.HOME)
    assert set(column(page, "best_so_far")) == {"nothing yet", "–"}
    for _ in range(30):
        slider.send_keys(Keys.ARROW_RIGHT)
    found = dict(zip(names(page), column(page, "best_so_far"), strict=True))
    assert found["vgg"] == "0.9000"
    assert slider.get_attribute("aria-valuetext").startswith("after 1")
    slider.send_keys(Keys.END)
    assert column(page, "best_so_far")[0] == "0.9700"
    assert heading(page, "best_so_far").get_attribute("aria-sort") == "descending"


def test_charts_of_costs_are_chosen(page: Any) -> None:
    charts = board(page).find_elements("css selector", "[data-cost]")
    shown = [c.get_attribute("data-cost") for c in charts if c.is_displayed()]
    assert shown == ["latency_ms_64"]
    board(page).find_element("css selector", "input[value=parameters]").click()
    shown = [c.get_attribute("data-cost") for c in charts if c.is_displayed()]
    assert shown == ["parameters"]


def saved(page: Any, kind: str) -> str:
    """The text of the file that a button offers."""
    page.execute_script(
        "URL.createObjectURL = (blob) => { window.saved = blob; return '#' }"
    )
    board(page).find_element("css selector", f"[data-does={kind}]").click()
    script = "window.saved.text().then(arguments[arguments.length - 1])"
    return str(page.execute_async_script(script))


def test_csv_and_json_hold_what_is_shown(page: Any) -> None:
    page.find_element("css selector", "[name=columns][value=cost]").click()
    page.find_element("name", "text").send_keys("random")
    rows = list(csv.DictReader(io.StringIO(saved(page, "csv"))))
    assert [row["family"] for row in rows] == names(page)
    assert "parameters" not in rows[0]
    assert float(rows[0]["test_accuracy"]) == 0.98
    assert float(rows[0]["test_accuracy_low"]) < 0.98
    found = json.loads(saved(page, "json"))
    assert [row["family"] for row in found] == names(page)
    assert found[0]["trials_failed"] == 1


def test_csv_holds_no_formula(page: Any) -> None:
    script = "return [csvCell('=1+1'), csvCell('-1'), csvCell('a,\"b')]"
    assert page.execute_script(script) == ["'=1+1", "-1", '"a,""b"']


def test_texts_of_a_store_stay_texts(page: Any) -> None:
    assert page.title == "Leaderboard"
    assert "<script>document.title" in board(page).text


def test_keyboard_reaches_everything_and_is_seen(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    body = page.find_element("tag name", "body")
    body.send_keys(Keys.TAB)
    first = page.switch_to.active_element
    assert first.text == "Skip to the content"
    assert first.rect["x"] >= 0
    missing = {"text", "tuner", "columns", "fold", "scroll"}
    for _ in range(120):
        page.switch_to.active_element.send_keys(Keys.TAB)
        active = page.switch_to.active_element
        missing -= {active.get_attribute("name") or active.get_attribute("class")}
        assert active.value_of_css_property("outline-style") != "none"
        if not missing:
            break
    assert not missing


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_enough_contrast(page: Any, scheme: str) -> None:
    prefer(page, scheme)
    back = luminance(page.find_element("tag name", "body"), "background-color")
    assert (back > 0.5) == (scheme == "light")
    for name in ("h1", ".muted", ".reference th", "a", "thead button", ".badge"):
        text = luminance(page.find_element("css selector", name), "color")
        contrast = (max(text, back) + 0.05) / (min(text, back) + 0.05)
        assert contrast >= 4.5, name  # level AA of WCAG 2


@pytest.mark.parametrize("width", [320, 1280, 2560])
def test_page_does_not_scroll_sideways(page: Any, width: int) -> None:
    size(page, width)
    page.refresh()
    script = "return document.documentElement.scrollWidth"
    assert page.execute_script(script) <= width


def test_page_says_nothing_in_the_console_and_asks_for_nothing(page: Any) -> None:
    requests = [
        message["params"]["request"]["url"]
        for entry in page.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    assert page.get_log("browser") == []
    assert {url.partition(":")[0] for url in requests} <= {"file", "data"}
    assert len([url for url in requests if url.startswith("file:")]) == 1


def test_print_shows_every_column_on_pages_of_their_own(page: Any) -> None:
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    content = base64.b64decode(printed["data"])
    pages = re.findall(rb"/Type /Page\b", content)
    assert 3 <= len(pages) <= 10  # three boards, each with its charts and texts
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    size(page, 1030)  # A4 across, less its margins
    script = "return document.documentElement.scrollWidth"
    assert page.execute_script(script) <= 1030
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(page: Any, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_core_python.selenium")
    prefer(page, scheme)
    size(page, width)
    page.refresh()
    board(page).find_element("css selector", "[data-does=open]").click()
    for summary in page.find_elements("tag name", "summary"):
        summary.click()
    found = axe.Axe().run(page)["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
