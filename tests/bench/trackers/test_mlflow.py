"""Studies on a real tracking server of MLflow, which the tests start."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.cli import main
from bench.trackers.mlflow import MLflow
from bench.trackers.sending import send_once

pytest.importorskip("mlflow.server")
MlflowClient = pytest.importorskip("mlflow").MlflowClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that keeps runs in SQLite and artifacts in a folder."""
    folder = tmp_path_factory.mktemp("mlflow")
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--backend-store-uri", f"sqlite:///{folder / 'runs.sqlite3'}"),
            *("--artifacts-destination", str(folder / "artifacts")),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/health")
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait(address: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"no server at {address}")


@pytest.fixture
def experiment(
    server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> str:
    """Name of an experiment of this test alone."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", request.node.name)
    return str(request.node.name)


@pytest.fixture
def runs(server: str, experiment: str) -> Any:
    """Reads the runs of the experiment by their keys."""
    client = MlflowClient(server)

    def runs() -> dict[str, Any]:
        found = client.get_experiment_by_name(experiment)
        if found is None:
            return {}
        every = client.search_runs([found.experiment_id])
        return {run.data.tags["bench.key"]: run for run in every}

    return runs


def test_study_is_a_run_with_its_trainings_nested(
    study: Any, server: str, runs: Any, tmp_path: Path
) -> None:
    send_once(study.store, study.complete(), MLflow(study.store.folder))
    found = runs()
    assert set(found) == {"study", "trial-0", "trial-1", "seed-0", "seed-1"}
    whole = found.pop("study")
    for run in found.values():
        assert run.data.tags["mlflow.parentRunId"] == whole.info.run_id
    states = {key: run.info.status for key, run in found.items()}
    assert states["trial-0"] == "FINISHED"
    assert states["trial-1"] == "FAILED"
    assert found["trial-1"].data.tags["bench.error"] == "ValueError: too wide"
    assert found["trial-1"].data.params == {"units": "1", "optimizer": "sgd"}
    assert whole.data.params["family"] == "vgg"
    assert whole.data.metrics["test_accuracy"] == pytest.approx(0.7)
    assert found["seed-1"].info.run_name == "seed 1"


def test_curves_and_artifacts_can_be_had_back(
    study: Any, server: str, runs: Any, tmp_path: Path
) -> None:
    send_once(study.store, study.complete(), MLflow(study.store.folder))
    client, found = MlflowClient(server), runs()
    curve = client.get_metric_history(found["trial-0"].info.run_id, "loss")
    assert [(point.step, point.value) for point in curve] == [(1, 1.0), (2, 0.5)]
    model = client.download_artifacts(
        found["seed-0"].info.run_id, "seed-0.keras", str(tmp_path)
    )
    assert Path(model).read_bytes() == b"a model"
    names = client.list_artifacts(found["study"].info.run_id)
    paths = {"leaderboard.md", "leaderboard.csv", "model.json"}
    assert {file.path for file in names} == paths


def test_command_sends_a_study_once(
    study: Any, runs: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    study.complete()
    words = ["track", "cccc", "--to", "mlflow", "--results", str(study.store.folder)]
    for said in ("2 trials and 2 final trainings sent", "has everything already"):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        assert capsys.readouterr().out.strip().endswith(said)
    assert len(runs()) == 5


def test_study_that_grows_opens_its_run_again(study: Any, runs: Any) -> None:
    send_once(study.store, study.complete(), MLflow(study.store.folder))
    study.final(2, 1.0)
    send_once(study.store, study.record, MLflow(study.store.folder))
    found = runs()
    assert len(found) == 6
    assert found["study"].data.metrics["test_accuracy"] == pytest.approx(0.8)


def test_run_of_another_winner_replaces_that_of_the_first(
    study: Any, server: str, runs: Any
) -> None:
    send_once(study.store, study.complete(), MLflow(study.store.folder))
    study.extend(2)
    send_once(study.store, study.record, MLflow(study.store.folder))
    found, client = runs(), MlflowClient(server)
    assert "seed-1" not in found
    assert found["seed-0"].data.params["units"] == "2"
    curve = client.get_metric_history(found["seed-0"].info.run_id, "loss")
    assert [point.step for point in curve] == [1, 2]
    assert found["study"].data.metrics["test_accuracy"] == pytest.approx(0.9)


def test_command_says_that_no_server_answers(
    study: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    study.complete()
    words = ["track", "cccc", "--to", "mlflow", "--results", str(study.store.folder)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: a tracker must answer and take what it is sent")
