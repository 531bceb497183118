"""The report as HTML: one file with all boards, and one file for each study.

Each file is whole: style, script and images are in it, so that it opens without a
network. It can be read without script. Nothing here imports Keras.
"""

from bench.report.page.folder import write_pages

__all__ = ["write_pages"]
