"""Explanations: maps of the pixels that speak for the class that a model predicts.

- ``methods``: names of the methods; imports no Keras.
- ``maps``: ``explain`` makes the maps of plain Keras classifiers, on any backend.
- ``images``: ``explain_images`` explains predictions of a study's models, as arrays,
  tables and pictures.
- ``choosing``: chooses images: those of a user, or telling ones of the test.

All modules but ``methods`` need Keras: call ``bench.training.backend.start`` before
importing them. The other modules are private.
"""
