"""The game between algorithms: every leader meets every follower, and the learners become the actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from stackedu.benchmarks import Benchmark
from stackedu.games import StackelbergGame
from stackedu.sweeps import sweep
from stackedu.validation import integer, number

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.axes import Axes

RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Tournament:
    """What `tournament` returns: a payoff table whose actions are learners, and how sure it is.

    Attributes
    ----------
    leaders, followers : list of str
        Names, L and F of them.
    samples : ndarray, shape (2, L, F, n_runs)
        Utility per round of leader and follower, averaged over games and horizons; NaN where a cell failed.
    resampled : ndarray, shape (R, 2, L, F)
        Means of bootstrap resamples of the runs, each pair of learners on its own.
    failures : dict
        Of each pair (leader, follower) that failed, by number, what went wrong.
    """

    leaders: list[str]
    followers: list[str]
    samples: np.ndarray = field(repr=False)
    resampled: np.ndarray = field(repr=False)
    failures: dict[tuple[int, int], str] = field(default_factory=dict, repr=False)

    @property
    def utility(self) -> np.ndarray:
        """Mean utility per round of leader and follower, shape (2, L, F)."""
        return self.samples.mean(axis=-1)

    @property
    def error(self) -> np.ndarray:
        """Standard error of `utility` (NaN for a single run)."""
        n = self.samples.shape[-1]
        return self.samples.std(axis=-1, ddof=1) / np.sqrt(n) if n > 1 else np.full(self.samples.shape[:-1], np.nan)

    def interval(self, confidence: float = 0.95) -> np.ndarray:
        """Return the bootstrap interval of `utility`: its ends, shape (2, 2, L, F)."""
        level = number("confidence", confidence, low=0, high=1)
        return np.quantile(self.resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)

    def __str__(self) -> str:
        def listed(names: list[str], where: np.ndarray, share: np.ndarray) -> str:
            found = [f"{names[i]} ({share.flat[i]:.0%})" for i in np.flatnonzero(where)]
            return ", ".join(found) or "none"

        if self.failures:
            return f"a game between algorithms with a hole: {self._hole()}; the others' are in `utility`"
        pairs = [f"{leader} × {follower}" for leader, follower in product(self.leaders, self.followers)]
        lines = [
            f"pure Nash equilibria: {listed(pairs, *self.nash())}",
            f"Stackelberg choice: {listed(pairs, *self.stackelberg())}",
            f"dominated leaders: {listed(self.leaders, *self.dominated(0))}",
            f"dominated followers: {listed(self.followers, *self.dominated(1))}",
            "(in brackets: the share of resampled tables that say the same)",
        ]
        return "\n".join(lines)

    def nash(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where the means have a pure Nash equilibrium, and in which share of resamples, both (L, F)."""
        return self._judge(_nash)

    def stackelberg(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the Stackelberg choice of the means, and the share of resamples that choose so, both (L, F).

        The follower answers the leader's algorithm with its best one; ties as the leader likes.
        """
        return self._judge(_stackelberg)

    def dominated(self, player: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return which algorithms of leader (0) or follower (1) another one strictly dominates, and in which share."""
        which = integer("player", player, high=1)
        return self._judge(lambda u1, u2: _dominated(u2.swapaxes(-1, -2) if which else u1))

    def _judge(self, rule: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        if self.failures:
            raise ValueError(f"the game between these algorithms has a hole: {self._hole()}; leave it out, or mend it")
        return rule(*self.utility), rule(*self.resampled.swapaxes(0, 1)).mean(axis=0)

    def _hole(self) -> str:
        (leader, follower), error = next(iter(self.failures.items()))
        return f"{self.leaders[leader]} × {self.followers[follower]} failed ({error})"

    def as_game(self) -> StackelbergGame:
        """Return the mean utilities as a game (without noise) whose actions are the learners."""
        self._judge(_nash)
        u1, u2 = self.utility.clip(0, 1)
        labels: dict[str, Any] = {"leader_actions": self.leaders, "follower_actions": self.followers}
        return StackelbergGame(u1, u2, noise_sd=0.0, name="game between algorithms", **labels)

    def table(self) -> pd.DataFrame:
        """Return one row per pair: utilities, errors, 95 % intervals; Nash and Stackelberg with shares, or failures."""
        import pandas as pd

        low, high = self.interval()
        columns: dict[str, Any] = {
            "leader": np.repeat(self.leaders, len(self.followers)),
            "follower": np.tile(self.followers, len(self.leaders)),
        }
        statistics = {"utility": self.utility, "error": self.error, "low": low, "high": high}
        for index, player in enumerate(("leader", "follower")):
            columns |= {f"{player}_{name}": values[index] for name, values in statistics.items()}
        if self.failures:
            columns["failure"] = [self.failures.get(pair) for pair in np.ndindex(*low.shape[1:])]
        else:
            for name, (where, share) in {"nash": self.nash(), "stackelberg": self.stackelberg()}.items():
                columns |= {name: where, f"{name}_share": share}
        return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})

    def plot(self, player: int = 0, ax: Axes | None = None) -> Axes:
        """Draw the mean utilities of leader (0) or follower (1) as a heatmap; ● marks pure Nash, ★ Stackelberg."""
        from stackedu import plots

        which = integer("player", player, high=1)
        marks = np.char.add(np.where(self.nash()[0], " ●", ""), np.where(self.stackelberg()[0], " ★", ""))
        label = f"mean utility per round of the {('leader', 'follower')[which]}"
        ax = plots.heatmap(self.utility[which], self.leaders, self.followers, ax=ax, label=label)
        for cell, mark in zip(ax.texts, marks.flat, strict=True):
            cell.set_text(cell.get_text() + mark)
        alt = f"{plots.alt_text(ax)} {'; '.join(str(self).splitlines())}"
        return plots.finish(ax, alt, title=f"{label}\n● pure Nash   ★ Stackelberg choice")


