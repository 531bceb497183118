"""The report as HTML: a file with all boards, and one for each study and comparison.

Each file is whole: style, script and images are in it, so that it opens without a
network. It can be read without script. Nothing here imports Keras.
"""

from bench.report.page.folder import page_html, write_comparison_page, write_pages
from bench.report.page.live import can_end, live_page

__all__ = [
    "can_end",
    "live_page",
    "page_html",
    "write_comparison_page",
    "write_pages",
]
