"""Many simulations at once: pairs of learners × horizons × the games of a family, resumable, on any executor.

What it costs
-------------
Seconds of one core (2026, 2–3 GHz, shared) for a cell of 100 runs, 2×2 actions if nothing else is said:

====================================  =======  =======  =======  =======  ==========  ==========
pair                                  T = 10³  T = 10⁴  T = 10⁵  T = 10⁶  10⁵, 32×2   10⁵, 2×32
====================================  =======  =======  =======  =======  ==========  ==========
ThompsonSampling × ThompsonSampling     0.039     0.18      1.2       12         5.1         5.2
UCB × UCB                               0.013    0.083     0.78      7.8         1.1         1.1
ExploreThenUCB × AAE                    0.013    0.092     0.99       10         1.5        0.86
PhasedUCB × AAE                         0.006    0.006    0.012    0.009       0.039       0.040
WaitThenCommit × ExploreThenCommit      0.005    0.005    0.007    0.007       0.008       0.007
====================================  =======  =======  =======  =======  ==========  ==========

Who decides in every round pays for every round; who decides in phases pays for decisions, whatever the horizon. More
actions cost in proportion what a decision looks at: little, until there are dozens.
``pytest tests/benchmarks/test_scale.py --benchmark-enable -s`` measures this table and the tournament below anew.

On one machine threads do as well as processes, since compiled runs need no Python; learners written as objects do, so
for them take processes. Two workers did a sweep of half a minute 2.0 to 2.2 times (threads) and 1.8 to 1.9 times
(processes, starting them included) as fast as one. This plays ten leaders against six followers at eight horizons,
100 runs each: 480 cells, 15 minutes of one core (measured: 12 on two that others used as well), at most 545 MiB for
all three processes together::

    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    import stackedu as se

    lead, follow = se.leaders, se.followers

    if __name__ == "__main__":
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
            result = se.tournament(
                [lead.ExploreThenCommit(), lead.WaitThenCommit(), lead.ExploreThenUCB(), lead.UCB(),
                 lead.LipschitzUCB(2), lead.PhasedUCB(), lead.MeanPhasedUCB(), lead.EpsilonGreedy(),
                 lead.ThompsonSampling(), lead.Fixed(0)],
                [follow.ExploreThenCommit(), follow.UCB(), follow.ActiveArmElimination(),
                 follow.EpsilonGreedy(), follow.ThompsonSampling(), follow.BestResponse()],
                se.games.explore_trap(),
                [300, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6],
                n_runs=100, executor=executor, store="tournament",
            )

What a thousand workers would take
----------------------------------
A cell travels as a kilobyte and returns as 8 · n_runs · |A| · |B| bytes, so the network is idle. The process that hands
out cells needs 0.8 ms of one core for each (2 ms with a store; measured with a process pool, so a cluster's scheduler
comes on top): to keep a thousand workers busy, a cell must take 2 s or more. It should not take much more than that,
either. A cell is never split, so a sweep lasts as long as its longest cell: the tournament above, with 15 minutes in
all and 25 s in one cell, ends no sooner than in 25 s, and a few dozen workers are all that it can use. Worthy of a
thousand are many thousand cells of 2 s to a minute, such as a hundred games at each horizon; of a longer one take
several sweeps with fewer runs and other seeds. Each worker takes about 200 MiB, and compiles for some seconds first
unless the machines share one cache (``NUMBA_CACHE_DIR``). Start them with ``dask worker tcp://host:8786 --nthreads 1``,
and always give a ``store``: among so many, one will die.
"""

from __future__ import annotations

