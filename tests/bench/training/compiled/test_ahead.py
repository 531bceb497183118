"""Results that are computed while earlier ones are used."""

import threading
from itertools import count

import pytest

from bench.training.compiled.ahead import ahead


def test_results_come_in_the_order_of_their_items() -> None:
    assert list(ahead(lambda n: n * n, range(5))) == [0, 1, 4, 9, 16]
    assert list(ahead(str, [])) == []


def test_the_next_result_is_computed_while_one_is_used() -> None:
    began = [threading.Event() for _ in range(3)]
    results = ahead(lambda n: began[n].set() or n, range(3))
    assert next(results) == 0
    assert began[1].wait(5)
    results.close()


def test_no_more_than_one_result_is_computed_ahead() -> None:
    computed: list[int] = []
    results = ahead(lambda n: computed.append(n) or n, count())
    next(results)
    results.close()
    assert len(computed) <= 2


def test_an_error_is_raised_where_its_result_is_asked_for() -> None:
    results = ahead(lambda n: 1 / n, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
