"""Data sets kept as TFRecord shards, read and written without TensorFlow.

- ``record``: the records of a file, with their checksums.
- ``example``: ``tf.train.Example``, and the features of an image.
- ``layout``: the shards of a folder, their parts and class names.
- ``index``: where each image lies, found in one pass.
- ``load``: a data set from shards.
- ``write``: shards from a data set.
"""

from bench.datasets.shards.load import load

__all__ = ["load"]
