"""Decentralized Stackelberg games (section 1 of the theory): payoff tables and the instances of the paper.

The leader picks a row a, the follower sees it and picks a column b; each is paid its mean utility plus noise.
Source: Donahue, Immorlica, Jagadeesan, Lucier, Slivkins, ICML 2024, arXiv:2403.00188.
"""

from __future__ import annotations

import csv
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import product
from typing import Any

import numpy as np

from .validation import integer, number, one_of, unit_table

COLUMNS = ("leader_action", "follower_action", "leader", "follower", "noise_sd", "rewards", "name")
SHOWN = 12
LEGEND = "● best response of the follower, ★ Stackelberg outcome (ties as the leader likes)"


@dataclass(frozen=True, eq=False, repr=False, init=False)
class StackelbergGame:
    """A leader and a follower with finitely many actions, and what each pair of actions is worth to them.

    Immutable, compared and hashed by value. A notebook shows it as a payoff table.

    Parameters
    ----------
    leader, follower : array_like, shape (A, B)
        Mean rewards per round u1 and u2 in [0, 1]; kept as read-only float64 arrays. DataFrames must have the same
        labels; if these are words, they name the actions.
    noise_sd : float
        Standard deviation of the Gaussian noise; Bernoulli rewards ignore it.
    rewards : {"gaussian", "bernoulli"}
    name : str
    leader_actions, follower_actions : sequence of str, optional
        Distinct labels; by default a1, a2, … and b1, b2, ….

    Raises
    ------
    ValueError, TypeError
        If a table is empty, not 2-D or not in [0, 1], the shapes differ, or another argument is wrong.

    Examples
    --------
    >>> print(StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.4, 0], [0.3, 0.2]]))
        b1          b2
    a1  0.6, 0.4●★  0.2, 0
    a2  0.5, 0.3●   0.4, 0.2
    """

    leader: np.ndarray
    follower: np.ndarray
    noise_sd: float
    rewards: str
    name: str
    leader_actions: tuple[str, ...]
    follower_actions: tuple[str, ...]

    def __init__(
        self,
        leader: Any,
        follower: Any,
        *,
        noise_sd: float = 1.0,
        rewards: str = "gaussian",
        name: str = "",
        leader_actions: Sequence[str] | None = None,
        follower_actions: Sequence[str] | None = None,
    ) -> None:
        rows, columns = _labels_of_frames(leader, follower)
        rows = rows if leader_actions is None else leader_actions
        columns = columns if follower_actions is None else follower_actions
        # Adding 0.0 turns -0.0 into 0.0, so that equal games have equal bytes.
        u1, u2 = unit_table("leader", leader) + 0.0, unit_table("follower", follower) + 0.0
        if u1.shape != u2.shape:
            raise ValueError(f"follower must have the shape of leader, {u1.shape}, got {u2.shape}")
        u1.flags.writeable = u2.flags.writeable = False
        self.__dict__.update(
            leader=u1,
            follower=u2,
            noise_sd=number("noise_sd", noise_sd, low=0, high=sys.float_info.max) + 0.0,
            rewards=one_of("rewards", rewards, ("gaussian", "bernoulli")),
            name="" if name is None else str(name),
            leader_actions=_labels("leader_actions", rows, u1.shape[0], "a"),
            follower_actions=_labels("follower_actions", columns, u1.shape[1], "b"),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of actions (A, B)."""
        return self.leader.shape

    @property
    def n_leader_actions(self) -> int:
        """Number of leader actions A."""
        return self.shape[0]

    @property
    def n_follower_actions(self) -> int:
        """Number of follower actions B."""
        return self.shape[1]

    def _value(self) -> tuple[Any, ...]:
        noise = self.noise_sd if self.rewards == "gaussian" else None
        labels = (self.name, self.leader_actions, self.follower_actions)
        return (self.rewards, noise, *labels, self.leader.tobytes(), self.follower.tobytes())

    def __eq__(self, other: object) -> bool:
        return self._value() == other._value() if isinstance(other, StackelbergGame) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value())

    def __reduce__(self) -> tuple[Any, ...]:
        # Through the constructor: NumPy's own pickles and deep copies come back writeable.
        return partial(StackelbergGame, **vars(self)), ()

    def __repr__(self) -> str:
        noise = f", noise_sd={self.noise_sd:g}" if self.rewards == "gaussian" else ""
        size = "×".join(map(str, self.shape))
        return f"<StackelbergGame {self.name!r}, {size}, {self.rewards} rewards{noise}>"

    def _cells(self, emphasis: str) -> tuple[list[list[str]], str]:
        """Payoffs and their marks, at most SHOWN rows and columns, and a note on what is left out."""
        best = self.follower == self.follower.max(axis=1, keepdims=True)
        top = best & (self.leader == self.leader[best].max())
        top &= self.follower == self.follower[top].max()

        def cell(a: int, b: int) -> str:
            second = (emphasis if best[a, b] else "{}").format(f"{self.follower[a, b]:.4g}")
            return f"{self.leader[a, b]:.4g}, {second}{'●' * int(best[a, b])}{'★' * int(top[a, b])}"

        rows, columns = (min(n, SHOWN) for n in self.shape)
        note = f"the first {rows}×{columns} of {self.shape[0]}×{self.shape[1]} pairs"
        cells = [[cell(a, b) for b in range(columns)] for a in range(rows)]
        return cells, "" if (rows, columns) == self.shape else note

    def __str__(self) -> str:
        cells, note = self._cells("{}")
        named = zip(self.leader_actions, cells, strict=False)
        lines = [["", *self.follower_actions[:SHOWN]], *([label, *row] for label, row in named)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        return "\n".join(text + [f"({note})"] * bool(note))

    def _repr_html_(self) -> str:
        cells, note = self._cells('<strong style="text-decoration: underline">{}</strong>')
        style = 'style="border: 1px solid; padding: 0.3em 0.7em; text-align: left; color: inherit"'
        head = [f'<th scope="col" {style}>{escape(b)}</th>' for b in self.follower_actions[:SHOWN]]
        lines = [f'<tr><th scope="col" {style}>leader \\ follower</th>{"".join(head)}</tr></thead><tbody>']
        for label, row in zip(self.leader_actions, cells, strict=False):
            data = "".join(f"<td {style}>{text}</td>" for text in row)
            lines.append(f'<tr><th scope="row" {style}>{escape(label)}</th>{data}</tr>')
        title = f"{escape(self.name)}: payoffs of leader, follower".removeprefix(": ")
        caption = f'<caption style="color: inherit; text-align: left; white-space: nowrap">{title}</caption>'
        legend = f"<p>{LEGEND}{'; ' * bool(note)}{note}</p>"
        table = '<table style="border-collapse: collapse; color: inherit">'
        return f"{table}{caption}<thead>{''.join(lines)}</tbody></table>{legend}"

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        payoffs = zip(self.leader.ravel().tolist(), self.follower.ravel().tolist(), strict=True)
        for pair, values in zip(product(self.leader_actions, self.follower_actions), payoffs, strict=True):
            yield (*pair, *values, self.noise_sd, self.rewards, self.name)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one line a pair with the columns ``COLUMNS``; ``from_csv`` gives back an equal game."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *self._rows()])

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str], **overrides: Any) -> StackelbergGame:
        """Read what ``to_csv`` writes; the last three columns may be absent, ``overrides`` replace arguments.

        A missing or doubled column or pair, or a wrong cell, is a ValueError with line, column and value.
        """
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="too many")
            columns = list(reader.fieldnames or ())
            rows = [(f"line {reader.line_num}", row) for row in reader]
        return cls(**{**_arguments(columns, rows), **overrides})

    def to_pandas(self) -> Any:
        """Return a pandas.DataFrame with one row a pair and the columns ``COLUMNS``."""
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=list(COLUMNS))

    @classmethod
    def from_pandas(cls, frame: Any, **overrides: Any) -> StackelbergGame:
        """Read what ``to_pandas`` writes; see ``from_csv``. Errors name a row by its index."""
        if not hasattr(frame, "itertuples"):
            raise TypeError(f"frame must be a pandas.DataFrame, got {type(frame).__name__}")
        columns = list(map(str, frame.columns))
        values = frame.astype(object).where(frame.notna(), None).itertuples(name=None)
        rows = [(f"row {index}", dict(zip(columns, cells, strict=True))) for index, *cells in values]
        return cls(**{**_arguments(columns, rows), **overrides})


def _labels_of_frames(leader: Any, follower: Any) -> tuple[Any, Any]:
    """Return row and column labels of tables that are pandas DataFrames, if they are words: they must agree."""
    found = [[list(table.index), list(table.columns)] for table in (leader, follower) if hasattr(table, "columns")]
    if len(found) == 2 and found[0] != found[1]:
        raise ValueError(f"follower must have the labels of leader, {found[0]!r}, got {found[1]!r}")
    words = found and all(isinstance(label, str) for labels in found[0] for label in labels)
    return tuple(found[0]) if words else (None, None)  # type: ignore[return-value]


def _labels(name: str, labels: Sequence[str] | None, n: int, letter: str) -> tuple[str, ...]:
    if isinstance(labels, str):
        raise TypeError(f"{name} must be a sequence of {n} labels, got the text {labels!r}")
    result = tuple(f"{letter}{i + 1}" for i in range(n)) if labels is None else tuple(map(str, labels))
    if len(result) != n or len(set(result)) < n:
        raise ValueError(f"{name} must be {n} different labels, got {len(result)}: {result!r}")
    return result


def _arguments(columns: list[str], rows: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Turn records, each with its place, into arguments of StackelbergGame."""
    for column in COLUMNS:
        if columns.count(column) > 1 or (column in COLUMNS[:4] and column not in columns):
            raise ValueError(f"column {column!r} must be there exactly once, got columns {columns!r}")
    pairs: dict[tuple[str, ...], tuple[float, float]] = {}
    result: dict[str, Any] = {}
    for place, row in rows:
        if len(row) > len(columns) or any(row[column] is None for column in COLUMNS[:2]):
            raise ValueError(f"{place} must have a cell in each column, got {list(row.values())!r}")
        filled = [column for column in COLUMNS if column in COLUMNS[:4] or row.get(column) is not None]
        cells = {column: _cell(place, column, row[column]) for column in filled}
        actions = (cells.pop("leader_action"), cells.pop("follower_action"))
        if actions in pairs:
            raise ValueError(f"{place} repeats the pair {list(actions)!r}; each must be there exactly once")
        pairs[actions] = (cells.pop("leader"), cells.pop("follower"))
        for column, value in cells.items():
            if result.setdefault(column, value) != value:
                raise ValueError(f"{place}, column {column!r} must be {result[column]!r} as above, got {value!r}")
    labels = [list(dict.fromkeys(pair[i] for pair in pairs)) for i in (0, 1)]
    for pair in product(*labels):
        if pair not in pairs:
            raise ValueError(f"the pair {list(pair)!r} is missing; each must be there exactly once")
    tables = np.array([pairs[pair] for pair in product(*labels)]).reshape(*map(len, labels), 2)
    result |= {"leader_actions": labels[0], "follower_actions": labels[1]}
    return {"leader": tables[..., 0], "follower": tables[..., 1], **result}


def _cell(place: str, column: str, value: Any) -> Any:
    most = {"leader": 1.0, "follower": 1.0, "noise_sd": math.inf}.get(column)
    if most is None:
        return str(value)
    with suppress(TypeError, ValueError):
        if 0 <= float(value) <= most:
            return float(value)
    wanted = "at least 0" if column == "noise_sd" else "in [0, 1]"
    raise ValueError(f"{place}, column {column!r} must be a number {wanted}, got {value!r}")


def impossibility_pair(delta: float, noise_sd: float = 1.0) -> tuple[StackelbergGame, StackelbergGame]:
    """Theorem 1: (I, Ĩ) that differ by 2δ at one pair, 0 < δ ≤ 0.3, and ask for different play.

    >>> [game.follower[0].tolist() for game in impossibility_pair(0.1)]
    [[0.1, 0.0], [0.1, 0.2]]
    """
    delta = number("delta", delta, low=0, high=0.3, above=True)

    def member(name: str, payoff: float) -> StackelbergGame:
        u2 = [[delta, payoff], [0.6, 0.4]]
        return StackelbergGame(explore_trap().leader, u2, noise_sd=noise_sd, name=f"Theorem 1, {name}, δ={delta:g}")

    return member("I", 0.0), member("Ĩ", 2 * delta)


def explore_trap() -> StackelbergGame:
    """Section 4: two learners that explore at the same time commit to the wrong pair (Proposition 2).

    >>> explore_trap().leader.mean(axis=1).round(2).tolist()
    [0.4, 0.45]
    """
    return StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.4, 0.0], [0.3, 0.2]], name="explore trap")


