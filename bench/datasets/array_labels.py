"""Labels of arrays: integers or strings, one for each image."""

from __future__ import annotations

import numpy as np

from bench.errors import DatasetError, shortened


def checked(y: np.ndarray, where: str) -> np.ndarray:
    """Labels as ``(n,)``, integers or strings.

    Raises:
        DatasetError: They are none of these, or not one per image.
    """
    labels = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if labels.ndim != 1:
        raise DatasetError(
            f"labels must be one per image, (n,), not {y.shape}, in {where!r}; "
            "turn one-hot labels into class indices with y.argmax(axis=1)"
        )
    if labels.dtype.kind in "ui":
        return _within_64_bits(labels, where)
    if labels.dtype.kind in "bU":
        return labels.astype(str)
    if labels.dtype.kind == "S":
        # Bytes that are no UTF-8 must stay apart, so none of them is replaced.
        return np.char.decode(labels, "utf-8", "surrogateescape")
    raise DatasetError(
        f"labels must be integers or strings, not {_kind(labels)}, in {where!r}; "
        "convert them with y.astype(int) if they are whole, else with y.astype(str)"
    )


def indices(labels: np.ndarray, classes: np.ndarray, where: str) -> np.ndarray:
    """Indices of the test part's labels among the classes of the training part.

    Raises:
        DatasetError: The training part has other labels, or labels of another kind.
    """
    if (labels.dtype.kind == "U") != (classes.dtype.kind == "U"):
        raise DatasetError(
            "y_train and y_test must be of one kind, not "
            f"{classes.dtype} and {labels.dtype}, in {where!r}; convert one of them"
        )
    unseen = np.setdiff1d(labels, classes)
    if len(unseen):
        raise DatasetError(
            f"every class of y_test must be in y_train; {str(unseen[0])!r} is not "
            f"(missing classes: {len(unseen)}), in {where!r}; add it or drop its test "
            "images"
        )
    return np.searchsorted(classes, labels).astype(np.int64)


def _within_64_bits(labels: np.ndarray, where: str) -> np.ndarray:
    if labels.size and (largest := labels.max()) > np.iinfo(np.int64).max:
        raise DatasetError(
            f"labels must be integers below 2**63 or strings, not {largest}, in "
            f"{where!r}; convert them with y.astype(str)"
        )
    return labels.astype(np.int64)


def _kind(labels: np.ndarray) -> str:
    """The type of labels; of numbers that aren't whole, an example too."""
    if labels.dtype.kind == "f":
        fractions = labels[labels != np.rint(labels)]
        if len(fractions):
            return f"{labels.dtype} with fractions or NaN, such as {fractions[0]}"
    return shortened(str(labels.dtype), 80)
