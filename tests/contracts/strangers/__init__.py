"""Models as strangers write them, in plain Keras Tuner code, and what they must do.

- ``catalogue``: the table of models.
- ``images``: the data sets that they are trained on.
- ``keras_tuner_side``, ``toolkit_side``: train a model with either tool.
- ``comparison``: compares their scores.

The other modules are the strangers' files. They know nothing of this project, and are
named by their paths, as a user names them.
"""
