"""Task types, and the metrics by which their models are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces import CLASSIFICATION, DENOISING, GENERATION

GENERATION_OF_FEW = "generation of few"
"""Generation where images are few: ranked by KID, which isn't biased there."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that measures how good a model is.

    Attributes:
        name: As it ends the names of metrics, such as ``accuracy``.
        label: As people say it, its unit included.
        higher_is_better: Or lower.
        bounds: Lowest and highest value; infinite where there are none.
        digits: After the point, where it is shown.
    """

    name: str
    label: str
    higher_is_better: bool = True
    bounds: tuple[float, float] = (0.0, float("inf"))
    digits: int = 4

    def better(self, value: float) -> float:
        """The value, or minus it: higher is better."""
        return value if self.higher_is_better else -value

    def text(self, value: float) -> str:
        return f"{value:.{self.digits}f}"


ACCURACY = Metric(name="accuracy", label="accuracy", bounds=(0.0, 1.0))
BALANCED_ACCURACY = Metric(
    name="balanced_accuracy", label="balanced accuracy", bounds=(0.0, 1.0)
)
MACRO_F1 = Metric(name="macro_f1", label="macro F1", bounds=(0.0, 1.0))
ROC_AUC = Metric(name="roc_auc", label="ROC AUC", bounds=(0.0, 1.0))
LOG_LOSS = Metric(name="log_loss", label="log loss", higher_is_better=False)

RANKING_METRICS = {
    metric.name: metric
    for metric in (ACCURACY, BALANCED_ACCURACY, MACRO_F1, ROC_AUC, LOG_LOSS)
}
"""Metrics by which classifiers can be selected and ranked."""

BRIER = Metric(
    name="brier", label="Brier score", higher_is_better=False, bounds=(0.0, 2.0)
)
CALIBRATION_ERROR = Metric(
    name="ece", label="calibration error", higher_is_better=False, bounds=(0.0, 1.0)
)
SCALED_CALIBRATION_ERROR = Metric(
    name="ece_scaled",
    label="calibration error, scaled",
    higher_is_better=False,
    bounds=(0.0, 1.0),
)
"""Calibration error after temperature scaling on the validation images."""

TEMPERATURE = Metric(name="temperature", label="temperature", digits=2)

CLASSIFIER_METRICS = (
    *RANKING_METRICS.values(),
    BRIER,
    CALIBRATION_ERROR,
    SCALED_CALIBRATION_ERROR,
    TEMPERATURE,
)
"""Metrics of the test images that every classifier is measured by."""

PSNR = Metric(name="psnr", label="PSNR (dB)", digits=2)
PSNR_NOISY = Metric(name="psnr_noisy", label="PSNR noisy", digits=2)
SSIM = Metric(name="ssim", label="SSIM", bounds=(-1.0, 1.0), digits=3)
SSIM_NOISY = Metric(name="ssim_noisy", label="SSIM noisy", bounds=(-1.0, 1.0), digits=3)
FID = Metric(name="fid", label="FID", higher_is_better=False, digits=2)
KID = Metric(
    name="kid",
    label="KID",
    higher_is_better=False,
    bounds=(float("-inf"), float("inf")),
    digits=4,
)
KID_DEVIATION = Metric(name="kid_deviation", label="KID SD over subsets", digits=4)
"""Standard deviation over random subsets of the same images. It is no standard error of
the KID, nor the spread between seeds."""

FID_TRAINING = Metric(
    name="fid_training",
    label="FID to training images",
    higher_is_better=False,
    digits=2,
)
"""As published tables have it; rows are ranked by the distance to test images, which no
generator has seen."""

COMPRESSION = Metric(name="compression", label="compression (of bits)", digits=1)
IMAGE_BITS = Metric(name="image_bits", label="bits of image", digits=0)
CODE_BITS = Metric(name="code_bits", label="bits of code", digits=0)


@dataclass(frozen=True, kw_only=True)
class TaskType:
    """What models of a family are for, and the metrics that compare them.

    Attributes:
        name: Key in ``TASK_TYPES``.
        kind: ``classification``, ``denoising`` or ``generation``; task types of one
            kind differ in the metric that ranks.
        objective: Metric of the validation images that a search optimizes.
        tie_breaker: Decides between trials of equal objective. On a few hundred
            images many configurations reach the same accuracy; the log loss still
            differs.
        ranked_by: Metric of the test images that a leaderboard ranks by.
        references: Describes the rows of a leaderboard that nobody searched.
        shown: Metrics of the test images beside it; the first decides between rows
            that tie.
        conditions_text: Describes the conditions of a test beside its images, with the
            task type's options in braces.
    """

    name: str
    kind: str
    objective: Metric
    tie_breaker: Metric
    ranked_by: Metric
    references: str
    shown: tuple[Metric, ...] = ()
    conditions_text: str = ""

    @property
    def validated(self) -> str:
        """Name of the objective among a trial's metrics."""
        return f"validation_{self.objective.name}"

    @property
    def settled(self) -> str:
        """Name of the tie breaker among a trial's metrics."""
        return f"validation_{self.tie_breaker.name}"

    @property
    def tested(self) -> str:
        """Name of the ranking metric among a final training's metrics."""
        return f"test_{self.ranked_by.name}"

    def conditions(self, options: Mapping[str, object]) -> str:
        """Conditions of a test beside its images; empty for accuracies.

        Args:
            options: Of the task type, by name.
        """
        return self.conditions_text.format_map(options)

    def key(self, metrics: Mapping[str, float]) -> tuple[float, float]:
        """Sort key of a trial's metrics, rising from worst to best."""
        return (
            self.objective.better(metrics[self.validated]),
            self.tie_breaker.better(metrics[self.settled]),
        )

    def score(self, metrics: Mapping[str, float]) -> float:
        """One number in the order of ``key``, to be maximized, for searchers that
        know no ties.

        A log loss is weighed by 1e-5, so that it counts for less than one image in
        10,000. Objectives that are no shares of images hardly ever tie.
        """
        first, second = self.key(metrics)
        is_share = self.objective.bounds == (0.0, 1.0)
        return first + 1e-5 * max(second, -9.0) if is_share else first


