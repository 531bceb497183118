"""The best configuration: its hyperparameters, its seeds and their learning curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.records import FinalRecord, Origin, Value
from bench.report import cells
from bench.report.page.blocks import Block, Figures, Section, Table, Text
from bench.report.page.study.final_curves import final_figures
from bench.report.page.study.network import network
from bench.report.page.study.subject import Subject


def best(subject: Subject) -> Section:
    return Section(
        anchor="best",
        title="The best configuration",
        blocks=tuple(_blocks(subject)),
    )


def _blocks(subject: Subject) -> Iterator[Block]:
    trial = subject.best
    if trial is None:
        yield Text(text="No trial has finished, so there is none.")
        return
    yield _values(trial.proposal.hyperparameters, default_values(subject))
    yield from _against_default(subject)
    if subject.results.finals:
        yield _seeds(subject, subject.results.finals)
    figures = tuple(final_figures(subject))
    if figures:
        yield Figures(each=figures)
    yield from network(subject)


def default_values(subject: Subject) -> Mapping[str, Value] | None:
    """Hyperparameters of the family's default configuration, if a trial had them."""
    for trial in subject.results.trials:
        if trial.proposal.origin is Origin.DEFAULT:
            return trial.proposal.hyperparameters
    return None


def _values(chosen: Mapping[str, Value], default: Mapping[str, Value] | None) -> Table:
    if default is None:
        rows = [(name, cells.setting(value)) for name, value in sorted(chosen.items())]
        return Table(
            caption="Hyperparameters; the default ones were not among the trials",
            columns=("Hyperparameter", "Best"),
            rows=rows,
        )
    names = sorted({*chosen, *default})
    rows_ = [(n, *(_setting(values, n) for values in (chosen, default))) for n in names]
    return Table(
        caption="Hyperparameters beside those of the family's default; "
        "bold where they differ",
        columns=("Hyperparameter", "Best", "Default"),
        rows=rows_,
        marked=frozenset(n for n, row in enumerate(rows_) if row[1] != row[2]),
    )


def _setting(values: Mapping[str, Value], name: str) -> str:
    return cells.setting(values[name]) if name in values else "not used"


def _against_default(subject: Subject) -> Iterator[Block]:
    """What the search gained over the default configuration."""
    tuned, default = subject.row(), subject.row(is_default=True)
    trial = subject.best
    if subject.results.decision:
        yield Text(text=f"{cells.capitalized(subject.results.decision)}.")
    elif trial is not None and trial.proposal.origin is Origin.DEFAULT:
        yield Text(text="The default configuration is the best that was tried.")
    elif tuned is not None and default is not None:
        metric = tuned.task_type.ranked_by
        gain = metric.better(tuned.score) - metric.better(default.score)
        word = "better" if gain >= 0 else "worse"
        yield Text(
            text=(
                f"Test {metric.label}: {cells.score(tuned)}, and "
                f"{cells.score(default)} by the default configuration: the search made "
                f"it {word} by {metric.text(abs(gain))}."
            )
        )


def _seeds(subject: Subject, finals: Sequence[FinalRecord]) -> Table:
    metrics = (subject.spec.task_type.ranked_by, *subject.spec.task_type.shown)
    return Table(
        caption="Final trainings, each tested once",
        columns=(
            "Seed",
            *(f"Test {metric.label}" for metric in metrics),
            "Best epoch",
            "Epochs",
            "Seconds",
            "ms an image",
            "Note",
        ),
        rows=[
            (
                str(final.seed),
                *(
                    cells.metric(final.metrics.get(f"test_{metric.name}"), metric)
                    for metric in metrics
                ),
                str(final.best_epoch),
                str(final.epochs),
                f"{final.seconds:.1f}",
                cells.milliseconds(final.latency_ms_1),
                final.error or final.note,
            )
            for final in finals
        ],
        numbers=frozenset(range(len(metrics) + 5)),
    )
