"""Mean ranks and Elo ratings with bootstrap intervals over data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
_RATED = 1_000
"""Resamples whose ratings are fitted, each by a few systems of linear equations."""

_PER_NATURAL = 400 / np.log(10)
ANCHOR = 1000.0
"""Rating of the reference, or the mean of all where there is none."""


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """Values of some families with 95% intervals over data sets.

    Attributes:
        values: One for each family.
        low, high: Ends of their intervals.
    """

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray


def mean_ranks(ranked: np.ndarray) -> Estimates:
    """Mean ranks; the intervals are percentiles over resampled data sets.

    Args:
        ranked: ``(data sets, families)``.
    """
    shares = _resampled(len(ranked), RESAMPLES)
    return _estimates(ranked.mean(axis=0), shares @ ranked)


def elo(ranked: np.ndarray, anchor: int | None) -> Estimates:
    """Elo ratings by the model of Bradley and Terry, as TabArena and Chatbot Arena.

    On each data set each family plays each other one, and the better rank wins. A
    draw is added for each pair, so that a family that always wins keeps a finite
    rating. A lead of 400 means odds of 10 to 1.

    References: Bradley & Terry 1952, "Rank analysis of incomplete block designs";
    Erickson et al. 2025, "TabArena: a living benchmark for machine learning on tabular
    data".

    Args:
        ranked: ``(data sets, families)``.
        anchor: The family whose rating is 1000; None for a mean of 1000.
    """
    wins = _wins(ranked)
    count = len(wins)
    shares = _resampled(count, _RATED)
    drawn = np.einsum("rd,dij->rij", count * shares, wins)
    return _estimates(_ratings(wins.sum(axis=0), anchor), _ratings(drawn, anchor))


def bradley_terry(wins: np.ndarray) -> np.ndarray:
    """Strengths of players, by maximum likelihood; they sum to zero.

    Args:
        wins: How often each player beats each other one, ``(..., players, players)``;
            a draw is half a win for both. Each beats each other one at least at times.

    Returns:
        Natural logarithms of odds, ``(..., players)``.
    """
    players = wins.shape[-1]
    games = wins + wins.swapaxes(-1, -2)
    strengths = np.zeros(wins.shape[:-1])
    for _ in range(100):
        odds = strengths[..., np.newaxis] - strengths[..., np.newaxis, :]
        expected = 1 / (1 + np.exp(-odds))
        gradient = (wins - games * expected).sum(axis=-1)
        weights = games * expected * (1 - expected)
        hessian = np.eye(players) * weights.sum(axis=-1)[..., np.newaxis] - weights
        # Adding a constant to all strengths changes nothing; this fixes their sum.
        steps = np.linalg.solve(hessian + 1 / players, gradient[..., np.newaxis])
        strengths += np.clip(steps[..., 0], -2, 2)
        if np.abs(steps).max() < 1e-9:
            break
    return np.asarray(strengths - strengths.mean(axis=-1, keepdims=True))


def _wins(ranked: np.ndarray) -> np.ndarray:
    """Results of all games, ``(data sets, families, families)``: 1, 0 or 0.5."""
    one, other = ranked[:, :, np.newaxis], ranked[:, np.newaxis]
    return np.where(one < other, 1.0, np.where(one > other, 0.0, 0.5))


def _ratings(wins: np.ndarray, anchor: int | None) -> np.ndarray:
    families = wins.shape[-1]
    draws = 0.5 * (1 - np.eye(families))
    played = wins * (1 - np.eye(families)) + draws
    ratings = ANCHOR + _PER_NATURAL * bradley_terry(played)
    if anchor is None:
        return np.asarray(ratings)
    return np.asarray(ratings - ratings[..., anchor, np.newaxis] + ANCHOR)


def _resampled(count: int, resamples: int) -> np.ndarray:
    """Share of each data set in each resample, ``(resamples, count)``."""
    random = np.random.default_rng(0)
    return random.multinomial(count, np.full(count, 1 / count), resamples) / count


def _estimates(values: np.ndarray, resampled: np.ndarray) -> Estimates:
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    return Estimates(values=values, low=low, high=high)
