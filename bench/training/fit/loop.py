"""The epochs of a call of ``fit``, with callbacks as Keras calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from bench.training.fit.request import FitRequest

if TYPE_CHECKING:
    from bench.training.compiled.tensorflow_fit import FitProgram


class FitLoop:
    """Trains a model by whole epochs.

    Callbacks see the model in the state that it has at that moment, and may change it.
    Those of batches are called once for each epoch, after its last batch.

    Args:
        model: Whose ``fit`` was called.
        program: A program for it.
        data: Tensors that it trains on.
        validation: Tensors that it is validated with; None for none.
        request: What the call asked for.
    """

    def __init__(
        self,
        model: keras.Model,
        program: FitProgram,
        data: Any,
        validation: Any,
        request: FitRequest,
    ) -> None:
        self._model = model
        self._program = program
        self._data = data
        self._validation = validation
        self._request = request

    def run(self) -> keras.callbacks.History:
        """Train, and return the history, as ``fit`` does."""
        request, model = self._request, self._model
        callbacks = keras.callbacks.CallbackList(
            request.callbacks,
            add_history=True,
            add_progbar=request.verbose != 0,
            verbose=request.verbose,
            epochs=request.last,
            steps=request.steps,
            model=model,
        )
        model.stop_training = False
        callbacks.on_train_begin()
        logs = None
        for epoch in range(request.first, request.last):
            callbacks.on_epoch_begin(epoch)
            logs = self._epoch(callbacks)
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        if request.last > 0:
            model.optimizer.finalize_variable_values(model.trainable_weights)
        callbacks.on_train_end(logs=logs)
        history: keras.callbacks.History = model.history
        return history

    def _epoch(self, callbacks: keras.callbacks.CallbackList) -> dict[str, float]:
        """Train one epoch, validate it, and return the logs of both."""
        request = self._request
        callbacks.on_train_batch_begin(0)
        self._program.load(self._model)
        logs = self._program.train(self._data, request.order(), request.batch_size)
        self._program.unload(self._model)
        callbacks.on_train_batch_end(request.steps - 1, dict(logs))
        if self._validation is None:
            return logs
        callbacks.on_test_begin()
        self._program.load(self._model)  # a callback may have changed its weights
        tested = self._program.test(
            self._validation, request.validating, request.validation_batch_size
        )
        callbacks.on_test_end(dict(tested))
        return logs | {f"val_{name}": value for name, value in tested.items()}
