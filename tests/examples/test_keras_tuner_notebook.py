"""Keras Tuner's guide in a notebook: its functions and classes reach the workers."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "keras_tuner.ipynb"


@pytest.mark.slow
def test_notebook_searches_by_workers(tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    is_parameters = ["parameters" in c.metadata.get("tags", []) for c in notebook.cells]
    fewer = nbformat.v4.new_code_cell("trials, epochs = 3, 3")
    notebook.cells.insert(is_parameters.index(True) + 1, fewer)
    NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    texts = "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    assert "Results summary" in texts
    assert "trains in this process" not in texts
    trials = sorted(path.name for path in (tmp_path / "tuned" / "digits").glob("t*_*"))
    assert trials == ["trial_0", "trial_1", "trial_2"]
    accuracy = float(notebook.cells[-3].outputs[-1]["data"]["text/plain"])
    assert accuracy > 0.5
