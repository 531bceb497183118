"""Chosen studies as one folder that anybody may have, and its checksums.

``publish`` writes the folder, ``differences`` compares it with its manifest.
"""

from bench.report.publish.checksums import Differences, differences, read_manifest
from bench.report.publish.folder import publish
from bench.report.publish.manifest import MANIFEST, find_row

__all__ = [
    "MANIFEST",
    "Differences",
    "differences",
    "find_row",
    "publish",
    "read_manifest",
]
