"""What one command asks for: studies on one data set, and how they are carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.errors import UsageError, unknown
from bench.records import durations, sizes, texts
from bench.records.cluster import TrialResources, parse_resources
from bench.records.options import (
    BUDGET,
    DATA,
    MACHINE,
    OUTPUT,
    SPACE,
    check_fields,
    option,
)
from bench.records.spec import StudySpec
from bench.remote import results_folder

MAX_WORKERS = 1024
"""Processes on one machine; more cores or GPUs have no shared memory."""

MAX_SEEDS_AT_ONCE = 1024
"""Final trainings that run as one program, whatever the memory."""

LOCAL, RAY = "local", "ray"
"""Executors that a user may choose."""


def _parse_cache_size(text: str) -> int:
    return sizes.parse(text, "--cache-size")


def _parse_memory(text: str) -> int:
    return sizes.parse(text, "--memory")


TRACKERS = ("tensorboard", "mlflow", "wandb")
"""Names of the trackers that a search is sent to."""


def _parse_trackers(given: Sequence[str]) -> tuple[str, ...]:
    names = texts.parse_names(given)
    for name in names:
        if name not in TRACKERS:
            raise UsageError(unknown("tracker", name, TRACKERS, ", ".join(TRACKERS)))
    return names


def _parse_trial_timeout(text: str) -> float:
    return durations.parse(text, "--trial-timeout")


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What trains the trials of a study; no part of the study's identity.

    Attributes:
        workers: Number of processes; 0 trains in this process, None takes one for
            each core or accelerator.
        devices: Number of devices that train one model, each a part of every batch.
        seeds_at_once: Maximum number of final trainings that run as one program.
        trial_timeout: Seconds after which a trial is ended and recorded as failed.
        executor: Where trials run: in processes of this machine, or on the nodes of a
            Ray cluster.
        ray_address: Of the cluster; None for that of ``RAY_ADDRESS``, else one of this
            machine that ends with the search.
        per_trial: What a worker of the cluster takes of a node; None for a CPU.
    """

    workers: int | None = option(
        None,
        "Processes that train; 0 trains in this process.",
        default_text="one per core or GPU",
        low=0,
        high=MAX_WORKERS,
        group=MACHINE,
        is_common=True,
    )
    devices: int = option(
        1,
        "GPUs that train one model together, each a part of every batch; with jax.",
        metavar="N",
        low=1,
        high=MAX_WORKERS,
        group=MACHINE,
    )
    seeds_at_once: int = option(
        1,
        "Final trainings that run as one program, as far as memory allows; with jax.",
        metavar="N",
        low=1,
        high=MAX_SEEDS_AT_ONCE,
        group=MACHINE,
    )
    trial_timeout: float | None = option(
        None,
        "End a trial that takes longer, as failed.",
        kind=str,
        metavar="TIME",
        parse=_parse_trial_timeout,
        text=durations.exact,
        low=0,
        high=durations.LONGEST,
        excludes_bounds=True,
        group=MACHINE,
    )

    executor: str = option(
        LOCAL,
        "Where trials run: local, in processes of this machine; or ray, on a cluster.",
        choices=(LOCAL, RAY),
        group=MACHINE,
    )
    ray_address: str | None = option(
        None,
        "Address of the Ray cluster.",
        metavar="HOST:PORT",
        default_text="that of RAY_ADDRESS, or a cluster of this machine alone",
        group=MACHINE,
    )
    per_trial: TrialResources | None = option(
        None,
        "What a trial takes of a node of the cluster, such as cpus=1,gpus=0.5.",
        name="resources_per_trial",
        kind=str,
        metavar="NAME=N,...",
        default_text="cpus=1",
        parse=parse_resources,
        group=MACHINE,
    )

    @property
    def is_cluster(self) -> bool:
        """Whether trials run on the nodes of a cluster."""
        return self.executor == RAY

    def __post_init__(self) -> None:
        check_fields(self)
        if self.devices > 1 and (self.workers == 0 or self.is_cluster):
            other = "--executor ray" if self.is_cluster else "--workers 0"
            raise UsageError(
                "--devices needs workers of this machine that have devices of their "
                f"own, not {other}: leave out one of them"
            )
        self._check_seeds_at_once()
        self._check_executor()
        if self.trial_timeout is not None and self.workers == 0:
            raise UsageError(
                "--trial-timeout needs a worker that can be ended, not --workers 0: "
                "leave out one of them"
            )

    def _check_seeds_at_once(self) -> None:
        if self.seeds_at_once > 1 and (self.devices > 1 or self.is_cluster):
            other = "--executor ray" if self.is_cluster else "--devices"
            raise UsageError(
                "--seeds-at-once trains on one device of this machine, not with "
                f"{other}; it is {self.seeds_at_once}: leave out one of them"
            )

    def _check_executor(self) -> None:
        if self.is_cluster and self.workers == 0:
            raise UsageError(
                "--executor ray needs workers on its nodes, not --workers 0: leave out "
                "one of them"
            )
        for name, value in (
            ("--ray-address", self.ray_address),
            ("--resources-per-trial", self.per_trial),
        ):
            if value is not None and not self.is_cluster:
                raise UsageError(
                    f"{name} goes with --executor ray, not with --executor "
                    f"{self.executor}; it is {str(value)!r}: leave it out, or add "
                    "--executor ray"
                )


