"""A search for the game on which a pair of learners does worst."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stackedu import games, validation
from stackedu.benchmarks import Benchmark
from stackedu.games import StackelbergGame
from stackedu.regret import Rate, fit_rate
from stackedu.simulation import root_seed, simulate

ELITE, FINALISTS = 12, 5
LINEAR = 0.9
"""Regret that grows faster than T to this power, from T to 10 T, is called linear."""


@dataclass(frozen=True, eq=False)
class WorstGame:
    """What `worst_game` returns.

    Attributes
    ----------
    game : StackelbergGame
    player : int
        The worse-off one, 0 for the leader.
    regret, low, high : float
        Regret per round of that player on runs that the search has not seen, and its 95 % interval.
    growth : Rate or None
        Of the regret on this game from T (the reported runs) to 10 T (the same seeds, which can only make its interval
        wider than need be); None where it is not clearly positive.
    history : ndarray, shape (number of games tried,)
        Largest regret per round so far, as the search saw it: too large, as chance has helped to choose.
    """

    game: StackelbergGame
    player: int
    regret: float
    low: float
    high: float
    growth: Rate | None = field(repr=False)
    history: np.ndarray = field(repr=False)

    @property
    def linear(self) -> bool:
        """Whether regret per round (clearly) does not fall when T grows tenfold: its power is above 0.9."""
        return self.growth is not None and self.growth.low > LINEAR


def worst_game(
    leader: Any,
    follower: Any,
    *,
    benchmark: Callable[[StackelbergGame], Benchmark],
    shape: tuple[int, int] = (2, 2),
    horizon: float = 1e5,
    budget: int = 300,
    n_runs: int = 20,
    seed: int | np.random.SeedSequence = 0,
) -> WorstGame:
    """Search for the game on which the worse-off player of a pair has the largest regret per round.

    The search starts from the theory's families and random games, and goes on by differential evolution (SciPy).
    The best five are played again with fresh seeds, the winner of these a third time, which is what is reported:
    the largest of many noisy numbers is too large. That nothing was found does not prove that there is nothing.

    Parameters
    ----------
    leader, follower
        As in `simulate`.
    benchmark : function of a game
        As in `sweep`.
    shape : (A, B), at least (2, 2)
    horizon : int
        In rounds; the winner is also played for ten times as many.
    budget : int
        Games to try, at least 10.
    n_runs : int
        Runs of each game, at least 2; ten times as many of the winner.
    seed
        As in `simulate`.

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong.

    Examples
    --------
    >>> import stackedu as se
    >>> pair = se.leaders.ExploreThenCommit(), se.followers.ExploreThenCommit()
    >>> found = worst_game(*pair, benchmark=lambda game: se.tolerant(game, 0.1), horizon=1e6, budget=40)
    >>> found.linear
    True
    """
    from scipy.optimize import differential_evolution

    if np.shape(shape) != (2,):
        raise ValueError(f"shape must be two numbers, of leader and follower actions, got {shape!r}")
    validation.takes("benchmark", benchmark, ("game",))
    rows, columns = (validation.integer("shape", n, low=2) for n in shape)
    T = validation.integer("horizon", horizon, low=10, high=validation.LARGEST_HORIZON // 10)
    budget = validation.integer("budget", budget, low=10)
    n_runs = validation.integer("n_runs", n_runs, low=2)
    root = root_seed(seed)
    rng = np.random.Generator(np.random.PCG64(_child(root, 3)))

    def play(game: StackelbergGame, stage: int, n: int, rounds: int = T) -> np.ndarray:
        run = simulate(game, leader, follower, rounds, n_runs=n, seed=_child(root, stage), checkpoints=[rounds])
        return run.regret(benchmark(game))[:, :, 0] / rounds

    tried: list[tuple[float, np.ndarray]] = []

    def loss(vector: np.ndarray) -> float:
        worst = play(_game(vector, rows, columns), 0, n_runs).mean(axis=1).max()
        tried.append((float(worst), vector.copy()))
        return -float(worst)

    known = [_enlarged(game, rows, columns) for game in _families(T, columns)][: budget - 5]
    start = np.array([*known, *rng.random((max(5, budget // 10), 2 * rows * columns))])
    play(games.explore_trap(), 0, 1, 10)  # what is wrong shows itself here; the optimizer would say it in other words
    losses = [loss(vector) for vector in start]
    elite = start[np.argsort(losses, kind="stable")[:ELITE]]  # few, so that there are many generations
    generations = (budget - len(start)) // len(elite) - 1  # the first is the elite itself
    if generations > 0:
        differential_evolution(
            loss, [(0, 1)] * start.shape[1], init=elite, maxiter=generations, seed=rng, polish=False, tol=0, atol=-1
        )
    history = np.maximum.accumulate([value for value, _ in tried])
    finalists = [_game(vector, rows, columns) for _, vector in sorted(tried, key=lambda entry: -entry[0])[:FINALISTS]]
    again = [play(game, 1, 10 * n_runs).mean(axis=1) for game in finalists]
    best = max(range(len(finalists)), key=lambda i: again[i].max())
    game, player = finalists[best], int(again[best].argmax())
    regret = play(game, 2, 10 * n_runs)[player]
    later = play(game, 2, 10 * n_runs, 10 * T)[player]
    try:
        growth = fit_rate([T, 10 * T], np.column_stack([regret * T, later * 10 * T]))
    except ValueError:
        growth = None
    mean, spread = float(regret.mean()), 1.96 * float(regret.std(ddof=1)) / math.sqrt(len(regret))
    return WorstGame(game, player, mean, mean - spread, mean + spread, growth, history)


def _child(root: np.random.SeedSequence, key: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, key))


def _game(vector: np.ndarray, rows: int, columns: int) -> StackelbergGame:
    return StackelbergGame(*vector.clip(0, 1).reshape(2, rows, columns), name="found by worst_game")


def _families(T: int, columns: int) -> list[StackelbergGame]:
    """Return the games of theory sections 3, 4, 7 and 9, with gaps that a horizon T makes hard and larger ones."""
    gaps = (0.02, 0.05, 0.1, 0.2, 0.4)
    found = [games.explore_trap()]
    found += [games.unfinished_follower(gap) for gap in gaps]
    found += [games.slow_follower_trap(gap) for gap in gaps]
    for scale in (0.5, 1, 2, 4):
        found += games.impossibility_pair(min(0.3, scale / math.sqrt(T)))
        found += games.lower_bound_family(min(1 / 3, scale * ((columns - 1) / T) ** (1 / 3)), columns)[:2]
    return found


def _enlarged(game: StackelbergGame, rows: int, columns: int) -> np.ndarray:
    """Repeat a game's last row and column until it has the shape that was asked for."""
    room = ((0, rows - game.shape[0]), (0, columns - game.shape[1]))
    return np.ravel([np.pad(table, room, mode="edge") for table in (game.leader, game.follower)])