import hashlib
import io
import json
import numbers
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stackedu import engine, executors, validation
from stackedu.benchmarks import Benchmark
from stackedu.games import StackelbergGame
from stackedu.regret import Rate, fit_rate
from stackedu.simulation import as_learner, progress_bar, root_seed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Cell:
    """One simulation of a sweep: a pair on a game for a horizon. A pure function of itself, so it may run twice."""

    pair: int
    horizon: int
    game_index: int
    game: StackelbergGame
    leader: Any
    follower: Any
    n_runs: int
    seed: np.random.SeedSequence

    @property
    def name(self) -> str:
        """A name that depends on what is simulated only, not on the rest of the sweep."""
        parts = (
            self.game.leader.tobytes(),
            self.game.follower.tobytes(),
            repr((self.game.shape, self.game.noise_sd, self.game.rewards)).encode(),
            f"{self.leader.identity()} {self.follower.identity()} {self.horizon} {self.n_runs}".encode(),
            repr((self.seed.entropy, self.seed.spawn_key)).encode(),
        )
        return hashlib.sha256(b"|".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]

    def task(self) -> engine.Task:
        """Return what to simulate; its seed is of this cell only."""
        key = tuple(int(self.name[i : i + 8], 16) for i in range(0, 32, 8))
        child = np.random.SeedSequence(self.seed.entropy, spawn_key=(*self.seed.spawn_key, *key))
        return engine.Task(self.game, self.leader, self.follower, self.horizon, np.array([self.horizon]), child)


def _play(cell: Cell, token: int = -1) -> np.ndarray | str:
    """Return a cell's final pair counts, shape (n_runs, A, B), or what went wrong."""
    try:
        return engine.play(cell.task(), range(cell.n_runs), executors.until_stopped(token))[0][:, -1]
    except Exception as error:  # one bad cell must not take the others with it: it is reported in the result
        return _in_words(error)


def _in_words(error: BaseException) -> str:
    return " ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])


@dataclass(frozen=True, eq=False)
class Sweep:
    """What `sweep` returns.

    Attributes
    ----------
    pairs : list of (leader, follower)
    horizons : ndarray, shape (H,)
        In rounds.
    cells : list of dict
        One per pair, horizon and game: ``pair``, ``horizon``, ``game``, ``benchmark``, ``regret`` of shape
        (2, n_runs) in reward units (NaN where the cell failed) and ``error`` (None, or what went wrong).
    """

    pairs: list[tuple[Any, Any]]
    horizons: np.ndarray
    cells: list[dict[str, Any]] = field(repr=False)

    @property
    def worst_regret(self) -> np.ndarray:
        """Regret of the worse-off player on the worst game, shape (n_pairs, n_runs, H), in reward units.

        At each horizon, the runs with odd numbers choose game and player for those with even numbers, and these for
        those: runs that chose themselves would show too much, the more so the more games there are. Where several are
        about equally bad the halves may choose differently, and the interval of `rate` is too narrow (measured: 80 to
        92 % instead of 95 %).
        """
        halves = [np.arange(start, self.cells[0]["regret"].shape[1], 2) for start in (0, 1)]
        worst = np.empty((len(self.pairs), sum(map(len, halves)), len(self.horizons)))
        for pair, column in np.ndindex(len(self.pairs), len(self.horizons)):
            here = self._here(pair, column)
            regrets = np.concatenate([cell["regret"] for cell in here])
            for shown, judges in zip(halves, halves[::-1], strict=True):
                means = regrets[:, judges if len(judges) else shown].mean(axis=1)
                worst[pair, shown, column] = regrets[means.argmax(), shown]  # NaN first: a failed cell may be the worst
        return worst

    def _here(self, pair: int, column: int) -> list[dict[str, Any]]:
        return [cell for cell in self.cells if (cell["pair"], cell["horizon"]) == (pair, self.horizons[column])]

    def rate(self, pair: int = 0, *, confidence: float = 0.95) -> Rate:
        """Return `fit_rate` of the worst regret of the pair with this number."""
        which = validation.integer("pair", pair, high=len(self.pairs) - 1)
        return fit_rate(self.horizons, self.worst_regret[which], confidence=confidence)

    def table(self) -> pd.DataFrame:
        """Return one row per pair, horizon and game: mean and standard error of both players' regrets.

        ``worst`` marks the game with the largest mean of all runs, or else a failure.
        """
        import pandas as pd

        rows = []
        for place in np.ndindex(len(self.pairs), len(self.horizons)):
            here = self._here(*place)
            largest = np.argmax([cell["regret"].mean(axis=1).max() for cell in here])
            rows += [self._row(cell, index == largest) for index, cell in enumerate(here)]
        return pd.DataFrame(rows)

    def _row(self, cell: dict[str, Any], worst: bool) -> dict[str, Any]:
        leader, follower = self.pairs[cell["pair"]]
        row = {"leader": repr(leader), "follower": repr(follower), "horizon": cell["horizon"]}
        row["game"] = cell["game"].name or f"game {cell['game_index']}"
        for player, regret in zip(("leader", "follower"), cell["regret"], strict=True):
            row[f"{player}_regret"] = regret.mean()
            row[f"{player}_error"] = regret.std(ddof=1) / np.sqrt(len(regret)) if len(regret) > 1 else np.nan
        return {**row, "worst": worst, "failure": cell["error"]}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every pair's worst regret over the horizon, with its fitted rate (`fit_rate` says when it has none)."""
        from stackedu import plots

        for number, ((leader, follower), worst) in enumerate(zip(self.pairs, self.worst_regret, strict=True)):
            slopes = () if number else (1 / 2, 2 / 3, 1)
            ax = plots.rate(self.horizons, worst, ax, slopes, label=f"{leader!r} × {follower!r}")
        assert ax is not None
        return ax


