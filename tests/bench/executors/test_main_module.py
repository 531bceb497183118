"""Workers leave the main module of the user alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

WITHOUT_GUARD = """
import sys
sys.path.insert(0, sys.argv[1])
import bench_requests
from bench.executors.local import LocalExecutor

print("the script runs", flush=True)
pool = LocalExecutor(bench_requests.make_runner, 2, lost=lambda *_: None)
pool.submit(0, ("who",))
print(*pool.collect(lambda *_: True))
pool.close()
"""


def test_script_without_guard_runs_once(requests: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(WITHOUT_GUARD)
    done = subprocess.run(
        [sys.executable, script, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    first, *others = done.stdout.splitlines()
    assert first == "the script runs"
    assert len(others) == 1
