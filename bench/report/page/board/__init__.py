"""The page of all boards: tables that sort, filter and fold, and what a score costs."""

from bench.report.page.board.page import board_page

__all__ = ["board_page"]
