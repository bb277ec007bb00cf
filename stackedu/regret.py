"""From simulations to statements: the rate at which regret grows, and the promises that followers keep."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stackedu import validation
from stackedu.simulation import Simulation

RESAMPLES = 2000


@dataclass(frozen=True)
class Rate:
    """A fitted power law, mean regret ≈ constant · T^exponent.

    Attributes
    ----------
    exponent, low, high : float
        Slope of log mean regret over log horizon, and its bootstrap interval.
    constant : float
        In reward units.
    confidence : float
        Of the interval.
    horizons, mean_regret : ndarray, shape (H,)
        The points of the fit.
    """

    exponent: float
    low: float
    high: float
    constant: float
    confidence: float
    horizons: np.ndarray = field(repr=False, compare=False)
    mean_regret: np.ndarray = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"T^{self.exponent:.2f} ({100 * self.confidence:g}% interval {self.low:.2f} to {self.high:.2f})"


def fit_rate(horizons: Sequence[float] | np.ndarray, regrets: Any, *, confidence: float = 0.95, seed: int = 0) -> Rate:
    """Fit mean regret ≈ constant · T^exponent by least squares on logarithms, with a bootstrap interval.

    The interval resamples the runs, each horizon on its own; it does not depend on their order. So every column must
    come from simulations of its own, with that horizon and its own seed: the checkpoints of one simulation are no
    horizons (they are the same runs, and their learners were tuned to the last one). The interval speaks of the
    noise, not of whether a power law holds, and is too narrow for fewer than about 20 runs, or where few of the runs
    carry the mean (2 % of runs with a hundred times the regret: 85 % instead of 95 % with 50 runs, 90 % with 100).

    Parameters
    ----------
    horizons : increasing numbers, shape (H,), H ≥ 2
        In rounds.
    regrets : array, shape (n_runs, H), n_runs ≥ 2
        Total regrets, in reward units; single ones may be negative, their means may not.
    confidence : float
        Of the interval, between 0 and 1.
    seed : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        If a mean regret is not positive, or more than 1 % of the resamples have a mean at some horizon that is not:
        a power law has no place there. Fewer such resamples are left out.

    Examples
    --------
    >>> T = np.array([100, 1000, 10000])
    >>> rate = fit_rate(T, np.array([[0.9], [1.1]]) * T**0.5)
    >>> round(rate.exponent, 6), rate.low < 0.5 < rate.high
    (0.5, True)
    """
    confidence = validation.number("confidence", confidence, low=0, high=1)
    if confidence in (0.0, 1.0):
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence!r}")
    rounds, sample = _points(horizons, regrets)
    means = sample.mean(axis=0)
    rng = np.random.default_rng(validation.integer("seed", seed))
    resampled = np.stack([_resampled_means(column, rng) for column in sample.T], axis=1)
    shares = (resampled <= 0).mean(axis=0)
    usable = (resampled > 0).all(axis=1)
    if (means <= 0).any() or usable.mean() < 0.99:
        which = int(np.argmax(np.where(means <= 0, 2.0, shares)))
        mean, share = means[which], shares[which]
        fault = f"is {mean:.6g}" if mean <= 0 else f"{mean:.6g} is not positive in {share:.1%} of the resamples"
        raise ValueError(
            f"regrets must have a clearly positive mean at every horizon, but at horizon {rounds[which]:g} it "
            f"{fault}; leave that horizon out, or say that there is no regret to fit"
        )
    resampled = resampled[usable]
    x = np.log(rounds)
    exponent, intercept = np.polyfit(x, np.log(means), 1)
    slopes = np.log(resampled) @ (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    low, high = np.quantile(slopes, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Rate(float(exponent), float(low), float(high), math.exp(intercept), confidence, rounds, means)


def _points(horizons: Any, regrets: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        rounds, sample = np.array(horizons, dtype=np.float64), np.array(regrets, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("horizons and regrets must be arrays of numbers with shapes (H,) and (n_runs, H)") from None
    if rounds.ndim != 1 or len(rounds) < 2 or not (rounds > 0).all() or not (np.diff(rounds) > 0).all():
        raise ValueError(f"horizons must be at least two increasing positive numbers, got {horizons!r}")
    if sample.ndim != 2 or sample.shape[1] != len(rounds) or len(sample) < 2:
        raise ValueError(
            f"regrets must have shape (n_runs, {len(rounds)}) with at least 2 runs, got shape {sample.shape}"
        )
    for name, values in (("horizons", rounds), ("regrets", sample)):
        if len(bad := np.argwhere(~np.isfinite(values))):
            place = tuple(bad[0])
            raise ValueError(f"{name}[{', '.join(map(str, place))}] must be a finite number, got {values[place]}")
    return rounds, np.sort(sample, axis=0)  # sorted, so that the resamples do not depend on the order of runs


def _resampled_means(column: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    chunk = max(1, 2**20 // len(column))
    sizes = [min(chunk, RESAMPLES - start) for start in range(0, RESAMPLES, chunk)]
    return np.concatenate([column[rng.integers(len(column), size=(n, len(column)))].mean(axis=1) for n in sizes])


@dataclass(frozen=True)
class Promise:
    """How well simulated runs kept a promise of the form "for all a and all n at once".

    Attributes
    ----------
    worst : ndarray, shape (n_runs, A)
        Of each run and leader action the supremum over n of what was lost, divided by what was promised; 0 if no n
        counts.
    """

    worst: np.ndarray = field(repr=False)

    def constant(self, confidence: float = 0.95) -> float:
        """Return the smallest factor C such that C times the promise was kept in this share of the runs or more.

        Examples
        --------
        >>> Promise(np.array([[0.5], [2.0]])).constant(1.0)
        2.0
        """
        level = validation.number("confidence", confidence, low=0, high=1)
        return float(np.quantile(self.worst.max(axis=1), level, method="inverted_cdf"))


def instantaneous_regret(
    simulation: Simulation, promise: Callable[[np.ndarray], np.ndarray] | None = None, *, first_pull: int = 1
) -> Promise:
    """Measure the promise "the (n+1)-st pull of a has gap at most g(n)", for all a and n ≥ ``first_pull``.

    Parameters
    ----------
    simulation : Simulation
        Made with ``keep_blocks=True``.
    promise : function, optional
        g, positive and non-increasing, of an array of pulls; by default sqrt(|B| log T / n).
    first_pull : int
        The promise counts from n = first_pull on (ExploreThenCommit keeps one after |B| E pulls only).

    Returns
    -------
    Promise
        Its ``worst`` holds sup_n gap_n / g(n), exactly: in a block the last pull is the worst.

    Source: theory section 5.

    Examples
    --------
    >>> import stackedu as se
    >>> game = se.games.explore_trap()
    >>> run = se.simulate(game, se.leaders.Fixed(0), se.followers.Fixed([1, 0]), 100, n_runs=1, keep_blocks=True)
    >>> bool(run.blocks[0].tolist() == [[0, 1, 100]])
    True
    >>> round(instantaneous_regret(run).constant() / (0.4 * math.sqrt(99 / (2 * math.log(100)))), 9)
    1.0
    """
    first_pull = validation.integer("first_pull", first_pull, low=1)

    def last_pulls(rounds: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        earlier = np.cumsum(rounds) - 1
        late = earlier >= first_pull
        return gaps[late], earlier[late]

    default, shape = (lambda n, scale: np.sqrt(scale / n)), "non-increasing"
    return _measure(simulation, promise, last_pulls, default, _falls, shape)


def anytime_regret(simulation: Simulation, promise: Callable[[np.ndarray], np.ndarray] | None = None) -> Promise:
    """Measure the promise "the gaps of the first n pulls of a sum to at most h(n)", for all a and n ≥ 1.

    Parameters
    ----------
    simulation : Simulation
        Made with ``keep_blocks=True``.
    promise : function, optional
        h, positive, non-decreasing and concave, of an array of pulls; by default sqrt(|B| n log T).

    Returns
    -------
    Promise
        Its ``worst`` holds sup_n (sum of n gaps) / h(n), exactly: along a block a linear function over a concave
        one is largest at an end.

    Source: theory section 5.

    Examples
    --------
    >>> import stackedu as se
    >>> game = se.games.explore_trap()
    >>> run = se.simulate(game, se.leaders.Fixed(0), se.followers.Fixed([1, 0]), 100, n_runs=1, keep_blocks=True)
    >>> round(anytime_regret(run).constant() / (0.4 * 100 / math.sqrt(2 * 100 * math.log(100))), 9)
    1.0
    """

    def ends(rounds: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        after, lost = np.cumsum(rounds), np.cumsum(gaps * rounds)
        lost_at_first = np.append(0.0, lost[:-1]) + gaps
        return np.append(lost, lost_at_first), np.append(after, after - rounds + 1)

    default, shape = (lambda n, scale: np.sqrt(scale * n)), "non-decreasing and concave"
    return _measure(simulation, promise, ends, default, _flattens, shape)


def _measure(
    simulation: Simulation, promise: Callable | None, points: Callable, default: Callable, bends: Callable, shape: str
) -> Promise:
    """Compare what was lost with what was promised at the ``points`` (losses, pulls) of each action's blocks.

    ``bends`` tells whether a promise has the ``shape`` for which these points are the worst.
    """
    simulation = checked(simulation, blocks=True)
    if promise is not None and not callable(promise):
        raise TypeError(f"promise must be a function of the number of pulls, got {promise!r}")
    u2, runs = simulation.game.follower, simulation.blocks or []
    gaps = u2.max(axis=1, keepdims=True) - u2
    scale = u2.shape[1] * math.log(max(simulation.horizon, 2))
    bound = promise if promise is not None else (lambda n: default(n, scale))
    result = np.zeros((len(runs), len(u2)))
    for run, action in np.ndindex(result.shape):
        _, responses, rounds = runs[run][runs[run][:, 0] == action].T
        lost, pulls = points(rounds, gaps[action, responses])
        if not pulls.size:
            continue
        promised = np.asarray(bound(pulls), dtype=np.float64)
        wanted = "promise must return a positive number for each number of pulls"
        if promised.shape not in ((), pulls.shape):
            raise ValueError(f"{wanted}, got shape {promised.shape} for {len(pulls)} of them")
        if len(bad := np.flatnonzero(~(np.atleast_1d(promised) > 0))):
            raise ValueError(f"{wanted}, got {promised.flat[bad[0]]} for {pulls[bad[0]]} pulls")
        if promise is not None and promised.shape and not bends(*_sorted(pulls, promised)):
            raise ValueError(f"promise must be {shape}, or its worst moment may be missed, got {promise!r}")
        result[run, action] = (lost / promised).max()
    return Promise(result)


def _sorted(pulls: np.ndarray, promised: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, where = np.unique(pulls, return_index=True)
    return n, promised[where]


def _falls(n: np.ndarray, promised: np.ndarray) -> bool:
    return bool((promised[1:] <= promised[:-1] * (1 + 1e-9)).all())


def _flattens(n: np.ndarray, promised: np.ndarray) -> bool:
    """Return whether a function looks non-decreasing and concave at these points, up to rounding."""
    first, middle, last = promised[:-2], promised[1:-1], promised[2:]
    chord = first + (last - first) * ((n[1:-1] - n[:-2]) / (n[2:] - n[:-2]))
    rises = promised[1:] >= promised[:-1] * (1 - 1e-9)
    return bool(rises.all() and (middle >= chord * (1 - 1e-9)).all())


def checked(simulation: Any, blocks: bool = False) -> Simulation:
    """Return what was passed as a simulation, if it is one, and with its blocks where these are needed."""
    if not isinstance(simulation, Simulation):
        raise TypeError(f"simulation must be a Simulation, as simulate returns it, got {simulation!r}")
    if blocks and simulation.blocks is None:
        raise ValueError("simulation must have its blocks: simulate with keep_blocks=True")
    return simulation
