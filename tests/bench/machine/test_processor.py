"""The name of the processor."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.machine import computes_bfloat16, processor
from bench.machine.processor import gains_by_bfloat16


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


@pytest.mark.parametrize(
    ("line", "expected", "is_faster"),
    [
        ("flags\t: fpu avx512f avx512_bf16", True, True),
        ("flags\t: fpu avx512f amx_bf16 amx_tile", True, True),
        ("flags\t: fpu avx512f avx512_vnni", False, False),
        # ARM multiplies it, but how fast was not measured.
        ("Features\t: fp asimd bf16 i8mm", True, False),
        ("Features\t: fp asimd", False, False),
    ],
)
def test_processor_says_whether_it_computes_with_bfloat16(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    expected: bool,
    is_faster: bool,
) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(f"processor\t: 0\n{line}\n")
    monkeypatch.setitem(processor.__globals__, "_CPUINFO", file)
    gains_by_bfloat16.cache_clear()
    assert computes_bfloat16() is expected
    assert gains_by_bfloat16() is is_faster
    gains_by_bfloat16.cache_clear()
