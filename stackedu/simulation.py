"""Simulating a pair of learners on a game, many runs at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from stackedu import compiling, engine, executors, followers, leaders, validation
from stackedu.benchmarks import Benchmark, checked_game
from stackedu.games import StackelbergGame
from stackedu.learners import FromObject, Learner

LARGEST_COUNTS = 2**33
"""Bytes of counts that `simulate` agrees to keep."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """What `simulate` returns: pair counts at checkpoints.

    Attributes
    ----------
    game, leader, follower, horizon, seed
        What was simulated.
    rounds : ndarray of int64, shape (C,)
        The checkpoints.
    counts : ndarray of int64, shape (n_runs, C, A, B)
        How often each pair was played up to each checkpoint.
    blocks : list of ndarray of int64, shape (number of blocks, 3), or None
        With ``keep_blocks``, of each run the (a, b, rounds) in order.
    """

    game: StackelbergGame
    leader: Any
    follower: Any
    horizon: int
    seed: int | np.random.SeedSequence
    rounds: np.ndarray = field(repr=False)
    counts: np.ndarray = field(repr=False)
    blocks: list[np.ndarray] | None = field(default=None, repr=False)

    def utility(self) -> np.ndarray:
        """Return Σ u_i of leader and follower in each run, shape (2, n_runs, C), in reward units.

        These are the mean rewards of the pairs played, without the reward noise.

        Examples
        --------
        >>> import stackedu as se
        >>> game = se.games.explore_trap()
        >>> run = se.simulate(game, se.leaders.Fixed(0), se.followers.BestResponse(), 10, n_runs=1)
        >>> run.utility()[:, 0, -1]
        array([6., 4.])
        """
        return self._weigh(np.array([self.game.leader, self.game.follower]))

    def regret(self, benchmark: Benchmark | Sequence[float]) -> np.ndarray:
        """Return α_i t − Σ u_i of leader and follower in each run, shape (2, n_runs, C); it can be negative.

        Averaged over runs this is the expected pseudo-regret R_i of the theory.

        Parameters
        ----------
        benchmark : Benchmark or pair of float
            α of the leader and of the follower, in reward units per round.

        Examples
        --------
        >>> import stackedu as se
        >>> game = se.games.explore_trap()
        >>> run = se.simulate(game, se.leaders.Fixed(1), se.followers.BestResponse(), 10, n_runs=1)
        >>> run.regret(se.tolerant(game, 0.05))[:, 0, -1].round(9)
        array([1., 1.])
        """
        pair = (benchmark.leader, benchmark.follower) if isinstance(benchmark, Benchmark) else benchmark
        try:
            levels = np.array(pair, dtype=np.float64)
        except (TypeError, ValueError):
            levels = np.empty(0)
        if levels.shape != (2,) or not np.isfinite(levels).all():
            raise ValueError(
                "benchmark must be a Benchmark or two finite numbers (for the leader and the follower), "
                f"got {benchmark!r}"
            )
        # per pair first: the difference of two numbers near α T would lose the last digits
        return self._weigh(levels[:, None, None] - np.array([self.game.leader, self.game.follower]))

    def _weigh(self, tables: np.ndarray) -> np.ndarray:
        return np.einsum("rcab,iab->irc", self.counts, tables, optimize=True)


def simulate(
    game: StackelbergGame,
    leader: Any,
    follower: Any,
    horizon: float,
    *,
    n_runs: int = 100,
    seed: int | np.random.SeedSequence = 0,
    checkpoints: Sequence[int] | None = None,
    keep_blocks: bool = False,
    executor: Executor | None = None,
    progress: bool = False,
) -> Simulation:
    """Play ``leader`` against ``follower`` for ``horizon`` rounds, ``n_runs`` times.

    The same seed gives the same counts whatever the executor, the checkpoints, and with or without numba;
    run r is the same whatever ``n_runs``.

    Parameters
    ----------
    game : StackelbergGame
        What is played; the learners only see rewards.
    leader, follower
        One of `stackedu.leaders` and one of `stackedu.followers`; or a pair of functions ``(plan, observe)``
        (see `stackedu.rules`); or an object with ``choose`` and ``observe``, copied afresh for each run (lists, dicts
        and arrays of its class as well). Its luck comes from the ``rng`` of ``start(horizon, n_leader_actions,
        n_follower_actions, rng)``, if it has that method; other dice are refused, as no seed reaches them.
    horizon : int
        Rounds, 1 to 2**53; ``1e6`` will do. Pairs that decide rarely cost the same at 1e4 and 1e12.
    n_runs : int
        Independent runs.
    seed : int or numpy.random.SeedSequence
        Of all randomness.
    checkpoints : increasing ints, optional
        Rounds at which counts are recorded; by default about 60, evenly spaced on a log scale.
    keep_blocks : bool
        Keep the sequence of pairs as well, as `instantaneous_regret` and `anytime_regret` need.
    executor : concurrent.futures.Executor, optional
        Threads, processes, or a cluster's; by default the runs are played here, one after the other.
    progress : bool
        Show a progress bar (needs tqdm).

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong, a learner chooses an action that does not exist, or it would take over a month.
        (What would take long says so on stderr before it starts. What a learner raises has a note with its round.)
    concurrent.futures.BrokenExecutor
        If a worker of the executor died.

    Examples
    --------
    >>> import stackedu as se
    >>> game = se.games.explore_trap()
    >>> run = se.simulate(game, se.leaders.UCB(), se.followers.BestResponse(), 1000, n_runs=5, seed=1)
    >>> run.counts.shape[2:], int(run.counts[0, -1].sum())
    ((2, 2), 1000)
    """
    checked_game(game)
    executors.check(executor)
    rounds = validation.horizon(horizon)
    task = engine.Task(
        game,
        as_learner(leader, "leader"),
        as_learner(follower, "follower"),
        rounds,
        _checkpoints(checkpoints, rounds),
        root_seed(seed),
        bool(keep_blocks),
    )
    n_runs = validation.integer("n_runs", n_runs, low=1)
    needed = 8 * n_runs * len(task.checkpoints) * game.leader.size
    if needed > LARGEST_COUNTS:
        raise ValueError(
            f"n_runs={n_runs} with {len(task.checkpoints)} checkpoints of {game.leader.size} pairs would need "
            f"{needed / 2**30:.0f} GiB; ask for fewer runs, or fewer checkpoints, such as checkpoints=[{rounds}]"
        )
    if rounds * n_runs > 1e10:
        _refuse_endless(task, n_runs if executor is None else 1)
    bar = progress_bar(n_runs, progress, "run")
    parts = [range(start, min(start + engine.BATCH, n_runs)) for start in range(0, n_runs, engine.BATCH)]
    counts = np.empty((n_runs, len(task.checkpoints), *game.shape), dtype=np.int64)
    blocks: dict[int, list[np.ndarray]] = {}

    def keep(runs: range, played: tuple[np.ndarray, list[np.ndarray]]) -> None:
        counts[runs.start : runs.stop], blocks[runs.start] = played
        bar(len(runs))

    executors.run(executor, partial(_play, task), parts, keep)
    kept = [block for start in sorted(blocks) for block in blocks[start]] if keep_blocks else None
    return Simulation(game, leader, follower, rounds, seed, task.checkpoints, counts, kept)


def _refuse_endless(task: engine.Task, n_runs: int) -> None:
    seconds = n_runs * engine.seconds_a_run(task, engine.MONTH / n_runs)[0]
    estimate = (
        f"{n_runs} runs of {task.leader!r} × {task.follower!r} for {task.horizon:.3g} rounds would take about "
        f"{engine.duration(seconds)} on one core like this one"
    )
    if seconds > engine.MONTH:
        raise ValueError(f"horizon must let the simulation end, but {estimate}")
    if seconds > 60:
        print(f"stackedu: {estimate}", file=sys.stderr)


def _play(task: engine.Task, runs: range, token: int = -1) -> tuple[np.ndarray, list[np.ndarray]]:
    return engine.play(task, runs, executors.until_stopped(token))


def progress_bar(total: int, progress: bool, unit: str) -> Callable[[int], Any]:
    """Return a function that moves a bar on by a number of units, or does nothing without ``progress``."""
    if not progress:
        return lambda done: None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError("progress=True needs tqdm: pip install tqdm, or leave progress=False") from None
    return tqdm(total=total, unit=unit).update


def root_seed(seed: Any) -> np.random.SeedSequence:
    """Return the SeedSequence of a ``seed`` argument: an int or a SeedSequence."""
    if isinstance(seed, np.random.SeedSequence):
        return seed
    try:
        return np.random.SeedSequence(validation.integer("seed", seed))
    except TypeError:
        raise TypeError(f"seed must be a whole number or a numpy.random.SeedSequence, got {seed!r}") from None


def _checkpoints(values: Any, horizon: int) -> np.ndarray:
    if values is None:
        rounds = np.unique(np.geomspace(1, horizon, 60).round().astype(np.int64))
        rounds[-1] = horizon
    else:
        try:
            listed = [validation.integer("checkpoints", value, low=1) for value in values]
        except TypeError:
            raise TypeError(f"checkpoints must be increasing whole numbers, got {values!r}") from None
        rounds = np.array(listed, dtype=np.int64)
        if not len(rounds) or (np.diff(rounds) <= 0).any() or rounds[-1] > horizon:
            raise ValueError(
                f"checkpoints must be at least one number, increase, and end at {horizon} (the horizon) at the "
                f"latest, got {listed}"
            )
    rounds.flags.writeable = False
    return rounds


def as_learner(value: Any, role: str) -> Learner:
    """Return what was passed to `simulate` as a learner of the given role ("leader" or "follower").

    Raises
    ------
    TypeError
        If it is no learner, or one of the other role, or its methods or functions take other arguments.
    """
    if isinstance(value, Learner):
        if value.role != role:
            raise TypeError(
                f"{role} must be one of stackedu.{role}s, got the {value.role} {value!r}; were the two swapped?"
            )
        return value
    if isinstance(value, type) and issubclass(value, Learner):
        raise TypeError(f"{role} must be a learner, got the class {value.__name__}; write {value.__name__}(...)")
    if hasattr(value, "choose") or hasattr(value, "observe"):
        if isinstance(value, type):
            try:
                value = value()
            except TypeError as error:
                name = f"{value.__name__}(...)"
                raise TypeError(f"{role} must be an object, as its class needs arguments: {name}; {error}") from None
        return FromObject(value, role)
    if isinstance(value, tuple) and len(value) == 2 and all(map(callable, value)):
        return (leaders if role == "leader" else followers).Custom(*value)
    raise TypeError(
        f"{role} must be a learner of stackedu.{role}s, a pair of functions (plan, observe), "
        f"or an object with choose and observe; got {value!r}"
    )


def warm_up() -> None:
    """Compile the engine and every rule of the library now, so that no first simulation has to wait.

    Examples
    --------
    >>> import stackedu as se
    >>> se.warm_up()
    """
    own = [getattr(module, name) for module in (leaders, followers) for name in module.__all__]
    rules = [learner for learner in own if "plan" in vars(learner)]
    compiling.warm_up(engine.play_batch, (engine.gaussian_sum, engine.bernoulli_sum), rules)


def affordable(compiled: Any, plain: Any) -> Any:
    """Return ``compiled`` where simulations are compiled, else ``plain``, to suit a round that costs 100 times more.

    Lessons take their sizes from it, so that they also run in a browser, where there is no numba.

    Examples
    --------
    >>> import stackedu as se
    >>> horizon = se.affordable(10**6, 10**4)
    """
    return compiled if compiling.has_numba() else plain
