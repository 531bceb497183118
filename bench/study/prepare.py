"""Prepares studies: each is checked from end to end before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from keras_tuner import HyperParameters

from bench import searchers
from bench.datasets import Folds, Task
from bench.errors import FamilyError, UsageError
from bench.records import CLASSIFICATION, StudySpec, Value, study_id
from bench.searchers import SearchProblem, description
from bench.searchers import space as search_space
from bench.training import foreign, hypermodel
from bench.training.evaluators.evaluator import EvaluatorConfig, configure
from bench.training.parameter_limit import ParameterLimit
from bench.training.trial_runner import image_task
from search_spaces import FAMILIES, TASK_TYPE_OPTIONS
from search_spaces.family import UnsupportedTaskError
from search_spaces.parts.options import FOREIGN_OPTIONS


@dataclass(frozen=True, kw_only=True)
class PreparedStudy:
    """A study that was checked from end to end and can start.

    Attributes:
        spec: Completed: fixed hyperparameters as values of their types, options with
            their defaults.
        task: As loaded.
        source: The family, made for the task.
        problem: What is searched, and under which budget.
        searcher: Fresh.
        evaluator_config: Makes the evaluator of the study's models.
        id: Identity of the study.
        notes: Lines for the user, such as which pixels a model from elsewhere gets.
    """

    spec: StudySpec
    task: Task
    source: hypermodel.FamilySource
    problem: SearchProblem
    searcher: searchers.Searcher
    evaluator_config: EvaluatorConfig
    id: str
    notes: tuple[str, ...] = ()

    @property
    def folds(self) -> Folds | None:
        """Of the task, if the tuner cross-validates."""
        return self.problem.folds

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


def prepare(spec: StudySpec, task: Task) -> PreparedStudy:
    """Check a study and make its searcher; nothing is written yet.

    Args:
        spec: As asked for; values in ``fixed`` are texts still.
        task: Loaded from ``spec.dataset``.

    Raises:
        BenchError: The family, the tuner or a hyperparameter is unknown or doesn't
            fit.
    """
    source = _source(spec, task)
    whole = search_space.discover(source.hypermodel)
    fixed = search_space.parse_fixed(whole, dict(spec.fixed))
    space = search_space.narrow(whole, spec.only, fixed)
    _check_task_type(spec, source)
    options = _completed(spec, source)
    notes = []
    if source.family is None:
        suited = foreign.suit(source, task, search_space.active(space, {}), options)
        source, options = suited.source, suited.options
        notes.append(suited.note)
    config = configure(source.task_type, options, task)
    spec = replace(
        spec,
        fixed=tuple(sorted(fixed.items())),
        task_type_name=config.task_type.name,
        options=config.options,
    )
    _fetch(source, space)
    problem = SearchProblem(
        space=space,
        budget=spec.budget,
        seed=spec.seed,
        task_type=spec.task_type,
        accepts=_parameter_limit(spec, source),
        folds=None if spec.folds is None else Folds(task, spec.folds, spec.seed),
    )
    if problem.accepts is not None:  # the limit refuses here, not in mid-search, ...
        searchers.create("random", problem).ask(0)  # ... a space that it leaves empty
    searcher = searchers.create(spec.tuner, problem, spec.schedule)
    if searcher.candidates is not None:
        budget = replace(spec.budget, trials=searcher.candidates)
        spec = replace(spec, budget=budget)
    fingerprint = search_space.fingerprint(space, source.fingerprint)
    return PreparedStudy(
        spec=spec,
        task=task,
        source=source,
        problem=problem,
        searcher=searcher,
        evaluator_config=config,
        id=study_id(spec, task.record.fingerprint, fingerprint),
        notes=tuple(filter(None, notes)),
    )


def variants(spec: StudySpec, task: Task, name: str) -> list[StudySpec]:
    """One study for each value of a hyperparameter, which is held at that value.

    Args:
        spec: Of a study that would search the hyperparameter.
        task: Loaded from ``spec.dataset``.
        name: Of the hyperparameter.

    Raises:
        BenchError: The family can't be found, or has no such hyperparameter with few
            values on this task.
    """
    space = search_space.discover(_source(spec, task).hypermodel)
    return [
        replace(spec, fixed=(*spec.fixed, (name, str(value))))
        for value in search_space.few_values(space, name, spec.family)
    ]


def describe(spec: StudySpec, task: Task) -> list[description.Hyperparameter]:
    """The hyperparameters of a family on a task.

    Raises:
        FamilyError: The family can't be found or doesn't fit.
    """
    return description.describe(search_space.discover(_source(spec, task).hypermodel))


def _source(spec: StudySpec, task: Task) -> hypermodel.FamilySource:
    return hypermodel.load(spec.family, image_task(task), spec.options)


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


def _check_task_type(spec: StudySpec, source: hypermodel.FamilySource) -> None:
    if spec.folds is not None and source.task_type != CLASSIFICATION:
        raise UsageError(
            f"--tuner {spec.tuner} compares the accuracies of classifiers; "
            f"{spec.family!r} is for {source.task_type}: choose hyperband, random, "
            "bayesian or grid"
        )


def _fetch(source: hypermodel.FamilySource, space: HyperParameters) -> None:
    """Let a family of ours fetch what its configurations need."""
    if source.family is None:
        return
    try:
        source.family.prepare(space)
    except UnsupportedTaskError as error:
        raise FamilyError(str(error)) from error


def _parameter_limit(
    spec: StudySpec, source: hypermodel.FamilySource
) -> searchers.Accepts | None:
    """The maximum number of parameters that was asked for, or the family's own."""
    limit = spec.max_parameters
    if limit is None and source.family is not None:
        limit = source.family.max_parameters
    return None if limit is None else ParameterLimit(source, limit)
