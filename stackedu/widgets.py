"""Explorers to look at and touch, and a game to play: ipywidgets over plain functions, one call each.

Every explorer is a VBox: labelled controls, the library's own sentence beside a control whose value is wrong, and
results in `HTML` values (never an Output widget). What it shows is computed by a plain function beside it.
A change made in Python is answered at once; changes from the browser are gathered, and the last one wins.
"""

from __future__ import annotations

import asyncio
import functools
import math
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any

import ipywidgets as W
import numpy as np

from stackedu import benchmarks, bounds, engine, followers, games, leaders, plots, regret, validation
from stackedu.games import StackelbergGame
from stackedu.rules import open_block
from stackedu.simulation import Simulation, _checkpoints, as_learner

GATHER = 0.04
"""Seconds without a further change before the browser's changes are answered."""
PATIENCE = 0.4
"""Seconds before a run shows its progress and can be cancelled."""
MOST_RUNS, MOST_ROUNDS = 10_000, 2e9
ALERT = "background: #fff1eb; color: #8a2c0a; padding: 0.1em 0.5em; border-radius: 4px; line-height: 1.4"
WIDE = {"description_width": "initial"}


class Stopped(InterruptedError):
    """A run that nobody waits for any more."""


def _never(share: float) -> None:
    """Tell nobody how much is done; whoever raises `Stopped` here ends the run."""


def _part(tick: Callable, start: float, size: float) -> Callable[[float], None]:
    return lambda share: tick(start + share * size)


# ---------------------------------------------------------------- the frame


class Explorer(W.VBox):  # type: ignore[misc]
    """Named controls, and what a plain function makes of their values, in words and as a picture.

    ``compute(values, tick)`` returns a result or raises the library's error; ``present(result, figure)`` draws on the
    figure and returns the words as HTML. ``text.value`` and ``picture.value`` hold both.
    """

    def __init__(
        self, controls: dict[str, Any], compute: Callable, present: Callable, size: tuple[float, float],
        widths: Sequence[float] = (1,), **space: float,
    ) -> None:  # fmt: skip
        self.controls, self._compute, self._present = controls, compute, present
        self._axes = _panels(size, widths, **space)
        self.text, self.picture, self.problem = W.HTML(), W.HTML(), W.HTML()
        self.problems = {name: W.HTML() for name in controls}
        self.progress = W.FloatProgress(min=0, max=1, description="working", bar_style="info")
        self.cancel = W.Button(description="cancel", tooltip="stop the run and keep the previous result")
        self.cancel.on_click(lambda _: self._abandon())
        self._busy = W.HBox([self.progress, self.cancel], layout=W.Layout(display="none"))
        self._wanted, self._share, self._quiet = 0, 0.0, False
        self._timer: Any = None
        flow = W.Layout(display="flex", flex_flow="row wrap")
        pairs = [W.HBox([control, self.problems[name]]) for name, control in controls.items()]
        super().__init__([W.Box(pairs, layout=flow), self._busy, self.problem, self.picture, self.text])
        for name, control in controls.items():
            control.observe(functools.partial(self._changed, name), "value")
        self._deliver(self._compute(self.values(), _never))  # a wrong initial value is the caller's error

    def values(self) -> dict[str, Any]:
        """Return what the controls say; a line of text that is a number counts as one."""
        return {
            name: _typed(each.value) if type(each) is W.Text else each.value for name, each in self.controls.items()
        }

    def fill(self, **values: Any) -> None:
        """Set controls without an answer to each."""
        self._quiet = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._quiet = False

    def _changed(self, name: str, change: Any) -> None:
        if self._quiet:
            return
        self._wanted += 1
        # ipywidgets holds this lock on a control while it takes in a value from the browser
        browser = any(getattr(control, "_property_lock", None) for control in self.controls.values())
        if not browser or (loop := _running_loop()) is None:
            self._answer(name)
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(GATHER, self._start, loop, name, self._wanted)

    def _answer(self, name: str) -> None:
        try:
            result = self._compute(self.values(), _never)
        except (ValueError, TypeError) as error:
            self._complain(name, error)
        else:
            self._deliver(result)

    def _start(self, loop: asyncio.AbstractEventLoop, name: str, ticket: int) -> None:
        """Compute beside the loop, so that the next change, or cancel, is heard."""

        def tick(share: float) -> None:
            if ticket != self._wanted:
                raise Stopped
            self._share = share

        def finish(act: Callable, *arguments: Any) -> None:
            if ticket == self._wanted:
                act(*arguments)

        def run(values: dict[str, Any]) -> None:
            try:
                act: tuple = (self._deliver, self._compute(values, tick))
            except Stopped:
                return
            except Exception as error:  # whatever it is, it is to be seen: there is no traceback in a widget
                act = (self._complain, name, error)
            if not loop.is_closed():
                loop.call_soon_threadsafe(finish, *act)

        def pulse() -> None:
            if ticket == self._wanted and worker.is_alive():
                self.progress.value, self._busy.layout.display = self._share, "flex"
                loop.call_later(PATIENCE / 2, pulse)

        self._share = 0.0
        worker = threading.Thread(target=run, args=(self.values(),), daemon=True)
        worker.start()
        loop.call_later(PATIENCE, pulse)

    def _abandon(self) -> None:
        self._wanted += 1
        self._busy.layout.display = "none"
        self.problem.value = _alert("Cancelled: the result below is the one of before.")

    def _deliver(self, result: Any) -> None:
        self._clear()
        self.text.value = self._present(result, [plots.recycle(ax) for ax in self._axes])
        self.picture.value = plots.img(self._axes[0].figure)

    def _complain(self, name: str, error: Exception) -> None:
        self._clear()
        sentence = str(error) if isinstance(error, ValueError | TypeError) else f"{type(error).__name__}: {error}"
        named = next((key for key in self.controls if sentence.startswith((f"{key} ", f"{key}[", f"{key}:"))), name)
        if (role := re.match(r"\w+ of (leader|follower)s\.", sentence)) and f"{role[1]}'s parameters" in self.controls:
            named = f"{role[1]}'s parameters"
        self.problems[named].value = _alert(sentence)

    def _clear(self) -> None:
        self._busy.layout.display = "none"
        for line in (self.problem, *self.problems.values()):
            line.value = ""


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _alert(sentence: str) -> str:
    return f'<span role="alert" style="{ALERT}">⚠ {escape(sentence)}</span>'


# ---------------------------------------------------------------- controls and words


