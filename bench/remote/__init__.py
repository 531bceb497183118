"""Files at URLs of buckets and servers, by way of fsspec: named, listed, fetched, sent.

URLs may hold credentials: as users, passwords or signatures in their query. What is
stored or printed is ``public`` of them; libraries find other credentials themselves.
``local_copy`` fetches what lies at a URL into a cache of bounded size.
"""

from bench.remote.cache import CacheSettings, local_copy
from bench.remote.filesystem import RemoteFolder
from bench.remote.results import folder_of, results_folder
from bench.remote.transfer import fetch, parallel, send
from bench.remote.urls import addresses, is_url, public, slug, without_credentials

__all__ = [
    "CacheSettings",
    "RemoteFolder",
    "addresses",
    "fetch",
    "folder_of",
    "is_url",
    "local_copy",
    "parallel",
    "public",
    "results_folder",
    "send",
    "slug",
    "without_credentials",
]
