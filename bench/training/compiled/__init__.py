"""Keras models that train a whole epoch in one call, and a cache of them.

Trials of the same structure (layers, shapes, kind of optimizer) take turns in one
compiled model, so that only the first of them traces its epoch. For use by the rest
of ``bench.training``:

- ``cache``: ``CompiledModelCache``, which gives every model its compiled epoch.
- ``compiled_model``: the protocol ``CompiledModel``.
- ``supervision``: the protocol by which a compiled model gets targets and examples.
- ``jax_group``: ``JaxGroup``, several models that JAX trains as one program.
- ``keras_fit``: ``KerasFitModel``, for models that can't be compiled so.
- ``optimizers``: all optimizers of a model, their variables and moving averages.
- ``slot``: ``scalars``, which turns the metrics of an epoch into numbers.

The other modules are private to this package. ``tensorflow_epochs`` and
``jax_epochs`` import their backend, as ``jax_group`` does; ``cache`` imports the one
that Keras uses.
"""