def _slider(name: str, label: str, value: Any, low: float, high: float, step: float) -> W.FloatSlider:
    value = validation.number(name, value, low=low, high=high)
    options: dict[str, Any] = {"min": low, "max": high, "step": step, "readout_format": ".3g"}
    return W.FloatSlider(value, description=label, style=WIDE, layout=W.Layout(width="320px"), **options)


def _rounds(name: str, label: str, value: Any, low: int, high: int) -> W.FloatLogSlider:
    value = validation.integer(name, value, low=10**low, high=10**high)
    options: dict[str, Any] = {"min": low, "max": high, "step": 0.125, "readout_format": ",.0f"}
    return W.FloatLogSlider(value, description=label, style=WIDE, layout=W.Layout(width="360px"), **options)


def _entry(label: str, value: Any, width: str = "230px") -> W.Text:
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return W.Text(shown, description=label, continuous_update=False, style=WIDE, layout=W.Layout(width=width))


def _choice(name: str, label: str, value: Any, options: dict[str, Any]) -> W.Dropdown:
    if not isinstance(value, str):
        options = {**options, getattr(value, "name", "") or repr(value): value}
    else:
        value = options[validation.one_of(name, value, list(options))]
    return W.Dropdown(
        options=list(options.items()), value=value, description=label, style=WIDE, layout=W.Layout(width="max-content")
    )


def _same(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def _sampling(n_runs: Any, seed: Any) -> dict[str, W.Text]:
    return {"n_runs": _entry("runs", n_runs, "120px"), "seed": _entry("seed", seed, "120px")}


def _typed(text: Any) -> Any:
    """A number if the text is one; otherwise the text, for the library to say what is wrong."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    style = 'style="padding: 0.1em 0.8em 0.1em 0; text-align: left; border-bottom: 1px solid"'
    top = "".join(f'<th scope="col" {style}>{escape(cell)}</th>' for cell in head)
    body = ""
    for first, *cells in rows:
        shown = (escape(f"{cell:.3g}" if isinstance(cell, float) else str(cell)) for cell in cells)
        body += f'<tr><th scope="row" {style}>{escape(str(first))}</th>'
        body += "".join(f"<td {style}>{cell}</td>" for cell in shown) + "</tr>"
    caption = f'<caption style="text-align: left; font-weight: bold; color: inherit">{escape(caption)}</caption>'
    return f'<table style="border-collapse: collapse; margin: 0.4em 0">{caption}<tr>{top}</tr>{body}</table>'


@plots.styled
def _panels(
    size: tuple[float, float], widths: Sequence[float], bottom: float = 0.15, top: float = 0.76,
    left: float = 0.75, gap: float = 0.24,
) -> list[Any]:  # fmt: skip
    """Axes side by side on a figure of their own, to be drawn on again and again."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(size, dpi=96)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        1, len(widths), width_ratios=widths, left=left / size[0], right=0.985, bottom=bottom, top=top, wspace=gap
    )
    axes = [figure.add_subplot(grid[i]) for i in range(len(widths))]
    for ax in axes:
        ax.locator_params(nbins=5)  # the labels of ticks are half of the time of a drawing
    return axes


_LEADERS = ("UCB", "ExploreThenCommit", "WaitThenCommit", "ExploreThenUCB", "PhasedUCB", "MeanPhasedUCB")
_FOLLOWERS = ("UCB", "ExploreThenCommit", "ActiveArmElimination", "EpsilonGreedy", "ThompsonSampling", "BestResponse")
LEADERS: dict[str, Any] = {name: getattr(leaders, name)() for name in (*_LEADERS, "EpsilonGreedy", "ThompsonSampling")}
LEADERS |= {"LipschitzUCB": leaders.LipschitzUCB(2.0), "Fixed": leaders.Fixed(0)}
FOLLOWERS: dict[str, Any] = {name: getattr(followers, name)() for name in _FOLLOWERS}
EVERY_ROUND = ("UCB", "ExploreThenUCB", "LipschitzUCB", "EpsilonGreedy", "ThompsonSampling")
BENCHMARKS: dict[str, Callable] = {
    "original Stackelberg": lambda game, gamma: benchmarks.stackelberg(game),
    "γ-tolerant": benchmarks.tolerant,
    "self-γ-tolerant": benchmarks.self_tolerant,
}


def watched(
    game: StackelbergGame, leader: Any, follower: Any, horizon: Any, n_runs: Any, seed: Any,
    tick: Callable[[float], None] = _never, keep_blocks: bool = False,
) -> Simulation:  # fmt: skip
    """Do as `stackedu.simulate`, telling ``tick`` the share that is done at least; refuse what takes minutes."""
    rounds, n_runs = validation.horizon(horizon), validation.integer("n_runs", n_runs, low=1, high=MOST_RUNS)
    for player in (leader, follower):
        if type(player).__name__ in EVERY_ROUND and rounds * n_runs > MOST_ROUNDS:
            raise ValueError(
                f"horizon must be at most {MOST_ROUNDS / n_runs:g} with {n_runs} runs of {player!r}, which decides in "
                f"every round, got {rounds:g}; pairs that decide rarely, such as PhasedUCB with "
                "ActiveArmElimination, go to 2**53"
            )
    root = np.random.SeedSequence(validation.integer("seed", seed))
    players = as_learner(leader, "leader"), as_learner(follower, "follower")
    task = engine.Task(game, *players, rounds, _checkpoints(None, rounds), root, keep_blocks)
    counts, blocks = [], []
    for start in range(0, n_runs, engine.BATCH):
        tick(start / n_runs)
        batch = range(start, min(start + engine.BATCH, n_runs))
        part = engine.play(task, batch, _part(tick, start / n_runs, 1 / n_runs / rounds))
        counts.append(part[0])
        blocks += part[1]
    kept = blocks if keep_blocks else None
    return Simulation(game, leader, follower, rounds, root.entropy, task.checkpoints, np.concatenate(counts), kept)  # type: ignore[arg-type]


def _per_round(simulation: Simulation, level: Any) -> np.ndarray:
    """Mean regret per round of leader and follower at the end."""
    return simulation.regret(level)[:, :, -1].mean(axis=1) / simulation.horizon


# ---------------------------------------------------------------- the twins of Theorem 1


def best_test(delta: float, pulls: float, noise_sd: float = 1.0) -> dict[str, float]:
    """Return how well I and Ĩ can be told apart from so many rewards of the follower at (a1, b2).

    KL divergence, total variation, and error probability of the best test if both are equally likely.

    >>> {name: round(value, 3) for name, value in best_test(0.05, 400).items()}
    {'kl': 2.0, 'tv': 0.683, 'error': 0.159}
    """
    distance = delta * math.sqrt(pulls) / noise_sd
    tv = math.erf(distance / math.sqrt(2))
    return {"kl": 2 * distance**2, "tv": tv, "error": (1 - tv) / 2}


