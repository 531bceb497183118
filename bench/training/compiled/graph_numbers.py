"""Numbers that are variables in TensorFlow's graphs, and floats in Keras' objects.

While a graph is traced, ``GraphNumber`` stands for each free number. Arithmetic with it
is done in Python, with the same double precision as with a float, and only what reaches
the graph becomes a variable. So the values of a later model are computed to the last
bit as if its graph had been traced with them.
"""

from __future__ import annotations

import numbers
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from bench.training.compiled import free_numbers
from bench.training.compiled.structure import has_known_parts
from bench.training.private_api import variable_while_tracing

_Computed = list[tuple[tf.Variable, Callable[[], float]]]
"""Variables in graphs, and what computes the value of each."""


class GraphNumbers:
    """The free numbers of a model whose graphs are kept.

    Args:
        model: Compiled, before its graphs are traced. One with parts that nobody
            knows keeps its numbers as constants, since these may do anything.
    """

    def __init__(self, model: keras.Model) -> None:
        self._places = free_numbers.places(model) if has_known_parts(model) else []
        self._values = free_numbers.values(self._places)
        self._computed: _Computed = []

    @contextmanager
    def traced(self) -> Iterator[None]:
        """Let graphs that are traced meanwhile hold variables."""
        standing = [
            _Given(partial(self._value, i), self._computed) for i in self._indices
        ]
        with free_numbers.replaced(self._places, standing):
            yield

    def load(self, model: keras.Model) -> None:
        """Take over the numbers of a model of the same structure."""
        if not self._places:
            return
        free_numbers.copy(free_numbers.places(model), self._places)
        self._values = free_numbers.values(self._places)
        for variable, compute in self._computed:
            variable.assign(compute())

    @property
    def _indices(self) -> range:
        return range(len(self._places))

    def _value(self, index: int) -> float:
        return self._values[index]


class GraphNumber:
    """Stands for a number while graphs are traced.

    Args:
        compute: The number, for the model whose turn it is.
        computed: Gets the variables that are made of the number.
    """

    dtype = float
    """Keras promotes types with it as with a number of Python."""

    def __init__(self, compute: Callable[[], float], computed: _Computed) -> None:
        self.compute = compute
        self._computed = computed
        self._tensors: dict[tuple[Any, Any], tf.Tensor] = {}

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> tf.Tensor:
        dtype = tf.as_dtype(dtype or keras.config.floatx())
        key = (tf.compat.v1.get_default_graph(), dtype)
        if key not in self._tensors:  # read once a step, however often it is used
            self._tensors[key] = self._variable(dtype).read_value()
        return self._tensors[key]

    def _variable(self, dtype: tf.DType) -> tf.Variable:
        variable = variable_while_tracing(self.compute(), dtype)
        self._computed.append((variable, self.compute))
        return variable

    def _derived(self, operation: Callable[..., float], *operands: Any) -> Any:
        if not all(isinstance(o, int | float | GraphNumber) for o in operands):
            return NotImplemented  # a tensor converts this number itself

        def compute() -> float:
            return operation(*(_value(operand) for operand in operands))

        return GraphNumber(compute, self._computed)

    def __add__(self, other: Any) -> Any:
        return self._derived(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self._derived(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._derived(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._derived(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return self._derived(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._derived(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._derived(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._derived(operator.truediv, other, self)

    def __pow__(self, other: Any) -> Any:
        return self._derived(operator.pow, self, other)

    def __neg__(self) -> Any:
        return self._derived(operator.neg, self)


class _Given(GraphNumber):
    """A number that stands in a place, rather than one computed from others.

    Structures tell apart how it compares with 0 and 1, so that Python can answer.
    """

    def __bool__(self) -> bool:
        return self != 0

    def __eq__(self, other: object) -> bool:
        return self._compared(operator.eq, other)

    def __lt__(self, other: float) -> bool:
        return self._compared(operator.lt, other)

    def __le__(self, other: float) -> bool:
        return self._compared(operator.le, other)

    def __gt__(self, other: float) -> bool:
        return self._compared(operator.gt, other)

    def __ge__(self, other: float) -> bool:
        return self._compared(operator.ge, other)

    __hash__ = object.__hash__

    def _compared(self, comparison: Callable[[Any, Any], bool], other: Any) -> bool:
        if other not in (0, 1):
            raise TypeError(f"a free number is compared with 0 and 1, not {other!r}")
        return comparison(self.compute(), other)


# As a real number it takes the way of Python's numbers, not that of tensors.
numbers.Real.register(GraphNumber)


def _value(operand: Any) -> float:
    value: float = operand.compute() if isinstance(operand, GraphNumber) else operand
    return value
