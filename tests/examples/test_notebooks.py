"""The notebooks of examples run from top to bottom, as a new user would run them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"

PARAMETERS = """
image_size = 16
trials, epochs, seeds = 2, 2, 2
"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a subfolder for each of two classes, which differ in brightness."""
    folder = tmp_path_factory.mktemp("examples") / "photos"
    random = np.random.default_rng(0)
    for label, low in (("dark", 0), ("light", 120)):
        (folder / label).mkdir(parents=True)
        for number in range(30):
            image = random.integers(low, low + 130, (20, 24, 3), np.uint8)
            Image.fromarray(image).save(folder / label / f"{number}.jpg")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["photographs", "losses"])
def test_notebook_runs_to_its_end(name: str, photos: Path) -> None:
    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    tagged = [
        n
        for n, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    ]
    notebook.cells.insert(tagged[0] + 1, nbformat.v4.new_code_cell(PARAMETERS))
    client = NotebookClient(
        notebook, timeout=900, resources={"metadata": {"path": str(photos.parent)}}
    )
    client.execute()
    pages = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert any("<table" in page and "Test accuracy" in page for page in pages)


@pytest.mark.parametrize("name", sorted(p.name for p in EXAMPLES.glob("*.ipynb")))
def test_notebook_is_committed_without_outputs(name: str) -> None:
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
