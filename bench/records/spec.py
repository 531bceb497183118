"""What is asked of a study: the family, the task, the budget and all other options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from bench.errors import UsageError
from bench.records import texts
from bench.records.budget import Budget
from bench.records.definition import FamilyDefinition
from bench.records.options import (
    BUDGET,
    DATA,
    MACHINE,
    SPACE,
    check,
    check_fields,
    option,
)
from bench.records.parts import SMALLEST_PART
from bench.records.task_types import TASK_TYPES, TaskType
from bench.remote import public
from search_spaces import CLASSIFICATION, FAMILY_OPTIONS
from search_spaces.parts.options import TRAINING
from search_spaces.parts.sizes import SIZES, SMALL

MAX_SEED = 2**62
"""The store counts in 64 bits, and final trainings count up from the seed."""

GROWING = ("seeds", "ensemble")
"""Fields of a ``StudySpec`` that may be raised later: a study that differs from a
stored one in nothing else is that study."""

PLACES = ("dataset", "groups", "name")
"""Fields of a ``StudySpec`` that say where images lie and how they are called. What
they lead to has a fingerprint, so that they are no part of a study's identity."""

FLOAT32, BFLOAT16 = "float32", "bfloat16"
"""Numbers in which networks compute; weights are float32 with both."""

AUTO = "auto"
"""Stands for one of these until the images and the machine are known."""

NO_PORTFOLIO = "none"
"""Value of ``portfolio`` with which the default configuration alone is tried first."""

OWN = "own"
"""Stands for places in the identity of a study."""

IN_PAIRS = ("fix", "space")
"""Options that are given once for each hyperparameter, and are tables in a file."""

Value = bool | int | float | str
"""A value of a hyperparameter or of a family's option."""


