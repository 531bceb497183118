"""Charts: scales with round ticks, and marks in their places."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report.page import charts
from bench.report.page.study.calibration import binned
from bench.report.page.study.confusion import similar_order
from bench.report.page.study.predicted import Predicted

FINITE = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: round(v, 6))
POSITIVE = st.floats(1e-6, 1e6)


@given(st.lists(FINITE, min_size=1, max_size=20))
def test_linear_scale_places_all_values_and_ticks_within_its_ends(
    values: list[float],
) -> None:
    scale = charts.linear(values)
    places = [scale(value) for value in values]
    ticks = [place for place, _ in scale.ticks]
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in (*places, *ticks))
    assert ticks == sorted(ticks)
    assert 1 <= len(ticks) <= 7


@given(st.lists(POSITIVE, min_size=1, max_size=20))
def test_logarithmic_scale_places_all_values_within_its_ends(
    values: list[float],
) -> None:
    scale = charts.logarithmic(values)
    assert all(-1e-9 <= scale(value) <= 1 + 1e-9 for value in values)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place, _ in scale.ticks)


def test_ticks_are_round_numbers() -> None:
    assert [text for _, text in charts.linear([0.0, 1.0]).ticks] == [
        *("0.00", "0.25", "0.50", "0.75", "1.00"),
    ]
    assert [text for _, text in charts.linear([1, 7], is_whole=True).ticks] == [
        *("2", "4", "6"),
    ]
    assert [text for _, text in charts.logarithmic([0.001, 0.1]).ticks] == [
        *("0.001", "0.01", "0.1"),
    ]


def test_text_of_a_chart_is_escaped_and_its_controls_are_seen() -> None:
    made = charts.element("text", "<b>\x1b", class_='"')
    assert made == '<text class="&#34;">&lt;b&gt;\\x1b</text>'


def test_bars_are_as_long_as_their_values() -> None:
    described = charts.Described(title="t", text="d")
    made = charts.bars(
        described,
        [charts.Bar(name=n, text="", value=v) for n, v in (("a", 4), ("b", 1))],
    )
    assert re.findall(
        r'width="([\d.]+)%" y="\d+" height="10" class="column"', made
    ) == [
        "100",
        "25",
    ]


def test_critical_differences_have_a_label_a_series_and_a_bar_a_group() -> None:
    ranked = [("<vgg>", 1.25), ("lenet", 2.0), ("dense", 2.75)]
    made = charts.critical_difference(
        charts.Described(title="t", text="d"), ranked, [(0, 1), (1, 2)]
    )
    bars = re.findall(r'x1="([\d.]+)%" x2="([\d.]+)%" [^>]*class="alike"', made)
    assert [tuple(map(float, ends)) for ends in bars] == [(11.9, 50.6), (49.4, 88.1)]
    assert "&lt;vgg&gt;  1.25" in made
    assert "2.75  dense" in made
    assert re.findall(r'middle">(\d)<', made) == ["1", "2", "3"]


def test_markers_of_families_are_different_shapes() -> None:
    area = charts.Area(x=charts.linear([0, 1]), y=charts.linear([0, 1]))
    made = charts.markers(area, [(0.5, 0.5, n, "series-1", "<tip>") for n in range(5)])
    assert len(set(re.findall(r' d="([^"]+)"', made))) == 5
    assert made.count("<title>&lt;tip&gt;</title>") == 5


def test_many_cells_of_a_heat_map_are_a_path_for_each_colour() -> None:
    count = 60
    empty = np.full((count, count), "")
    made = charts.heat_map(
        charts.Described(title="t", text="d"),
        charts.HeatCells(
            names=[str(n) for n in range(count)],
            shares=np.eye(count),
            texts=empty,
            tips=empty,
            labels=("a", "b"),
        ),
    )
    assert made.count("<path") == 1
    assert made.count("h1v1h-1z") == count


def test_classes_that_are_confused_stand_side_by_side() -> None:
    counts = np.eye(20, dtype=int) * 90
    counts[3, 17] = counts[17, 3] = 10
    order = similar_order(counts).tolist()
    assert sorted(order) == list(range(20))
    assert abs(order.index(3) - order.index(17)) == 1


def test_few_classes_keep_their_order() -> None:
    counts = np.eye(5, dtype=int)
    counts[0, 4] = 10
    assert similar_order(counts).tolist() == [0, 1, 2, 3, 4]


def test_predictions_are_binned_by_their_confidence() -> None:
    probabilities = np.array([[[0.8, 0.2]] * 10])
    labels = np.array([0] * 6 + [1] * 4)
    bins = binned(Predicted(labels=labels, probabilities=probabilities))
    assert bins.counts.tolist() == [10]
    assert bins.confidence.tolist() == [pytest.approx(0.8)]
    assert bins.right.tolist() == [pytest.approx(0.6)]
    assert bins.low[0] < 0.6 < bins.high[0]
