"""The page of a server, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import NEEDS_BROWSER, luminance, prefer, until
from served import served

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def address(searched: Path) -> Iterator[str]:
    """Where a server answers; ends it by Ctrl-C."""
    with served(f"serve linear --port 0 --results {searched}") as address:
        yield address


@pytest.fixture
def page(browser: Any, address: str) -> Any:
    browser.get_log("browser")
    browser.get(address)
    return browser


def is_shown(page: Any, name: str) -> bool:
    return bool(page.find_element("id", name).is_displayed())


def is_loaded(page: Any, name: str) -> bool:
    script = "return document.getElementById(arguments[0]).naturalWidth"
    return is_shown(page, name) and page.execute_script(script, name) > 0


def drop(page: Any, path: Path) -> None:
    """Drop a file on the page, as a mouse does."""
    script = """
        const bytes = Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], arguments[1]));
        document.getElementById("drop").dispatchEvent(
            new DragEvent("drop", {dataTransfer: data, bubbles: true}));
    """
    import base64

    page.execute_script(script, base64.b64encode(path.read_bytes()).decode(), path.name)


def test_dropped_image_is_predicted_and_explained(page: Any, photos: Path) -> None:
    drop(page, photos / "top" / "top-03.png")
    until(page, lambda: is_loaded(page, "map"))
    assert page.find_element("id", "prediction").text.startswith("top (")
    lines = page.find_elements("css selector", "#top li")
    labels = [line.find_element("class name", "label").text for line in lines]
    assert labels[0] == "top"
    assert sorted(labels) == ["bottom", "middle", "top"]
    widths = [
        line.find_element("class name", "bar").rect["width"]
        / line.find_element("class name", "track").rect["width"]
        for line in lines
    ]
    shares = [float(li.find_element("class name", "share").text[:-1]) for li in lines]
    assert [100 * width for width in widths] == pytest.approx(shares, abs=1)
    assert is_loaded(page, "image")
    assert page.get_log("browser") == []  # no file missing, nothing against the policy


def test_next_image_replaces_the_one_before(page: Any, photos: Path) -> None:
    for name in ("top", "bottom", "bottom"):  # to choose a file again is a choice too
        clear = "document.getElementById('prediction').textContent = ''"
        page.execute_script(clear)
        path = photos / name / f"{name}-03.png"
        page.find_element("id", "file").send_keys(str(path))
        until(page, lambda n=name: n in page.find_element("id", "prediction").text)
        until(
            page,
            lambda n=name: n in str(page.find_element("id", "map").accessible_name),
        )
        until(page, lambda: is_loaded(page, "map"))
    assert f"{name}-03.png" in page.find_element("id", "named").text


def test_what_is_no_image_is_refused_in_words(
    page: Any, tmp_path: Path, photos: Path
) -> None:
    path = tmp_path / "no.png"
    path.write_text("no image")
    drop(page, path)
    until(page, lambda: is_shown(page, "error"))
    assert "PNG, JPEG" in page.find_element("id", "error").text
    assert not is_shown(page, "answer")
    drop(page, photos / "top" / "top-03.png")
    until(page, lambda: is_shown(page, "answer"))
    assert not is_shown(page, "error")


def test_keyboard_reaches_the_choice_of_a_file_and_that_is_seen(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    page.find_element("tag name", "body").send_keys(Keys.TAB)
    assert page.switch_to.active_element.get_attribute("id") == "file"
    outline = page.find_element("id", "drop").value_of_css_property("outline-style")
    assert outline == "solid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_enough_contrast(page: Any, photos: Path, scheme: str) -> None:
    prefer(page, scheme)
    drop(page, photos / "top" / "top-03.png")
    until(page, lambda: is_loaded(page, "map"))
    back = luminance(page.find_element("tag name", "body"), "background-color")
    assert (back > 0.5) == (scheme == "light")
    for name in ("prediction", "named", "top"):
        text = luminance(page.find_element("id", name), "color")
        contrast = (max(text, back) + 0.05) / (min(text, back) + 0.05)
        assert contrast >= 4.5  # level AA of WCAG 2


def test_narrow_page_does_not_scroll_sideways(page: Any, photos: Path) -> None:
    page.set_window_size(400, 800)
    drop(page, photos / "top" / "top-03.png")
    until(page, lambda: is_loaded(page, "map"))
    script = "return document.body.scrollWidth - document.documentElement.clientWidth"
    assert page.execute_script(script) <= 0
