"""The name of the processor."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.machine import processor


def test_processor_is_named_as_linux_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nmodel name\t: AMD EPYC 7R13\nflags\t: fpu\n")
    monkeypatch.setitem(processor.__globals__, "_CPUINFO", file)
    assert processor() == "AMD EPYC 7R13"


def test_processor_has_a_name_where_linux_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(processor.__globals__, "_CPUINFO", tmp_path / "missing")
    assert processor()