def sweep(
    family: Callable[[int], StackelbergGame | Iterable[StackelbergGame]],
    pairs: Iterable[tuple[Any, Any]],
    horizons: float | Iterable[float],
    *,
    benchmark: Callable[[StackelbergGame], Benchmark],
    n_runs: int = 100,
    seed: int | np.random.SeedSequence = 0,
    executor: Executor | None = None,
    store: str | os.PathLike | None = None,
    progress: bool = True,
) -> Sweep:
    """Simulate every pair of learners on every game of a family at every horizon.

    Parameters
    ----------
    family : function
        ``family(T)`` returns the game or games to take the worst of at horizon T: rates need instances that
        shrink with T, such as ``lambda T: se.games.lower_bound_family(T ** (-1 / 3))``.
    pairs : (leader, follower) tuples
    horizons : number, or increasing numbers
        In rounds.
    benchmark : function
        Of a game, such as `stackelberg` or ``lambda game: tolerant(game, 0.1)``.
    n_runs, seed
        As in `simulate`. A cell's numbers depend on these and on the cell, not on the rest of the sweep.
    executor : concurrent.futures.Executor, optional
        Where cells are played, with the same numbers: ``ThreadPoolExecutor(2)``; ``ProcessPoolExecutor(2)``;
        ``dask.distributed.Client("tcp://host:8786").get_executor()``;
        ``ipyparallel.Client().load_balanced_view().executor``. Learners of your own must be importable there.
    store : folder, optional
        Keeps every finished cell; the same call with the same folder goes on where it was interrupted, and a call
        with more horizons, pairs or games (all that was asked for before among them) plays only what is new.
    progress : bool
        Show a bar with cells done, rate and time left (needs tqdm).

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong, the store belongs to another sweep, or the sweep would take more than a month.
        (One that takes more than a minute says so on stderr before it starts.)

    Warns
    -----
    RuntimeWarning
        If cells failed: the others are in the result.

    Examples
    --------
    >>> import stackedu as se
    >>> result = se.sweep(
    ...     lambda T: se.games.explore_trap(),
    ...     [(se.leaders.ExploreThenCommit(), se.followers.ExploreThenCommit())],
    ...     [100, 1000],
    ...     benchmark=lambda game: se.tolerant(game, 0.05),
    ...     n_runs=5,
    ...     progress=False,
    ... )
    >>> result.worst_regret.shape
    (1, 5, 2)
    """
    checked = list(map(_pair, pairs))
    listed: Any = [horizons] if isinstance(horizons, numbers.Real) else horizons
    rounds = [validation.horizon(value, "horizons") for value in listed]
    if not rounds or rounds != sorted(set(rounds)):
        raise ValueError(f"horizons must be at least one number, and increase, got {rounds}")
    if not checked:
        raise ValueError("pairs must hold at least one (leader, follower), got none")
    validation.takes("family", family, ("horizon",))
    validation.takes("benchmark", benchmark, ("game",))
    executors.check(executor)
    if not isinstance(store, str | os.PathLike | None):
        raise TypeError(f"store must be a folder, got {store!r}")
    n_runs, root = validation.integer("n_runs", n_runs, low=1), root_seed(seed)
    games = {T: _measured(family, benchmark, T) for T in rounds}
    cells = [
        Cell(p, T, g, game, *pair, n_runs, root)
        for T in reversed(rounds)  # the dearest first: the bar's time left is then no surprise
        for p, pair in enumerate(checked)
        for g, (game, _) in enumerate(games[T])
    ]
    keep = Store(Path(store), cells) if store is not None else None
    results: list[dict[str, Any]] = []

    def finish(cell: Cell, outcome: np.ndarray | str) -> None:
        results.append(_result(cell, outcome, games[cell.horizon][cell.game_index][1]))

    _outcomes(cells, keep, executor, progress, finish)
    failed = [cell["error"] for cell in results if cell["error"]]
    if failed:
        count = f"{len(failed)} of {len(cells)} cells failed, the first with {failed[0]}"
        told = "column `failure` of a sweep's table(), or `failures` of a tournament"
        warnings.warn(f"{count} (which ones: {told})", RuntimeWarning, 2)
    order = sorted(results, key=lambda cell: (cell["pair"], cell["horizon"], cell["game_index"]))
    return Sweep(checked, np.array(rounds), order)


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"pairs must hold (leader, follower) tuples, got {value!r}")
    return as_learner(value[0], "leader"), as_learner(value[1], "follower")


