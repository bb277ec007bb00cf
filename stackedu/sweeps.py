"""Many simulations at once: pairs of learners × horizons × the games of a family, resumable, on any executor."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stackedu import engine, validation
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

    def play(self, wait: Callable[[int], None] = lambda rounds: None) -> np.ndarray:
        """Return the final pair counts, shape (n_runs, A, B); ``wait`` as in `engine.play`."""
        return engine.play(self.task(), range(self.n_runs), wait)[0][:, -1]


_stopped: set[int] = set()
_tokens = count()


def _play(cell: Cell, token: int = -1) -> np.ndarray | str:
    def wait(rounds: int) -> None:
        if token in _stopped:  # so that threads end soon after an interrupt
            raise InterruptedError("the sweep was stopped")

    try:
        return cell.play(wait)
    except Exception as error:  # one bad cell must not take the others with it: it is reported in the result
        return _in_words(error)


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


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

        Game and player are those of the largest mean at each horizon; `fit_rate` takes ``worst_regret[pair]``. They
        are chosen by the runs that are then shown: among many nearly equal games the mean is a little too large.
        """
        return np.array([[self._worst(p, T)[0] for T in self.horizons] for p in range(len(self.pairs))]).swapaxes(1, 2)

    def _worst(self, pair: int, horizon: int) -> tuple[np.ndarray, dict, int]:
        here = [cell for cell in self.cells if cell["pair"] == pair and cell["horizon"] == horizon]
        choices = [(cell["regret"][player], cell, player) for cell in here for player in (0, 1)]
        # NaN first: a failed cell may have been the worst, so nothing else may be called that
        return max(choices, key=lambda choice: (np.isnan(choice[0]).any(), choice[0].mean()))

    def rate(self, pair: int = 0, *, confidence: float = 0.95) -> Rate:
        """Return `fit_rate` of the worst regret of the pair with this number; its interval leaves the choice out."""
        which = validation.integer("pair", pair, high=len(self.pairs) - 1)
        return fit_rate(self.horizons, self.worst_regret[which], confidence=confidence)

    def table(self) -> pd.DataFrame:
        """Return one row per pair, horizon and game: mean and standard error of both players' regrets."""
        import pandas as pd

        worst = {id(self._worst(p, T)[1]) for p in range(len(self.pairs)) for T in self.horizons}
        return pd.DataFrame([self._row(cell, id(cell) in worst) for cell in self.cells])

    def _row(self, cell: dict, worst: bool) -> dict[str, Any]:
        leader, follower = self.pairs[cell["pair"]]
        mean = cell["regret"].mean(axis=1)
        n_runs = cell["regret"].shape[1]
        error = cell["regret"].std(axis=1, ddof=1) / np.sqrt(n_runs) if n_runs > 1 else mean * np.nan
        return {
            "leader": repr(leader),
            "follower": repr(follower),
            "horizon": cell["horizon"],
            "game": cell["game"].name or f"game {cell['game_index']}",
            "leader_regret": mean[0],
            "leader_error": error[0],
            "follower_regret": mean[1],
            "follower_error": error[1],
            "worst": worst,
            "failure": cell["error"],
        }

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
    horizons: Iterable[float],
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
        shrink with T.
    pairs : (leader, follower) tuples
    horizons : increasing numbers
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
        Keeps every finished cell; the same call with the same folder goes on where it was interrupted.
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
    checked = [(leader, follower) for leader, follower in map(_pair, pairs)]
    rounds = _horizons(horizons)
    if not checked:
        raise ValueError("pairs must hold at least one (leader, follower), got none")
    if not callable(family):
        raise TypeError(f"family must be a function of the horizon that returns games, got {family!r}")
    if not (executor is None or isinstance(executor, Executor)):
        raise TypeError(f"executor must be a concurrent.futures.Executor or None, got {executor!r}")
    if not callable(benchmark):
        raise TypeError(f"benchmark must be a function of a game, such as stackedu.stackelberg, got {benchmark!r}")
    n_runs, root = validation.integer("n_runs", n_runs, low=1), root_seed(seed)
    games = {T: [(game, _level(benchmark, game)) for game in _games(family, T)] for T in rounds}
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
        warnings.warn(f"{len(failed)} of {len(cells)} cells failed, the first with {failed[0]}", RuntimeWarning, 2)
    order = sorted(results, key=lambda cell: (cell["pair"], cell["horizon"], cell["game_index"]))
    return Sweep(checked, np.array(rounds), order)


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"pairs must hold (leader, follower) tuples, got {value!r}")
    return as_learner(value[0], "leader"), as_learner(value[1], "follower")


def _horizons(values: Iterable[float]) -> list[int]:
    rounds = [validation.horizon(value, "horizons") for value in values]
    if not rounds or any(b <= a for a, b in pairwise(rounds)):
        raise ValueError(f"horizons must be at least one number, and increase, got {rounds}")
    return rounds


def _games(family: Callable, horizon: int) -> list[StackelbergGame]:
    games = family(horizon)
    several = not isinstance(games, StackelbergGame) and isinstance(games, Iterable)
    listed = list(games) if several else [games]
    if not listed or not all(isinstance(game, StackelbergGame) for game in listed):
        raise ValueError(f"family must return one or more games, but family({horizon}) returned {games!r}")
    return listed


