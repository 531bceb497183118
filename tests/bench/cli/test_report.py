"""The command that writes the report as HTML, and opens it."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from bench.cli import main
from bench.store import Store


@pytest.fixture
def results(tmp_path: Path) -> Path:
    with Store(tmp_path / "results") as store:
        return store.folder


def test_report_says_where_its_page_is(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", "--results", str(results)])
    page = results / "report" / "index.html"
    assert (ended.value.code, capsys.readouterr().out) == (0, f"{page}\n")
    assert "python -m bench search" in page.read_text("utf-8")


@pytest.mark.parametrize("has_browser", [True, False])
def test_report_is_opened_or_says_how(
    results: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    has_browser: bool,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        webbrowser, "open", lambda url: opened.append(url) or has_browser
    )
    with pytest.raises(SystemExit) as ended:
        main(["report", "--open", "--results", str(results)])
    page = results / "report" / "index.html"
    assert (ended.value.code, opened) == (0, [page.resolve().as_uri()])
    assert ("no browser" in capsys.readouterr().err) == (not has_browser)


def test_page_that_cannot_be_written_is_one_line(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "report").write_text("a file")
    with pytest.raises(SystemExit) as ended:
        main(["report", "--results", str(results)])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert str(results / "report") in error
    assert error.count("\n") == 1
