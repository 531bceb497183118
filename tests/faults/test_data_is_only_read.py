"""A data folder is only read: nothing in it is executed, imported or changed."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bad_arrays import X, claiming, npy_bytes, y, zipped
from bad_folders import photos

LOADING = r"""
import json, os, sys
from pathlib import Path

folder = os.path.realpath(sys.argv[1])
writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
running = {
    "exec", "compile", "import", "os.exec", "os.posix_spawn", "os.system", "os.fork",
    "subprocess.Popen", "pickle.find_class", "ctypes.dlopen", "marshal.loads",
}
changing = {
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename",
    "os.rmdir", "os.setxattr", "os.symlink", "os.truncate", "os.utime",
    "shutil.copyfile", "shutil.move", "shutil.rmtree", "tempfile.mkstemp",
}


def inside(argument):
    argument = getattr(argument, "co_filename", argument)
    text = os.fsdecode(argument) if isinstance(argument, (str, bytes)) else ""
    return os.path.isabs(text) and os.path.realpath(text).startswith(folder)


def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        seen = inside(path)
        opened.append(str(path)) if seen else None
        broken = seen and (flags & writes or any(c in (mode or "") for c in "wxa+"))
    elif event == "pickle.find_class":
        broken = True
    elif event in running | changing:
        broken = any(map(inside, arguments))
    else:
        return
    if broken:
        print(event, arguments, file=sys.stderr)
        os._exit(3)


from bench import datasets
from bench.errors import BenchError

opened, answers = [], []
sys.addaudithook(watch)
for name, data in json.loads(sys.argv[2]):
    try:
        task = datasets.load(datasets.DataSetRequest(
            dataset=name, data_folder=Path(data), validation_fraction=0.25,
            test_fraction=0.25, skip_unreadable=True,
        ))
        answers.append("loaded" if len(task.train) else "empty")
    except BenchError:
        answers.append("refused")
for attack in sys.argv[3:]:
    exec(attack)
assert not any(map(inside, sys.path)), sys.path
assert not any(inside(getattr(m, "__file__", None)) for m in sys.modules.values())
print(json.dumps([answers, len(opened)]))
"""


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple:
        return (open, ("trapped", "w"))


def snapshot(folder: Path) -> dict[str, tuple[int, int, str]]:
    return {
        str(path): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in (folder, *folder.rglob("*"))
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of every kind of data set, with code and pickles among the images."""
    folder = tmp_path / "data"
    folder.mkdir()
    images = photos(folder)
    for code in ("sitecustomize", "usercustomize", "__init__", "numpy", "PIL", "bench"):
        for place in (folder, images, images / "cat"):
            (place / f"{code}.py").write_text("open('trapped', 'w')")
    (images / "cat" / "trap.png").write_bytes(pickle.dumps(Trap()))
    objects = np.array([Trap()] * 48, object)
    np.savez(folder / "set.npz", X=X, y=y)
    np.savez(folder / "objects.npz", X=X, y=objects)
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
    np.save(folder / "objects.npy", objects)
    (folder / "pickle.npy").write_bytes(pickle.dumps(Trap()))
    zipped(folder / "claim.npz", X=claiming((48,), "|O", b"x"), y=npy_bytes(y))
    labels = np.arange(80) % 10
    np.savez(
        folder / "mnist.npz",
        x_train=np.resize(X, (80, 6, 6)),
        y_train=labels,
        x_test=np.resize(X, (80, 6, 6)),
        y_test=labels,
    )
    shutil.copy(folder / "objects.npz", folder / "cifar10.npz")
    return folder


BAD = ("objects", "claim", "pickle", "cifar10")
"""Data sets below that hold pickles."""


def named(data: Path) -> list[str]:
    arrays = [f"npz:{data}/{name}.npz" for name in ("set", "objects", "claim")]
    arrays += [f"npy:{data}/X.npy,{data}/{y}.npy" for y in ("y", "objects", "pickle")]
    return [f"folder:{data / 'photos'}", "mnist", "cifar10", *arrays]


def load(data: Path, *attacks: str) -> subprocess.CompletedProcess[str]:
    names = json.dumps([(name, str(data)) for name in named(data)])
    return subprocess.run(
        [sys.executable, "-c", LOADING, str(data), names, *attacks],
        capture_output=True,
        text=True,
        check=False,
        cwd=data.parent,
    )


def test_no_loader_runs_or_changes_anything(data: Path, tried: Callable) -> None:
    before = snapshot(data)
    done = load(data)
    assert done.returncode == 0, done.stderr
    answers, opened = json.loads(done.stdout)
    assert dict(zip(named(data), answers, strict=True)) == {
        name: "refused" if any(bad in name for bad in BAD) else "loaded"
        for name in named(data)
    }
    assert opened > 20  # the hook sees what is read
    assert snapshot(data) == before
    assert not list(data.parent.rglob("trapped"))
    promise = "nothing in it is executed, imported or changed"
    for answer in answers:
        tried("code and pickles in a data folder", f"{answer}, none executed", promise)


@pytest.mark.parametrize(
    "attack",
    [
        "open(folder + '/new', 'w')",
        "os.utime(folder + '/X.npy')",
        "sys.path.append(folder + '/photos/cat'); import usercustomize",
        "import pickle; pickle.load(open(folder + '/pickle.npy', 'rb'))",
    ],
)
@pytest.mark.slow
def test_watch_over_loaders_notices(data: Path, attack: str) -> None:
    assert load(data, attack).returncode == 3
