"""Families across data sets: ranks, and what they say of other data sets.

``overall`` compares the families of some boards, ``sentences`` says in words what can
be claimed. All statistics are pure functions of scores.
"""

from bench.report.across.claims import Claims
from bench.report.across.overall import Overall, Standing, overall
from bench.report.across.tables import overall_lines, overall_table
from bench.report.across.words import outcome, sentences

__all__ = [
    "Claims",
    "Overall",
    "Standing",
    "outcome",
    "overall",
    "overall_lines",
    "overall_table",
    "sentences",
]
