"""Studies: prepared, searched, trained with several seeds, tested and reported.

Other packages use these modules, most of which import Keras:

- ``requests`` turns options into a ``SearchRequest``, ``suites`` reads many from a
  file; neither imports Keras.
- ``session`` carries a request out: ``search``, ``suite``, ``costs``, ``describe``.
- ``prepare`` checks one study from end to end, ``run`` runs it.
- ``progress`` shows how a study goes.
"""