@dataclass(frozen=True, kw_only=True)
class ImageSource:
    """Where images come from; no part of a study's identity.

    Attributes:
        data: Folder of data sets known by name; None for the usual one.
        skip_unreadable: Leave out image files that can't be read.
        cache_size: Bytes that copies of images at URLs may take together.
        addresses: URLs of the images with their credentials, by what is public of
            them and stands in the study.
        is_quiet: Whether no progress is shown while images are fetched.
        memory: Bytes that images may take in all processes; None for those that are
            free.
        processes: Processes that hold images, beside the study's; None for one for each
            core.
        streams: Whether images are streamed; None to stream those that don't fit.
        in_memory: Images that were given as objects of Python, a ``Source`` of
            ``bench.datasets``; None for those that the data set's name leads to.
        groups: Labels of the images' groups, ``(n,)``, that were given as an array;
            None for those that the study names.
    """

    data: Path | None = option(
        None,
        "Folder of data sets known by name, and of copies of those at URLs; else as "
        "BENCH_DATA says.",
        group=DATA,
    )
    skip_unreadable: bool = option(
        False, "Leave out image files that can't be read.", group=DATA
    )
    cache_size: int = option(
        10 * 2**30,
        "What copies of images at URLs may take on this disk, such as 500M or 20G.",
        kind=str,
        metavar="SIZE",
        parse=_parse_cache_size,
        text=sizes.exact,
        low=1,
        high=sizes.LARGEST,
        group=DATA,
    )
    addresses: Mapping[str, str] = field(
        default_factory=dict, compare=False, repr=False
    )
    is_quiet: bool = field(default=False, compare=False)
    memory: int | None = option(
        None,
        "Memory that images may take in all processes, such as 4G; more are streamed.",
        default_text="what is free",
        kind=str,
        metavar="SIZE",
        parse=_parse_memory,
        text=sizes.exact,
        low=1,
        high=sizes.LARGEST,
        group=MACHINE,
    )
    processes: int | None = field(default=None, compare=False)
    streams: bool | None = field(default=None, compare=False)
    in_memory: Any = field(default=None, compare=False, repr=False)
    groups: Any = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """Studies on one data set, and how they are carried out.

    Attributes:
        specs: One study each; all on one data set.
        variants: A hyperparameter that is held, in a study for each of its values;
            None for none.
        repeats: Number of seeds under which each study is repeated, splits included;
            every repeat is a study of its own.
        source: Of the images.
        resources: Of the trials.
        config: File that holds further options; it is read when they are.
        results: Folder of the store.
        mirror: URL to which the results are uploaded; None for none.
        fresh: Start over what the store holds of these studies.
        adds_time: Whether the time of the budget comes on top of what a finished
            search has spent, as ``--time +10m`` says.
        track: Trackers that the studies are sent to while they run.
        quiet: Show no progress.
    """

    specs: tuple[StudySpec, ...]
    variants: str | None = option(
        None,
        "Search once for each value of this hyperparameter, and compare them.",
        metavar="NAME",
        group=SPACE,
    )
    repeats: int = option(
        1,
        "Repeat split, search and final trainings with N seeds; a row for all.",
        metavar="N",
        low=1,
        high=100,
        group=BUDGET,
    )
    source: ImageSource = field(default_factory=ImageSource)
    resources: Resources = field(default_factory=Resources)
    results: Path = option(
        Path("results"),
        "Folder of the store, leaderboard and plots; or a URL to which they are "
        "uploaded.",
        metavar="PATH|URL",
        parse=results_folder,
        group=OUTPUT,
        is_common=True,
    )
    config: Path | None = option(
        None,
        "TOML file of options by their names; those of the command take precedence.",
        metavar="FILE.toml",
        group=OUTPUT,
    )
    mirror: str | None = field(default=None, repr=False)
    fresh: bool = option(False, "Forget these studies and start over.", group=OUTPUT)
    track: tuple[str, ...] = option(
        (),
        "Send the search to trackers too: tensorboard, mlflow, wandb.",
        kind=str,
        typed_default=None,
        metavar="NAMES",
        is_repeatable=True,
        parse=_parse_trackers,
        text=",".join,
        group=OUTPUT,
    )
    quiet: bool = option(False, "Print the leaderboard only.", group=OUTPUT)
    adds_time: bool = False

    def one_by_one(self) -> Iterator[SearchRequest]:
        """A request for each repeat, whose seed makes a task and studies of its own."""
        for number in range(self.repeats):
            specs = (replace(spec, seed=spec.seed + number) for spec in self.specs)
            yield replace(self, specs=tuple(specs), repeats=1)
