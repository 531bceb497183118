"""Every number of a board's table, computed again from the stored probabilities.

The other path is scikit-learn for the metrics, statsmodels for the analysis of variance
and the corrections, and SciPy for distributions and the bootstrap.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import softmax
from sklearn import metrics as sklearn_metrics

from bench import report
from bench.metrics import calibration_error, classifier_metrics, scaled, temperature
from bench.records import FinalRecord, ReferenceRecord
from bench.report.board import Board
from bench.store import Store

IMAGES, CLASSES, SEEDS = 100, 4, 3
SHARE = {"vgg": 2.2, "lenet": 1.6, "dense": 0.9}
"""How much the logit of the true class is raised, on average."""


class Stored:
    """A board, and the probabilities and labels that the store holds of its rows."""

    def __init__(self, store: Store) -> None:
        self.board: Board
        (self.board,) = report.boards(store)
        self.rows = {row.family: row for row in self.board.rows}
        self.probabilities: dict[str, np.ndarray] = {}
        for row in self.board.rows:
            if not row.is_reference:
                seeds = range(row.seeds or 0)
                outputs = [store.outputs(row.study, seed) for seed in seeds]
                of_seeds = [each["probabilities"] for each in outputs]
                self.probabilities[row.family] = np.stack(of_seeds).astype(float)
                self.labels = outputs[0]["labels"]

    def right(self, family: str) -> np.ndarray:
        """Which images are predicted right, ``(seeds, images)``, as 0 and 1."""
        if family == "logistic_regression":
            return (reference(self.labels).argmax(axis=1) == self.labels)[
                np.newaxis
            ] * 1.0
        predicted = self.probabilities[family].argmax(axis=2)
        return (predicted == self.labels).astype(float)


def reference(labels: np.ndarray) -> np.ndarray:
    """Probabilities of the reference, which is right but for every fourth image."""
    likely = (labels + (np.arange(len(labels)) % 4 == 0)) % CLASSES
    return 0.6 * np.eye(CLASSES)[likely] + 0.1


@pytest.fixture(scope="module")
def stored(tmp_path_factory, make_filler, task) -> Iterator[Stored]:
    """Two families with three seeds, one with a single seed, and a reference."""
    folder: Path = tmp_path_factory.mktemp("by_hand")
    random = np.random.default_rng(0)
    labels = random.choice(CLASSES, IMAGES, p=(0.4, 0.3, 0.2, 0.1))
    record = task(class_names=tuple("abcd"), test=IMAGES)
    hard = random.normal(size=(IMAGES, CLASSES))
    with Store(folder / "results") as store:
        filler = make_filler(store)
        for family, raised in SHARE.items():
            seeds = 1 if family == "dense" else SEEDS
            study = filler.study(family, task=record, seeds=seeds)
            for seed in range(seeds):
                logits = hard + random.normal(size=hard.shape)
                logits[np.arange(IMAGES), labels] += random.normal(raised, 0.7)
                store.end_final(*final(study.id, seed, logits, labels))
        record = ReferenceRecord(
            name="logistic_regression",
            metrics=classifier_metrics(reference(labels), labels, "test"),
            parameters=10,
            seconds=0.1,
            outputs={"probabilities": reference(labels)},
        )
        store.add_reference(study.test, record)
        yield Stored(store)


def final(study: str, seed: int, logits: np.ndarray, labels: np.ndarray):
    """A final training; half of the images serve as validation images too."""
    probabilities = softmax(logits, axis=1)
    chosen = temperature(probabilities[::2], labels[::2])
    mended = calibration_error(scaled(probabilities, chosen), labels)
    metrics = classifier_metrics(probabilities, labels, "test")
    metrics |= {"test_temperature": chosen, "test_ece_scaled": mended}
    record = FinalRecord(
        seed=seed,
        metrics=metrics,
        best_epoch=1,
        epochs=1,
        parameters=1,
        seconds=1.0,
        core_seconds=1.0,
        latency_ms_1=1.0,
        latency_ms_64=1.0,
        ended=1.7e9 + seed,
    )
    right = probabilities.argmax(axis=1) == labels
    outputs = {"probabilities": probabilities, "labels": labels, "right": right}
    return study, record, outputs


def by_sklearn(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """The metrics of one seed."""
    predicted = probabilities.argmax(axis=1)
    whole = probabilities / probabilities.sum(axis=1, keepdims=True)
    binary = np.eye(CLASSES)[labels]
    chosen = by_grid(whole[::2], labels[::2])
    return {
        "accuracy": sklearn_metrics.accuracy_score(labels, predicted),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(labels, predicted),
        "macro_f1": sklearn_metrics.f1_score(labels, predicted, average="macro"),
        "roc_auc": sklearn_metrics.roc_auc_score(labels, whole, multi_class="ovr"),
        "log_loss": sklearn_metrics.log_loss(labels, whole),
        "brier": ((whole - binary) ** 2).sum(axis=1).mean(),
        "ece": by_pandas(whole, labels),
        "temperature": chosen,
        "ece_scaled": by_pandas(softmax(np.log(whole) / chosen, axis=1), labels),
    }


def by_grid(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of least log loss, from a list of a thousand."""
    tried = np.exp(np.linspace(-1.5, 1.5, 1001))
    losses = [
        -np.log(softmax(np.log(probabilities) / t, axis=1)[range(len(labels)), labels])
        for t in tried
    ]
    return float(tried[np.mean(losses, axis=1).argmin()])


