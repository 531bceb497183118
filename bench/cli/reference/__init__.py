"""The reference pages of the documents, made from what the code declares.

``python -m bench.cli.reference`` writes them again, or the documents that are named.
Each made part stands between two lines of a document, ``<!-- NAME -->`` and ``<!-- end
of NAME -->``; the rest of the document is written by hand.

- ``parts``: the parts by their names, and documents with the present ones.
- One module for each part, with a function that returns it as Markdown.
"""

from bench.cli.reference.parts import PAGES, PARTS, with_parts

__all__ = ["PAGES", "PARTS", "with_parts"]
