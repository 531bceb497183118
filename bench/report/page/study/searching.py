"""The search: its course, its hyperparameters, its time and its failures."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report.page.blocks import Block, Figures, Section, Text
from bench.report.page.study.course import course
from bench.report.page.study.failures import failures
from bench.report.page.study.hyperparameters import hyperparameters
from bench.report.page.study.spending import spending_figure
from bench.report.page.study.subject import Subject
from bench.report.page.study.trial_curves import trial_curves
from bench.report.page.study.trials import trials_tables
from bench.report.page.study.workers import workers_figure
from bench.report.search_clock import end_of


def search(subject: Subject) -> Section:
    return Section(anchor="search", title="The search", blocks=tuple(_blocks(subject)))


def _blocks(subject: Subject) -> Iterator[Block]:
    over = sorted(
        (trial for trial in subject.results.compared if trial.state.is_over),
        key=lambda trial: (end_of(trial), trial.number),
    )
    if not over:
        yield Text(text="No trial is over yet.")
        return
    yield Figures(each=(course(subject, over), *trial_curves(subject, over)))
    yield from hyperparameters(subject, over)
    yield Figures(each=(spending_figure(subject), *workers_figure(subject)))
    yield from failures(subject)
    yield from trials_tables(subject, over)
