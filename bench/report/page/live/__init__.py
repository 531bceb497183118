"""The page of a running study, made again whenever the store has changed."""

from bench.report.page.live.page import can_end, live_page

__all__ = ["can_end", "live_page"]
