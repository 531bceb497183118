"""Several files, each written whatever becomes of the others."""

from __future__ import annotations

from types import TracebackType

from bench.errors import WriteError


class Attempts:
    """Goes on after a file that can't be written, and says so in the end.

    As a context manager it holds back a ``WriteError``.
    """

    def __init__(self) -> None:
        self._first: WriteError | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, WriteError):
            return False
        self._first = self._first or error
        return True

    def end(self) -> None:
        """Raise the first error that was held back, if there was any.

        Raises:
            WriteError: A file wasn't written.
        """
        if self._first is not None:
            raise self._first
