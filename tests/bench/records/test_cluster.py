"""Options of searches on a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from bench.errors import UsageError
from bench.records import Resources, TrialResources
from bench.records.cluster import parse_resources


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpus=2", TrialResources(cpus=2)),
        ("cpus=1,gpus=0.5", TrialResources(cpus=1, gpus=0.5)),
        (" gpus = 1 , cpus = 0 ", TrialResources(cpus=0, gpus=1)),
    ],
)
def test_resources_are_read_and_written_back(
    text: str, expected: TrialResources
) -> None:
    assert parse_resources(text) == expected
    assert parse_resources(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "cpus",
        "cpus=",
        "cpus=x",
        "cpus=nan",
        "cpus=inf",
        "cpus=-1",
        "ram=1",
        "cpus=1,cpus=2",
        "gpus=1.5",
        "cpus=1e9",
        "cpus=0",
        "cpus=0,gpus=0",
        "cpus=1,",
    ],
)
def test_other_resources_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--resources-per-trial"):
        parse_resources(text)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"ray_address": "head:6379"}, "--ray-address goes with --executor ray"),
        ({"per_trial": TrialResources()}, "--resources-per-trial goes with"),
        ({"executor": "ray", "workers": 0}, "not --workers 0"),
        ({"executor": "dask"}, "unknown executor 'dask'"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: dict[str, Any], named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        Resources(**options)
