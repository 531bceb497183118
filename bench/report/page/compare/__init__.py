"""The page that compares studies, and the tables that a console shows of it."""

from bench.report.page.compare.page import comparison_page, is_comparison_of
from bench.report.page.compare.tables import tables
from bench.report.page.study.blocks import Table

__all__ = ["Table", "comparison_page", "is_comparison_of", "tables"]
