"""URLs are told from paths, and named without their credentials."""

from __future__ import annotations

import sys

import pytest

from bench.datasets import place_of
from bench.errors import BenchError, DatasetError
from bench.records import ImageSource, StudySpec
from bench.remote import (
    CacheSettings,
    addresses,
    local_copy,
    public,
    results_folder,
    slug,
)
from bench.remote.urls import last_name, without_credentials
from bench.study.requests import request

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("folder:s3://bucket/photos", "folder:s3://bucket/photos"),
        (
            f"npz:https://ada:{SECRET}@host/a.npz?sig={SECRET}#x",
            "npz:https://host/a.npz",
        ),
        (f"https://{SECRET}@host/a.npz", "https://host/a.npz"),
        (
            f"npy:https://h/X.npy?k={SECRET},https://h/y.npy?k={SECRET}",
            "npy:https://h/X.npy,https://h/y.npy",
        ),
        ("folder:abfs://photos@account.dfs.core.windows.net/cats", None),
        ("folder:/home/ada/photos?of=us", None),
        ("folder:C://photos", None),
        ("digits", None),
    ],
)
def test_public_name_of_a_data_set_holds_no_credentials(
    typed: str, shown: str | None
) -> None:
    assert public(typed) == (shown or typed)


def test_study_keeps_the_public_name_and_its_images_the_whole_address() -> None:
    typed = f"npz:https://ada:{SECRET}@host/a.npz?sig={SECRET}"
    asked = request(["linear"], {"dataset": typed, "groups": "s3://b/g.csv?v=1"})
    (spec,) = asked.specs
    assert (spec.dataset, spec.groups) == ("npz:https://host/a.npz", "s3://b/g.csv")
    assert asked.source.addresses["https://host/a.npz"] == typed.removeprefix("npz:")
    assert SECRET not in spec.to_json() + repr(asked)


def test_url_that_a_message_names_loses_its_credentials() -> None:
    message = f"403, message='Forbidden', url='https://ada:{SECRET}@host/a?b={SECRET}'"
    expected = "403, message='Forbidden', url='https://host/a'"
    assert without_credentials(message) == expected


def test_name_of_a_copy_is_the_end_of_its_url_and_never_leads_out() -> None:
    assert last_name("https://host/my%20cats.npz?sig=x") == "my cats.npz"
    assert last_name("s3://bucket/photos/") == "photos"
    assert last_name("https://host/a/..%2F..") == "content"
    assert len({slug("s3://a/b"), slug("s3://a-b"), slug("s3://a/b/")}) == 2


def test_addresses_are_found_by_what_is_public_of_them() -> None:
    assert addresses("npy:https://h/X.npy?a,s3://b/y.npy") == {
        "https://h/X.npy": "https://h/X.npy?a",
        "s3://b/y.npy": "s3://b/y.npy",
    }
    assert addresses("folder:photos") == {}


def test_url_without_a_kind_of_data_set_is_refused_without_its_query() -> None:
    with pytest.raises(DatasetError, match="folder:URL or npz:URL") as refused:
        place_of(f"https://host/a.npz?sig={SECRET}")
    assert SECRET not in str(refused.value)


def test_missing_fsspec_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    cache = CacheSettings(folder=tmp_path, size=10**6)
    with pytest.raises(BenchError, match=r"keras-leaderboard\[buckets\]"):
        local_copy("s3://bucket/photos", is_folder=True, cache=cache)


def test_results_at_a_url_have_a_folder_of_their_own_here() -> None:
    asked = request(["linear"], {"results": "s3://bucket/ours"})
    assert asked.mirror == "s3://bucket/ours"
    assert asked.results == results_folder("s3://bucket/ours/")
    assert asked.results.is_absolute()
    assert request(["linear"], {"results": "ours"}).mirror is None


def test_python_asks_for_the_same_as_the_command_line() -> None:
    from bench.python.asking import asked

    options = {"results": "s3://bucket/ours"}
    made = asked("linear", f"npz:https://host/a.npz?sig={SECRET}", None, options)
    assert (made.mirror, made.results.is_absolute()) == ("s3://bucket/ours", True)
    assert made.specs[0].dataset == "npz:https://host/a.npz"
    assert SECRET in made.source.addresses["https://host/a.npz"]


def test_web_server_is_refused_for_results() -> None:
    with pytest.raises(BenchError, match="can be written"):
        request(["linear"], {"results": "https://host/results"})


@pytest.mark.parametrize(
    ("typed", "size"),
    [("500M", 500 * 2**20), ("1.5g", 3 * 2**29), ("10GiB", 10 * 2**30)],
)
def test_size_of_the_cache_is_read_with_its_unit(typed: str, size: int) -> None:
    assert request(["linear"], {"cache_size": typed}).source.cache_size == size


def test_size_that_is_none_is_refused() -> None:
    with pytest.raises(BenchError, match="--cache-size takes a size"):
        request(["linear"], {"cache_size": "much"})
    with pytest.raises(BenchError, match="--cache-size must"):
        request(["linear"], {"cache_size": "0"})


def test_local_data_sets_are_as_before() -> None:
    asked = request(["linear"], {})
    assert (asked.specs[0].dataset, asked.source) == (StudySpec.dataset, ImageSource())
