"""Data sets kept as TFRecord shards."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.datasets import Task
from bench.datasets.shards.example import serialize
from bench.datasets.shards.record import framed
from bench.datasets.streamed import Room
from bench.datasets.to_shards import to_shards
from bench.errors import DatasetError, UsageError

Load = Callable[..., Task]
Refusal = Callable[..., str]
Write = Callable[..., str]


def png(colour: tuple[int, int, int], size: tuple[int, int] = (8, 8)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def images(
    classes: Sequence[int], text: Sequence[str] = (), **features: bytes | int
) -> list[bytes]:
    """Records of images whose colour says their class."""
    return [
        serialize(
            {"image/encoded": png((50 * label, number, 0)), "image/class/label": label}
            | ({"image/class/text": text[label].encode()} if text else {})
            | features
        )
        for number, label in enumerate(classes)
    ]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write records to a shard, and return the name of the data set."""

    def write(records: Sequence[bytes], name: str = "train.tfrecord") -> str:
        folder = tmp_path / "shards"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"".join(map(framed, records)))
        return f"shards:{folder}"

    return write


def all_images(task: Task) -> np.ndarray:
    splits = (task.train, task.validation, task.test)
    return np.concatenate([split.images[:] for split in splits])


def test_images_have_the_classes_of_their_records(load: Load, write: Write) -> None:
    task = load(write(images([0, 1, 2] * 8)))
    assert task.record.class_names == ("0", "1", "2")
    for split in (task.train, task.validation, task.test):
        np.testing.assert_array_equal(split.images[:, 0, 0, 0] // 50, split.labels)


def test_words_in_the_names_of_shards_say_their_part(load: Load, write: Write) -> None:
    for number in range(2):
        write(images([0, 1] * 4), f"set-train.tfrecord-{number:05d}-of-00002")
    dataset = write(images([0, 1] * 3), "set-test.tfrecord-00000-of-00001")
    record = load(dataset).record
    assert (record.train + record.validation, record.test) == (16, 6)


def test_a_validation_part_is_the_test_part_where_there_is_none(
    load: Load, write: Write
) -> None:
    write(images([0, 1] * 4), "train-00000-of-00001")
    task = load(write(images([0, 1] * 3), "validation-00000-of-00001"))
    assert task.record.test == 6
    assert any("validation shards test" in note for note in task.notes)


@pytest.mark.parametrize("lines", ["cat\ndog\n", "1:dog\n0:cat\n"])
def test_class_names_come_from_the_file_of_labels(
    load: Load, write: Write, tmp_path: Path, lines: str
) -> None:
    dataset = write(images([0, 1] * 8))
    (tmp_path / "shards" / "label.labels.txt").write_text(lines)
    assert load(dataset).record.class_names == ("cat", "dog")


def test_class_names_come_from_texts(load: Load, write: Write) -> None:
    dataset = write(images([0, 1] * 8, text=("cat", "dog")))
    assert load(dataset).record.class_names == ("cat", "dog")


def test_images_of_tfds_are_read(load: Load, write: Write) -> None:
    records = [
        serialize({"image": png((90 * (n % 2), n, 0)), "label": n % 2})
        for n in range(16)
    ]
    assert load(write(records)).record.class_names == ("0", "1")


def test_labels_may_begin_at_one_where_every_name_is_used(
    load: Load, write: Write, tmp_path: Path
) -> None:
    dataset = write(images([1, 2] * 8))
    (tmp_path / "shards" / "labels.txt").write_text("cat\ndog\n")
    task = load(dataset)
    assert set(task.train.labels) == {0, 1}
    assert "labels begin at 1: 1 is 'cat'" in task.notes


def test_a_broken_record_is_named_with_its_shard_and_offset(
    load: Load, refusal: Refusal, write: Write, tmp_path: Path
) -> None:
    records = images([0, 1] * 8)
    dataset = write(records)
    shard = tmp_path / "shards" / "train.tfrecord"
    content = bytearray(shard.read_bytes())
    second = len(framed(records[0]))
    content[second + 40] ^= 255
    shard.write_bytes(content)
    message = refusal(dataset)
    assert f"byte {second:,} of {str(shard)!r}" in message
    assert "--skip-unreadable" in message
    task = load(dataset, skip_unreadable=True)
    assert task.record.images == 15
    assert "left out 1 broken records" in task.notes


def test_a_shard_that_ends_within_a_record_keeps_the_others(
    load: Load, refusal: Refusal, write: Write, tmp_path: Path
) -> None:
    dataset = write(images([0, 1] * 8))
    shard = tmp_path / "shards" / "train.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-7])
    assert "the file ends within it" in refusal(dataset)
    assert load(dataset, skip_unreadable=True).record.images == 15


def test_an_image_that_cannot_be_decoded_is_named(
    load: Load, refusal: Refusal, write: Write
) -> None:
    records = images([0, 1] * 8)
    records[3] = serialize({"image/encoded": b"no image", "image/class/label": 1})
    dataset = write(records)
    assert "no image of these formats" in refusal(dataset)
    assert load(dataset, skip_unreadable=True).record.images == 15


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([serialize({"image/encoded": png((0, 0, 0))})] * 4, "have neither"),
        ([b"\xff\xff"] * 4, "no tf.train.Example"),
        ([serialize({"image/class/label": 1})] * 4, "holds no image/encoded"),
        ([], "hold none"),
    ],
)
def test_shards_without_labelled_images_are_refused(
    refusal: Refusal, write: Write, records: list[bytes], said: str
) -> None:
    assert said in refusal(write(records))


