"""What models are for, and the metrics by which they are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces import CLASSIFICATION, DENOISING, GENERATION

GENERATION_OF_FEW = "generation of few"
"""By a metric that isn't biased where images are few."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that says how good a model is.

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
LOG_LOSS = Metric(name="log_loss", label="log loss", higher_is_better=False)
ERROR = Metric(name="mse", label="squared error", higher_is_better=False, digits=5)
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
KID_DEVIATION = Metric(name="kid_deviation", label="KID ±", digits=4)
COMPRESSION = Metric(name="compression", label="compression", digits=1)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What models of a family are for.

    Attributes:
        name: In ``GOALS``.
        task: What users call it; goals of one task differ in what ranks.
        objective: What a search optimizes, of validation images.
        tie_breaker: Decides between equal ones. On a few hundred images many
            configurations reach the same accuracy; the log loss tells the surer of
            them apart.
        ranked_by: What a leaderboard ranks by, of test images.
        references: What the rows are that nobody searched.
        shown: Of test images, shown beside it; the first one decides between rows
            that tie.
    """

    name: str
    task: str
    objective: Metric
    tie_breaker: Metric
    ranked_by: Metric
    references: str
    shown: tuple[Metric, ...] = ()

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
        """Name of what ranks among a final training's metrics."""
        return f"test_{self.ranked_by.name}"

    def key(self, metrics: Mapping[str, float]) -> tuple[float, float]:
        """Sorts from worst to best."""
        return (
            self.objective.better(metrics[self.validated]),
            self.tie_breaker.better(metrics[self.settled]),
        )

    def score(self, metrics: Mapping[str, float]) -> float:
        """One number in the same order, to be maximized, for searchers that know
        no ties: 1e-5 of the log loss is less than one image in 10,000. Other
        objectives than shares of images hardly ever tie.
        """
        first, second = self.key(metrics)
        is_share = self.objective.bounds == (0.0, 1.0)
        return first + 1e-5 * max(second, -9.0) if is_share else first


_REAL_AND_NOISE = "real training images, the best to hope for, and noise, the worst"

GOALS = {
    goal.name: goal
    for goal in (
        Goal(
            name=CLASSIFICATION,
            task=CLASSIFICATION,
            objective=ACCURACY,
            tie_breaker=LOG_LOSS,
            ranked_by=ACCURACY,
            shown=(LOG_LOSS,),
            references="classifiers that nobody searched, trained once: the floor",
        ),
        Goal(
            name=DENOISING,
            task=DENOISING,
            objective=ERROR,
            tie_breaker=ERROR,
            ranked_by=PSNR,
            shown=(SSIM, PSNR_NOISY, SSIM_NOISY, COMPRESSION),
            references="the noisy images as they are, and a median filter: the floor",
        ),
        Goal(
            name=GENERATION,
            task=GENERATION,
            objective=FID,
            tie_breaker=KID,
            ranked_by=FID,
            shown=(KID, KID_DEVIATION),
            references=_REAL_AND_NOISE,
        ),
        Goal(
            name=GENERATION_OF_FEW,
            task=GENERATION,
            objective=KID,
            tie_breaker=FID,
            ranked_by=KID,
            shown=(FID, KID_DEVIATION),
            references=_REAL_AND_NOISE,
        ),
    )
}
