"""``tf.train.Example`` without TensorFlow, and the features of an image in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

IMAGE = ("image/encoded", "image")
LABEL = ("image/class/label", "label")
TEXT = ("image/class/text",)
"""Names of features, the usual ones of image tools first, then those of TFDS."""


@dataclass(frozen=True)
class LabelledImage:
    """What a record says of an image.

    Attributes:
        encoded: The bytes of its file; None if it has none.
        label: None if it has none.
        text: Name of its class; None if it has none.
    """

    encoded: bytes | None
    label: int | None
    text: str | None


def parse(data: bytes) -> LabelledImage:
    """The image in a record.

    Raises:
        ValueError: The data are no example.
    """
    from google.protobuf.message import DecodeError

    try:
        features = _message().FromString(data).features.feature
    except DecodeError as error:
        raise ValueError("it is no tf.train.Example") from error
    text = _first(features, TEXT, "bytes_list")
    return LabelledImage(
        encoded=_first(features, IMAGE, "bytes_list"),
        label=_first(features, LABEL, "int64_list"),
        text=None if text is None else text.decode("utf-8", "backslashreplace"),
    )


def serialize(features: Mapping[str, bytes | int]) -> bytes:
    """An example of features, the same bytes for the same features."""
    example = _message()()
    for name, value in features.items():
        feature = example.features.feature[name]
        if isinstance(value, bytes):
            feature.bytes_list.value.append(value)
        else:
            feature.int64_list.value.append(value)
    data: bytes = example.SerializeToString(deterministic=True)
    return data


def _first(features: Any, names: tuple[str, ...], kind: str) -> Any:
    """The first value of a feature that goes by one of several names."""
    for name in names:
        if name in features and (values := getattr(features[name], kind).value):
            return values[0]
    return None


@cache
def _message() -> Any:
    """The class of the message; it lies in a pool of its own, beside TensorFlow's."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", syntax="proto3")

    def message(name: str, *fields: Any, within: Any = None) -> Any:
        new = (file.message_type if within is None else within.nested_type).add()
        new.name = name
        for number, (field_name, kind, is_repeated) in enumerate(fields, 1):
            is_message = isinstance(kind, str)
            new.field.add(
                name=field_name,
                number=number,
                label=field.LABEL_REPEATED if is_repeated else field.LABEL_OPTIONAL,
                type=field.TYPE_MESSAGE if is_message else kind,
                type_name=kind if is_message else None,
            )
        return new

    message("BytesList", ("value", field.TYPE_BYTES, True))
    message("FloatList", ("value", field.TYPE_FLOAT, True))
    message("Int64List", ("value", field.TYPE_INT64, True))
    feature = message(
        "Feature",
        ("bytes_list", ".BytesList", False),
        ("float_list", ".FloatList", False),
        ("int64_list", ".Int64List", False),
    )
    feature.oneof_decl.add(name="kind")
    for each in feature.field:
        each.oneof_index = 0
    features = message("Features", ("feature", ".Features.FeatureEntry", True))
    entry = message(
        "FeatureEntry",
        ("key", field.TYPE_STRING, False),
        ("value", ".Feature", False),
        within=features,
    )
    entry.options.map_entry = True
    message("Example", ("features", ".Features", False))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Example"))