def test_ids_beyond_the_class_names_are_refused(
    refusal: Refusal, write: Write, tmp_path: Path
) -> None:
    dataset = write(images([0, 1, 4] * 6))
    (tmp_path / "shards" / "labels.txt").write_text("cat\ndog\n")
    assert "an image has the id 4" in refusal(dataset)


def test_a_missing_shard_is_named(refusal: Refusal, write: Write) -> None:
    write(images([0, 1] * 4), "train.tfrecord-00000-of-00003")
    dataset = write(images([0, 1] * 4), "train.tfrecord-00002-of-00003")
    assert "train.tfrecord-00001-of-00003" in refusal(dataset)


def test_compressed_shards_are_refused(refusal: Refusal, write: Write) -> None:
    dataset = write([], "train.tfrecord-00000-of-00001.gz")
    assert "decompress them" in refusal(dataset)


def test_files_beside_shards_are_no_shards(load: Load, write: Write) -> None:
    write([], "train.tfrecord.idx")
    assert load(write(images([0, 1] * 8))).record.images == 16


def test_a_folder_without_shards_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    assert "holds none" in refusal(f"shards:{tmp_path}")
    assert "check the path" in refusal(f"shards:{tmp_path / 'gone'}")


# Writing -------------------------------------------------------------------


def write_shards(dataset: str, to: Path, **options: object) -> list[str]:
    said: list[str] = []
    defaults = {"data_folder": None, "shard_size": 2000, "skip_unreadable": False}
    to_shards(dataset, to, tell=said.append, **(defaults | options))  # type: ignore[arg-type]
    return said


def test_files_of_a_folder_are_kept_as_they_are(
    load: Load, photos: str, tmp_path: Path
) -> None:
    write_shards(photos, tmp_path / "shards")
    written = b"".join(p.read_bytes() for p in (tmp_path / "shards").glob("*tfrecord*"))
    files = list((tmp_path / "photos").glob("*/*.png"))
    assert len(files) == 16
    assert all(file.read_bytes() in written for file in files)


def test_files_that_a_table_lists_are_kept_as_they_are(
    load: Load, photos: str, tmp_path: Path
) -> None:
    files = sorted((tmp_path / "photos").glob("*/*.png"))
    rows = [f"{file},{file.parent.name},{number}" for number, file in enumerate(files)]
    table = tmp_path / "photos.csv"
    table.write_text("\n".join(["path,label,width", *rows]))
    Image.new("RGB", (20, 9)).save(files[0])  # sizes differ, and stay
    write_shards(f"csv:{table}", tmp_path / "shards")
    written = b"".join(p.read_bytes() for p in (tmp_path / "shards").glob("*tfrecord*"))
    assert all(file.read_bytes() in written for file in files)
    task = load(f"shards:{tmp_path / 'shards'}")
    assert task.record.images == len(files)
    assert set(task.record.class_names) == {file.parent.name for file in files}