def slow_follower_trap(gap: float = 0.05) -> StackelbergGame:
    """Section 4: the leader gives up a1 long before the follower tells b1 from b2, 0 < gap ≤ 1 apart.

    >>> slow_follower_trap(0.04).follower[0].tolist()
    [0.04, 0.0]
    """
    gap = number("gap", gap, low=0, high=1, above=True)
    u2 = [[gap, 0.0], [0.3, 0.2]]
    return StackelbergGame(explore_trap().leader, u2, name=f"slow-follower trap, gap={gap:g}")


def lower_bound_family(delta: float, n_follower_actions: int = 2, noise_sd: float = 1.0) -> tuple[StackelbergGame, ...]:
    """Theorem 3: (I, Ĩ_2, …, Ĩ_B) with 0 < δ ≤ 1/3 and B ≥ 2; Ĩ_k pays the follower 2δ at (a1, b_k).

    >>> [game.follower[0].tolist() for game in lower_bound_family(0.25, 3)]
    [[0.25, 0.0, 0.0], [0.25, 0.5, 0.0], [0.25, 0.0, 0.5]]
    """
    delta = number("delta", delta, low=0, high=1 / 3, above=True)
    n = integer("n_follower_actions", n_follower_actions, low=2)

    def member(name: str, k: int) -> StackelbergGame:
        u1 = [[0.5 + delta] + [0.0] * (n - 1), [0.5] * n]
        u2 = [[delta] + [2 * delta if j == k else 0.0 for j in range(2, n + 1)], [3 * delta] * n]
        return StackelbergGame(u1, u2, noise_sd=noise_sd, name=f"Theorem 3, {name}, δ={delta:g}")

    return member("I", 0), *(member(f"Ĩ_{k}", k) for k in range(2, n + 1))