def _measured(family: Callable, benchmark: Callable, horizon: int) -> list[tuple[StackelbergGame, Benchmark]]:
    games = family(horizon)
    listed = [games] if isinstance(games, StackelbergGame) or not isinstance(games, Iterable) else list(games)
    if not listed or not all(isinstance(game, StackelbergGame) for game in listed):
        raise ValueError(f"family must return one or more games, but family({horizon}) returned {games!r}")
    levels = [benchmark(game) for game in listed]
    for level in levels:
        if not isinstance(level, Benchmark):
            raise TypeError(f"benchmark must return a Benchmark, as stackedu.stackelberg does, but returned {level!r}")
    return list(zip(listed, levels, strict=True))


def _result(cell: Cell, outcome: np.ndarray | str, level: Benchmark) -> dict[str, Any]:
    tables = np.array([level.leader - cell.game.leader, level.follower - cell.game.follower])
    counts = np.full((cell.n_runs, *cell.game.shape), np.nan) if isinstance(outcome, str) else outcome
    regret = np.einsum("rab,iab->ir", counts, tables)
    error = outcome if isinstance(outcome, str) else None
    what = {"pair": cell.pair, "horizon": cell.horizon, "game_index": cell.game_index, "game": cell.game}
    return {**what, "benchmark": level, "regret": regret, "error": error}


def _outcomes(
    cells: list[Cell], store: Store | None, executor: Executor | None, progress: bool, finish: Callable
) -> None:
    """Call ``finish`` once for each cell: with what the store has, or else what is played now, and kept."""
    missing = []
    for cell in cells:
        found = store.load(cell) if store else None
        if found is None:
            missing.append(cell)
        else:
            finish(cell, found)
    if missing and store:
        store.claim()
    _foresee(missing, executor)
    bar = progress_bar(len(cells), progress, "cell")
    bar(len(cells) - len(missing))

    def keep(cell: Cell, outcome: np.ndarray | str) -> None:
        if store and not isinstance(outcome, str):
            store.save(cell, outcome)
        finish(cell, outcome)
        bar(1)

    try:
        executors.run(executor, _play, missing, keep, _in_words)
    except BrokenExecutor as error:
        raise RuntimeError(
            "a worker of the executor died; with store=folder the finished cells are kept: "
            "make a new executor and repeat the call (if it died at once: a script must start processes below "
            'if __name__ == "__main__":, and they must be able to import what they play)'
        ) from error