def twins(values: dict[str, Any], tick: Callable = _never) -> dict[str, Any]:
    """Simulate a pair of learners on I and on Ĩ."""
    delta, horizon, gamma = values["delta"], round(values["horizon"]), values["gamma"]
    pair = games.impossibility_pair(delta)
    level = BENCHMARKS[values["benchmark"]]
    players = values["leader"], values["follower"]
    options = horizon, values["n_runs"], values["seed"]
    runs = [watched(game, *players, *options, _part(tick, i / 2, 1 / 2)) for i, game in enumerate(pair)]
    original = values["benchmark"] == "original Stackelberg"
    oracle = type(values["follower"]).__name__ in ("BestResponse", "Fixed")
    return {
        **values, "horizon": horizon, "runs": runs, "levels": [level(game, gamma) for game in pair],
        "floor": bounds.linear_regret_floor(horizon, delta) if original and not oracle else None,
        "tested": float(runs[0].counts[:, -1, 0, 1].mean()),
    }  # fmt: skip


def present_twins(result: dict[str, Any], axes: Sequence[Any]) -> str:
    """Draw the regret per round on both twins and the best test; say what each benchmark asks."""
    delta, horizon, floor = result["delta"], result["horizon"], result["floor"]
    low, high = 0.0, 0.0
    for ax, run, level, name in zip(axes, result["runs"], result["levels"], ("I", "Ĩ"), strict=False):
        plots.regret(run, level, ax, floor, per_round=True, title=name)
        low, high = min(low, ax.get_ylim()[0]), max(high, ax.get_ylim()[1])
    for ax in axes[:2]:
        ax.set_ylim(max(low, -0.7), min(high, 0.7))
    axes[1].set_ylabel("")  # it would touch the first panel
    plots.twin_instances(delta, horizon, ax=axes[2])
    best, kl = best_test(delta, horizon), 2 * delta**2 * result["tested"]
    overlap = bounds._overlap(kl)
    losses = [_per_round(run, level) for run, level in zip(result["runs"], result["levels"], strict=True)]
    worst = max(losses[0][0], losses[1][1])
    words = f"""<p>The twins differ at (a1, b2) only: the follower's mean there is 0 in I and 2δ = {2 * delta:.3g} in Ĩ.
        The worse of the leader on I and the follower on Ĩ loses <b>{worst:.3g} a round</b>"""
    if floor is not None:
        words += f"; no pair of algorithms can bring that below {floor / horizon:.3g} on average"
    rows = [
        ("all rounds on (a1, b2)", f"{horizon:g}", best["kl"], best["tv"], best["error"]),
        ("as this pair plays on I", f"{result['tested']:.3g}", kl, f"≤ {1 - overlap:.3g}", f"≥ {overlap / 2:.3g}"),
    ]
    asked = []
    for name, level, (first, second) in zip(("I", "Ĩ"), result["levels"], losses, strict=True):
        asked.append((name, f"({level.leader:.3g}, {level.follower:.3g})", f"{first:.3g}", f"{second:.3g}"))
    head = ("game", "asks for (leader, follower)", "leader's regret a round", "follower's regret a round")
    words += f".</p>{_table('What the benchmark asks', head, asked)}"
    columns = ("samples", "number", "KL", "total variation", "error probability")
    return words + _table("Can a test tell I from Ĩ?", columns, rows)


def twin_instances(
    delta: float = 0.05, horizon: float = 10_000, leader: Any = "UCB", follower: Any = "UCB",
    benchmark: str = "original Stackelberg", gamma: float = 0.1, n_runs: int = 20, seed: int = 0,
) -> Explorer:  # fmt: skip
    """Show I and Ĩ of Theorem 1 side by side: what the best test can know, and what a pair of learners loses.

    ``leader`` and ``follower`` are names of learners, or learners; ``benchmark`` is a name in `BENCHMARKS`.

    >>> twin_instances(delta=0.1, n_runs=2, horizon=100).controls["delta"].value
    0.1
    """
    controls = {
        "delta": _slider("delta", "δ", delta, 0.001, 0.3, 0.001),
        "horizon": _rounds("horizon", "T (rounds)", horizon, 2, 6),
        "leader": _choice("leader", "leader", leader, LEADERS),
        "follower": _choice("follower", "follower", follower, FOLLOWERS),
        "benchmark": _choice("benchmark", "benchmark", benchmark, _same(BENCHMARKS)),
        "gamma": _slider("gamma", "γ (tolerance)", gamma, 0, 0.3, 0.005),
        **_sampling(n_runs, seed),
    }
    return Explorer(controls, twins, present_twins, (11, 3.7), (1, 1, 0.8), top=0.71)


# ---------------------------------------------------------------- a game and its benchmarks

OWN = "your own"


def _small(horizon: int) -> float:
    return min(0.3, 0.5 / math.sqrt(horizon))


def _medium(horizon: int) -> float:
    return min(1 / 3, horizon ** (-1 / 3))


GAMES: dict[str, Callable[[int], StackelbergGame]] = {
    "explore trap": lambda horizon: games.explore_trap(),
    "slow-follower trap": lambda horizon: games.slow_follower_trap(),
    "Theorem 1: I, δ = 0.5/√T": lambda horizon: games.impossibility_pair(_small(horizon))[0],
    "Theorem 1: Ĩ, δ = 0.5/√T": lambda horizon: games.impossibility_pair(_small(horizon))[1],
    "Theorem 3: I, δ = T^(-1/3)": lambda horizon: games.lower_bound_family(_medium(horizon))[0],
    "Theorem 3: Ĩ, δ = T^(-1/3)": lambda horizon: games.lower_bound_family(_medium(horizon))[1],
    "unfinished follower": lambda horizon: games.unfinished_follower(0.1),
    "chatbot": lambda horizon: games.chatbot(),
    "recommender": lambda horizon: games.recommender(),
    "zero sum": lambda horizon: games.zero_sum([[0.6, 0.2], [0.5, 0.4]]),
    "common interest": lambda horizon: games.common_interest([[0.6, 0.2], [0.5, 0.4]]),
}
"""Named games; those of the theorems depend on the horizon."""


