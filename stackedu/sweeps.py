"""Many simulations at once: pairs of learners × horizons × the games of a family, resumable, on any executor."""

from __future__ import annotations

import hashlib
import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stackedu import validation
from stackedu.benchmarks import Benchmark
from stackedu.games import StackelbergGame
from stackedu.regret import Rate, fit_rate
from stackedu.simulation import as_learner, progress_bar, root_seed, simulate

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

    def play(self) -> np.ndarray:
        """Return the final pair counts, shape (n_runs, A, B)."""
        key = tuple(int(self.name[i : i + 8], 16) for i in range(0, 32, 8))
        child = np.random.SeedSequence(self.seed.entropy, spawn_key=(*self.seed.spawn_key, *key))
        last = [self.horizon]
        run = simulate(
            self.game, self.leader, self.follower, self.horizon, n_runs=self.n_runs, seed=child, checkpoints=last
        )
        return run.counts[:, -1]


def _play(cell: Cell) -> np.ndarray | str:
    try:
        return cell.play()
    except Exception as error:  # one bad cell must not take the others with it: it is reported in the result
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

        Game and player are those of the largest mean at each horizon; `fit_rate` takes ``worst_regret[pair]``.
        """
        return np.array([[self._worst(p, T)[0] for T in self.horizons] for p in range(len(self.pairs))]).swapaxes(1, 2)

    def _worst(self, pair: int, horizon: int) -> tuple[np.ndarray, dict, int]:
        here = [cell for cell in self.cells if cell["pair"] == pair and cell["horizon"] == horizon]
        choices = [(cell["regret"][player], cell, player) for cell in here for player in (0, 1)]
        # NaN first: a failed cell may have been the worst, so nothing else may be called that
        return max(choices, key=lambda choice: (np.isnan(choice[0]).any(), choice[0].mean()))

    def rate(self, pair: int = 0, *, confidence: float = 0.95) -> Rate:
        """Return `fit_rate` of the worst regret of the pair with this number."""
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
        """Draw every pair's worst regret over the horizon, with its fitted rate."""
        from stackedu import plots

        return plots.rates(self, ax=ax)


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
        Threads, processes, ``dask.distributed.Client.get_executor()``, ipyparallel's; the numbers are the same.
    store : folder, optional
        Keeps every finished cell; the same call with the same folder goes on where it was interrupted.
    progress : bool
        Show a bar with cells done, rate and time left (needs tqdm).

    Raises
    ------
    TypeError, ValueError
        If an argument is wrong, or the store belongs to another sweep.

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
    if not callable(benchmark):
        raise TypeError(f"benchmark must be a function of a game, such as stackedu.stackelberg, got {benchmark!r}")
    n_runs, root = validation.integer("n_runs", n_runs, low=1), root_seed(seed)
    games = {T: _games(family, T) for T in rounds}
    cells = [
        Cell(p, T, g, game, *pair, n_runs, root)
        for T in reversed(rounds)  # the dearest first: the bar's time left is then no surprise
        for p, pair in enumerate(checked)
        for g, game in enumerate(games[T])
    ]
    keep = Store(Path(store), cells) if store is not None else None
    outcomes = dict(_outcomes(cells, keep, executor, progress))
    results = [_result(cell, outcomes[index], benchmark) for index, cell in enumerate(cells)]
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
    listed = [games] if isinstance(games, StackelbergGame) else list(games or ())
    if not listed or not all(isinstance(game, StackelbergGame) for game in listed):
        raise ValueError(f"family must return one or more games, but family({horizon}) returned {games!r}")
    return listed


def _result(cell: Cell, outcome: np.ndarray | str, benchmark: Callable) -> dict[str, Any]:
    level = benchmark(cell.game)
    result = {"pair": cell.pair, "horizon": cell.horizon, "game_index": cell.game_index, "game": cell.game}
    if isinstance(outcome, str):
        return {**result, "benchmark": level, "regret": np.full((2, cell.n_runs), np.nan), "error": outcome}
    tables = np.array([level.leader - cell.game.leader, level.follower - cell.game.follower])
    regret = np.einsum("rab,iab->ir", outcome, tables)
    return {**result, "benchmark": level, "regret": regret, "error": None}


def _outcomes(
    cells: list[Cell], store: Store | None, executor: Executor | None, progress: bool
) -> Iterator[tuple[int, np.ndarray | str]]:
    bar = progress_bar(len(cells), progress, "cell")
    missing = []
    for index, cell in enumerate(cells):
        found = store.load(cell) if store else None
        if found is None:
            missing.append(index)
        else:
            bar(1)
            yield index, found
    for index, outcome in _played(cells, missing, executor):
        if store and not isinstance(outcome, str):
            store.save(cells[index], outcome)
        bar(1)
        yield index, outcome


def _played(cells: list[Cell], missing: list[int], executor: Executor | None) -> Iterator[tuple[int, Any]]:
    if executor is None:
        for index in missing:
            yield index, _play(cells[index])
        return
    try:
        futures = {executor.submit(_play, cells[index]): index for index in missing}
    except RuntimeError as error:
        raise ValueError(f"executor must accept work, but {executor!r} does not: {error}") from error
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenExecutor as error:
        raise RuntimeError(
            "a worker of the executor died; with store=folder the finished cells are kept: "
            "make a new executor and repeat the call"
        ) from error
    finally:
        for future in futures:
            future.cancel()


class Store:
    """A folder with a manifest of what was asked and one file per finished cell, each written atomically."""

    def __init__(self, folder: Path, cells: Sequence[Cell]) -> None:
        self.folder = folder
        asked = {"stackedu": version("stackedu"), "cells": sorted(cell.name for cell in cells)}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            found = self._manifest()
            if found is None:
                self._write("manifest.json", json.dumps(asked, indent=1).encode())
        except OSError as error:
            raise ValueError(f"store must be a folder that can be written, but {folder} cannot: {error}") from error
        if found is not None and found != asked:
            raise ValueError(
                f"store {folder} belongs to another sweep (or another version of stackedu): "
                "use a new folder, or repeat the call it was made with"
            )

    def _manifest(self) -> Any:
        path = self.folder / "manifest.json"
        if path.exists():
            try:
                return json.loads(path.read_text())
            except ValueError:
                return "unreadable"
        if any(self.folder.iterdir()):
            raise ValueError(
                f"store must be an empty folder or one made by a sweep, but {self.folder} holds other files"
            )
        return None

    def load(self, cell: Cell) -> np.ndarray | None:
        """Return the counts of a finished cell; a missing, truncated or foreign file counts as not finished."""
        try:
            with np.load(self.folder / f"{cell.name}.npz") as kept:
                counts = kept["counts"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        expected = (cell.n_runs, *cell.game.shape)
        return counts if counts.shape == expected and (counts.sum(axis=(1, 2)) == cell.horizon).all() else None

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
