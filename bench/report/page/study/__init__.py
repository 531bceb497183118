"""The pages of single studies: data to blocks, and blocks to HTML by one template.

Each module makes a section, or a part of one, from a ``Subject``, as the blocks of
``blocks``. ``study_page`` is the door, and ``page_name`` the name of a page's file.
"""

from bench.report.page.study.page import page_name, study_page

__all__ = ["page_name", "study_page"]
