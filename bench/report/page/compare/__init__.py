"""The page that compares studies, and the tables that a console shows of it."""

from bench.report.page.blocks import Table
from bench.report.page.compare.page import comparison_page
from bench.report.page.compare.tables import tables

__all__ = ["Table", "comparison_page", "tables"]