def _level(benchmark: Callable, game: StackelbergGame) -> Benchmark:
    level = benchmark(game)
    if not isinstance(level, Benchmark):
        raise TypeError(f"benchmark must return a Benchmark, as stackedu.stackelberg does, but returned {level!r}")
    return level


def _result(cell: Cell, outcome: np.ndarray | str, level: Benchmark) -> dict[str, Any]:
    result = {"pair": cell.pair, "horizon": cell.horizon, "game_index": cell.game_index, "game": cell.game}
    if isinstance(outcome, str):
        return {**result, "benchmark": level, "regret": np.full((2, cell.n_runs), np.nan), "error": outcome}
    tables = np.array([level.leader - cell.game.leader, level.follower - cell.game.follower])
    regret = np.einsum("rab,iab->ir", outcome, tables)
    return {**result, "benchmark": level, "regret": regret, "error": None}


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

    if executor is None:
        for cell in missing:
            keep(cell, _play(cell))
    else:
        _play_elsewhere(missing, executor, keep)


def _foresee(cells: list[Cell], executor: Executor | None) -> None:
    """Measure what the cells will cost: say so if that is long, refuse if it is out of all reason."""
    if sum(cell.horizon * cell.n_runs for cell in cells) < 1e6:
        return
    seconds = dict.fromkeys(range(len(cells)), 0.0)
    for pair in {cell.pair for cell in cells}:
        own = [index for index, cell in enumerate(cells) if cell.pair == pair]
        dearest = max((cells[index] for index in own), key=lambda cell: (cell.horizon, cell.game.leader.size))
        with suppress(Exception):  # whatever is wrong with a learner, its cells will report
            cost, grows = engine.seconds_a_run(dearest.task(), suspicious=engine.MONTH / (len(cells) * dearest.n_runs))
            for index in own:
                seconds[index] = cost * dearest.n_runs * (cells[index].horizon / dearest.horizon if grows else 1)
    total = sum(seconds.values())
    worst = max(seconds, key=lambda index: seconds[index])
    cell = cells[worst]
    estimate = (
        f"{len(cells)} cells would take about {engine.duration(total)} on one core like this one; "
        f"{cell.leader!r} × {cell.follower!r} at horizon {cell.horizon:.3g}, {cell.n_runs} runs, "
        f"about {engine.duration(seconds[worst])}"
    )
    if (total if executor is None else seconds[worst]) > engine.MONTH:
        raise ValueError(
            f"horizons must let the sweep end, but {estimate}: take smaller horizons, fewer runs or an executor with "
            "many workers for pairs that decide in every round (those that decide in phases cost the same at any)"
        )
    if total > 60:
        print(f"stackedu: {estimate}", file=sys.stderr)


def _play_elsewhere(cells: list[Cell], executor: Executor, keep: Callable) -> None:
    token, waiting = next(_tokens), dict[Future, Cell]()
    broken: BrokenExecutor | None = None
    try:
        for cell in cells:
            waiting[executor.submit(_play, cell, token)] = cell
    except BrokenExecutor as error:
        broken = error
    except (RuntimeError, AttributeError) as error:
        raise ValueError(f"executor must be one that accepts work, but {executor!r} does not: {error}") from error
    try:
        for future in as_completed(list(waiting)):
            failure = future.exception()
            if isinstance(failure, BrokenExecutor):  # go on: what other workers have finished is kept
                broken = failure
            else:
                keep(waiting[future], future.result() if failure is None else _in_words(failure))
            del waiting[future]
    finally:
        _stopped.add(token)
        for future, cell in waiting.items():  # after an interrupt: what has ended is kept, the rest does not start
            if not future.cancel() and future.done() and not future.exception():
                with suppress(OSError):
                    keep(cell, future.result())
    if broken is not None:
        raise RuntimeError(
            "a worker of the executor died; with store=folder the finished cells are kept: "
            "make a new executor and repeat the call"
        ) from broken


class Store:
    """A folder with a manifest of what was asked and one file per finished cell, each written atomically."""

    def __init__(self, folder: Path, cells: Sequence[Cell]) -> None:
        self.folder = folder
        self.asked = {"stackedu": version("stackedu"), "cells": sorted(cell.name for cell in cells)}
        try:
            found = self._manifest() if folder.exists() else None
        except OSError as error:
            raise ValueError(f"store must be a folder, but {folder} cannot be read: {error}") from error
        if found is not None and found != self.asked:
            raise ValueError(
                f"store {folder} belongs to another sweep (or another version of stackedu): "
                "use a new folder, or repeat the call it was made with"
            )

    def claim(self) -> None:
        """Write what was asked, before any work: a folder that cannot be written shows itself now."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write("manifest.json", json.dumps(self.asked, indent=1).encode())
        except OSError as error:
            raise ValueError(f"store must be a folder that can be written, but {self.folder}: {error}") from error

    def _manifest(self) -> Any:
        path = self.folder / "manifest.json"
        if path.exists():
            try:
                return json.loads(path.read_text()) or "empty"
            except ValueError:
                return "unreadable"
        if any(path.suffix != ".partial" for path in self.folder.iterdir()):  # those a killed sweep left
            raise ValueError(
                f"store must be an empty folder or one made by a sweep, but {self.folder} holds other files"
            )
        return None

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
