"""Hosts, which run a worker for a pool on another machine."""

from __future__ import annotations

import pickle
from types import ModuleType

import pytest

from bench.executors.remote import Host, HostPlan, NodeFiles


@pytest.mark.usefixtures("keras_started")
def test_request_goes_on_after_activities_and_epochs(requests: ModuleType) -> None:
    plan = HostPlan(
        make_runner=requests.make_runner, preload=["bench.training.preload"]
    )
    host = Host(plan.packed(None), 0, NodeFiles(lambda *_: None, None))
    host.begin()
    kinds = {}
    try:
        for key, request in enumerate([("compute",), 2]):
            messages = host.run(key, plan.parcel(request), ())
            kinds[key] = [pickle.loads(each)[0][0] for each in messages]
    finally:
        host.end()
    assert kinds == {
        0: ["activity", "activity", "activity", "done"],
        1: ["epoch", "epoch", "done"],
    }
