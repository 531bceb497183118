"""What is said of duplicates in a data set."""

from __future__ import annotations

from collections.abc import Iterator

from bench.records import Duplicates, Findings, ImagePlace, TaskRecord
from bench.records.wording import counted
from bench.report.remark import SPLIT_NAMES, Remark, Severity, are, note
from bench.text import shortened

DUPLICATES_FILE = "duplicates.csv"

_NAMED = 3
"""Maximum number of pairs that a sentence names."""

_WAY_OUT = (
    f"{DUPLICATES_FILE} lists all; take them out of one side, or give --groups "
    "duplicates, which keeps duplicates on one side."
)


def duplicate_remarks(task: TaskRecord, findings: Findings) -> Iterator[Remark]:
    """What is said of exact and of near duplicates."""
    yield from _exact(task, findings.exact)
    if findings.near is None:
        yield note(f"Near duplicates were not looked for: {findings.not_near}.")
    else:
        yield from _near(task, findings.near)


def _exact(task: TaskRecord, exact: Duplicates) -> Iterator[Remark]:
    if exact.test:
        yield _exact_test(task, exact)
    if exact.relabelled:
        images = counted(exact.relabelled, "image")
        pixels = "the pixels of an image of another class"
        yield Remark(
            severity=Severity.WARNING,
            short=f"{images} with {pixels}",
            text=(
                f"{images} of {task.images:,} have {pixels}, {_named(task, exact)}: at "
                "least one of two labels is wrong, or the classes overlap. Mend the "
                f"labels; {DUPLICATES_FILE} lists all."
            ),
        )
    if exact.validation:
        images = are(exact.validation, "validation image")
        said = f"{images} also {_other(exact.validation, 'training')}"
        yield Remark(
            severity=Severity.WARNING,
            short=said,
            text=(
                f"{said}, pixel for pixel, which makes validation scores too high. "
                "--groups duplicates keeps them on one side."
            ),
        )
    if not exact.images:
        yield note("No two images have the same pixels.")
    elif not (exact.test or exact.relabelled or exact.validation):
        yield note(
            f"{counted(exact.images, 'image')} have the pixels of another one of their "
            f"split and class, {_named(task, exact)}."
        )


def _exact_test(task: TaskRecord, exact: Duplicates) -> Remark:
    images = are(exact.test, "test image")
    others = _other(exact.test, "training or validation")
    relabelled = _relabelled(exact.test_relabelled, exact.test)
    return Remark(
        severity=Severity.SERIOUS,
        short=f"{images} also {others}{relabelled}",
        text=(
            f"{images} also {others}, pixel for pixel{relabelled}, "
            f"{_named(task, exact)}. {_worth(task, exact)} {_WAY_OUT}"
        ),
    )


def _near(task: TaskRecord, near: Duplicates) -> Iterator[Remark]:
    if near.test:
        yield _near_test(task, near)
    if near.validation:
        images = counted(near.validation, "validation image")
        look = "looks" if near.validation == 1 else "look"
        others = _other(near.validation, "training")
        yield Remark(
            severity=Severity.WARNING,
            short=f"{images} {look} like {others}",
            text=(
                f"{images} {look} the same as {others}, which makes validation scores "
                "too high. --groups duplicates keeps them on one side."
            ),
        )
    if near.relabelled:
        yield Remark(
            severity=Severity.WARNING,
            short="",
            text=(
                f"{counted(near.relabelled, 'image')} of {task.images:,} look the same "
                "as an image of another class: labels may be wrong, or the classes "
                f"overlap; {DUPLICATES_FILE} lists all."
            ),
        )
    if not near.images:
        yield note("No two images look the same.")
    elif not (near.test or near.validation):
        yield note(
            f"{counted(near.images, 'image')} look the same as another one of their "
            f"split, {_named(task, near)}."
        )


def _near_test(task: TaskRecord, near: Duplicates) -> Remark:
    look = f"{counted(near.test, 'test image')} look{'s' if near.test == 1 else ''}"
    others = _other(near.test, "training or validation")
    relabelled = _relabelled(near.test_relabelled, near.test)
    return Remark(
        severity=Severity.SERIOUS,
        short=f"{look} like {others}{relabelled}",
        text=(
            f"{look} the same as {others}{relabelled}, "
            f"{_named(task, near)}. {_worth(task, near)} {_WAY_OUT} If images come "
            "from bursts, scenes or patients, give these with --groups."
        ),
    )


def _worth(task: TaskRecord, duplicates: Duplicates) -> str:
    share = duplicates.test / task.test
    return (
        "A model that remembers them may score higher by up to "
        f"{share:.2g} than on new images."
    )


def _other(count: int, kind: str) -> str:
    return f"a {kind} image" if count == 1 else f"{kind} images"


def _relabelled(count: int, of: int) -> str:
    if not count:
        return ""
    return f", {'' if count == of else f'{count:,} '}with another label"


def _named(task: TaskRecord, duplicates: Duplicates) -> str:
    """Some pairs, such as ``a.jpg (training, cat) and b.jpg (test, dog)``."""
    pairs = [
        f"{_place(task, one)} and {_place(task, other)}"
        for one, other in duplicates.pairs[:_NAMED]
    ]
    return "such as " + "; ".join(pairs)


def _place(task: TaskRecord, place: ImagePlace) -> str:
    name = shortened(place.file, 60) or f"image {place.position}"
    label = shortened(task.class_names[place.label], 30)
    return f"{name} ({SPLIT_NAMES[place.split]}, {label})"
