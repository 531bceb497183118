"""Files that nodes do not see: fetched once, checked, brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.errors import StudyError
from bench.executors.remote.files import Files, FileServer, NodeFiles, place_of


class Calls:
    """Calls of a node to the server of files, counted by method."""

    def __init__(self) -> None:
        self.server = FileServer()
        self.methods: list[str] = []

    def __call__(self, method: str, *args: Any) -> Any:
        self.methods.append(method)
        return getattr(self.server, method)(*args)


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def node(calls: Calls, tmp_path: Path) -> NodeFiles:
    return NodeFiles(calls, tmp_path / "node")


def copy_of(node: NodeFiles, path: Path) -> Path:
    return place_of(node.root, path)


def test_node_fetches_a_file_once_and_again_when_it_has_changed(
    node: NodeFiles, calls: Calls, tmp_path: Path
) -> None:
    source = tmp_path / "images.npy"
    source.write_bytes(b"first")
    for _ in range(2):
        node.fetch(Files(read=(source,)))
    assert copy_of(node, source).read_bytes() == b"first"
    assert calls.methods.count("read") == 2  # a piece, and the end
    source.write_bytes(b"other")
    node.fetch(Files(read=(source,)))
    assert copy_of(node, source).read_bytes() == b"other"


def test_file_that_is_written_again_with_the_same_contents_is_not_fetched_again(
    node: NodeFiles, calls: Calls, tmp_path: Path
) -> None:
    source = tmp_path / "images.npy"
    for _ in range(2):
        source.unlink(missing_ok=True)
        source.write_bytes(b"same")
        node.fetch(Files(read=(source,)))
    assert calls.methods.count("read") == 2


def test_file_that_is_gone_is_gone_on_the_node(node: NodeFiles, tmp_path: Path) -> None:
    source = tmp_path / "0.npz"
    source.write_bytes(b"checkpoint")
    node.fetch(Files(read=(source,)))
    source.unlink()
    node.fetch(Files(read=(source,)))
    assert not copy_of(node, source).exists()


def test_file_in_many_pieces_arrives_whole(
    node: NodeFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.executors.remote.files.PIECE", 3)
    source, target = tmp_path / "source", tmp_path / "new" / "target"
    source.write_bytes(b"0123456789")
    target.parent.mkdir()
    node.fetch(Files(read=(source,), written=(target,)))
    copy_of(node, target).write_bytes(copy_of(node, source).read_bytes())
    node.bring_back(Files(written=(target,)))
    assert target.read_bytes() == b"0123456789"


def test_file_that_changes_on_its_way_is_refused(tmp_path: Path, calls: Calls) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"contents")

    def changed(method: str, *args: Any) -> Any:
        answer = calls(method, *args)
        return b"CONTENTS" if method == "read" and answer else answer

    with pytest.raises(StudyError, match="changed on its way"):
        NodeFiles(changed, tmp_path / "node").fetch(Files(read=(source,)))


def test_written_file_leaves_the_node_and_a_checkpoint_stays(
    node: NodeFiles, tmp_path: Path
) -> None:
    model, checkpoint = tmp_path / "model.keras", tmp_path / "0.npz"
    files = Files(written=(model,), continued=(checkpoint,))
    node.fetch(files)
    for path in (model, checkpoint):
        copy_of(node, path).write_bytes(b"contents")
    node.bring_back(files)
    assert model.read_bytes() == checkpoint.read_bytes() == b"contents"
    assert not copy_of(node, model).exists()
    assert copy_of(node, checkpoint).exists()


def test_parts_of_features_reach_another_node(calls: Calls, tmp_path: Path) -> None:
    one, other = (NodeFiles(calls, tmp_path / name) for name in ("one", "other"))
    folder = tmp_path / "cache" / "network"
    files = Files(shared=(folder,))
    one.fetch(files)
    for name in ("train.npy", "train-0-0.done", "train-0-512.done", "train-0-0.lock"):
        (copy_of(one, folder) / name).write_text(name)
    one.bring_back(files)
    names = {"train.npy", "train-0-0.done", "train-0-512.done"}
    assert {path.name for path in folder.iterdir()} == names
    other.fetch(files)
    assert {path.name for path in copy_of(other, folder).iterdir()} == names


def test_node_that_sees_the_files_copies_none(calls: Calls, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"contents")
    node = NodeFiles(calls, None)
    node.fetch(Files(read=(source,), shared=(tmp_path,)))
    node.bring_back(Files(written=(source,)))
    assert not calls.methods
    assert source.read_bytes() == b"contents"


def test_nodes_that_send_the_same_features_at_once_leave_those_of_one(
    calls: Calls, tmp_path: Path
) -> None:
    """The slower node has more parts, but its array comes second."""
    folder = tmp_path / "cache" / "network"
    files = Files(shared=(folder,))
    quick = NodeFiles(calls, tmp_path / "quick")

    def slowly(method: str, *args: Any) -> Any:
        answer = calls(method, *args)
        if method == "write" and not folder.joinpath("train.npy").exists():
            quick.bring_back(files)
        return answer

    slow = NodeFiles(slowly, tmp_path / "slow")
    for node, names in ((quick, ["0-0"]), (slow, ["0-0", "0-512"])):
        node.fetch(files)
        (copy_of(node, folder) / "train.npy").write_text(" ".join(names))
        for name in names:
            (copy_of(node, folder) / f"train-{name}.done").touch()
    slow.bring_back(files)
    assert (folder / "train.npy").read_text() == "0-0"
    assert sorted(path.name for path in folder.iterdir()) == [
        "train-0-0.done",
        "train.npy",
    ]


def test_features_that_cannot_be_brought_back_cost_no_training(
    calls: Calls, tmp_path: Path
) -> None:
    folder, checkpoint = tmp_path / "cache" / "network", tmp_path / "0.npz"
    files = Files(shared=(folder,), continued=(checkpoint,))

    def full(method: str, *args: Any) -> Any:
        if method == "write" and args[0].parent == folder:
            raise OSError("no space left")
        return calls(method, *args)

    node = NodeFiles(full, tmp_path / "node")
    node.fetch(files)
    (copy_of(node, folder) / "train.npy").write_text("features")
    copy_of(node, checkpoint).write_text("checkpoint")
    node.bring_back(files)
    assert checkpoint.read_text() == "checkpoint"


def test_copies_of_features_are_removed_with_the_others(tmp_path: Path) -> None:
    files = Files(read=(tmp_path / "set" / "images.npy",), shared=(tmp_path / "net",))
    assert files.folders == {tmp_path / "set", tmp_path / "net"}
