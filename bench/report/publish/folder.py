"""Writes the folder that is published: whole, or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.errors import UsageError
from bench.files import check_free, whole_target
from bench.records import StudyRecord, StudyState
from bench.report.board import boards
from bench.report.command import search_command
from bench.report.documents import write, write_report
from bench.report.publish.manifest import MANIFEST, manifest
from bench.report.publish.models import copy_models
from bench.report.publish.scrubbing import scrubber
from bench.report.results import StudyResults, study_results
from bench.store import EXPLANATIONS, Store
from bench.store.copying import copy_studies

CONFIGURATIONS = "configurations"
"""Folder of the configurations, a file for each study."""

_INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=report/index.html">
<title>Leaderboard</title>
<p><a href="report/index.html">The report</a></p>
</html>
"""


def publish(
    store: Store, studies: Sequence[StudyRecord], to: Path, *, with_models: bool = True
) -> None:
    """Write report, tables, configurations, store and models of studies as a folder.

    Paths and the name of this machine are left out of all of them.

    Args:
        store: Holds the studies; nothing is written to it.
        studies: The studies; all that are finished if there are none.
        to: The folder, which is empty or isn't there.
        with_models: Whether the kept models are copied.

    Raises:
        UsageError: The folder can't be written to, or a study has no result.
        WriteError: A file can't be written; no folder is left.
    """
    check_free(to, is_folder=True)
    chosen = [study.id for study in studies or _finished(store)]
    _check_tested(store, chosen)
    text = scrubber(store.studies())
    with whole_target(to) as folder:
        folder.mkdir()
        copy_studies(store.folder, folder, chosen, text)
        copy_models(store.folder, folder, chosen, text, with_weights=with_models)
        _copy_explanations(store.folder, folder, chosen)
        with Store(folder, read_only=True) as published:
            _write(published)


def _finished(store: Store) -> list[StudyRecord]:
    return [
        study
        for study in store.studies()
        if study.state is StudyState.FINISHED and store.finals(study.id)
    ]


def _check_tested(store: Store, studies: Sequence[str]) -> None:
    untested = [study for study in studies if not store.finals(study)]
    if untested or not studies:
        has = f"{untested[0][:8]} has none" if untested else "no study has one"
        raise UsageError(
            f"a study is published with the tests of its final trainings; {has} yet: "
            "give its search again"
        )


def _copy_explanations(results: Path, folder: Path, studies: Sequence[str]) -> None:
    """Copy the pictures that the pages show."""
    for study in studies:
        for path in (results / EXPLANATIONS).glob(f"*-{study[:8]}"):
            target = folder / EXPLANATIONS / f"study-{study[:8]}"
            shutil.copytree(path, target, dirs_exist_ok=True)


def _write(store: Store) -> None:
    """Write all that is made from the published store alone."""
    folder = store.folder
    write(store, plots=False)
    write_report(store)
    shutil.rmtree(folder / EXPLANATIONS, ignore_errors=True)  # they are in the pages
    (folder / "index.html").write_text(_INDEX, "utf-8")
    for results in study_results(store):
        path = folder / CONFIGURATIONS / f"{results.study.id}.json"
        _write_json(path, _configuration(results))
    _write_json(folder / MANIFEST, manifest(store, boards(store)))


def _configuration(results: StudyResults) -> dict[str, Any]:
    study, best = results.study, results.best
    return {
        "study": study.id,
        "command": search_command(study.spec),
        "asked": json.loads(study.spec.to_json()),
        "best": None if best is None else asdict(best.proposal),
        "versions": dict(study.versions),
    }


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(values, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")