def unfinished_follower(gap: float) -> StackelbergGame:
    """Section 9: a2 looks poor only while the follower has not finished learning, 0 < gap ≤ 0.5.

    >>> unfinished_follower(0.25).follower[1].tolist()
    [0.5, 0.25]
    """
    gap = number("gap", gap, low=0, high=0.5, above=True)
    u1, u2 = [[0.6, 0.6], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5 - gap]]
    return StackelbergGame(u1, u2, name=f"unfinished follower, gap={gap:g}")


def zero_sum(leader: Any) -> StackelbergGame:
    """Opposed interests, u2 = 1 - u1, from the leader's table (A, B); L = 1 in section 8.

    >>> zero_sum([[0.25, 1]]).follower.tolist()
    [[0.75, 0.0]]
    """
    table = unit_table("leader", leader)
    return StackelbergGame(table, 1 - table, name="zero sum")


def common_interest(payoffs: Any) -> StackelbergGame:
    """Shared interests, u1 = u2 = ``payoffs`` (A, B): one bandit with AB arms (section 8).

    >>> common_interest([[0.25, 1]]).follower.tolist()
    [[0.25, 1.0]]
    """
    table = unit_table("payoffs", payoffs)
    return StackelbergGame(table, table, name="common interest")


def random_game(
    shape: tuple[int, int], *, seed: int | np.random.SeedSequence, lipschitz: float | None = None
) -> StackelbergGame:
    """Independent uniform payoffs, or a game whose constant L of section 8 is ``lipschitz`` up to rounding.

    Then u1 rises, or falls, with u2 by local slopes from 1/L to L, 1 ≤ L ≤ 1e4.

    >>> random_game((3, 4), seed=1).shape
    (3, 4)
    """
    if not isinstance(shape, Sequence) or len(shape) != 2:
        raise ValueError(f"shape must be two numbers of actions (A, B), got {shape!r}")
    n_rows, n_columns = (integer(f"shape[{i}]", n, low=1) for i, n in enumerate(shape))
    n = n_rows * n_columns
    rng = np.random.default_rng(seed if isinstance(seed, np.random.SeedSequence) else integer("seed", seed))
    if lipschitz is None:
        return StackelbergGame(*rng.random((2, n_rows, n_columns)), name="random")
    bound = number("lipschitz", lipschitz, low=1, high=1e4 if n > 1 else 1)
    # Like sorted uniforms, but steps are not so small, nor slopes so extreme, that rounding exceeds L.
    steps = 0.1 + rng.exponential(size=n - 1)
    slopes = bound ** rng.uniform(-0.99, 0.99, size=n - 1)
    slopes[steps.argsort()[-1:]] = bound
    u2, u1 = (np.append(0.0, np.cumsum(rises)) for rises in (steps, steps * slopes))
    u2, u1 = (u / (max(u1[-1], u2[-1]) or 1.0) for u in (u2, u1))
    if rng.random() < 0.5:
        u1 = u1[-1] - u1
    places = rng.permutation(n).reshape(n_rows, n_columns)
    return StackelbergGame(u1[places], u2[places], name=f"random, L={bound:g}")


