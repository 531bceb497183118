"""The HTTP interface of a study's models."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

starlette = pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")
pytest.importorskip("httpx2")


@pytest.fixture(scope="module")
def predictor(searched: Path, chosen: Callable) -> Any:
    from bench.models.loading import classifiers
    from bench.models.serve.predictor import Predictor

    selected = chosen("linear")
    ensemble = classifiers(searched, selected)
    return Predictor(name=selected.name, ensemble=ensemble)


@pytest.fixture(scope="module")
def client(predictor: Any) -> Iterator[Any]:
    from starlette.testclient import TestClient

    from bench.models.serve.application import application

    app = application(predictor, hosts=("localhost", "::1"))
    with TestClient(
        app, base_url="http://localhost:8000", raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture(scope="module")
def photo(photos: Path) -> bytes:
    return (photos / "top" / "top-03.png").read_bytes()


def png(height: int, width: int, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height)).save(buffer, "PNG", **options)
    return buffer.getvalue()


def test_body_is_predicted_as_the_command_predicts_it(
    client: Any, photo: bytes, photos: Path, searched: Path, chosen: Callable
) -> None:
    from bench.models.predicting import predict

    answer = client.post("/predict", content=photo)
    assert answer.status_code == 200
    found = answer.json()
    [row] = predict(searched, chosen("linear"), [photos / "top" / "top-03.png"]).rows()
    assert found["prediction"] == row["prediction"] == "top"
    assert found["probability"] == pytest.approx(row["probability"], abs=1e-4)
    assert len(found["top"]) == 3
    assert sum(one["probability"] for one in found["top"]) == pytest.approx(1, abs=1e-4)
    assert found["seeds"] == [0, 1]


def test_file_of_a_form_is_predicted_as_the_body_is(client: Any, photo: bytes) -> None:
    files = {"any": ("top.png", photo, "image/png")}
    answer = client.post("/predict", files=files, data={"other": "field"})
    assert answer.json() == client.post("/predict", content=photo).json()


def test_other_sizes_are_converted_and_that_is_said(client: Any) -> None:
    answer = client.post("/predict", content=png(20, 30)).json()
    assert "scaled to 8x8" in answer["notes"][0]
    assert "/tmp" not in answer["notes"][0]


def test_explanation_is_an_image(client: Any, photo: bytes) -> None:
    answer = client.post("/explain", content=photo)
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (128, 128)
        assert np.ptp(np.asarray(image)) > 50


def noise() -> bytes:
    """A PNG file that can't be compressed."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        ({"content": b"no image"}, 400, "PNG, JPEG"),
        ({"content": b""}, 400, "nothing was sent"),
        ({"content": noise()[:4000]}, 400, "whole"),
        ({"data": {"a": "b"}}, 415, "neither"),
        ({"json": {"a": "b"}}, 415, "neither"),
        ({"files": {"a": ("a.png", b"")}}, 400, "nothing was sent"),
        ({"files": {"a": ("a", b"x"), "b": ("b", b"y")}}, 400, "Too many files"),
        (
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "boundary",
        ),
        ({"content": bytes(21 * 2**20)}, 413, "20 MiB"),
        ({"content": (bytes(2**20) for _ in range(21))}, 413, "20 MiB"),
        ({"files": {"a": bytes(21 * 2**20)}}, 413, "20 MiB"),
    ],
)
def test_bad_input_is_refused_with_the_rule(
    client: Any, request_: dict, status: int, words: str
) -> None:
    answer = client.post("/predict", **request_)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert "/tmp" not in answer.text


def test_explanation_of_no_image_is_refused_as_its_prediction_is(client: Any) -> None:
    answers = [client.post(place, content=b"x") for place in ("/predict", "/explain")]
    assert answers[0].json() == answers[1].json()
    assert answers[1].status_code == 400


def test_image_of_too_many_pixels_is_not_decoded(client: Any) -> None:
    answer = client.post("/predict", content=png(7000, 7000))
    assert answer.status_code == 400
    assert "at most 40,000,000 pixels" in answer.json()["error"]


def test_bomb_is_refused_by_its_header(client: Any) -> None:
    answer = client.post("/predict", content=png(12_000, 12_000))
    assert answer.status_code == 400
    assert "decompression bomb" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "place", "status"),
    [("GET", "/predict", 405), ("POST", "/", 405), ("GET", "/../etc/passwd", 404)],
)
def test_other_questions_get_an_error_as_json(
    client: Any, method: str, place: str, status: int
) -> None:
    answer = client.request(method, place)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("[::1]:80", 200), ("evil.example", 400), ("", 400)],
)
def test_pages_of_other_names_are_refused(client: Any, host: str, status: int) -> None:
    assert client.get("/", headers={"Host": host}).status_code == status


def test_page_loads_nothing_from_elsewhere(client: Any) -> None:
    page = client.get("/")
    assert "linear on " in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    texts = [page.text]
    for name in ("page.css", "page.js", "icon.svg"):
        answer = client.get(f"/{name}")
        assert answer.status_code == 200
        texts.append(answer.text)
    for text in texts:
        assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace(
            "// ", ""
        )


def test_names_of_classes_and_studies_are_no_markup(predictor: Any) -> None:
    from dataclasses import replace

    from starlette.testclient import TestClient

    from bench.models.serve.application import application

    hostile = replace(predictor, name="<script>alert(1)</script>")
    page = TestClient(application(hostile)).get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_defect_is_no_secret_and_no_traceback(predictor: Any, photo: bytes) -> None:
    from starlette.testclient import TestClient

    from bench.models.serve.application import application

    class Broken:
        about = predictor.about

        def predict(self, content: bytes) -> None:
            raise RuntimeError("secret")

        explain = predict

    client = TestClient(application(Broken()), raise_server_exceptions=False)
    answer = client.post("/predict", content=photo)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_slow_sender_is_not_waited_for(
    predictor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.models.serve import application

    monkeypatch.setattr(application, "SECONDS", 0.05)
    sent = []

    async def receive() -> dict:
        await asyncio.sleep(30)
        return {"type": "http.request"}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": []}
    scope |= {"query_string": b"", "root_path": "", "scheme": "http"}
    asyncio.run(application.application(predictor)(scope, receive, send))
    assert sent[0]["status"] == 408


def test_port_in_use_is_one_line(
    searched: Path, bench: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert bench("serve", "linear", "--port", port, "--results", searched) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert str(port) in error
    assert "in use" in error


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("linear", "--host", "192.0.2.1"), "of this machine"),
        (("linear", "--port", "70000"), "70000"),
        (("autoencoder", "--port", "0"), "takes a study of classifiers"),
    ],
)
def test_what_cannot_be_served_is_refused(
    searched: Path,
    bench: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    words: tuple,
    part: str,
) -> None:
    assert bench("serve", *words, "--results", searched) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert part in error


def test_missing_extra_is_named_with_the_way_to_install_it(
    searched: Path,
    bench: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bench.web import extra

    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    assert bench("serve", "linear", "--results", searched) == 2
    assert "keras-leaderboard[serve]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", {"localhost", "127.0.0.1", "::1"}),
        ("127.0.0.5", {"localhost", "127.0.0.1", "::1", "127.0.0.5"}),
        ("0.0.0.0", None),
        ("myhost", None),
    ],
)
def test_only_local_servers_check_their_name(host: str, names: set | None) -> None:
    from bench.web.server import allowed_hosts

    assert allowed_hosts(host) == names
