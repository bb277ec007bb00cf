"""Best responses and benchmarks (section 2 of the theory), exact: no grid over tolerances.

In ε the relaxed utilities are step functions, so every infimum is attained at a breakpoint. Sets compare
``gap <= ε`` and ``V - M <= ε`` on one and the same float arrays: breakpoints are met to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .games import StackelbergGame
from .validation import number, one_of

Candidates = tuple[np.ndarray, np.ndarray]
"""Tolerances ε at which an infimum can be attained, and the values there."""


@dataclass(frozen=True)
class Benchmark:
    """What each player is measured against, in reward per round, and the smallest ε that attains it."""

    leader: float
    follower: float
    leader_epsilon: float = 0.0
    follower_epsilon: float = 0.0


def follower_responses(game: StackelbergGame, epsilon: float = 0.0) -> np.ndarray:
    """Return the sets B_ε(a) of the follower's ε-best responses, bool of shape (A, B).

    Raises
    ------
    TypeError, ValueError
        If ``game`` is not a StackelbergGame, or ``epsilon`` is not a number in [0, inf].

    Examples
    --------
    >>> from stackedu.games import explore_trap
    >>> follower_responses(explore_trap(), 0.2).tolist()
    [[True, False], [True, True]]
    """
    return _gaps(game) <= number("epsilon", epsilon, low=0)


def leader_responses(game: StackelbergGame, epsilon: float = 0.0) -> np.ndarray:
    """Return the set A_ε of the leader's ε-best actions when the follower is ε-optimal, bool of shape (A,).

    It is never empty and grows with ε. Errors as in ``follower_responses``.

    Examples
    --------
    >>> from stackedu.games import explore_trap
    >>> leader_responses(explore_trap(), 0.05).tolist()
    [True, False]
    """
    worst, best = _leader_range(game, epsilon)
    return worst.max() - best <= epsilon


def stackelberg(game: StackelbergGame, ties: str = "leader") -> Benchmark:
    """Return the Stackelberg utilities α^orig.

    Parameters
    ----------
    game : StackelbergGame
    ties : {"leader", "adverse"}
        Whether the follower breaks ties as the leader likes best or least. If several leader actions tie,
        the one best ("leader") or worst ("adverse") for the follower counts.

    Examples
    --------
    >>> from stackedu.games import impossibility_pair
    >>> [stackelberg(game).leader for game in impossibility_pair(0.05)]
    [0.6, 0.5]
    """
    friendly = one_of("ties", ties, ("leader", "adverse")) == "leader"
    worst, best = _leader_range(game, 0.0)
    values = best if friendly else worst
    payoffs = game.follower.max(axis=1)[values == values.max()]
    return Benchmark(float(values.max()), float(payoffs.max() if friendly else payoffs.min()))


def tolerant(game: StackelbergGame, gamma: float) -> Benchmark:
    """Return the γ-tolerant benchmark α^tol (Definition 1), which forgives the other player errors up to γ.

    ``gamma`` is a number in [0, inf]. Errors as in ``follower_responses``.

    Examples
    --------
    >>> from stackedu.games import impossibility_pair
    >>> tolerant(impossibility_pair(0.0625)[0], gamma=0.1)
    Benchmark(leader=0.5625, follower=0.0625, leader_epsilon=0.0625, follower_epsilon=0.0)
    """
    return _benchmark(game, gamma, "tolerant")


def self_tolerant(game: StackelbergGame, gamma: float) -> Benchmark:
    """Return the self-γ-tolerant benchmark α^self (Definition 4), which forgives a player its own errors too.

    Errors as in ``tolerant``.

    Examples
    --------
    >>> from stackedu.games import unfinished_follower
    >>> self_tolerant(unfinished_follower(0.1), gamma=0.05).leader
    1.0
    """
    return _benchmark(game, gamma, "self_tolerant")


def benchmark_curve(game: StackelbergGame, gammas: Sequence[float], kind: str = "tolerant") -> np.ndarray:
    """Return a benchmark at many tolerances at once, shape (2, len(gammas)); row 0 is the leader's.

    Parameters
    ----------
    game : StackelbergGame
    gammas : sequence of float
        Each in [0, inf]; a wrong one is named by its place.
    kind : {"tolerant", "self_tolerant"}

    Examples
    --------
    >>> from stackedu.games import explore_trap
    >>> benchmark_curve(explore_trap(), [0, 0.05, 0.3]).round(3).tolist()
    [[0.6, 0.6, 0.6], [0.4, 0.4, 0.4]]
    """
    grid = np.asarray(gammas)
    if grid.ndim != 1:
        raise ValueError(f"gammas must be a 1-D sequence of tolerances, got shape {grid.shape}")
    limits = np.array([number(f"gammas[{i}]", gamma, low=0) for i, gamma in enumerate(grid.tolist())])
    rows = []
    for epsilons, values in _candidates(game, one_of("kind", kind, ("tolerant", "self_tolerant"))):
        order = np.argsort(epsilons)
        lowest = np.minimum.accumulate(values[order])
        rows.append(lowest[np.searchsorted(epsilons[order], limits, side="right") - 1])
    return np.array(rows)


def lipschitz_constant(game: StackelbergGame) -> float:
    """Return L of section 8: at most how many times one player's differences are the other's, 1 to inf.

    Infinite if a player is indifferent between outcomes that differ for the other, 1 if all are equal.

    Examples
    --------
    >>> from stackedu.games import zero_sum
    >>> lipschitz_constant(zero_sum([[0.25, 1], [0.5, 0]]))
    1.0
    """
    u1, u2 = checked_game(game).leader.ravel(), game.follower.ravel()
    constant = 1.0
    for base, other in ((u2, u1), (u1, u2)):
        order = np.argsort(base)
        steps, rises = np.diff(base[order]), np.abs(np.diff(other[order]))
        # Neighbours suffice: a longer step's slope is an average, and in a tie group some neighbours differ.
        differ = rises > 0
        with np.errstate(divide="ignore", over="ignore"):
            constant = float(np.max(rises[differ] / steps[differ], initial=constant))
    return constant


def checked_game(game: Any) -> StackelbergGame:
    """Return ``game`` if it is one; otherwise say how to make one."""
    if not isinstance(game, StackelbergGame):
        raise TypeError(
            f"game must be a StackelbergGame, got {type(game).__name__}; make one with "
            "StackelbergGame(leader, follower), or take one member of a family"
        )
    return game


def _gaps(game: StackelbergGame) -> np.ndarray:
    """gap(a, b), shape (A, B)."""
    follower = checked_game(game).follower
    return follower.max(axis=1, keepdims=True) - follower


def _leader_range(game: StackelbergGame, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the leader's worst and best payoff over B_ε(a), each of shape (A,)."""
    responses, u1 = follower_responses(game, epsilon), game.leader
    return u1.min(axis=1, where=responses, initial=np.inf), u1.max(axis=1, where=responses, initial=-np.inf)


