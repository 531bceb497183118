"""Makes the page of the study that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from bench.records import StudyRecord
from bench.report import cells
from bench.report.page.blocks import Block, Facts, Figures, Text
from bench.report.page.families import key
from bench.report.page.live.standing import Phase, Standing, current, standing
from bench.report.page.names import BOARDS, study_file
from bench.report.page.rendering import render
from bench.report.page.study.course import course
from bench.report.page.study.final_curves import final_figures
from bench.report.page.study.trial_curves import trial_curves
from bench.report.page.study.trials import trials_tables
from bench.report.palette import Style, styles_of
from bench.report.search_clock import end_of
from bench.store import Store, early_end_file, is_written

MAX_STUDIES = 50
"""Number of studies that are listed, the last ones."""


def live_page(store: Store, token: str) -> str:
    """The page of the study that runs, or of the last one, as HTML.

    Args:
        store: Holds the studies.
        token: Goes with a request of the page to end the search.
    """
    studies, style_of = store.studies(), styles_of(store)
    shown = _standing(store, current(store, studies)) if studies else None
    title = "No study yet"
    if shown is not None:
        title = cells.study_title(shown.subject.study)
    return render(
        "live/live.html.j2",
        scripts=("live/live.js",),
        styles=("charts/charts.css", "blocks.css", "live/live.css"),
        is_live=True,
        title=title,
        key=key(None if shown is None else style_of.get(shown.subject.spec.family)),
        kind="While it runs",
        pages=[(BOARDS, "Leaderboard", False)],
        contents=[],
        made_with="Served by python -m bench watch, from the store alone.",
        token=token,
        shown=shown,
        is_search=shown is not None and shown.phase is Phase.SEARCH,
        blocks=[] if shown is None else list(_blocks(shown)),
        studies=_listed(studies, style_of),
    )


def can_end(store: Store, study: StudyRecord) -> bool:
    """Whether the end of a study's search may be asked for."""
    return _standing(store, study).can_end


def _standing(store: Store, study: StudyRecord) -> Standing:
    return standing(
        store,
        study,
        is_written=is_written(store.folder),
        is_end_asked=early_end_file(store.folder, study.id).exists(),
    )


def _blocks(shown: Standing) -> Iterator[Block]:
    subject = shown.subject
    yield Facts(values=list(shown.facts()))
    if subject.study.message:
        yield Text(text=f"The study says: {subject.study.message}", style="note")
    if subject.study.is_ended_early:
        yield Text(text="The search was ended early by watch.", style="note")
    over = sorted(
        (trial for trial in subject.results.compared if trial.state.is_over),
        key=lambda trial: (end_of(trial), trial.number),
    )
    # The trials of a cross-validation are folds, of which each has a curve of its own.
    running = [] if subject.spec.folds else shown.running
    figures = list(final_figures(subject, are_all=True))
    figures += [course(subject, over)] if over else []
    figures += trial_curves(subject, over, running)
    if figures:
        yield Figures(each=figures)
    if (best := subject.results.best_so_far) is not None:
        values = cells.hyperparameters(best.proposal.hyperparameters)
        yield Text(text=f"Best configuration so far: {values}.")
    if over:
        yield from trials_tables(subject, over)


def _listed(
    studies: Sequence[StudyRecord], style_of: Mapping[str, Style]
) -> list[tuple[Markup, str, str, str]]:
    """Markers, addresses, titles and states of studies, the last first."""
    return [
        (
            key(style_of[study.spec.family]),
            study_file(study),
            cells.study_title(study),
            str(study.state),
        )
        for study in reversed(studies[-MAX_STUDIES:])
    ]
