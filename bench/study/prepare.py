"""Prepares studies: each is checked from end to end before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property

from keras_tuner import HyperParameters

from bench import searchers
from bench.datasets import Folds, Task
from bench.errors import FamilyError
from bench.records import Resources, StudySpec, Value, study_id
from bench.searchers import SearchProblem, description, portfolio
from bench.searchers import space as search_space
from bench.searchers.described import Hyperparameter
from bench.study import (
    image_parts,
    notes,
    precisions,
    refusals,
    sizes,
    starts,
    wider_ranges,
)
from bench.study.first_look import FirstLook
from bench.study.identity import Identity
from bench.training import hypermodel
from bench.training.evaluators.evaluator import EvaluatorConfig, configure
from bench.training.parameter_limit import ParameterLimit
from bench.training.trial_runner import image_task
from search_spaces import FAMILIES, TASK_TYPE_OPTIONS
from search_spaces.family import UnsupportedTaskError
from search_spaces.parts.options import FOREIGN_OPTIONS

IN_PROCESS = Resources(workers=0)
"""Resources of a study that has this process alone."""


@dataclass(frozen=True, kw_only=True)
class PreparedStudy:
    """A study that was checked from end to end and can start.

    Attributes:
        asked: The specification as it was asked for.
        spec: Completed: fixed hyperparameters as values of their types, options with
            their defaults.
        task: As loaded.
        source: The family, made for the task; without the hypermodel itself if it is
            from elsewhere, since the code of others runs in workers only.
        problem: What is searched, and under which budget.
        searcher: Fresh.
        evaluator_config: Makes the evaluator of the study's models.
        space_fingerprint: Of the search space.
        id: Identity of the study; that of a stored study which it raises, once
            ``growth.continued`` has found it.
        notes: Lines for the user, such as which pixels a model from elsewhere gets.
        close: Ends the process in which the search looks at a family from elsewhere.
    """

    asked: StudySpec
    spec: StudySpec
    task: Task
    source: hypermodel.FamilySource
    problem: SearchProblem
    searcher: searchers.Searcher
    evaluator_config: EvaluatorConfig
    space_fingerprint: str
    id: str
    notes: tuple[str, ...] = ()
    close: Callable[[], None] = lambda: None

    @property
    def identity(self) -> Identity:
        """What the study is known by."""
        return Identity(
            spec=self.spec,
            task_fingerprint=self.task.record.fingerprint,
            space_fingerprint=self.space_fingerprint,
        )

    @property
    def folds(self) -> Folds | None:
        """Of the task, if the tuner cross-validates."""
        return self.problem.folds

    def imported_source(self) -> hypermodel.FamilySource:
        """The family with its hypermodel, to train in this process."""
        if not isinstance(self.source.hypermodel, hypermodel.Absent):
            return self.source
        loaded = _loaded(self.spec, self.task)
        return replace(loaded, pixels=self.source.pixels)

    @cached_property  # a limit of parameters builds a model
    def default(self) -> dict[str, Value] | None:
        """The default configuration, if it is trained and tested too.

        None if the user leaves it out, or if it has too many parameters.
        """
        values = search_space.active(self.problem.space, {})
        accepts = self.problem.accepts
        if self.spec.skip_default or not (accepts is None or accepts(values)):
            return None
        return values


def prepare(
    spec: StudySpec, task: Task, resources: Resources = IN_PROCESS
) -> PreparedStudy:
    """Check a study and make its searcher; nothing is written yet.

    Args:
        spec: As asked for; values in ``fixed`` are texts still.
        task: Loaded from ``spec.dataset``.
        resources: Of the study. With workers, the code of a family from elsewhere
            does not run in this process.

    Raises:
        BenchError: The family, the tuner or a hyperparameter is unknown or doesn't
            fit; or images that are streamed would have to reach a cluster.
    """
    refusals.check_place_of_images(task, resources)
    asked, spec = spec, precisions.settled(spec, task, resources)
    with closing(FirstLook(spec, task, resources)) as look:
        return _prepared(asked, spec, task, look)


def _prepared(
    asked: StudySpec, spec: StudySpec, task: Task, look: FirstLook
) -> PreparedStudy:
    source, family_space = _source_and_space(spec, task, look)
    refusals.check_task_type(spec, source)
    whole = wider_ranges.applied(spec, source, family_space)
    fixed = search_space.parse_fixed(whole, dict(spec.fixed))
    space = search_space.narrow(whole, spec.only, fixed)
    refusals.check_ensemble(spec, source)
    if task.is_streamed:
        refusals.check_streams(spec, source)
    options, note = _completed(spec, source), ""
    if source.family is None:
        suited = look.suit(search_space.active(space, {}), options)
        source, options = replace(source, pixels=suited.pixels), suited.options
        note = suited.note
    config = configure(source.task_type, options, task)
    spec = replace(
        spec,
        size=sizes.of_study(spec, source),
        fixed=tuple(sorted(fixed.items())),
        task_type_name=config.task_type.name,
        options=config.options,
        portfolio_digest=portfolio.own_digest(spec.portfolio, spec.family),
        **image_parts.of_study(spec, source, task),
    )
    _fetch(source, space)
    problem = SearchProblem(
        space=space,
        budget=spec.budget,
        seed=spec.seed,
        task_type=spec.task_type,
        accepts=_parameter_limit(spec, source, look),
        folds=None if spec.folds is None else Folds(task, spec.folds, spec.seed),
        starts=starts.of_study(spec, source, task, (space, family_space)),
        max_rungs=0 if source.trains_head_only else searchers.MAX_RUNGS,
        part_rungs=spec.part_rungs,
    )
    spec, searcher = _with_searcher(spec, problem)
    first = portfolio.digest_of(problem.starts)
    fingerprint = search_space.fingerprint(space, f"{source.fingerprint}{first}")
    return PreparedStudy(
        asked=asked,
        spec=spec,
        task=task,
        source=source,
        problem=problem,
        searcher=searcher,
        evaluator_config=config,
        space_fingerprint=fingerprint,
        id=study_id(spec, task.record.fingerprint, fingerprint),
        notes=tuple(filter(None, (note, *notes.of_study(asked, spec, task)))),
        close=look.close,
    )


def _with_searcher(
    spec: StudySpec, problem: SearchProblem
) -> tuple[StudySpec, searchers.Searcher]:
    """The searcher of a study, and the study with the number of its candidates."""
    if problem.accepts is not None:  # the limit refuses here, not in mid-search, ...
        searchers.create("random", problem).ask(0)  # ... a space that it leaves empty
    searcher = searchers.create(spec.tuner, problem, spec.schedule)
    if searcher.candidates is not None:
        budget = replace(spec.budget, trials=searcher.candidates)
        spec = replace(spec, budget=budget)
    return spec, searcher


def variants(
    spec: StudySpec, task: Task, name: str, resources: Resources = IN_PROCESS
) -> list[StudySpec]:
    """One study for each value of a hyperparameter, which is held at that value.

    Args:
        spec: Of a study that would search the hyperparameter.
        task: Loaded from ``spec.dataset``.
        name: Of the hyperparameter.
        resources: Of the study, as for ``prepare``.

    Raises:
        BenchError: The family, or such a hyperparameter with few values, isn't there.
    """
    settled = precisions.settled(spec, task, resources)
    with closing(FirstLook(settled, task, resources)) as look:
        source, space = _source_and_space(settled, task, look)
        space = wider_ranges.applied(spec, source, space)
    return [
        replace(spec, fixed=(*spec.fixed, (name, str(value))))
        for value in search_space.few_values(space, name, spec.family)
    ]


def describe(spec: StudySpec, task: Task) -> list[Hyperparameter]:
    """The hyperparameters of a family on a task.

    Raises:
        FamilyError: The family can't be found or doesn't fit.
    """
    spec = precisions.settled(spec, task, IN_PROCESS)
    with closing(FirstLook(spec, task, IN_PROCESS)) as look:
        source, space = _source_and_space(spec, task, look)
        return description.describe(wider_ranges.applied(spec, source, space))


def _source_and_space(
    spec: StudySpec, task: Task, look: FirstLook
) -> tuple[hypermodel.FamilySource, HyperParameters]:
    """The family of a study, and its whole search space."""
    if spec.family in FAMILIES or look.seen.is_family:
        source = _loaded(spec, task)
        return source, sizes.discover(spec, source, task)
    seen = look.seen
    source = hypermodel.FamilySource(
        hypermodel=hypermodel.Absent(name=seen.name),
        fingerprint=seen.fingerprint,
        image_shape=task.record.image_shape,
        has_custom_fit=seen.has_custom_fit,
        precision=spec.precision,
    )
    return source, seen.space


def _loaded(spec: StudySpec, task: Task) -> hypermodel.FamilySource:
    images = image_task(task)
    return hypermodel.load(spec.place, images, spec.options, spec.precision)


def _completed(spec: StudySpec, source: hypermodel.FamilySource) -> Mapping[str, Value]:
    """The options of a study, with the defaults of those that weren't given."""
    if spec.family in FAMILIES:
        declared = FAMILIES[spec.family].options
    elif source.family is None:
        declared = FOREIGN_OPTIONS
    else:
        declared = TASK_TYPE_OPTIONS[source.task_type]
    defaults = {o.name: o.default for o in declared if o.default is not None}
    return {**defaults, **spec.options}


def _fetch(source: hypermodel.FamilySource, space: HyperParameters) -> None:
    """Let a family of ours fetch what its configurations need."""
    if source.family is None:
        return
    try:
        source.family.prepare(space)
    except UnsupportedTaskError as error:
        raise FamilyError(str(error)) from error


def _parameter_limit(
    spec: StudySpec, source: hypermodel.FamilySource, look: FirstLook
) -> searchers.Accepts | None:
    """The maximum number of parameters that was asked for, or the family's own."""
    limit = spec.max_parameters
    if limit is None and source.family is not None:
        limit = source.family.max_parameters
    if limit is None:
        return None
    count = look.parameters if source.family is None else None
    return ParameterLimit(source, limit, count)