def test_missing_file_of_a_table_is_named_or_left_out(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    files = sorted((tmp_path / "photos").glob("*/*.png"))
    rows = [f"{file},{file.parent.name}" for file in files]
    table = tmp_path / "photos.csv"
    table.write_text("\n".join(["path,label", *rows]))
    files[0].unlink()
    with pytest.raises(DatasetError, match="No such file"):
        write_shards(f"csv:{table}", tmp_path / "shards")
    write_shards(f"csv:{table}", tmp_path / "others", skip_unreadable=True)
    assert len(list((tmp_path / "others").glob("*tfrecord*"))) > 1


def test_groups_of_a_table_are_not_lost_in_shards(photos: str, tmp_path: Path) -> None:
    files = sorted((tmp_path / "photos").glob("*/*.png"))
    rows = [f"{file},{file.parent.name},{n // 2}" for n, file in enumerate(files)]
    table = tmp_path / "photos.csv"
    table.write_text("\n".join(["path,label,group", *rows]))
    with pytest.raises(UsageError, match="shards hold no groups"):
        write_shards(f"csv:{table}", tmp_path / "shards")


def test_shards_hold_the_images_of_their_folder(
    load: Load, photos: str, tmp_path: Path
) -> None:
    write_shards(photos, tmp_path / "shards")
    assert len(list((tmp_path / "shards").glob("*tfrecord*"))) > 1
    task, folder = load(f"shards:{tmp_path / 'shards'}"), load(photos)
    assert task.record.class_names == folder.record.class_names

    def content(loaded: Task) -> list[bytes]:
        return sorted(image.tobytes() for image in all_images(loaded))

    assert content(task) == content(folder)


def test_parts_and_shades_of_arrays_are_kept(
    load: Load, save_npz: Callable[..., str], tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 8, 8), np.uint8)
    labels = np.arange(24) % 2
    dataset = save_npz(
        x_train=pixels[:16], y_train=labels[:16], x_test=pixels[16:], y_test=labels[16:]
    )
    write_shards(dataset, tmp_path / "shards")
    task = load(f"shards:{tmp_path / 'shards'}")
    assert task.record.image_shape == (8, 8, 1)
    tested = {image.tobytes() for image in task.test.images[:]}
    assert tested == {image.tobytes() for image in pixels[16:]}


def test_shards_that_are_there_are_not_written_again(
    photos: str, tmp_path: Path
) -> None:
    to = tmp_path / "shards"
    write_shards(photos, to)
    kept, broken, *_ = sorted(to.glob("*tfrecord*"))
    before, whole = kept.stat().st_mtime_ns, broken.read_bytes()
    broken.write_bytes(whole[:-1])
    said = write_shards(photos, to)
    assert [line for line in said if line.startswith("wrote")] == [
        f"wrote {broken.name}: {said[-1].split(': ')[1]}"
    ]
    assert kept.stat().st_mtime_ns == before
    assert broken.read_bytes() == whole


def test_shards_of_other_images_are_not_written_over(
    photos: str, tmp_path: Path
) -> None:
    to = tmp_path / "shards"
    write_shards(photos, to)
    with pytest.raises(UsageError, match="are others: name another"):
        write_shards(photos, to, shard_size=10**6)


def test_unfinished_shards_are_refused(
    refusal: Refusal, photos: str, tmp_path: Path
) -> None:
    to = tmp_path / "shards"
    (tmp_path / "photos" / "dog" / "7.png").write_bytes(b"no image")
    with pytest.raises(DatasetError, match=r"7\.png"):
        write_shards(photos, to)
    assert "not finished" in refusal(f"shards:{to}")
    write_shards(photos, tmp_path / "others", skip_unreadable=True)
    assert "needs" not in refusal(f"shards:{to}")


# Streaming -----------------------------------------------------------------


def test_scores_follow_the_images_and_not_where_they_are(
    load: Load, write: Write
) -> None:
    dataset = write(images([0, 1, 2] * 8))
    memory, streamed = load(dataset), load(dataset, room=Room(streams=True))
    assert (memory.is_streamed, streamed.is_streamed) == (False, True)
    assert streamed.record == memory.record
    assert streamed.pixel_range == memory.pixel_range
    np.testing.assert_array_equal(all_images(streamed), all_images(memory))
