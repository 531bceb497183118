"""Results that are kept at a URL too: uploaded when a study ends, pulled elsewhere.

The store that is written stays on this machine. What lies at the URL is a snapshot of
it, with the models, tables, plots and pages of its folder, and the list of them all.
"""

from bench.mirror.pull import known_folder, pull
from bench.mirror.upload import begin, upload

__all__ = ["begin", "known_folder", "pull", "upload"]