def parse_table(name: str, text: str) -> list[list[float]]:
    """Return a payoff table of at most 6×6 from one line a row, cells separated by commas or spaces.

    >>> parse_table("leader", "0.6, 0.2")
    [[0.6, 0.2]]
    """
    rows = []
    for i, line in enumerate(text.strip().splitlines()):
        rows.append([_typed(cell.strip()) for cell in (line.split(",") if "," in line else line.split())])
        for j, cell in enumerate(rows[-1]):
            if isinstance(cell, str):
                raise ValueError(f"{name}[{i}, {j}] must be a number in [0, 1], got {cell!r}")
        validation.integer(f"{name}[{i}]: the number of columns", len(rows[-1]), low=1, high=6)
    validation.integer(f"{name}: the number of rows", len(rows), low=1, high=6)
    return rows


def _written(table: np.ndarray) -> str:
    return "\n".join(", ".join(f"{cell:.4g}" for cell in row) for row in table)


def explored(values: dict[str, Any], tick: Callable = _never) -> dict[str, Any]:
    """Read the payoff tables and compute responses and benchmarks."""
    tables = [parse_table(name, values[name]) for name in ("leader", "follower")]
    name = "your game" if values["game"] == OWN else values["game"]
    game, gamma = StackelbergGame(*tables, name=name), values["gamma"]
    return {**values, "game": game, "levels": {name: level(game, gamma) for name, level in BENCHMARKS.items()}}


def present_explored(result: dict[str, Any], axes: Sequence[Any]) -> str:
    """Draw the table and both benchmark curves; say why each benchmark is what it is."""
    game, epsilon, gamma = result["game"], result["epsilon"], result["gamma"]
    plots.payoff_table(game, epsilon, axes[0])
    for ax, player in zip(axes[1:], ("leader", "follower"), strict=True):
        plots.benchmark_curve(game, [gamma], ax, player)
    rows = []
    for name, level in result["levels"].items():
        why = "the follower answers best; ties as the leader likes"
        if name != "original Stackelberg":
            why = f"{_reason('leader', level.leader, level.leader_epsilon)}; "
            why += _reason("follower", level.follower, level.follower_epsilon)
        rows.append((name, level.leader, level.follower, why))
    return _table("Benchmarks", ("benchmark", "leader", "follower", "why"), rows) + (
        f"<p>{escape(plots.alt_text(axes[0]).split(' At ')[-1])} Lipschitz constant L = "
        f"{benchmarks.lipschitz_constant(game):.3g}.</p>"
    )


def _reason(player: str, value: float, price: float) -> str:
    return f"{player}: {value - price:.3g} + ε at ε = {price:.3g}" if price else f"{player}: no error is cheaper"


def game_explorer(game: Any = "explore trap", epsilon: float = 0.0, gamma: float = 0.05) -> Explorer:
    """Edit a payoff table up to 6×6, or pick one; slide ε and γ; see B_ε, A_ε and the three benchmarks.

    ``game`` is a name in `GAMES` or a game.

    >>> game_explorer("chatbot").controls["game"].value
    'chatbot'
    """
    named = {name: make(10_000) for name, make in GAMES.items()}
    if not isinstance(game, str):
        named[OWN] = benchmarks.checked_game(game)
    chosen = OWN if not isinstance(game, str) else validation.one_of("game", game, list(named))
    controls = {
        "game": _choice("game", "game", chosen, _same([*named, OWN])),
        "epsilon": _slider("epsilon", "ε (sets)", epsilon, 0, 1, 0.01),
        "gamma": _slider("gamma", "γ (benchmarks)", gamma, 0, 1, 0.01),
    }
    for name in ("leader", "follower"):
        controls[name] = W.Textarea(
            _written(getattr(named[chosen], name)), description=f"{name}'s payoffs", rows=4,
            continuous_update=False, style=WIDE, layout=W.Layout(width="300px"),
        )  # fmt: skip

    explorer: Explorer

    def refill(change: Any) -> None:
        if change.new in named:
            explorer.fill(**{name: _written(getattr(named[change.new], name)) for name in ("leader", "follower")})

    # before the explorer observes them: whoever edits a cell plays a game of their own
    controls["game"].observe(refill, "value")
    for name in ("leader", "follower"):
        controls[name].observe(lambda change: None if explorer._quiet else explorer.fill(game=OWN), "value")
    explorer = Explorer(controls, explored, present_explored, (11, 3.8), (1.7, 1, 1), top=0.72, left=1.0)
    return explorer


# ---------------------------------------------------------------- a duel


def with_parameters(learner: Any, text: str) -> Any:
    """Return a learner of the same kind with the parameters written as in ``confidence=2.0, wait=None``.

    >>> with_parameters(leaders.UCB(), "confidence=1")
    UCB(confidence=1.0)
    """
    chosen = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, value = map(str.strip, part.partition("="))
        if name not in learner.__dataclass_fields__:
            known = ", ".join(learner.__dataclass_fields__) or "none"
            raise ValueError(f"parameters of {type(learner).__name__} are {known}; got {part!r}")
        chosen[name] = None if value in ("", "None") else _typed(value)
    return type(learner)(**chosen)


