"""Training: models are built, trained and measured, one configuration at a time.

It is the only package that trains with Keras. These modules serve other packages too:

- ``backend``: chooses the Keras backend and starts it; imports no Keras by itself.
- ``hypermodel``: loads families, those of this project and those of a user.
- ``request``: requests for a trial and for a final training.
- ``trial_runner``: runs all requests of a study, in any process.
- ``shared_task``: a task in files that worker processes map into memory.
- ``final``, ``probe``: their results, of a final training and of a timed sample.
- ``models``: builds models, counts parameters, lists frozen networks.
- ``parameter_limit``: the maximum number of parameters of a search.
- ``fid_classifier``: trains the network by which generators are compared.
- ``trainer``, ``inputs``, ``epochs``, ``timings``: the parts of one training, for a
  caller with its own loop over epochs.
- ``private_api``: the private members of other packages that the project uses.
- ``compiled``, ``evaluators``: packages that say so themselves.

The other modules are private. Importing this package does not import Keras.
"""

PRELOAD = "bench.training.preload"
"""Module that imports everything a worker needs."""
