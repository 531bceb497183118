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
from sklearn import metrics as sklearn_metrics

from bench import report
from bench.records import FinalRecord, ReferenceRecord
from bench.report.board import Board
from bench.store import Store
from bench.training.evaluators.scores import classification

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
            return easy(self.labels)[np.newaxis].astype(float)
        predicted = self.probabilities[family].argmax(axis=2)
        return (predicted == self.labels).astype(float)


def easy(labels: np.ndarray) -> np.ndarray:
    """Images that the reference predicts right: all but every fourth."""
    return np.arange(len(labels)) % 4 > 0


@pytest.fixture(scope="module")
def tested(tmp_path_factory, make_filler, task) -> Iterator[Stored]:
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
        right = ReferenceRecord.packed(easy(labels))
        reference = ReferenceRecord(
            name="logistic_regression",
            metrics={"test_accuracy": 0.75, "test_log_loss": 1.0},
            parameters=10,
            seconds=0.1,
            right=right,
        )
        store.add_reference(study.test, reference)
        yield Stored(store)


def final(study: str, seed: int, logits: np.ndarray, labels: np.ndarray):
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    record = FinalRecord(
        seed=seed,
        metrics=classification(probabilities, labels, "test"),
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


def by_sklearn(name: str, probabilities: np.ndarray, labels: np.ndarray) -> float:
    """A metric of one seed."""
    predicted = probabilities.argmax(axis=1)
    whole = probabilities / probabilities.sum(axis=1, keepdims=True)
    if name == "log_loss":
        return float(sklearn_metrics.log_loss(labels, whole))
    of_predictions = {
        "accuracy": sklearn_metrics.accuracy_score,
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score,
    }
    return float(of_predictions[name](labels, predicted))


def test_metrics_are_the_means_of_scikit_learns_over_seeds(tested: Stored) -> None:
    for family, of_seeds in tested.probabilities.items():
        found = tested.rows[family].metrics
        for name, value in found.items():
            expected = [by_sklearn(name, each, tested.labels) for each in of_seeds]
            # The store rounds probabilities to half precision.
            assert value == pytest.approx(np.mean(expected), abs=5e-4), (family, name)


def test_interval_of_one_seed_is_near_scipys_bootstrap_over_images(tested) -> None:
    row, right = tested.rows["dense"], tested.right("dense")[0]
    found = stats.bootstrap((right,), np.mean, rng=0, method="BCa").confidence_interval
    assert (row.low, row.high) == pytest.approx((found.low, found.high), abs=0.01)
    assert row.of_images == pytest.approx(stats.sem(right))
    assert row.of_seeds is None


def test_interval_of_one_seed_is_that_of_two_more_right_and_two_more_wrong(
    tested: Stored,
) -> None:
    row = tested.rows["dense"]
    longer = np.append(tested.right("dense")[0], (1, 1, 0, 0))
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
def test_standard_errors_are_those_of_an_analysis_of_variance(tested, family) -> None:
    squares, row = by_anova(tested.right(family)), tested.rows[family]
    of_seeds = np.sqrt(max(0, squares["seed"] - squares["rest"]))
    assert row.of_seeds == pytest.approx(of_seeds)
    assert row.of_images == pytest.approx(np.sqrt(squares["image"]))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["vgg", "lenet"])
def test_interval_over_seeds_and_images_is_that_of_hillis(tested, family) -> None:
    right, row = tested.right(family), tested.rows[family]
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
def test_standard_error_of_the_mean_is_that_of_a_mixed_model(tested) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    right, row = tested.right("lenet"), tested.rows["lenet"]
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
def test_p_values_are_those_of_t_tests_with_holms_correction(tested) -> None:
    from statsmodels.stats.multitest import multipletests

    families = [row.family for row in tested.board.rows]
    right = {family: tested.right(family) for family in families}
    pairs = list(combinations(families, 2))
    values = [difference(right[one], right[other])[1] for one, other in pairs]
    corrected = dict(zip(pairs, multipletests(values, method="holm")[1], strict=True))
    for family in families[1:]:
        found = tested.rows[family].p_value
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