@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """Everything that was asked of a study; part of its identity.

    Attributes:
        family: A name in ``search_spaces.FAMILIES``, ``PATH.py:NAME`` or
            ``package.module:NAME``.
        task_type_name: A key of ``TASK_TYPES``, set when the study is prepared.
        dataset: A name, or a kind and a path as ``datasets.place_of`` gives. Of URLs
            only what is public is kept, here and in ``groups``.
        classes_from: What names the classes in a folder of folders; None if each class
            has one folder.
        name: Of the data set in titles; None for that of its folder or file.
        tuner: A key of ``bench.searchers.TUNERS``.
        schedule: A key of ``bench.searchers.SCHEDULES``; None trains every trial to
            its end.
        smallest_part: Minimum number of training images of a part on which trials are
            compared before they train on all; 0 to compare on all images only. None
            for the default, which is that of a CPU once the study is prepared.
        folds: Of the cross-validation that compares candidates; None for tuners that
            compare trials on the validation split.
        seeds: How many times the best configuration is trained and tested.
        skip_default: Whether the final trainings of the family's default configuration
            are left out.
        ensemble: How many of the best configurations are trained once each and
            averaged; 0 for no ensemble.
        seed: Fixes the splits, the proposals and every training.
        only: The hyperparameters searched, the others at their defaults; None for
            all.
        fixed: Hyperparameters held at a value, sorted by name.
        ranges: Names of hyperparameters that are searched in another range than the
            family's, with the range as the user gave it, sorted by name.
        size: The size of the search space; once the study is prepared, the family's
            largest that is not above the one asked for.
        max_parameters: Configurations with more aren't trained; None leaves the
            maximum to the family.
        portfolio: A file of configurations that are tried first, by family;
            ``NO_PORTFOLIO`` for none; None for those of this project.
        validation_fraction: Share of the training images that validate.
        test_fraction: Share of the images that test, where the data set has no test
            split of its own.
        image_size: Height and width the images are resized to; None to leave them.
        images: Number of images to train and validate on, a stratified sample; None
            for all.
        groups: Says which images belong together and stay on one side of every split;
            None if each stands alone.
        backend: The Keras backend that trains.
        precision: ``FLOAT32`` or ``BFLOAT16``; ``AUTO`` until the study is prepared.
        options: Options of the family or of its task type, by name.
        part_rungs: Number of rungs on parts of the training images, once the study is
            prepared.
        portfolio_digest: Hash of what the file of ``portfolio`` holds of the family,
            once the study is prepared; empty without a file.
        definition: The family itself, if it was defined in a session of Python; its
            identity is that of the search space, so it is neither stored nor compared.
        fills_time: Whether the search goes on for as long as there is time, since a
            time was asked for and no number of trials. What a study may be extended
            to is no part of its identity, so neither is this.
    """

    family: str
    task_type_name: str = CLASSIFICATION
    budget: Budget = field(default_factory=Budget)
    dataset: str = option(
        "digits",
        "A name that datasets lists; a folder of images, a .csv of paths and labels, "
        "an .npz or npy:X.npy,y.npy; or folder:, shards: or npz: and a URL.",
        metavar="NAME|PATH",
        is_common=True,
        group=DATA,
    )
    name: str | None = option(
        None,
        "Name of the data set in titles; else that of its folder or file.",
        parse=texts.parse_name,
        text=str,
        group=DATA,
    )
    classes_from: str | None = option(
        None,
        "Name classes in a folder of folders by the innermost folder (leaf), the whole "
        "path (path) or the outermost (top).",
        choices=("leaf", "path", "top"),
        group=DATA,
    )
    image_size: tuple[int, int] | None = option(
        None,
        "Resize images to N or HEIGHTxWIDTH pixels.",
        kind=str,
        metavar="N|HxW",
        parse=texts.parse_size,
        text=texts.size_text,
        group=DATA,
        is_common=True,
    )
    images: int | None = option(
        None,
        "Train and validate on a stratified sample of N images; test on all.",
        metavar="N",
        low=1,
        high=10**9,
        group=DATA,
    )
    groups: str | None = option(
        None,
        "Keep images of one patient, burst or scene on one side of every split: a CSV "
        "of path and group, an .npy of groups, an array of the npz, or duplicates.",
        metavar="FILE|NAME",
        group=DATA,
    )
    validation_fraction: float = option(
        0.15,
        "Share of the training images that validate.",
        low=0,
        high=1,
        excludes_bounds=True,
        group=DATA,
    )
    test_fraction: float = option(
        0.12,
        "Share of the images that test, if the data set has no test split.",
        low=0,
        high=1,
        excludes_bounds=True,
        group=DATA,
    )
    tuner: str = option(
        "hyperband",
        "What proposes trials; tuners lists them.",
        group=SPACE,
        is_common=True,
    )
    schedule: str | None = option(
        None,
        "asha ends unpromising trials early, with random, bayesian or grid.",
        group=SPACE,
    )
    smallest_part: int | None = option(
        None,
        "hyperband and asha compare trials first on a ninth and a third of the "
        "training images, if that is N or more; 0 for never.",
        default_text=f"{SMALLEST_PART:,}; 0 with a GPU",
        metavar="N",
        low=0,
        high=10**9,
        group=SPACE,
    )
    folds: int | None = option(
        None,
        "Folds of the cross-validation, with tuners of scikit-learn.",
        default_text="3 with these tuners",
        low=2,
        high=1000,
        group=SPACE,
    )
    seeds: int = option(
        3,
        "How often the best configuration is trained and tested.",
        low=1,
        high=1000,
        group=BUDGET,
        is_common=True,
    )
    skip_default: bool = option(
        False,
        "Leave out the final trainings of the family's default configuration.",
        group=BUDGET,
    )
    ensemble: int = option(
        0,
        "Average the best N configurations too, weighed on the validation images.",
        metavar="N",
        low=0,
        high=20,
        group=BUDGET,
    )
    seed: int = option(
        0,
        "Fixes splits, proposals and trainings.",
        low=0,
        high=MAX_SEED,
        group=TRAINING,
    )
    only: tuple[str, ...] | None = option(
        None,
        "Search only these hyperparameters, comma-separated; the rest at defaults.",
        kind=str,
        metavar="NAMES",
        is_repeatable=True,
        parse=texts.parse_names,
        text=",".join,
        group=SPACE,
    )
    fixed: tuple[tuple[str, Value], ...] = option(
        (),
        "Hold a hyperparameter at a value; may be repeated.",
        name="fix",
        kind=str,
        typed_default=None,
        metavar="NAME=VALUE",
        is_repeatable=True,
        parse=texts.parse_pairs,
        group=SPACE,
        is_common=True,
    )
    ranges: tuple[tuple[str, str], ...] = option(
        (),
        "Search a hyperparameter in another range: filters=16..128, dropout=0.1..0.3, "
        "units=64..512:64 or optimizer=adam,sgd; may be repeated.",
        name="space",
        kind=str,
        typed_default=None,
        metavar="NAME=RANGE",
        is_repeatable=True,
        parse=texts.parse_ranges,
        group=SPACE,
    )
    size: str = option(
        SMALL,
        "Size of the family's ranges: small for a CPU, base for a GPU, paper for the "
        "networks of its paper.",
        typed_default=None,
        default_text="base with a GPU, else small",
        choices=SIZES,
        group=SPACE,
    )
    max_parameters: int | None = option(
        None,
        "Leave out configurations with more parameters than N.",
        metavar="N",
        low=1,
        high=10**12,
        group=SPACE,
    )
    portfolio: str | None = option(
        None,
        "Try these configurations first: a JSON file of lists by family, or none.",
        default_text="the family's, learned from other data sets",
        metavar="FILE|none",
        group=SPACE,
    )
    backend: str = option(
        "tensorflow",
        "tensorflow, jax or torch; else as KERAS_BACKEND says.",
        typed_default=None,
        default_text="tensorflow",
        group=MACHINE,
    )
    precision: str = option(
        FLOAT32,
        "Numbers in which networks compute: float32; bfloat16 where the processor or "
        "the GPU multiplies it; auto takes bfloat16 where that was measured to be as "
        "good and faster.",
        typed_default=None,
        default_text="auto",
        choices=(AUTO, FLOAT32, BFLOAT16),
        group=MACHINE,
    )
    options: Mapping[str, Value] = field(default_factory=dict)
    part_rungs: int = 0
    portfolio_digest: str = ""
    definition: FamilyDefinition | None = field(default=None, compare=False)
    fills_time: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        check_fields(self)
        # What is stored and printed is made of this.
        object.__setattr__(self, "dataset", public(self.dataset))
        if self.groups is not None:
            object.__setattr__(self, "groups", public(self.groups))
        for declared in FAMILY_OPTIONS:
            check(declared, self.options.get(declared.name))
        if self.ensemble == 1:
            raise UsageError(
                "--ensemble must be 2 or more, or 0 for none; it is 1: the best "
                "configuration alone has a row anyway"
            )

    @property
    def ends_by_time(self) -> bool:
        """Whether time alone ends the search, whatever number of trials it comes to."""
        return self.fills_time and self.budget.seconds is not None

    @property
    def task_type(self) -> TaskType:
        return TASK_TYPES[self.task_type_name]

    @property
    def conditions(self) -> str:
        """Conditions of the test beside its images; empty for classifiers."""
        return self.task_type.conditions(self.options)

    @property
    def final_seeds(self) -> range:
        """Seeds of the final trainings."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def searcher(self) -> str:
        """Tuner and schedule, such as ``random+asha``."""
        return self.tuner if self.schedule is None else f"{self.tuner}+{self.schedule}"

    @property
    def without_growth(self) -> StudySpec:
        """What can't change of it: all that may be raised later has its default."""
        return replace(self, **{name: getattr(StudySpec, name) for name in GROWING})

    @property
    def changes(self) -> Mapping[str, Value]:
        """What was asked for in place of the family's ranges: values and ranges."""
        return dict(self.ranges) | dict(self.fixed)

    @property
    def without_places(self) -> StudySpec:
        """What is asked of images wherever they lie; groups are asked for or not."""
        is_known = ":" not in self.dataset
        return replace(
            self,
            dataset=self.dataset if is_known else OWN,
            groups=None if self.groups is None else OWN,
            portfolio=OWN if self.has_own_portfolio else self.portfolio,
            portfolio_digest="",
            name=None,
        )

    @property
    def has_own_portfolio(self) -> bool:
        """Whether a file says which configurations are tried first."""
        return self.portfolio not in (None, NO_PORTFOLIO)

    @property
    def place(self) -> str | FamilyDefinition:
        """Where the family is loaded from."""
        return self.definition or self.family

    def to_json(self) -> str:
        values = asdict(replace(self, definition=None))
        for name in ("definition", "fills_time"):
            del values[name]
        # Unknown to older versions, whose studies keep their identity and go on.
        for name in (
            "groups",
            "name",
            "classes_from",
            "ensemble",
            "ranges",
            "portfolio",
            "portfolio_digest",
            "size",
            "smallest_part",
            "part_rungs",
            "precision",
        ):
            if values[name] == getattr(StudySpec, name):
                del values[name]
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> StudySpec:
        values = json.loads(text)
        values["budget"] = Budget(**values["budget"])
        values["fixed"] = tuple((name, value) for name, value in values["fixed"])
        values["ranges"] = tuple(map(tuple, values.get("ranges", ())))
        for name in ("only", "image_size"):
            values[name] = None if values[name] is None else tuple(values[name])
        return cls(**values)
