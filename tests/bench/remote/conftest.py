"""Photographs of three classes, and a web server on loopback that has moods."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.datasets import Task, load
from bench.datasets.remote_places import Fetching
from bench.remote import failures


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "PAUSES", (0.01, 0.01, 0.01))


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 20 images of 8x8 for each of three classes, and a text."""
    folder = tmp_path_factory.mktemp("here") / "photos"
    random = np.random.default_rng(0)
    for name in ("cat", "dog", "my horse"):
        (folder / name).mkdir(parents=True)
        for index in range(20):
            image = random.integers(0, 255, (8, 8, 3), np.uint8)
            Image.fromarray(image).save(folder / name / f"{index:02}.png")
    (folder / "cat" / "notes.txt").write_text("no image")
    return folder


@pytest.fixture(scope="session")
def load_task() -> Callable[..., Task]:
    """Loads a data set whose copies are kept in a folder."""

    def load_task(dataset: str, data: Path, **fetching: object) -> Task:
        return load(
            dataset,
            data_folder=data,
            validation_fraction=0.2,
            test_fraction=0.2,
            seed=0,
            image_size=None,
            skip_unreadable=False,
            fetching=Fetching(**fetching),
        )

    return load_task


class Moods(http.server.SimpleHTTPRequestHandler):
    """Serves a folder as the attributes of its server say.

    ``status`` answers every request, unless it is 0; ``breaks`` answers are broken off
    after ``after`` bytes; without ``has_ranges`` files are sent whole; every answer
    takes ``seconds``. ``asked`` lists paths with their ranges.
    """

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Range"]))
        time.sleep(self.server.seconds)
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        if self.server.status:
            self.send_error(self.server.status)
            return
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            super().do_GET() if with_body else super().do_HEAD()
            return
        content, status = path.read_bytes(), 200
        whole = len(content)
        if self.headers["Range"] and self.server.has_ranges:
            first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
            content, status = content[int(first) : int(last) + 1], 206
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{whole}-{path.stat().st_mtime_ns}"')
        if status == 206:
            end = int(first) + len(content) - 1
            self.send_header("Content-Range", f"bytes {first}-{end}/{whole}")
        self.end_headers()
        if not with_body:
            return
        if self.server.breaks and len(content) > self.server.after:
            self.server.breaks -= 1
            self.wfile.write(content[: self.server.after])
            self.close_connection = True
            return
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[http.server.ThreadingHTTPServer]:
    """A web server of the folder ``tmp_path / "web"``; ``url`` is its address."""
    folder = tmp_path / "web"
    folder.mkdir()
    handler = partial(Moods, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.folder, server.url = folder, f"http://127.0.0.1:{server.server_port}"
    server.asked, server.status, server.breaks = [], 0, 0
    server.after, server.has_ranges, server.seconds = 1000, True, 0
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