def by_pandas(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The expected calibration error over 15 bins."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    frame = pd.DataFrame({"sure": sure, "right": right})
    bins = frame.groupby(pd.cut(frame["sure"], np.linspace(0, 1, 16)), observed=True)
    gaps = (bins["sure"].mean() - bins["right"].mean()).abs()
    return float((gaps * bins.size()).sum() / len(labels))


def test_metrics_are_the_means_of_scikit_learns_over_seeds(stored: Stored) -> None:
    for family, of_seeds in stored.probabilities.items():
        found = stored.rows[family].metrics
        expected = pd.DataFrame([by_sklearn(p, stored.labels) for p in of_seeds]).mean()
        assert set(found) == set(expected.index)
        for name, value in found.items():
            # The store rounds probabilities to half precision, which may move an
            # image into the next bin.
            rounding = 0.01 if name in ("ece_scaled", "temperature") else 1e-3
            assert value == pytest.approx(expected[name], abs=rounding), (family, name)


def test_interval_of_one_seed_is_near_scipys_bootstrap_over_images(stored) -> None:
    row, right = stored.rows["dense"], stored.right("dense")[0]
    found = stats.bootstrap((right,), np.mean, rng=0, method="BCa").confidence_interval
    assert (row.low, row.high) == pytest.approx((found.low, found.high), abs=0.01)
    assert row.of_images == pytest.approx(stats.sem(right))
    assert row.of_seeds is None


def test_interval_of_one_seed_is_that_of_two_more_right_and_two_more_wrong(
    stored: Stored,
) -> None:
    row = stored.rows["dense"]
    longer = np.append(stored.right("dense")[0], (1, 1, 0, 0))
    error = longer.std() / np.sqrt(len(longer))
    half = stats.t.ppf(0.975, IMAGES - 1) * error
    ends = (longer.mean() - half, longer.mean() + half)
    assert (row.low, row.high) == pytest.approx(ends, abs=1e-3)


def by_anova(right: np.ndarray) -> dict[str, float]:
    """Mean squares of the analysis of variance of seeds by images, by statsmodels."""
    import statsmodels.api as sm
    from statsmodels.formula.api import ols

    seeds, images = right.shape
    frame = pd.DataFrame(
        {
            "right": right.ravel(),
            "seed": np.repeat(np.arange(seeds), images),
            "image": np.tile(np.arange(images), seeds),
        }
    )
    table = sm.stats.anova_lm(ols("right ~ C(seed) + C(image)", frame).fit())
    squares = table["sum_sq"] / table["df"]
    return {
        "seed": squares["C(seed)"] / right.size,
        "image": squares["C(image)"] / right.size,
        "rest": squares["Residual"] / right.size,
    }


@pytest.mark.slow
@pytest.mark.parametrize("family", ["vgg", "lenet"])
def test_standard_errors_are_those_of_an_analysis_of_variance(stored, family) -> None:
    squares, row = by_anova(stored.right(family)), stored.rows[family]
    of_seeds = np.sqrt(max(0, squares["seed"] - squares["rest"]))
    assert row.of_seeds == pytest.approx(of_seeds)
    assert row.of_images == pytest.approx(np.sqrt(squares["image"]))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["vgg", "lenet"])
