"""The command that shows everything about one study."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli import parameters
from bench.cli.models import Study, selected
from bench.cli.tables import print_json, table_options
from bench.cli.tables import show as show_table
from bench.errors import BenchError
from bench.records import ImageSource
from bench.study.start import start_session
from bench.text import say

if TYPE_CHECKING:
    from bench.models.selection import Selected
    from bench.report import Section


@table_options()
def show(
    study: Study,
    results: parameters.Results = Path("results"),
    data: parameters.Data = None,
    as_json: parameters.Json = False,
) -> None:
    """Show everything about one study.

    Its command, task, search space, best configuration, network, learning curve,
    versions and commit.
    """
    from bench import report
    from bench.store import Store

    chosen = selected(study, results)
    with Store(results, read_only=True) as store:
        sections = report.sections(store, chosen.study, chosen.role)
    sections[3:3] = [
        _space(chosen, ImageSource(data=data, skip_unreadable=True)),
        _network(chosen, results),
    ]
    if as_json:
        print_json([asdict(section) for section in sections])
        return
    for section in sections:
        _print(section)


def _space(chosen: Selected, source: ImageSource) -> Section:
    from bench.report import Section

    session = start_session(chosen.study.spec)
    try:
        rows = session.describe(chosen.study.spec, source)
    except BenchError as error:
        return Section(title="Search space", text=str(error))
    return Section(title="Search space", rows=[asdict(row) for row in rows])


def _network(chosen: Selected, results: Path) -> Section:
    from bench.models import loading
    from bench.models.summary import layers
    from bench.report import Section

    try:
        models = loading.load(results, chosen).models
    except BenchError as error:
        return Section(title="Network", text=str(error))
    return Section(
        title="Network",
        facts={"parameters": f"{models[0].count_params():,}"},
        rows=layers(models[0]),
    )


def _print(section: Section) -> None:
    say("")
    say(section.title.upper())
    width = max(map(len, section.facts), default=0)
    for name, value in section.facts.items():
        say(f"{name:{width}}  {value}")
    if section.rows:
        show_table(section.rows, False)
    for line in section.text.splitlines():
        say(line)
