"""Versions, machine, seeds and commit: what it takes to have the same result."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report.page.blocks import Facts, Section
from bench.report.page.study.subject import Subject

UNKNOWN = "unknown"

_NAMES = {
    "python": "Python",
    "keras-leaderboard": "This toolkit",
    "keras": "Keras",
    "keras-tuner": "Keras Tuner",
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "torch": "PyTorch",
    "platform": "Platform",
    "processor": "Processor",
    "cores": "Cores",
    "commit": "Commit of the toolkit",
    "fid_network": "Network of FID",
    "fid_features": "Features of FID",
}


def provenance(subject: Subject) -> Section:
    return Section(
        anchor="versions",
        title="Versions and seeds",
        blocks=(Facts(values=list(_facts(subject))),),
    )


def _facts(subject: Subject) -> Iterator[tuple[str, str]]:
    versions = dict(subject.study.versions)
    for name in ("commit", "processor"):
        versions.setdefault(name, UNKNOWN)
    for name in sorted(
        versions, key=lambda n: (list(_NAMES).index(n) if n in _NAMES else 99, n)
    ):
        yield _NAMES.get(name, name), versions[name]
    yield "Backend", subject.spec.backend
    yield "Seed of the search", str(subject.spec.seed)
    seeds = [str(final.seed) for final in subject.results.finals]
    yield "Seeds of the final trainings", ", ".join(seeds) or "none yet"
    yield "Fingerprint of the data", subject.task.fingerprint
    yield "Fingerprint of the test split", subject.task.test_fingerprint