def duelled(values: dict[str, Any], tick: Callable = _never) -> dict[str, Any]:
    """Simulate a pair at a horizon T and at four shorter ones, for the rate."""
    horizon = validation.horizon(values["horizon"])
    pair = [with_parameters(values[role], values[f"{role}'s parameters"]) for role in ("leader", "follower")]
    make, level = values["game"], BENCHMARKS[values["benchmark"]]
    game = make(horizon) if callable(make) else make
    alpha = level(game, values["gamma"])
    leader, follower, n_runs, seed = *pair, values["n_runs"], values["seed"]
    run = watched(game, leader, follower, horizon, n_runs, seed, _part(tick, 0, 0.6))
    ladder, losses = [max(2, horizon // k) for k in (100, 32, 10, 3)] if horizon >= 1000 else [], []
    for shorter in ladder:
        member = make(shorter) if callable(make) else game
        small = watched(member, leader, follower, shorter, n_runs, seed)
        losses.append(small.regret(level(member, values["gamma"]))[:, :, -1])
        tick(0.8)
    final = run.regret(alpha)[:, :, -1]
    worse = int(final.mean(axis=1).argmax())
    rate: Any = "too few rounds or runs for a rate"
    if ladder and final.shape[1] > 1:
        try:
            rate = regret.fit_rate([*ladder, horizon], np.array([*(loss[worse] for loss in losses), final[worse]]).T)
        except ValueError as error:
            rate = f"no rate: {error}"
    floor, bound = None, not isinstance(follower, followers.BestResponse) and callable(make)
    if bound and game.name.startswith("Theorem 1") and values["benchmark"] == "original Stackelberg":
        floor = bounds.linear_regret_floor(horizon, _small(horizon))
    if bound and game.name.startswith("Theorem 3") and values["benchmark"] == "γ-tolerant":
        floor = bounds.tolerant_regret_floor(horizon, _medium(horizon))
    return {"run": run, "alpha": alpha, "worse": worse, "rate": rate, "floor": floor}


def present_duel(result: dict[str, Any], axes: Sequence[Any]) -> str:
    """Draw the regret per round; say who is worse off, and which pairs of actions cost it most."""
    run, alpha, worse = result["run"], result["alpha"], result["worse"]
    plots.regret(run, alpha, axes[0], result["floor"], per_round=True)
    loss = _per_round(run, alpha)
    share = run.counts[:, -1].mean(axis=0) / run.horizon
    game, who = run.game, ("leader", "follower")[worse]
    prices = (alpha.leader, alpha.follower)[worse] - (game.leader, game.follower)[worse]
    rows = []
    for a, b in (np.unravel_index(i, game.shape) for i in np.argsort(-(share * prices), axis=None)[:3]):
        pair = f"({game.leader_actions[a]}, {game.follower_actions[b]})"
        rows.append((pair, f"{share[a, b]:.1%}", float(prices[a, b]), float(share[a, b] * prices[a, b])))
    floor = ""
    if result["floor"] is not None:
        floor = "<p>On the worst game of this family no pair of algorithms keeps the worse player below "
        floor += f"{result['floor'] / run.horizon:.3g} a round on average.</p>"
    return (
        f"<p>The <b>{who}</b> is worse off: leader {loss[0]:.3g}, follower {loss[1]:.3g} a round against "
        f"({alpha.leader:.3g}, {alpha.follower:.3g}). Its regret grows like {escape(str(result['rate']))}.</p>{floor}"
        + _table(f"What costs the {who} most", ("pair", "share of rounds", "loss each time", "a round"), rows)
    )


def duel(
    game: Any = "explore trap", leader: Any = "UCB", follower: Any = "UCB", benchmark: str = "γ-tolerant",
    gamma: float = 0.05, horizon: float = 10_000, n_runs: int = 20, seed: int = 0,
) -> Explorer:  # fmt: skip
    """Let a leader meet a follower on a game: regret of both, floor, rate, who is worse off and why.

    Horizons go to 2**53 for pairs that decide rarely.

    >>> duel(horizon=100, n_runs=2).controls["leader's parameters"].value
    'confidence=2.0'
    """
    controls = {
        "game": _choice("game", "game", game, GAMES), "leader": _choice("leader", "leader", leader, LEADERS),
        "leader's parameters": _entry("leader's parameters", "", "330px"),
        "follower": _choice("follower", "follower", follower, FOLLOWERS),
        "follower's parameters": _entry("follower's parameters", "", "330px"),
        "benchmark": _choice("benchmark", "benchmark", benchmark, _same(BENCHMARKS)),
        "gamma": _slider("gamma", "γ (tolerance)", gamma, 0, 0.5, 0.005),
        "horizon": _entry("T (rounds)", horizon, "180px"), **_sampling(n_runs, seed),
    }  # fmt: skip

    for role in ("leader", "follower"):
        _with_parameters(controls, role, f"{role}'s parameters")
    return Explorer(controls, duelled, present_duel, (7.6, 3.7))


def _with_parameters(controls: dict[str, Any], choice: str, parameters: str) -> dict[str, Any]:
    """Keep the text of a learner's parameters in step with the choice of the learner."""

    def write(*change: Any) -> None:
        controls[parameters].value = repr(controls[choice].value).partition("(")[2].rstrip(")")

    write()
    controls[choice].observe(write, "value")
    return controls


# ---------------------------------------------------------------- what the leader sees, and how long it should wait


def wrong_commitment(pulls: int, explore: int, noise_sd: float = 1.0) -> float:
    """Return the probability that an explore-then-commit leader of the explore trap commits to a2, exactly.

    The leader plays each action ``pulls`` times, the follower each pair ``explore`` times (0: it knows the best one)
    before it commits, rightly or not; noise is Gaussian. At full overlap it is at least ½, by symmetry.

    >>> round(wrong_commitment(100, 50), 3)
    0.638
    """
    game, total = games.explore_trap(), 0.0
    gaps, n = game.follower[:, 0] - game.follower[:, 1], pulls - 2 * explore
    right = [_normal(gap * math.sqrt(explore / 2) / noise_sd) if explore else 1.0 for gap in gaps]
    for b1 in (0, 1):
        for b2 in (0, 1):
            chance = (1 - right[0] if b1 else right[0]) * (1 - right[1] if b2 else right[1])
            means = (explore * game.leader.sum(axis=1) + n * game.leader[(0, 1), (b1, b2)]) / pulls
            total += chance * _normal((means[1] - means[0]) * math.sqrt(pulls / 2) / noise_sd)
    return total


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def seen(values: dict[str, Any], tick: Callable = _never) -> dict[str, Any]:
    """Simulate the explore trap with part of the leader's exploration inside the follower's."""
    pulls = validation.integer("pulls", values["pulls"], low=2, high=10**6)
    explore, noise = round(values["overlap"] * pulls / 2), values["noise"]
    trap = games.explore_trap()
    game = StackelbergGame(trap.leader, trap.follower, noise_sd=noise, name=trap.name)
    follower = followers.ExploreThenCommit(explore) if explore else followers.BestResponse()
    run = watched(
        game, leaders.ExploreThenCommit(pulls), follower, 3 * pulls, values["n_runs"], values["seed"], tick, True
    )
    wrong = float((run.counts[:, -1, 1].sum(axis=1) > pulls).mean())
    return {"run": run, "pulls": pulls, "explore": explore, "noise": noise, "wrong": wrong}


def present_seen(result: dict[str, Any], axes: Sequence[Any]) -> str:
    """Draw the averages that the leader sees, and the probability of the wrong commitment over the overlap."""
    pulls, explore, noise, wrong = (result[key] for key in ("pulls", "explore", "noise", "wrong"))
    plots.leader_view(result["run"], axes[0])
    steps = np.unique(np.linspace(0, pulls // 2, 41).round().astype(int))
    curve = [wrong_commitment(pulls, int(step), noise) for step in steps]
    exact, overlap, ax = wrong_commitment(pulls, explore, noise), 2 * explore / pulls, axes[1]
    ax.plot(2 * steps / pulls, curve, **plots.SERIES[4], label="exact")
    ax.plot([overlap], [wrong], "o", color=plots.INK, markersize=8, label="measured")
    ax.axhline(0.5, **plots.FLOOR)
    ax.set(xlim=(-0.02, 1.02), ylim=(0, 1.02))
    alt = f"""Probability of committing to a2 over the overlap, from {curve[0]:.3g} without overlap to
        {curve[-1]:.3g} at full overlap; measured {wrong:.3g} at {overlap:.3g}."""
    plots.finish(ax, alt, "overlap of the explorations", "probability", "Wrong commitment", 2)
    a1, a2 = 0.6 - 0.2 * overlap, 0.5 - 0.05 * overlap
    symmetry = "By symmetry it is at least ½ at full overlap, however long both explore. " if overlap == 1 else ""
    better = "wrong" if a2 > a1 else "right"
    return f"""<p>The leader commits to the wrong action in <b>{wrong:.1%}</b> of {len(result["run"].counts)} runs; the
        exact probability is {exact:.1%}. {symmetry}Once the follower has committed rightly, the leader's averages
        tend to {a1:.3g} for a1 and {a2:.3g} for a2: the {better} one looks better
        (the wrong one when the overlap exceeds 2/3).</p>"""


def what_the_leader_sees(
    overlap: float = 1.0, pulls: int = 200, noise: float = 1.0, n_runs: int = 100, seed: int = 0
) -> Explorer:
    """Slide how much of the leader's exploration overlaps the follower's, on the explore trap.

    ``pulls`` is the leader's exploration of each action, ``noise`` the standard deviation of the rewards.

    >>> what_the_leader_sees(overlap=0.5, n_runs=2).controls["overlap"].value
    0.5
    """
    controls = {
        "overlap": _slider("overlap", "overlap", overlap, 0, 1, 0.01),
        "noise": _slider("noise", "noise σ", noise, 0.05, 2, 0.05),
        "pulls": _entry("leader's pulls of each action", pulls, "270px"),
        **_sampling(n_runs, seed),
    }
    return Explorer(controls, seen, present_seen, (10, 3.6), (1.5, 1))


FAMILIES: dict[str, Callable[[int], list[StackelbergGame]]] = {
    "Theorem 3, δ = T^(-1/3)": lambda horizon: list(games.lower_bound_family(_medium(horizon))),
    "explore trap": lambda horizon: [games.explore_trap()],
    "slow-follower trap": lambda horizon: [games.slow_follower_trap()],
}


@functools.lru_cache(maxsize=512)
def waiting_regret(family: str, horizon: int, explore: int, n_runs: int, seed: int) -> float:
    """Return the mean regret of the worse player on the worst game, if the leader waits out |B| E pulls, then learns.

    `leaders.WaitThenCommit` against `followers.ExploreThenCommit`, both with E = ``explore``; tolerance γ = 0.04.
    """
    losses = []
    for game in FAMILIES[family](horizon):
        pair = leaders.WaitThenCommit(wait=2 * explore, explore=explore), followers.ExploreThenCommit(explore)
        run = watched(game, *pair, horizon, n_runs, seed)
        losses.append(run.regret(benchmarks.tolerant(game, 0.04))[:, :, -1].mean(axis=1).max())
    return float(max(losses))


def waited(values: dict[str, Any], tick: Callable = _never) -> dict[str, Any]:
    """Simulate a range of waits; what was simulated before is remembered."""
    horizon, explore = validation.integer("horizon", round(values["horizon"]), low=10), round(values["explore"])
    runs, seed = (
        validation.integer("n_runs", values["n_runs"], low=1, high=MOST_RUNS),
        validation.integer("seed", values["seed"]),
    )
    grid = np.unique(np.geomspace(1, horizon / 4, 14).round().astype(int))
    curve = []
    for i, each in enumerate((*grid, explore)):
        tick(i / (len(grid) + 1))
        curve.append(waiting_regret(values["game"], horizon, int(each), runs, seed))
    theory = math.ceil((horizon / 4) ** (2 / 3) * math.log(horizon) ** (1 / 3))
    return {**values, "horizon": horizon, "explore": explore, "grid": grid, "curve": curve, "theory": theory}


def present_waited(result: dict[str, Any], axes: Sequence[Any]) -> str:
    """Draw the regret over the wait, where theory puts it, and where you are."""
    ax, grid, (*curve, here) = axes[0], result["grid"], result["curve"]
    horizon, explore, theory = result["horizon"], result["explore"], result["theory"]
    ax.plot(grid, curve, marker="o", markersize=4, **plots.SERIES[0], label="worse player, worst game")
    ax.plot([explore], [here], "D", color=plots.INK, markersize=9, label="your wait")
    ax.axvline(theory, **plots.FLOOR, label="theory: (T/|A||B|)^(2/3) (log T)^(1/3)")
    plots.scale(ax)
    lowest = int(np.argmin(curve))
    alt = f"""Mean regret of the worse player over the wait E on a logarithmic axis, {result["game"]}, T = {horizon}:
        {curve[0]:.3g} at E = 1, lowest {curve[lowest]:.3g} at E = {grid[lowest]}, {curve[-1]:.3g} at E = {grid[-1]}.
        At E = {explore} it is {here:.3g}. Theory puts the wait at E = {theory}."""
    plots.finish(
        ax, alt, "exploration E of each pair (the wait is |B| E)", "regret", "Waiting too little, waiting too long", 3
    )
    return f"""<p>With E = {explore} the leader waits {2 * explore} pulls of each action; the worse player loses
        <b>{here:.4g}</b> in {horizon:g} rounds. The least on the curve is {curve[lowest]:.4g}, at E = {grid[lowest]};
        theory, which guards against every game, puts E at {theory}.</p>"""


def waiting_time(
    explore: float = 50, game: str = "Theorem 3, δ = T^(-1/3)", horizon: float = 10_000, n_runs: int = 50, seed: int = 0
) -> Explorer:
    """Slide the wait: too short and the leader commits wrongly, too long and waiting itself is the loss.

    >>> waiting_time(horizon=1000, n_runs=4).controls["horizon"].value
    1000.0
    """
    controls = {
        "explore": _rounds("explore", "E (wait)", explore, 0, 5),
        "game": _choice("game", "games", game, _same(FAMILIES)),
        "horizon": _rounds("horizon", "T (rounds)", horizon, 2, 8),
        **_sampling(n_runs, seed),
    }
    return Explorer(controls, waited, present_waited, (7.6, 3.7), (1,))


# ---------------------------------------------------------------- promises


def promised(values: dict[str, Any], tick: Callable = _never) -> dict[str, Any]:
    """Simulate a follower whose leader plays every action equally often, one after the other."""
    horizon, game = validation.horizon(values["horizon"]), values["game"]
    game = game(horizon) if callable(game) else game
    leader = leaders.ExploreThenCommit(math.ceil(horizon / game.shape[0]))
    follower = with_parameters(values["follower"], values["parameters"])
    run = watched(game, leader, follower, horizon, values["n_runs"], values["seed"], tick, keep_blocks=True)
    return {"run": run}


def present_promised(result: dict[str, Any], axes: Sequence[Any]) -> str:
    """Draw both promises; say with which constants they are kept."""
    run, rows = result["run"], []
    measures = (regret.instantaneous_regret, regret.anytime_regret)
    for ax, kind, measure in zip(axes, ("instantaneous", "anytime"), measures, strict=True):
        plots.promises(run, kind, ax)
        promise = "g(n) = C √(|B| log T / n)" if kind[0] == "i" else "h(n) = C √(|B| n log T)"
        rows.append((kind, promise, *map(measure(run).constant, (0.5, 0.95))))
    head = ("regret", "promise", "C in half of the runs", "C in 95 % of the runs")
    return _table(f"What {run.follower!r} keeps for all n at once", head, rows)


def promises(
    follower: Any = "ActiveArmElimination", game: Any = "explore trap", horizon: float = 5000,
    n_runs: int = 30, seed: int = 0,
) -> Explorer:  # fmt: skip
    """Hold a follower's gap at each pull, and their running sum, against the promises g and h of theory section 5.

    >>> promises("UCB", horizon=100, n_runs=2).controls["parameters"].value
    'confidence=2.0'
    """
    controls = {
        "follower": _choice("follower", "follower", follower, FOLLOWERS),
        "parameters": _entry("follower's parameters", "", "330px"),
        "game": _choice("game", "game", game, GAMES),
        "horizon": _entry("T (rounds)", horizon, "180px"),
        **_sampling(n_runs, seed),
    }
    return Explorer(_with_parameters(controls, "follower", "parameters"), promised, present_promised, (10, 3.7), (1, 1))


# ---------------------------------------------------------------- play

STORIES = {
    "chatbot, leader": "You ask a chatbot. Choose how to ask; it learns from its ratings, you see how useful it was.",
    "chatbot, follower": "You are a chatbot. A user asks and learns; choose how to answer, you see your rating.",
    "recommender, leader": "You run a feed. Choose what is on top; a reader learns what to open, you see your revenue.",
    "recommender, follower": "You read a feed that learns. You see what is on top; choose what to open.",
}


@dataclass
class Match:
    """A hidden game, played round by round by a reader against a learner.

    The payoffs of `games.chatbot` or `games.recommender` are shuffled by the seed, so that the labels give nothing
    away; rewards come from the generator that `stackedu.simulate` gives its first run.

    >>> match = Match("chatbot", "leader", "UCB", rounds=2, seed=1)
    >>> match.choose(0), match.choose(0), match.over
    (None, None, True)
    """

    story: str = "chatbot"
    role: str = "leader"
    opponent: Any = "UCB"
    rounds: Any = 30
    seed: Any = 0
    noise_sd: float = 0.2

    def __post_init__(self) -> None:
        tale = getattr(games, validation.one_of("story", self.story, ("chatbot", "recommender")))()
        leads = validation.one_of("role", self.role, ("leader", "follower")) == "leader"
        self.rounds = validation.integer("rounds", self.rounds, low=1, high=1000)
        self.seed = validation.integer("seed", self.seed)
        shuffle = np.random.default_rng([self.seed, 1]).permutation
        places = np.ix_(*map(shuffle, tale.shape))
        labels = {"leader_actions": tale.leader_actions, "follower_actions": tale.follower_actions}
        tables = tale.leader[places], tale.follower[places]
        self.game = StackelbergGame(*tables, noise_sd=self.noise_sd, name=self.story, **labels)
        if isinstance(self.opponent, str):
            known = FOLLOWERS if leads else LEADERS
            self.opponent = known[validation.one_of("opponent", self.opponent, list(known))]
        self.opponent = as_learner(self.opponent, "follower" if leads else "leader")
        layout, blocks = self.opponent.memories(self.game, self.rounds, 1)
        root = np.random.SeedSequence(self.seed)
        self._rewards, mind = engine.generator(root, 0, 0), engine.generator(root, 0, 2 if leads else 1)
        plan, self._observe = self.opponent.in_plain_python(*open_block(layout, blocks[0]), mind)
        self._plan = lambda context: plan(context, None, None, mind)
        self._holds: dict[int, list[Any]] = {}  # of each context: action, rounds left, rounds and rewards so far
        self.history: list[tuple[int, int, float]] = []  # (a, b, the reader's reward)
        self._ask()

    @property
    def over(self) -> bool:
        return len(self.history) == self.rounds

    def _held(self, context: int) -> int:
        """The opponent's action, planned anew when its hold is used up."""
        if self._holds.get(context, [0, 0])[1] == 0:
            action, rounds = self._plan(context)
            self._holds[context] = [int(action), int(rounds), 0, 0.0]
        return int(self._holds[context][0])

    def _ask(self) -> None:
        self.asked = self._held(0) if self.role == "follower" and not self.over else None

    def choose(self, action: int) -> None:
        """Play one round."""
        if self.over:
            raise ValueError(f"the game is over after {self.rounds} rounds; start again")
        leads = self.role == "leader"
        mine = validation.integer("action", action, high=self.game.shape[0 if leads else 1] - 1)
        a, b = (mine, self._held(mine)) if leads else (self._held(0), mine)
        means, noise = (self.game.leader[a, b], self.game.follower[a, b]), self._rewards.standard_normal
        own, other = [mean + self.game.noise_sd * noise() for mean in means][:: 1 if leads else -1]
        self.history.append((a, b, float(own)))
        context = a if leads else 0
        hold = self._holds[context]
        hold[1:] = hold[1] - 1, hold[2] + 1, hold[3] + other
        if leads or self.opponent.sees_response:
            self._observe(context, None, None, *((b, a) if leads else (a, b)), 1, other)
        elif hold[1] == 0:  # a leader hears one sum per hold, as in `simulate`
            self._observe(0, None, None, a, -1, hold[2], hold[3])
        self._ask()

    def regrets(self, level: Any) -> np.ndarray:
        """Return the regret of leader and follower after each round, shape (2, rounds played)."""
        a, b, _ = np.array(self.history or np.empty((0, 3))).T.astype(int)
        losses = [level.leader - self.game.leader[a, b], level.follower - self.game.follower[a, b]]
        return np.cumsum(losses, axis=1)

    def scores(self, level: Any) -> list[tuple[str, float, float]]:
        """Return what each of the library's learners would have lost in the reader's place, with the same seed."""
        rows = []
        for learner in (LEADERS if self.role == "leader" else FOLLOWERS).values():
            pair = (learner, self.opponent) if self.role == "leader" else (self.opponent, learner)
            losses = watched(self.game, *pair, self.rounds, 1, self.seed).regret(level)[:, 0, -1]
            rows.append((type(learner).__name__, float(losses[0]), float(losses[1])))
        return rows


class Play(W.VBox):  # type: ignore[misc]
    """The widget of `play`: settings, one button per action, what has happened, a picture, and the debrief."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.controls, self._axes = settings, _panels((7.6, 3.0), (1,), bottom=0.17)
        self.start = W.Button(description="start again", tooltip="a new game with these settings")
        self.stop = W.Button(description="stop and debrief", tooltip="end the game here")
        self.start.on_click(lambda _: self.begin())
        self.stop.on_click(lambda _: self.finish())
        self.choices, self.problem, self.text, self.picture = W.HBox(), W.HTML(), W.HTML(), W.HTML()
        flow = W.Layout(display="flex", flex_flow="row wrap")
        parts = [W.Box([*settings.values(), self.start, self.stop], layout=flow), self.problem, self.choices]
        super().__init__([*parts, self.text, self.picture])
        for name in ("benchmark", "gamma"):
            settings[name].observe(lambda _: self.redraw(), "value")
        self.match = self._match()
        self.restart()

    def _match(self) -> Match:
        return Match(**{entry.name: _typed(self.controls[entry.name].value) for entry in fields(Match)})

    def begin(self) -> None:
        """Start again; there is no undo."""
        try:
            self.match = self._match()
        except (ValueError, TypeError) as error:
            self.problem.value = _alert(str(error))
        else:
            self.restart()

    def restart(self) -> None:
        leads = self.match.role == "leader"
        labels = self.match.game.leader_actions if leads else self.match.game.follower_actions
        buttons = [W.Button(description=label, layout=W.Layout(width="max-content")) for label in labels]
        for action, button in enumerate(buttons):
            button.on_click(lambda _, action=action: self.choose(action))
        self.choices.children, self.ended = buttons, False
        self.redraw()

    def choose(self, action: int) -> None:
        """Play one round, as a click on the button does."""
        if not self.ended:
            self.match.choose(action)
            self.finish() if self.match.over else self.redraw()

    def finish(self) -> None:
        self.ended = bool(self.match.history)
        self.redraw()

    def _level(self) -> Any:
        return BENCHMARKS[self.controls["benchmark"].value](self.match.game, self.controls["gamma"].value)

    def redraw(self) -> None:
        self.problem.value, match, level = "", self.match, self._level()
        for button in self.choices.children:
            button.disabled = self.ended
        lost = match.regrets(level)
        ax = plots.recycle(self._axes[0])
        t = np.arange(1, lost.shape[1] + 1)
        for values, style in zip(lost, plots.PLAYERS, strict=True):
            ax.plot(t, values, **style, marker="o", markersize=3)
        ax.axhline(0, color=plots.QUIET, linewidth=0.8)
        ax.set_xlim(0.5, match.rounds + 0.5)
        end = f"leader {lost[0, -1]:.3g}, follower {lost[1, -1]:.3g}" if len(t) else "nothing yet"
        alt = f"Regret so far of both players after {len(t)} of {match.rounds} rounds: {end}."
        plots.finish(ax, alt, "round", "regret so far", f"You are the {match.role}", 2)
        self.picture.value, self.text.value = plots.img(ax.figure), self._words(lost) + self._debrief(level)

    def _words(self, lost: np.ndarray) -> str:
        match, leads = self.match, self.match.role == "leader"
        mine = (match.game.leader_actions, match.game.follower_actions)[0 if leads else 1]
        words = f"<p>{STORIES[f'{match.story}, {match.role}']} Round {min(len(match.history) + 1, match.rounds)}"
        words += f" of {match.rounds}."
        if match.asked is not None and not self.ended:
            words += f" The other side chose <b>{escape(match.game.leader_actions[match.asked])}</b>: your answer?"
        rows = []
        for t, (a, b, reward) in list(enumerate(match.history, 1))[-5:]:
            asked = () if leads else (match.game.leader_actions[a],)
            rows.append((t, *asked, mine[a if leads else b], f"{reward:.2f}", f"{lost[0 if leads else 1, t - 1]:.2f}"))
        head = ("round", *(() if leads else ("asked",)), "you chose", "your reward", "your regret so far")
        return words + "</p>" + (_table("The last rounds", head, rows[::-1]) if rows else "")

    def _debrief(self, level: Any) -> str:
        if not self.ended:
            return ""
        match, game = self.match, self.match.game
        responses = benchmarks.follower_responses(game).argmax(axis=1)
        if match.role == "leader":
            a = int(game.leader[np.arange(len(responses)), responses].argmax())
            best = f"always {game.leader_actions[a]}, which teaches {game.follower_actions[responses[a]]}"
        else:
            answers = zip(game.leader_actions, responses, strict=True)
            best = "; ".join(f"to {label}: {game.follower_actions[b]}" for label, b in answers)
        mine = match.regrets(level)[:, -1]
        rows = [(f"you, {len(match.history)} rounds", float(mine[0]), float(mine[1])), *match.scores(level)]
        head = (f"in your place, against {match.opponent!r}", "leader's regret", "follower's regret")
        scores = _table(f"With the same seed, {match.rounds} rounds", head, rows)
        return f"<h4>Debrief</h4>{game._repr_html_()}<p>Best in hindsight: {escape(best)}.</p>{scores}"


def play(
    story: str = "chatbot", role: str = "leader", opponent: Any = "UCB", rounds: int = 30, seed: int = 0,
    noise_sd: float = 0.2, benchmark: str = "γ-tolerant", gamma: float = 0.1,
) -> Play:  # fmt: skip
    """Be the leader or the follower of a hidden game against a learner; in the end see what it was.

    >>> play(rounds=3).match.over
    False
    """
    Match(story, role, opponent, rounds, seed)  # a wrong initial value is the caller's error
    return Play(
        {
            "story": _choice("story", "story", story, _same(["chatbot", "recommender"])),
            "role": _choice("role", "you are the", role, _same(["leader", "follower"])),
            "opponent": _choice("opponent", "against", opponent, _same({**FOLLOWERS, **LEADERS})),
            "rounds": _entry("rounds", rounds, "140px"),
            "seed": _entry("seed", seed, "140px"),
            "noise_sd": _slider("noise_sd", "noise σ", noise_sd, 0, 1, 0.05),
            "benchmark": _choice("benchmark", "benchmark", benchmark, _same(BENCHMARKS)),
            "gamma": _slider("gamma", "γ (tolerance)", gamma, 0, 0.5, 0.005),
        }
    )
