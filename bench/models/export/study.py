"""Exports a model that a study keeps.

Needs Keras: call ``bench.training.backend.load`` before importing this module.
"""

from __future__ import annotations

from pathlib import Path

from bench.models.export.artifact import export
from bench.models.export.evidence import evidence
from bench.models.export.exported import Exported
from bench.models.export.formats import Format
from bench.models.loading import load
from bench.models.selection import select
from bench.store import Store
from bench.training.precision import use_float32


def export_study(
    name: str,
    format: Format,
    to: Path,
    *,
    seed: int | None,
    quantize: bool,
    results: Path,
    data: Path | None,
) -> Exported:
    """Export the model of one seed of a study.

    Args:
        name: Of the study, see ``select``.
        format: One of ``FORMATS``.
        to: File or folder that isn't there yet.
        seed: Of the final training; None for the first.
        quantize: Whether weights become integers of eight bits.
        results: Folder of the store.
        data: Folder of data sets known by name.

    Raises:
        BenchError: The study keeps no such model, or it can't be exported; see
            ``artifact.export``.
    """
    with Store(results, read_only=True) as store:
        selected = select(name, store)
        ensemble = load(results, selected, seed)
        model = ensemble.models[0]
        was_mixed = use_float32(model)  # other runtimes have no bfloat16 on a CPU
        found = evidence(
            selected, model, ensemble.record, store, data=data, quantize=quantize
        )
    artifact = export(model, format, to, found.inputs, found.quantization)
    return Exported(
        selected=selected,
        seed=ensemble.seeds[0],
        format=format,
        artifact=artifact,
        source=found.source,
        was_mixed=was_mixed,
    )