def chatbot() -> StackelbergGame:
    """A user (leader) chooses a question, a chatbot (follower) its style of answer.

    The user gains most from a direct answer to a detailed question, and loses time on long answers and
    flattery. The chatbot lives on ratings: a detailed question earns nearly as much when the answer is merely
    long, a short one cannot be padded, and nothing is rated higher than agreeing with a leading question.
    """
    u1 = [[0.6, 0.3, 0.3], [0.8, 0.4, 0.3], [0.5, 0.35, 0.2]]
    u2 = [[0.5, 0.3, 0.2], [0.7, 0.65, 0.4], [0.4, 0.5, 0.9]]
    rows = ("short question", "detailed question", "leading question")
    columns = ("direct answer", "long answer", "flattery")
    return StackelbergGame(u1, u2, name="chatbot", leader_actions=rows, follower_actions=columns)


def recommender() -> StackelbergGame:
    """A recommender system (leader) chooses what tops its slate, a user (follower) picks an item of it.

    The system earns most from adverts, less from clips, least from articles, and more from what is on top.
    The user values articles (0.8) above clips (0.7) and adverts (0.1 wherever they are), loses 0.15 by scrolling
    down to an article or a clip, and must search for an article (0.4) when an advert is on top.
    """
    u1 = [[0.35, 0.5, 0.7], [0.3, 0.6, 0.7], [0.3, 0.5, 0.9]]
    u2 = [[0.8, 0.55, 0.1], [0.65, 0.7, 0.1], [0.4, 0.55, 0.1]]
    rows = ("article on top", "clip on top", "advert on top")
    columns = ("article", "clip", "advert")
    return StackelbergGame(u1, u2, name="recommender", leader_actions=rows, follower_actions=columns)
