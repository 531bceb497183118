"""Data sets of Hugging Face and of TensorFlow Datasets, by their names or paths."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets import memory
from bench.datasets.class_names import distinct
from bench.datasets.given import huggingface
from bench.datasets.image_opening import Encoded
from bench.datasets.listing import Listing
from bench.errors import DatasetError, shortened, shown
from bench.records import TEST, TRAIN, VALIDATION

_CHECKED = 1000
"""Images after which the memory that they take is checked."""


def hugging_face(name: str) -> Listing:
    """The images of a data set of Hugging Face: in its cache, a folder or the hub.

    Args:
        name: Such as ``beans``; or a folder that ``save_to_disk`` wrote or that
            ``load_dataset`` takes.

    Raises:
        DatasetError: It can't be had, or has no images with one label each.
    """
    library = _library("datasets", "datasets", "hf")
    path = Path(name).expanduser()
    saved = any((path / f).is_file() for f in ("dataset_dict.json", "state.json"))
    load = library.load_from_disk if saved else library.load_dataset
    with _explained(f"hf:{name}", "give one that save_to_disk wrote, as hf:PATH"):
        given = load(str(path) if path.is_dir() else name)
    return huggingface.listed(given)


def tensorflow(name: str) -> Listing:
    """The images of a data set of TFDS: in its cache, a folder or the network.

    Args:
        name: Such as ``beans``; or the folder of a prepared data set, which ends with
            its version.

    Raises:
        DatasetError: It can't be had, or has no images with one label each.
    """
    library = _library("tensorflow_datasets", "tfds", "tfds")
    path = Path(name).expanduser()
    with _explained(f"tfds:{name}", "give the folder of a prepared one, as tfds:PATH"):
        if path.is_dir():
            builder = library.builder_from_directory(str(path))
        else:
            builder = library.builder(name)
            builder.download_and_prepare()
    return _listing(library, builder)


LISTED: Mapping[str, Callable[[str], Listing]] = {
    "hf": hugging_face,
    "tfds": tensorflow,
}
"""Lists a data set of a library, by the kind that stands before its name."""


def _library(module: str, extra: str, kind: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise DatasetError(
            f"{kind}: needs the package {module.replace('_', '-')}, which is not "
            f"installed: pip install 'keras-leaderboard[{extra}]'"
        ) from None


@contextmanager
def _explained(dataset: str, way_out: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever the library and the network raise
        reason = shortened(" ".join(str(error).split()), 160) or type(error).__name__
        raise DatasetError(
            f"{shown(dataset)} is not in the local cache and can't be fetched "
            f"({reason}): load it once where there is a network, or {way_out}"
        ) from error


def _listing(library: Any, builder: Any) -> Listing:
    """The images of a prepared data set, encoded as they are kept."""
    image, label = _features(builder)
    files: list[Encoded] = []
    labels: list[int] = []
    parts: list[str] = []
    for part in (TRAIN, VALIDATION, TEST):
        if part not in builder.info.splits:
            continue
        for row in _rows(library, builder, part, image):
            name = f"{part} image {len(files)}"
            files.append(Encoded(content=row[image], name=name))
            labels.append(int(row[label]))
            parts.append(part)
            if len(files) % _CHECKED == 0:
                held = sum(len(file.content) for file in files[-_CHECKED:])
                memory.check(held, f"{_CHECKED:,} more images", "give a smaller one")
    of_part = np.array(parts)
    return Listing(
        files=list(files),
        labels=np.array(labels, np.int64),
        in_test=of_part == TEST,
        in_validation=of_part == VALIDATION if VALIDATION in parts else None,
        class_names=distinct(builder.info.features[label].names),
    )


def _rows(library: Any, builder: Any, part: str, image: str) -> Iterator[Any]:
    """The rows of a part, whose images are not decoded, in a fixed order."""
    yield from library.as_numpy(
        builder.as_dataset(
            split=part,
            shuffle_files=False,
            decoders={image: library.decode.SkipDecoding()},
        )
    )


def _features(builder: Any) -> tuple[str, str]:
    """Names of the features that hold the image and the label."""
    kinds = {name: type(f).__name__ for name, f in builder.info.features.items()}
    images = [name for name, kind in kinds.items() if kind == "Image"]
    labels = [name for name, kind in kinds.items() if kind == "ClassLabel"]
    if len(images) != 1 or len(labels) != 1 or TRAIN not in builder.info.splits:
        listed = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
        raise DatasetError(
            "a TensorFlow data set needs the split 'train', an Image and a ClassLabel; "
            f"{builder.name} has {shortened(listed, 200)} in "
            f"{', '.join(builder.info.splits) or 'no split'}: choose another"
        )
    return images[0], labels[0]
