"""Results that are computed while earlier ones are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def ahead(
    function: Callable[[_Item], _Result], items: Iterable[_Item]
) -> Iterator[_Result]:
    """Apply a function to items in turn, each while the result before is used.

    An iterator that is closed early waits for the result that is being computed.
    """
    pending: Future[_Result] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        for item in items:
            following = pool.submit(function, item)
            if pending is not None:
                yield pending.result()
            pending = following
        if pending is not None:
            yield pending.result()
