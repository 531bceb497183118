"""A comparison for other programs, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.report.compared.compare import Compared
from bench.report.compared.contender import Contender
from bench.report.compared.pair import Pair


def as_json(compared: Compared) -> dict[str, Any]:
    """Everything of a comparison but its images."""
    labels = [contender.label for contender in compared.contenders]
    return {
        "board": compared.board.title,
        "metric": compared.contenders[0].row.task_type.ranked_by.name,
        "test_images": compared.board.task.test,
        "corrected_for_rows": compared.judged_rows,
        "studies": [_contender(each) for each in compared.contenders],
        "pairs": [_pair(each) for each in compared.pairs],
        "recall": [
            {"class": name, "images": images, **dict(zip(labels, values, strict=True))}
            for name, images, values in compared.recalls
        ],
    }


def _contender(contender: Contender) -> dict[str, Any]:
    row, values = contender.row, contender.hyperparameters
    return {
        "label": contender.label,
        "study": contender.study.id,
        "configuration": "default" if row.is_default else "best",
        "score": row.score,
        "low": row.low,
        "high": row.high,
        "seeds": row.seeds,
        "parameters": row.parameters,
        "train_seconds": row.train_seconds,
        "latency_ms_1": row.latency_ms_1,
        "latency_ms_64": row.latency_ms_64,
        "search_core_seconds": row.search_core_seconds,
        "hyperparameters": None if values is None else dict(values),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    table = pair.table
    return {
        "one": pair.one.label,
        "other": pair.other.label,
        "difference": None if pair.difference is None else asdict(pair.difference),
        "corrected_p_value": pair.p_value,
        "verdict": pair.verdict,
        "mcnemar": None
        if table is None
        else {**asdict(table), "p_mid": table.p_mid, "p_exact": table.p_exact},
        "only_one_right": [asdict(each) for each in pair.only_one],
        "only_other_right": [asdict(each) for each in pair.only_other],
    }
