"""Evaluators: each trains models towards a task type, and measures them.

- ``evaluator``: the protocol ``Evaluator``, the ``EvaluatorConfig`` that makes one in
  any process, and ``configure``, which checks a task and the options of a study.
- ``classification``: also has ``probabilities``, from the outputs of any classifier.
- ``fid_network``, ``inception``: networks whose features compare generated with real
  images.
- ``generator``: saves trained generators as bytes, and draws their inputs.
- ``samples``: how many images a comparison takes.

These modules serve other packages too; the rest are private. Importing this package
does not import Keras; importing its modules does, except for ``samples``.
"""
