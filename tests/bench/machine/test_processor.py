"""The name of the processor."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.machine import computes_bfloat16, processor


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
    ("line", "expected"),
    [
        ("flags\t: fpu avx512f avx512_bf16 amx_tile", True),
        ("flags\t: fpu avx512f avx512_vnni", False),
        ("Features\t: fp asimd bf16 i8mm", True),
        ("Features\t: fp asimd", False),
    ],
)
def test_processor_says_whether_it_computes_with_bfloat16(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, expected: bool
) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(f"processor\t: 0\n{line}\n")
    monkeypatch.setitem(processor.__globals__, "_CPUINFO", file)
    assert computes_bfloat16() is expected