def classification_by(metric: str) -> str:
    """Name of the task type of classifiers that are ranked by a metric."""
    if metric == ACCURACY.name:
        return CLASSIFICATION
    return f"{CLASSIFICATION} by {RANKING_METRICS[metric].label}"


def _classification(metric: Metric) -> TaskType:
    is_usual = metric is ACCURACY
    return TaskType(
        name=classification_by(metric.name),
        kind=CLASSIFICATION,
        objective=metric,
        tie_breaker=ACCURACY if metric is LOG_LOSS else LOG_LOSS,
        ranked_by=metric,
        shown=tuple(m for m in (ACCURACY, LOG_LOSS) if m is not metric),
        references=(
            "classifiers that nobody searched, trained once on all training and "
            "validation images: the floor"
        ),
        conditions_text="" if is_usual else f"by {metric.label}",
    )


_REAL_AND_NOISE = "real training images, the best to hope for, and noise, the worst"

TASK_TYPES = {
    task_type.name: task_type
    for task_type in (
        *map(_classification, RANKING_METRICS.values()),
        TaskType(
            name=DENOISING,
            kind=DENOISING,
            # A mean of ratios in dB hardly ever ties. The squared error would, as
            # a tie breaker, prolong trainings whose PSNR falls already.
            objective=PSNR,
            tie_breaker=PSNR,
            ranked_by=PSNR,
            shown=(
                SSIM,
                PSNR_NOISY,
                SSIM_NOISY,
                COMPRESSION,
                IMAGE_BITS,
                CODE_BITS,
            ),
            references="the noisy images as they are, and a median filter: the floor",
            conditions_text=(
                "denoising of noise with mean {noise_mean:g} and "
                "variance {noise_variance:g}"
            ),
        ),
        TaskType(
            name=GENERATION,
            kind=GENERATION,
            objective=FID,
            tie_breaker=KID,
            ranked_by=FID,
            shown=(KID, KID_DEVIATION, FID_TRAINING),
            references=_REAL_AND_NOISE,
            conditions_text=GENERATION,
        ),
        TaskType(
            name=GENERATION_OF_FEW,
            kind=GENERATION,
            objective=KID,
            tie_breaker=FID,
            ranked_by=KID,
            shown=(FID, KID_DEVIATION, FID_TRAINING),
            references=_REAL_AND_NOISE,
            conditions_text=GENERATION,
        ),
    )
}
