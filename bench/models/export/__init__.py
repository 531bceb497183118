"""Models written for other programs, each compared with Keras before it is kept.

``FORMATS`` lists the formats; each has a file that writes a model, quantizes one, and
loads it in its own runtime. ``artifact.export`` writes a model and compares what its
runtime answers; ``study.export_study`` does so for a study. Both need Keras, so they
are imported where they are used.
"""

from bench.models.export.formats import FORMATS, Format, check, find

__all__ = ["FORMATS", "Format", "check", "find"]
