"""The pages of single studies: data to blocks, and blocks to HTML by one template.

Each module makes a section, or a part of one, from a ``Subject``, as the blocks of
``bench.report.page.blocks``. ``study_page`` is the door.
"""

from bench.report.page.study.page import study_page

__all__ = ["study_page"]
