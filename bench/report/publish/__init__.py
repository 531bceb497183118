"""Chosen studies as one folder that anybody may have, and its checksums.

``publish`` writes the folder, ``differences`` compares it with its manifest.
"""

from bench.report.publish.checksums import Differences, differences, read_manifest
from bench.report.publish.folder import publish
from bench.report.publish.manifest import MANIFEST, find_row
from bench.report.publish.scrubbing import KINDS_OF_PATHS

__all__ = [
    "KINDS_OF_PATHS",
    "MANIFEST",
    "Differences",
    "differences",
    "find_row",
    "publish",
    "read_manifest",
]