def _nash(u1: np.ndarray, u2: np.ndarray) -> np.ndarray:
    return (u1 == u1.max(axis=-2, keepdims=True)) & (u2 == u2.max(axis=-1, keepdims=True))


def _stackelberg(u1: np.ndarray, u2: np.ndarray) -> np.ndarray:
    answered = np.where(u2 == u2.max(axis=-1, keepdims=True), u1, -np.inf)
    best = answered == answered.max(axis=(-2, -1), keepdims=True)
    return best & (u2 == np.where(best, u2, -np.inf).max(axis=(-2, -1), keepdims=True))


def _dominated(own: np.ndarray) -> np.ndarray:
    return np.any(np.all(own[..., None, :, :] > own[..., :, None, :], axis=-1), axis=-1)


def tournament(
    leaders: Iterable[Any] | Mapping[str, Any],
    followers: Iterable[Any] | Mapping[str, Any],
    games: StackelbergGame | Iterable[StackelbergGame] | Callable[[int], Any],
    horizons: float | Iterable[float],
    *,
    n_runs: int = 100,
    seed: int | np.random.SeedSequence = 0,
    executor: Executor | None = None,
    store: str | os.PathLike | None = None,
    progress: bool = True,
) -> Tournament:
    """Let every leader meet every follower on every game at every horizon.

    Parameters
    ----------
    leaders, followers : lists, or dicts from names to learners
        Learners as in `simulate`.
    games : game, several games, or a function of the horizon that returns them
    horizons : number, or increasing numbers
        In rounds.
    n_runs, seed, executor, store, progress
        As in `sweep`, which plays the cells, and whose errors and warnings are those of this function.

    Examples
    --------
    >>> import stackedu as se
    >>> leaders = {"hasty": se.leaders.ExploreThenCommit(), "patient": se.leaders.WaitThenCommit()}
    >>> followers = {"learner": se.followers.ExploreThenCommit()}
    >>> print(se.tournament(leaders, followers, se.games.explore_trap(), 1e6, n_runs=10, progress=False))
    pure Nash equilibria: patient × learner (100%)
    Stackelberg choice: patient × learner (100%)
    dominated leaders: hasty (100%)
    dominated followers: none
    (in brackets: the share of resampled tables that say the same)
    """
    sides = [_listed("leaders", leaders), _listed("followers", followers)]
    fixed: Any = games
    if not (callable(games) or isinstance(games, StackelbergGame)):
        fixed = _listed("games", games, "games, or a function of the horizon")
    family = fixed if callable(fixed) else lambda horizon: fixed
    options: dict[str, Any] = {"n_runs": n_runs, "seed": seed, "executor": executor, "store": store}
    pairs = list(product(*sides))
    played = sweep(family, pairs, horizons, benchmark=lambda game: Benchmark(0.0, 0.0), progress=progress, **options)
    # measured against nothing, regret is minus the utility
    earned = np.array([-cell["regret"] / cell["horizon"] for cell in played.cells])
    samples = earned.reshape(len(pairs), -1, *earned.shape[1:]).mean(axis=1)  # (L F, 2, n_runs)
    rng = np.random.default_rng(0)
    n = samples.shape[-1]
    drawn = [rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES) @ pair.T / n for pair in samples]
    shape = (2, *map(len, sides))
    return Tournament(
        _names(leaders, [leader for leader, _ in played.pairs[:: shape[2]]]),
        _names(followers, [follower for _, follower in played.pairs[: shape[2]]]),
        np.moveaxis(samples, 1, 0).reshape(*shape, n),
        np.moveaxis(np.array(drawn), (0, 1, 2), (2, 0, 1)).reshape(RESAMPLES, *shape),
        {divmod(cell["pair"], shape[2]): cell["error"] for cell in played.cells if cell["error"]},
    )


def _listed(name: str, given: Any, what: str = "learners, or a dict from names to learners") -> list[Any]:
    if not isinstance(given, Iterable):
        raise TypeError(f"{name} must be a list of {what}, got {given!r}")
    listed = list(given.values()) if isinstance(given, Mapping) else list(given)
    if not listed:
        raise ValueError(f"{name} must hold at least one, got none")
    return listed


def _names(given: Any, learners: list[Any]) -> list[str]:
    """Return the names that were given, or else what learners look like, numbered where that is the same."""
    words = [str(name) for name in given] if isinstance(given, Mapping) else list(map(repr, learners))
    return [word if word not in words[:i] else f"{word} #{words[: i + 1].count(word)}" for i, word in enumerate(words)]
