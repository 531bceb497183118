"""Leaderboards, plots and listings, made from the store alone.

``boards`` ranks the studies of a store, ``write`` writes them as Markdown and CSV with
plots, ``table`` and its neighbours show them in a console. Nothing here imports Keras.
"""

from bench.report.across import Overall, overall, overall_table
from bench.report.board import Board, boards
from bench.report.cells import file_part, labels
from bench.report.column_meanings import COLUMNS
from bench.report.columns import as_json
from bench.report.command import search_command
from bench.report.compared import Compared, compare
from bench.report.compared import as_json as comparison_json
from bench.report.cost_tables import standing_json, standing_table
from bench.report.documents import (
    Written,
    page_now,
    try_to_write,
    write,
    write_comparison,
    write_report,
)
from bench.report.ensembles import ensemble_members
from bench.report.equal_cost import Course, Step, courses
from bench.report.findings import headline, remarks
from bench.report.listing import studies, study_times
from bench.report.notebook import board_html, study_html
from bench.report.one_study import Section, sections
from bench.report.page import can_end, live_page
from bench.report.page.compare import tables as comparison_tables
from bench.report.ranking import Member, Row
from bench.report.remark import Remark, Severity
from bench.report.repeated import with_repeats, without_single_repeats
from bench.report.results import StudyResults
from bench.report.reuse import as_python, as_toml
from bench.report.terminal import comparisons, table

__all__ = [
    "COLUMNS",
    "Board",
    "Compared",
    "Course",
    "Member",
    "Overall",
    "Remark",
    "Row",
    "Section",
    "Severity",
    "Step",
    "StudyResults",
    "Written",
    "as_json",
    "as_python",
    "as_toml",
    "board_html",
    "boards",
    "can_end",
    "compare",
    "comparison_json",
    "comparison_tables",
    "comparisons",
    "courses",
    "ensemble_members",
    "file_part",
    "headline",
    "labels",
    "live_page",
    "overall",
    "overall_table",
    "page_now",
    "remarks",
    "search_command",
    "sections",
    "standing_json",
    "standing_table",
    "studies",
    "study_html",
    "study_times",
    "table",
    "try_to_write",
    "with_repeats",
    "without_single_repeats",
    "write",
    "write_comparison",
    "write_report",
]
