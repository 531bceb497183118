"""What the examination of a task found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from bench.records import TEST, TRAIN, VALIDATION, Findings, Grouping, TaskRecord
from bench.records.wording import counted
from bench.report.duplicate_remarks import duplicate_remarks
from bench.report.remark import SPLIT_NAMES, Remark, Severity, are, note
from bench.text import shortened
from search_spaces.parts.options import IMBALANCED

FEW_TEST_IMAGES = 100

_SHIFT = 0.2
"""Standard deviations by which splits may differ (Cohen 1988: a small effect)."""

_CHANCE = 4
"""Standard errors of a difference that does not come about by chance."""


def remarks(task: TaskRecord) -> list[Remark]:
    """What was found in an examined task, the most serious first."""
    findings = task.findings
    if findings is None:
        return []
    found = [
        *_sampled(findings, task),
        *duplicate_remarks(task, findings),
        *_shifts(findings),
        *_files(findings, task),
        *_constant(findings),
        *_balance(findings, task),
        *_resolution(findings, task),
        *_groups(findings),
    ]
    order = list(Severity)
    return sorted(found, key=lambda remark: order.index(remark.severity))


def headline(task: TaskRecord) -> str:
    """One line for the terminal: what matters of an examined task."""
    matters = [remark.short for remark in remarks(task) if remark.short]
    if not matters:
        return f"data: {_examined(task)} images examined, nothing found"
    is_sampled = task.findings is not None and task.findings.examined is not None
    where = f"in a sample of {_examined(task)} images, " if is_sampled else ""
    return f"data: {where}{'; '.join(matters)} (details in leaderboard.md)"


def _examined(task: TaskRecord) -> str:
    examined = None if task.findings is None else task.findings.examined
    if examined is None:
        return f"{task.images:,}"
    return f"{sum(examined.values()):,} of {task.images:,}"


def _sampled(findings: Findings, task: TaskRecord) -> Iterator[Remark]:
    if findings.examined is not None:
        yield note(
            f"The images are streamed: {_examined(task)} were examined, as many of "
            "each class as its share. What is said of pixels and duplicates holds for "
            "these; images of which nothing is said may have duplicates."
        )


def _shifts(findings: Findings) -> Iterator[Remark]:
    for split in (TEST, VALIDATION):
        for what, words in _differences(findings, split):
            yield Remark(
                severity=Severity.SERIOUS if split == TEST else Severity.WARNING,
                short=f"{SPLIT_NAMES[split]} images are {words} than training images",
                text=f"{SPLIT_NAMES[split].capitalize()} images are {words} than "
                f"training images: {what}. They seem to come from elsewhere, so the "
                "score tells how a model does there, not on images like those of the "
                "training. Mix the parts before they are split if that is not meant.",
            )


def _differences(findings: Findings, split: str) -> Iterator[tuple[str, str]]:
    """How the pixels of a split differ from those of the training split."""
    train, other = findings.pixels[TRAIN], findings.pixels[split]
    sizes = findings.examined or {n: sum(c) for n, c in findings.counts.items()}
    counts = [sizes[name] for name in (TRAIN, split)]
    error = sum(1 / count for count in counts) ** 0.5
    measures = (
        (
            "mean",
            train.mean,
            other.mean,
            train.brightness_deviation,
            ("brighter", "darker"),
        ),
        (
            "contrast",
            train.contrast,
            other.contrast,
            train.contrast_deviation,
            ("of higher contrast", "of lower contrast"),
        ),
    )
    for name, usual, value, deviation, words in measures:
        if deviation and abs(value - usual) / deviation > max(_SHIFT, _CHANCE * error):
            distance = abs(value - usual) / deviation
            yield (
                f"their {name} is {value:.4g}, that of training images {usual:.4g}, "
                f"{distance:.1f} standard deviations of single images apart",
                words[value < usual],
            )


def _files(findings: Findings, task: TaskRecord) -> Iterator[Remark]:
    files = findings.files
    if files is None:
        return
    if files.unreadable:
        # The terminal says so already, as a note of the data set.
        yield Remark(
            severity=Severity.WARNING,
            short="",
            text=f"{counted(files.unreadable, 'unreadable file')} left out: if they "
            "are of one kind, the score does not cover it.",
        )
    height, width = task.image_shape[:2]
    sizes = (
        f"Files have {_size(files.smallest)} to {_size(files.largest)} pixels, the "
        f"median {_size(files.median)}"
        if files.smallest != files.largest
        else f"All files have {_size(files.median)} pixels"
    )
    if min(files.median) < min(height, width):
        yield note(
            f"{sizes}; they are enlarged to {_size((height, width))}, which adds no "
            "detail and costs time."
        )
    elif files.smallest == files.largest == (height, width):
        yield note(f"{sizes}.")
    else:
        yield note(f"{sizes}; they are scaled to {_size((height, width))}.")


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _constant(findings: Findings) -> Iterator[Remark]:
    if total := sum(findings.constant.values()):
        where = ", ".join(
            f"{count:,} {SPLIT_NAMES[split]}"
            for split, count in findings.constant.items()
            if count
        )
        yield Remark(
            severity=Severity.WARNING,
            short=f"{are(total, 'image')} of a single value",
            text=f"{are(total, 'image')} of a single value ({where}): they hold "
            "nothing to learn from. Look at what made them, and leave them out.",
        )


def _balance(findings: Findings, task: TaskRecord) -> Iterator[Remark]:
    counts = findings.class_counts
    least, most = min(counts), max(counts)
    smallest, largest = (
        f"{shortened(task.class_names[counts.index(n)], 40)!r}" for n in (least, most)
    )
    if most > IMBALANCED * least:
        ratio = f"{most / least:.1f}"
        yield Remark(
            severity=Severity.WARNING,
            short="",  # the study says so itself, and by which metric it selects
            text=f"The largest class, {largest}, has {most:,} images, {ratio} times as "
            f"many as the smallest, {smallest}, with {least:,}. Plain accuracy hides "
            "how well small classes are told apart: balanced accuracy does not.",
        )
    elif most == least:
        yield note(f"Every class has {most:,} images.")
    else:
        yield note(
            f"Classes have {least:,} ({smallest}) to {most:,} ({largest}) images."
        )


def _resolution(findings: Findings, task: TaskRecord) -> Iterator[Remark]:
    in_test = findings.counts[TEST]
    least = min(in_test)
    name = shortened(task.class_names[in_test.index(least)], 40)
    text = (
        f"One test image moves the accuracy by {1 / task.test:.2g}; in the smallest "
        f"class of the test, {name!r} with {least:,}, it moves the recall by "
        f"{1 / least:.2g}."
    )
    if task.test >= FEW_TEST_IMAGES:
        yield note(text)
        return
    yield Remark(
        severity=Severity.WARNING,
        short=f"only {counted(task.test, 'test image')}: each moves the accuracy by "
        f"{1 / task.test:.2g}",
        text=f"{text} A larger --test-fraction, or more images, make the score surer.",
    )


def _groups(findings: Findings) -> Iterator[Remark]:
    grouping = findings.grouping
    if grouping is None:
        return
    if grouping.left_out:
        left_out = (
            f"{counted(grouping.left_out, 'training image')} left out, since their "
            "groups are in the data set's own test part"
        )
        yield Remark(severity=Severity.WARNING, short=left_out, text=f"{left_out}.")
    yield note(_divided(grouping))


def _divided(grouping: Grouping) -> str:
    asked = f"{grouping.wanted_validation_share:.1%} asked for"
    text = (
        f"No group of images is on two sides: {grouping.train:,} groups train, "
        f"{grouping.validation:,} validate and {grouping.test:,} test. "
        f"{grouping.validation_share:.1%} of the other images validate ({asked})"
    )
    if grouping.wanted_test_share is None:
        return f"{text}."
    return (
        f"{text}, {grouping.test_share:.1%} of all test "
        f"({grouping.wanted_test_share:.1%} asked for)."
    )
