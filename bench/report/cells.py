"""How single values read in tables and captions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from bench.records import EVERY, Metric, StudyRecord, StudySpec, Value
from bench.report.comparison import Comparison
from bench.report.ranking import Row

UNKNOWN = "–"


def score(row: Row) -> str:
    """What ranks it, such as ``0.9861 ± 0.0043``, without ± for a single value."""
    ranking = row.goal.ranked_by
    if row.low is None or row.high is None:
        return ranking.text(row.score)
    # Clipping to bounds may have shortened one side; the other is what it was.
    half = max(row.score - row.low, row.high - row.score)
    return f"{ranking.text(row.score)} ± {ranking.text(half)}"


def metric(value: float | None, metric: Metric) -> str:
    """A value of a metric as it is shown."""
    return UNKNOWN if value is None else metric.text(value)


def capitalized(text: str) -> str:
    """With a capital letter to begin with; the others as they are, as in PSNR."""
    return text[:1].upper() + text[1:]


def number(value: float | None, spec: str = ",") -> str:
    """A number in a format, by default with thousands separators."""
    return UNKNOWN if value is None else format(value, spec)


def milliseconds(value: float | None) -> str:
    """Three significant digits, never in scientific notation."""
    if value is None:
        return UNKNOWN
    digits = next((n for n, limit in enumerate((100, 10, 1)) if value >= limit), 3)
    return f"{value:.{digits}f}"


def trials(row: Row) -> str:
    """Finished and failed trials such as ``18/2``."""
    if row.trials_finished is None:
        return UNKNOWN
    return f"{row.trials_finished}/{row.trials_failed}"


def validation(row: Row) -> str:
    """The objective, such as ``0.9712``, with folds ``0.9712 ± 0.0041, 3-fold``.

    What stands after ± is the standard deviation over the folds.
    """
    objective = row.goal.objective
    text = metric(row.validation, objective)
    if row.folds is None or row.validation_deviation is None:
        return text
    return f"{text} ± {objective.text(row.validation_deviation)}, {row.folds}-fold"


def budget_text(spec: StudySpec) -> str:
    """A budget such as ``20 trials × 50 epochs, 10m``."""
    budget = spec.budget
    if budget.trials == EVERY:
        tried = "all candidates"
    else:
        kind = "trial" if spec.folds is None else "candidate"
        tried = _counted(budget.trials, kind)
    if spec.folds is not None:
        tried += f" × {spec.folds} folds"
    text = f"{tried} × {_counted(budget.epochs, 'epoch')}"
    return text if budget.seconds is None else f"{text}, {duration(budget.seconds)}"


def duration(seconds: float) -> str:
    """A duration as ``--time`` takes it: ``90s``, ``10m``, ``2h``."""
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:g}s"


def hyperparameters(values: Mapping[str, Value]) -> str:
    """Names and values in one line, by name; floats to four significant digits."""
    return ", ".join(f"{name}={setting(values[name])}" for name in sorted(values))


def labels(rows: Sequence[Row]) -> list[str]:
    """A name for each row: its family, and as much more as tells it from others."""
    names = [_candidates(row) for row in rows]
    groups: dict[str, list[tuple[str, ...]]] = {}
    for candidates in names:
        groups.setdefault(candidates[0], []).append(candidates)
    levels = {family: _distinct(group) for family, group in groups.items()}
    return [candidates[levels[candidates[0]]] for candidates in names]


def family_name(family: str) -> str:
    """A family's own name: ``NAME`` for ``PATH.py:NAME`` and ``module:NAME``."""
    return family.rpartition(":")[2]


def dataset_name(dataset: str) -> str:
    """A data set's name without folders: ``folder-photos`` for ``folder:/a/photos``."""
    kind, colon, path = dataset.partition(":")
    if not colon:
        return dataset
    first = PurePath(path.partition(",")[0])
    return f"{kind}-{first.name if kind == 'folder' else first.stem}".rstrip("-")


def study_title(study: StudyRecord) -> str:
    """Family and data set, short enough for the title of a plot."""
    family = shortened(family_name(study.spec.family), 40)
    return f"{family} on {shortened(dataset_name(study.task.dataset), 30)}"


def file_part(name: str) -> str:
    """A name as part of a file's name on any system."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:40]


def compared(comparison: Comparison) -> str:
    """A comparison as a sentence, such as ``vgg: loss=bce is ahead of loss=ce ...``."""
    name, gap = comparison.hyperparameter, comparison.difference
    one, other = (
        f"{name}={setting(value)}" for value in (comparison.value, comparison.other)
    )
    ranking = comparison.goal.ranked_by
    half = "" if gap.high is None else f" ± {ranking.text(gap.high - gap.mean)}"
    seeds = "one seed" if comparison.seeds == 1 else f"{comparison.seeds} seeds"
    if gap.low == gap.high == 0:
        return (
            f"{family_name(comparison.family)}: {one} and {other} have the same test "
            f"{ranking.label} with each of {seeds}"
        )
    verdict = "" if comparison.is_clear else "; that can't be told from nothing"
    return (
        f"{family_name(comparison.family)}: {one} is ahead of {other} by "
        f"{ranking.text(gap.mean)}{half} of test {ranking.label}, paired over "
        f"{seeds}{verdict}"
    )


def shortened(text: str, length: int) -> str:
    """The text, its end replaced by an ellipsis where it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _candidates(row: Row) -> tuple[str, ...]:
    """What a row may be called, the shortest first."""
    family = family_name(row.family)
    if row.is_reference:
        return (family,) * 5
    details = (hyperparameters(row.held), row.tuner, row.budget, row.study[:8])
    longer = (", ".join(filter(None, details[:n])) for n in range(1, 5))
    return family, *(f"{family} ({text})" if text else family for text in longer)


def _distinct(group: Sequence[tuple[str, ...]]) -> int:
    """The first level at which all rows of a group are called differently."""
    columns = list(zip(*group, strict=True))
    return next((n for n, c in enumerate(columns) if len(set(c)) == len(c)), 4)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def setting(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