def test_interval_over_seeds_and_images_is_that_of_hillis(stored, family) -> None:
    right, row = stored.right(family), stored.rows[family]
    squares = by_anova(right)
    shared = (squares["image"] - squares["rest"]) * IMAGES**2
    count, mean = IMAGES + 4, right.mean()
    centre = (IMAGES * mean + 2) / count
    shared += IMAGES * (mean - centre) ** 2 + 2 * (1 - centre) ** 2 + 2 * centre**2
    variance = squares["seed"] + shared / count**2
    degrees = variance**2 / (squares["seed"] ** 2 / (SEEDS - 1))
    ends = stats.t.interval(0.95, degrees, loc=centre, scale=np.sqrt(variance))
    assert (row.low, row.high) == pytest.approx((ends[0], min(1, ends[1])))


@pytest.mark.slow
def test_standard_error_of_the_mean_is_that_of_a_mixed_model(stored) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    right, row = stored.right("lenet"), stored.rows["lenet"]
    frame = pd.DataFrame(
        {
            "right": right.ravel(),
            "seed": np.repeat(np.arange(SEEDS), IMAGES),
            "image": np.tile(np.arange(IMAGES), SEEDS),
            "all": 1,
        }
    )
    crossed = {"seed": "0 + C(seed)", "image": "0 + C(image)"}
    model = MixedLM.from_formula(
        "right ~ 1", frame, groups="all", re_formula="0", vc_formula=crossed
    )
    error = float(model.fit().bse["Intercept"])
    assert np.hypot(row.of_seeds, row.of_images) == pytest.approx(error, rel=0.03)


@pytest.mark.slow
def test_p_values_are_those_of_t_tests_with_holms_correction(stored) -> None:
    from statsmodels.stats.multitest import multipletests

    families = [row.family for row in stored.board.rows]
    right = {family: stored.right(family) for family in families}
    pairs = list(combinations(families, 2))
    values = [difference(right[one], right[other])[1] for one, other in pairs]
    corrected = dict(zip(pairs, multipletests(values, method="holm")[1], strict=True))
    for family in families[1:]:
        found = stored.rows[family].p_value
        assert found == pytest.approx(corrected[families[0], family]), family


def difference(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Difference of two rows over seeds and images, and its p value."""
    covariance = pd.DataFrame(np.concatenate([one, other]).T).cov() / IMAGES
    matrix, cut = covariance.to_numpy(), len(one)
    images = shared(matrix[:cut, :cut]) + shared(matrix[cut:, cut:])
    images = max(0.0, images - 2 * matrix[:cut, cut:].mean())
    # One image more on which the two differ, half each way.
    images = (images * IMAGES**2 + 1) / (IMAGES + 2) ** 2
    between = [
        stats.sem(each.mean(axis=1)) ** 2 for each in (one, other) if each[1:].size
    ]
    variance = images + sum(between)
    squares = sum(each**2 / (SEEDS - 1) for each in between)
    degrees = variance**2 / squares if squares else np.inf
    mean = float(one.mean() - other.mean())
    return mean, float(2 * stats.t.sf(abs(mean) / np.sqrt(variance), degrees))


def shared(block: np.ndarray) -> float:
    """Mean covariance of two seeds of one row; the variance of a single seed."""
    if len(block) == 1:
        return float(block[0, 0])
    return float(block[np.triu_indices(len(block), 1)].mean())