def _foresee(cells: list[Cell], executor: Executor | None) -> None:
    """Measure what the cells will cost: say so if that is long, refuse if it is out of all reason."""
    if sum(cell.horizon * cell.n_runs for cell in cells) < 1e6:
        return
    prices: list[tuple[float, Cell]] = []
    for pair in {cell.pair for cell in cells}:
        own = [cell for cell in cells if cell.pair == pair]
        dearest = max(own, key=lambda cell: (cell.horizon, cell.game.leader.size))
        with suppress(Exception):  # whatever is wrong with a learner, its cells will report
            cost, grows = engine.seconds_a_run(dearest.task(), suspicious=engine.MONTH / (len(cells) * dearest.n_runs))
            prices += [(cost * cell.n_runs * (cell.horizon / dearest.horizon if grows else 1), cell) for cell in own]
    total = sum(price for price, _ in prices)
    most, cell = max(prices, key=lambda entry: entry[0], default=(0.0, cells[0]))
    estimate = (
        f"{len(cells)} cells would take about {engine.duration(total)} on one core like this one; "
        f"{cell.leader!r} × {cell.follower!r} at horizon {cell.horizon:.3g}, {cell.n_runs} runs, "
        f"about {engine.duration(most)}"
    )
    if (total if executor is None else most) > engine.MONTH:
        raise ValueError(
            f"horizons must let the sweep end, but {estimate}: take smaller horizons, fewer runs or an executor with "
            "many workers for pairs that decide in every round (those that decide in phases cost the same at any)"
        )
    if total > 60:
        print(f"stackedu: {estimate}", file=sys.stderr)


class Store:
    """A folder with a manifest of what was asked and one file per finished cell, each written atomically."""

    def __init__(self, folder: Path, cells: Sequence[Cell]) -> None:
        asked = {"stackedu": version("stackedu"), "cells": sorted(cell.name for cell in cells)}
        self.folder, self.asked = folder, json.dumps(asked, indent=1).encode()
        manifest = folder / "manifest.json"
        try:
            found = manifest.read_bytes() if manifest.exists() else None
            # those that end in .partial are what a killed sweep left
            others = folder.exists() and any(path.suffix != ".partial" for path in folder.iterdir())
        except OSError as error:
            raise ValueError(f"store must be a folder, but {folder} cannot be read: {error}") from error
        if found is None and others:
            raise ValueError(f"store must be an empty folder or one made by a sweep, but {folder} holds other files")
        if found not in (None, self.asked) and not self._grows(found):
            raise ValueError(
                f"store {folder} belongs to another sweep (or another version of stackedu): use a new folder, or "
                "repeat the call it was made with; you may add horizons, pairs and games to that, and nothing else"
            )

    def _grows(self, found: bytes | None) -> bool:
        """Return whether all that the folder was made for is asked for again."""
        try:
            before, now = json.loads(found or b""), json.loads(self.asked)
            return before["stackedu"] == now["stackedu"] and {*before["cells"]} <= {*now["cells"]}
        except (ValueError, KeyError, TypeError):  # not a manifest
            return False

    def claim(self) -> None:
        """Write what was asked, before any work: a folder that cannot be written shows itself now."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write("manifest.json", self.asked)
        except OSError as error:
            raise ValueError(f"store must be a folder that can be written, but {self.folder}: {error}") from error

    def load(self, cell: Cell) -> np.ndarray | None:
        """Return the counts of a finished cell; a missing, truncated or foreign file counts as not finished."""
        try:
            with np.load(io.BytesIO((self.folder / f"{cell.name}.npz").read_bytes())) as kept:
                counts = kept["counts"]
        except Exception:  # damaged archives raise nearly anything; the cell is then played again
            return None
        whole = counts.shape == (cell.n_runs, *cell.game.shape) and counts.dtype == np.int64
        return counts if whole and (counts.sum(axis=(1, 2)) == cell.horizon).all() else None

    def save(self, cell: Cell, counts: np.ndarray) -> None:
        """Keep the counts of a finished cell."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, counts=counts)
        try:
            self._write(f"{cell.name}.npz", buffer.getvalue())
        except OSError as error:
            raise OSError(
                f"the sweep stopped, because its store {self.folder} cannot be written ({error}); "
                "finished cells are safe: mend that and repeat the call"
            ) from error

    def _write(self, name: str, content: bytes) -> None:
        partial = self.folder / f".{name}.{os.getpid()}.partial"
        try:
            with open(partial, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.folder / name)
        finally:
            partial.unlink(missing_ok=True)
