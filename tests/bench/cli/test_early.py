"""What a command refuses, and answers, before Keras is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WITHOUT_KERAS = """
import sys
from bench.cli import main
for command in sys.argv[1:]:
    try:
        main(command.split(" "))
    except SystemExit as ended:
        assert ended.code == 2, command
    heavy = {"keras", "tensorflow", "keras_tuner", "scipy", "sklearn", "matplotlib"}
    assert not heavy & set(sys.modules), (command, heavy & set(sys.modules))
"""


def test_wrong_hyperparameters_and_folders_are_refused_without_keras(
    tmp_path: Path,
) -> None:
    commands = [
        "search dense --fix drop_out=0.1",
        "search dense vgg --fix dropout=0.9",
        "search dense --only unit",
        "search dense --variants unit",
        "plan dense --fix units=65",
        "search dense --dataset folder:nowhere",
        "search dense --dataset npz:nowhere.npz",
    ]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS, *commands],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert len(said) == len(commands)
    assert "did you mean 'dropout'" in said[0]
    assert "dropout takes 0 to 0.6" in said[1]
    assert "'nowhere'" in said[5]
