"""The examination of a task: what its images tell of the data set they are from.

- ``examine``: all findings.
- ``images``: the images of all splits as one sequence.
- ``one_pass``: what is measured of each image, in one pass over all.
- ``perceptual_hash``, ``alike``: near duplicates.
- ``clusters``: groups of duplicates, counted and listed.
- ``mirrored``: whether mirrored images still belong to their class.
"""

from bench.datasets.examination.examine import Examination, duplicate_clusters, examine
from bench.datasets.examination.mirrored import keeps_classes

__all__ = ["Examination", "duplicate_clusters", "examine", "keeps_classes"]
