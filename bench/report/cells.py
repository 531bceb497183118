"""Texts of single values in tables and captions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bench.records import Metric, StudyRecord, Value
from bench.records.wording import budget_text, counted, family_name, searched_name
from bench.report.comparison import Comparison
from bench.report.looks import Looks
from bench.report.ranking import Row
from bench.report.statistics import Difference
from bench.text import shortened

UNKNOWN = "–"

USELESS = 0.25
"""Share of a score from which the interval of two seeds tells nothing."""


def score(row: Row) -> str:
    """The ranking metric, such as ``0.9861 ± 0.0043``; without ± for a single seed.

    An interval that is too wide to be of use stands in brackets.
    """
    ranking, half = row.task_type.ranked_by, _half_width(row)
    if half is None:
        return ranking.text(row.score)
    interval = f"± {ranking.text(half)}"
    if is_useless(row):
        interval = f"({interval})"
    return f"{ranking.text(row.score)} {interval}"


def is_useless(row: Row) -> bool:
    """Whether two seeds gave an interval that is too wide to tell anything."""
    half = _half_width(row)
    return half is not None and row.seeds == 2 and half > USELESS * abs(row.score)


def useless(rows: Sequence[Row]) -> str:
    """What brackets around an interval mean; empty if no row has them."""
    if not any(map(is_useless, rows)):
        return ""
    return (
        "(±) is no interval to rely on: two seeds that differ this much say too "
        "little; the same command with more --seeds says more"
    )


def _half_width(row: Row) -> float | None:
    if row.low is None or row.high is None:
        return None
    # Clipping to the metric's bounds may have shortened one side of the interval.
    return max(row.score - row.low, row.high - row.score)


def rank(row: Row, is_marked: bool) -> str:
    """The rank, such as ``≈ 2``; ensembles have none."""
    if row.rank is None:
        return UNKNOWN
    return f"{'≈ ' if is_marked else ''}{row.rank}"


def covered(rows: Sequence[Row]) -> str:
    """What the intervals of a board cover."""
    if rows and rows[0].repeats:
        return rows[0].interval_over
    of_images = any(row.of_images is not None for row in rows)
    return "seeds and test images" if of_images else "seeds"


def mark(rows: Sequence[Row]) -> str:
    """What the mark of rows that may be as good as the first row means."""
    if any(row.verdict for row in rows):
        over = "test images and seeds" if not rows[0].repeats else covered(rows)
        return (
            f"it may be as good as the first row: their difference over {over} is not "
            "clear at 5%, by Holm's correction for all pairs of rows"
        )
    text = "its 95% interval overlaps that of the first row"
    if any(row.seeds == 1 for row in rows):
        text += ", or one of the two has a single seed and so no interval"
    return text


def optimism(row: Row) -> str:
    """By how much validation promised too much or too little, as a sentence."""
    assert row.optimism is not None
    ranking = row.task_type.ranked_by
    better, why = "better", "scores that selected are too good on average"
    if row.optimism < 0:
        better, why = "worse", "no selection does that, so their images may differ"
    low, high = sorted(abs(end or 0.0) for end in (row.optimism_low, row.optimism_high))
    return (
        f"the validation {ranking.label} that selected it is {better} than its test "
        f"{ranking.label} by {ranking.text(abs(row.optimism))} (95% interval "
        f"{ranking.text(low)} to {ranking.text(high)}): {why}"
    )


def looked_at(looks: Looks, metric: Metric) -> str:
    """How often a test split was looked at and what follows, as sentences."""
    text = (
        f"these images tested {counted(looks.configurations, 'configuration')} with "
        f"{counted(looks.trainings, 'training')}, removed studies included"
    )
    if looks.luck is None:
        return text
    return (
        f"{text}; if the {looks.contenders} that may be the best were equally good, "
        "the first would still look better than it is by "
        f"{metric.text(looks.luck)} on average"
    )


def repeats(row: Row) -> str:
    """The scores of the studies that a row stands for."""
    return ", ".join(row.task_type.ranked_by.text(score) for score in row.repeats)


def metric(value: float | None, metric: Metric) -> str:
    """A value of a metric, rounded to the metric's digits."""
    return UNKNOWN if value is None else metric.text(value)


def capitalized(text: str) -> str:
    """The text with a capital first letter and all other letters as they are."""
    return text[:1].upper() + text[1:]


def number(value: float | None, spec: str = ",") -> str:
    """A number in a format, by default with thousands separators."""
    return UNKNOWN if value is None else format(value, spec)


def milliseconds(value: float | None) -> str:
    """Milliseconds to three significant digits, never in scientific notation."""
    if value is None:
        return UNKNOWN
    digits = next((n for n, limit in enumerate((100, 10, 1)) if value >= limit), 3)
    return f"{value:.{digits}f}"


def trials(row: Row) -> str:
    """Numbers of finished and failed trials, such as ``18/2``."""
    if row.trials_finished is None:
        return UNKNOWN
    return f"{row.trials_finished}/{row.trials_failed}"


