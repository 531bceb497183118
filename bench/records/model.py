"""What a kept model is for, so that it can be used without its study."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ModelRecord:
    """The models of a study, one for each seed; it lies beside their files as JSON.

    Attributes:
        study: Identity of the study.
        family: As the user named it.
        dataset: The data set that the models were trained on.
        task_type: Kind of the task type: ``CLASSIFICATION``, ``DENOISING`` or
            ``GENERATION``.
        image_shape: ``(height, width, channels)`` of the images.
        pixel_range: Lowest and highest value that a pixel is meant to have.
        class_names: In the order of the outputs of a classifier.
        inputs: What the models take, for readers.
        outputs: What they return, for readers.
        versions: Of Python, the toolkit, Keras and its backend.
    """

    study: str
    family: str
    dataset: str
    task_type: str
    image_shape: tuple[int, int, int]
    pixel_range: tuple[float, float]
    class_names: tuple[str, ...]
    inputs: str = ""
    outputs: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ModelRecord:
        """Read a record.

        Raises:
            ValueError: The text is no record of a model.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            for name in ("image_shape", "pixel_range", "class_names"):
                values[name] = tuple(values[name])
            return cls(**values)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no record of a model: {error}") from error
