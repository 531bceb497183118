"""The server that watches a search."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from chromium import SECONDS

from bench.cli import main
from bench.store import early_end_file

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")


def connect(address: str) -> HTTPConnection:
    return HTTPConnection(address.removeprefix("http://"), timeout=SECONDS)


def ask(
    address: str, path: str, method: str = "GET", **headers: str
) -> tuple[int, str]:
    """Status and text of an answer."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(connect(address)) as connection:
        connection.request(method, path, headers=names)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def page(address: str, path: str = "/") -> str:
    status, text = ask(address, path)
    assert status == 200
    return text


def listen(address: str, streams: ExitStack) -> Callable[[], str]:
    """Open a stream of events; the returned function waits for the next one."""
    connection = streams.enter_context(closing(connect(address)))
    connection.request("GET", "/events")
    stream = streams.enter_context(connection.getresponse())
    assert stream.headers["content-type"].startswith("text/event-stream")

    def event() -> str:
        line = stream.readline().decode()
        assert stream.readline() == b"\n"
        return line

    return event


def test_page_follows_the_store_while_another_process_writes_it(
    address: str, study: Any, streams: ExitStack
) -> None:
    assert "1 of 5" in page(address)
    # It stays open: a listener must not keep the server from ending.
    event = listen(address, streams)
    first = event()
    study.trial(1, 0.75)
    second = event()
    assert first.startswith("data: ")
    assert second.startswith("data: ")
    assert first != second
    html = page(address)
    assert "2 of 5" in html
    assert "0.7500 (trial 1)" in html
    assert "python -m bench search vgg" in page(address, "/index.html")
    assert "vgg on digits" in page(address, f"/{study.id}.html")
    assert ask(address, "/other.html")[0] == 404
    assert {path.name for path in study.folder.iterdir()} <= {
        *("bench.lock.json", "bench.sqlite3", "bench.sqlite3-shm", "bench.sqlite3-wal")
    }


def test_only_the_page_of_the_server_ends_a_search(address: str, study: Any) -> None:
    (token,) = re.findall(r'data-token="([^"]+)"', page(address))
    path, file = f"/studies/{study.id}/end", early_end_file(study.folder, study.id)
    refused = [
        {},
        {"X_Token": "other"},
        {"X_Token": "é".encode().decode("latin-1")},
        {"X_Token": token, "Origin": "http://elsewhere.example"},
        {"X_Token": token, "Origin": "null"},
    ]
    for headers in refused:
        assert ask(address, path, "POST", **headers)[0] == 403
    assert ask(address, path, "GET", X_Token=token)[0] == 405
    host = {"X_Token": token, "Host": "elsewhere.example"}
    assert ask(address, path, "POST", **host)[0] == 400
    assert ask(address, "/studies/..%2Fx/end", "POST", X_Token=token)[0] != 202
    assert ask(address, "/studies/other/end", "POST", X_Token=token)[0] == 409
    assert not file.exists()

    status, text = ask(address, path, "POST", X_Token=token, Origin=address)
    assert (status, json.loads(text)) == (202, {"asked": study.id})
    assert file.exists()
    assert "was asked for" in page(address)
    assert ask(address, path, "POST", X_Token=token)[0] == 409


def test_missing_extra_is_named_with_the_way_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.web import extra

    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        main(["watch"])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert "watch needs" in error
    assert "keras-leaderboard[serve]" in error


def test_folder_without_a_store_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["watch", "--port", "0", "--results", str(tmp_path)])
    assert ended.value.code == 2
    assert "run a search first" in capsys.readouterr().err