def validation(row: Row) -> str:
    """The objective, such as ``0.9712``, with folds ``0.9712 ± 0.0041, 3-fold``.

    After ± stands the standard deviation over the folds.
    """
    objective = row.task_type.objective
    text = metric(row.validation, objective)
    if row.folds is None or row.validation_deviation is None:
        return text
    return f"{text} ± {objective.text(row.validation_deviation)}, {row.folds}-fold"


def setting(value: Value) -> str:
    """The value of a hyperparameter; floats to four significant digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def hyperparameters(values: Mapping[str, Value]) -> str:
    """Names and values in one line, sorted by name."""
    return ", ".join(f"{name}={setting(values[name])}" for name in sorted(values))


def labels(rows: Sequence[Row]) -> list[str]:
    """A label for each row: its family, with details if several rows share it."""
    return _distinct([_label_candidates(row) for row in rows])


def study_labels(studies: Sequence[StudyRecord]) -> list[str]:
    """A label for each study: its family, with details if several studies share it."""
    return _distinct([_study_candidates(study) for study in studies])


def _distinct(candidates: Sequence[tuple[str, ...]]) -> list[str]:
    """For each row the shortest label that no other row has.

    Args:
        candidates: Labels of each row, each with more details than the one before.
    """
    groups: dict[str, list[tuple[str, ...]]] = {}
    for labels_of_row in candidates:
        groups.setdefault(labels_of_row[0], []).append(labels_of_row)
    levels = {family: _distinct_level(group) for family, group in groups.items()}
    return [labels_of_row[levels[labels_of_row[0]]] for labels_of_row in candidates]


def study_title(study: StudyRecord) -> str:
    """Family and data set, short enough for the title of a plot."""
    family = shortened(family_name(study.spec.family), 40)
    return f"{family} on {shortened(study.task.title, 30)}"


def file_part(name: str) -> str:
    """A name as part of a file's name on any system, at most 80 bytes long."""
    part = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:40]
    return part.encode()[:80].decode(errors="ignore")


def compared(comparison: Comparison) -> str:
    """A comparison as a sentence, such as ``vgg: loss=bce is ahead of loss=ce ...``."""
    name, difference = comparison.hyperparameter, comparison.difference
    value, other = (
        f"{name}={setting(v)}" for v in (comparison.value, comparison.other)
    )
    ranking = comparison.task_type.ranked_by
    is_single = comparison.seeds == 1
    seeds = "one seed" if is_single else counted(comparison.seeds, "seed")
    family = family_name(comparison.family)
    if difference.low == difference.high == 0:
        return (
            f"{family}: {value} and {other} have the same test {ranking.label} with "
            f"each of {seeds}"
        )
    low, high = difference.low, difference.high
    half = "" if high is None else f" ± {ranking.text(high - difference.mean)}"
    remark = ", which gives no interval" if low is None else ""
    if low is not None and not comparison.is_clear:
        remark = "; the 95% interval includes zero"
    return (
        f"{family}: {value} is ahead of {other} by {ranking.text(difference.mean)}"
        f"{half} in test {ranking.label}, paired over {seeds}{remark}"
    )


def ensembles(rows: Sequence[Row]) -> list[str]:
    """What each ensemble among some rows gains, as sentences."""
    named = zip(labels(rows), rows, strict=True)
    return [
        f"{name}: {_gained(row, row.gain)}"
        for name, row in named
        if row.gain is not None
    ]


def _gained(row: Row, gain: Difference) -> str:
    """Such as ``0.0068 ahead of the single models of its study in test ...``."""
    ranking = row.task_type.ranked_by
    where = "ahead of" if gain.mean >= 0 else "behind"
    text = (
        f"{ranking.text(abs(gain.mean))} {where} the single models of its study in "
        f"test {ranking.label} (95% interval over test images "
        f"{ranking.text(gain.low)} to {ranking.text(gain.high)})"
    )
    by_weight = sorted(row.members, key=lambda member: -member.weight)
    weights = [f"trial {m.trial} {m.weight:.2f}" for m in by_weight if m.weight]
    return f"{text}; weights: {', '.join(weights)}" if weights else text


def _label_candidates(row: Row) -> tuple[str, ...]:
    """Five labels for a row, each with more details than the one before."""
    family = row.name
    if row.is_reference:
        return (family,) * 5
    return _detailed(
        family, hyperparameters(row.held), row.tuner, row.budget, row.study[:8]
    )


def _study_candidates(study: StudyRecord) -> tuple[str, ...]:
    spec = study.spec
    held = hyperparameters(spec.changes)
    family = searched_name(spec.family, spec.size, spec.precision)
    return _detailed(family, held, spec.searcher, budget_text(spec), study.id[:8])


def _detailed(family: str, *details: str) -> tuple[str, ...]:
    """A family's label without details, with one, with two and so on."""
    numbers = range(1, len(details) + 1)
    longer = (", ".join(filter(None, details[:n])) for n in numbers)
    return family, *(f"{family} ({text})" if text else family for text in longer)


def _distinct_level(group: Sequence[tuple[str, ...]]) -> int:
    """The first level of detail at which all labels of a group differ."""
    levels = list(zip(*group, strict=True))
    return next((n for n, c in enumerate(levels) if len(set(c)) == len(c)), 4)
