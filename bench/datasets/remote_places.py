"""Images and groups at URLs, fetched to this machine before they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.datasets import catalogue
from bench.records import ImageSource
from bench.remote import CacheSettings, addresses, is_url, local_copy

_FOLDERS = ("folder", "shards")
"""Kinds of data sets whose path is that of a folder."""


@dataclass(frozen=True, kw_only=True)
class Fetching:
    """How what lies at URLs is fetched.

    Attributes:
        cache_size: Bytes that copies may take together.
        addresses: URLs with their credentials, by what is public of them.
        is_quiet: Whether no progress is shown.
    """

    cache_size: int = ImageSource.cache_size
    addresses: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_quiet: bool = False

    def local(self, name: str, data_folder: Path | None) -> str:
        """The name of a data set or of groups with paths of copies in place of URLs.

        Args:
            name: Such as ``folder:s3://bucket/photos``, or without any URL.
            data_folder: Folder of data sets; None for the usual one.

        Raises:
            BenchError: As for ``local_copy``.
        """
        if not (urls := addresses(name)):
            return name
        kind = "" if is_url(name) else name.partition(":")[0]
        cache = CacheSettings(
            folder=catalogue.data_folder(data_folder),
            size=self.cache_size,
            is_quiet=self.is_quiet,
        )
        paths = [
            local_copy(
                self.addresses.get(url, url), is_folder=kind in _FOLDERS, cache=cache
            )
            for url in urls
        ]
        listed = ",".join(map(str, paths))
        return f"{kind}:{listed}" if kind else listed