def _benchmark(game: StackelbergGame, gamma: float, kind: str) -> Benchmark:
    limit = number("gamma", gamma, low=0)
    lowest, attained = [], []
    for epsilons, values in _candidates(game, kind):
        allowed = epsilons <= limit
        lowest.append(float(values[allowed].min()))
        attained.append(float(epsilons[allowed & (values == lowest[-1])].min()))
    return Benchmark(*lowest, *attained)


def _candidates(game: StackelbergGame, kind: str) -> tuple[Candidates, Candidates]:
    gap = _gaps(game)
    starts, relaxed, entry = _thresholds(game.leader, gap)
    if kind == "tolerant":
        return (starts, relaxed + starts), (entry, game.follower.max(axis=1) + entry)
    epsilons = np.maximum(gap, entry[:, None])
    first, second = (u + epsilons for u in (game.leader, game.follower))
    return (epsilons.ravel(), first.ravel()), (epsilons.ravel(), second.ravel())


def _thresholds(leader: np.ndarray, gap: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where V steps down, V from there on, and the smallest ε_a with a in A_ε, in O(n log n)."""
    n_rows, n_columns = gap.shape
    order = np.argsort(gap, axis=1)
    gap, leader = (np.take_along_axis(table, order, axis=1) for table in (gap, leader))
    worst, best = np.minimum.accumulate(leader, axis=1), np.maximum.accumulate(leader, axis=1)
    starts, relaxed = _relaxed_utility(gap, worst)
    inside = relaxed[np.searchsorted(starts, gap, side="right") - 1] - best <= gap
    first = np.where(inside.any(axis=1), inside.argmax(axis=1), n_columns)
    rows = np.arange(n_rows)
    # a enters at its own gap, or before it, when V has come down to the best payoff of the gap before.
    own = np.where(first < n_columns, gap[rows, np.minimum(first, n_columns - 1)], np.inf)
    return (
        starts,
        relaxed,
        np.minimum(own, _first_within(starts, relaxed, best[rows, np.maximum(first - 1, 0)])),
    )


def _relaxed_utility(gap: np.ndarray, worst: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """V_ε = max_a min_{B_ε(a)} u1 as a step function, from rows sorted by gap and their prefix minima."""
    ends = np.full_like(gap, np.inf)
    ends[:, :-1] = gap[:, 1:]
    # A row guarantees worst[a, j] below ends[a, j]; only the entries before a fall of the minimum matter.
    matters = np.ones(gap.shape, dtype=bool)
    matters[:, :-1] = worst[:, 1:] < worst[:, :-1]
    ends, worst = ends[matters], worst[matters]
    order = np.argsort(ends)
    relaxed = np.maximum.accumulate(worst[order][::-1])[::-1]
    starts = np.concatenate([[0.0], ends[order][:-1]])
    last = np.append(starts[1:] > starts[:-1], True) & (starts < np.inf)
    return starts[last], relaxed[last]


def _first_within(starts: np.ndarray, relaxed: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Smallest ε with V_ε - best <= ε for each entry of ``best``: bisection over the steps of V."""
    low, high = np.zeros(len(best), dtype=np.intp), np.full(len(best), len(starts))
    for _ in range(len(starts).bit_length()):
        middle = np.minimum((low + high) // 2, len(starts) - 1)
        holds = relaxed[middle] - best <= starts[middle]
        low, high = np.where(holds, low, middle + 1), np.where(holds, middle, high)
    before = np.where(low > 0, relaxed[low - 1] - best, 0.0)
    return np.minimum(np.append(starts, np.inf)[low], before)
