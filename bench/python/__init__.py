"""The Python interface: what ``import bench`` gives, with the command line's words.

- ``searching``: ``search`` and ``plan``.
- ``results``: ``leaderboard``, ``load``, ``families``, and several studies together.
- ``study``: one study with its trials, its models and what they say.

Importing it imports neither Keras nor a backend.
"""
