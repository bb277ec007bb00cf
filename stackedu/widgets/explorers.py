"""The six explorers: functions of their controls' values, each of which computes and returns what draws the answer."""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from html import escape
from types import SimpleNamespace
from typing import Any

import ipywidgets as W
import numpy as np

from stackedu import benchmarks, bounds, catalogue, engine, followers, games, leaders, plots, regret, validation
from stackedu.catalogue import BENCHMARKS, FAMILIES, FOLLOWERS, GAMES, LEADERS, ORIGINAL, TOLERANT
from stackedu.games import StackelbergGame
from stackedu.simulation import Simulation, as_learner
from stackedu.widgets.controls import RUNS, SEED, Controls, choice, entry, labelled, powers, slider, typed
from stackedu.widgets.frame import WIDTH, Draw, explorer, never, part, table, tables

MOST_RUNS, MOST_ROUNDS = 10_000, 2e9
EVERY_ROUND = ("UCB", "ExploreThenUCB", "LipschitzUCB", "EpsilonGreedy", "ThompsonSampling")


def watched(
    game: StackelbergGame, leader: Any, follower: Any, horizon: Any, n_runs: Any, seed: Any,
    tick: Callable[[float], None] = never, keep_blocks: bool = False,
) -> Simulation:  # fmt: skip
    """Do as `stackedu.simulate`, telling ``tick`` the share that is done at least; refuse what takes minutes."""
    horizon, n_runs = validation.horizon(horizon), validation.integer("n_runs", n_runs, low=1, high=MOST_RUNS)
    for player in (leader, follower):
        if type(player).__name__ in EVERY_ROUND and horizon * n_runs > MOST_ROUNDS:
            raise ValueError(
                f"horizon must be at most {MOST_ROUNDS / n_runs:g} with {n_runs} runs of {player!r}, which decides in "
                f"every round, got {horizon:g}; pairs that decide rarely, such as PhasedUCB with "
                "ActiveArmElimination, go to 2**53"
            )
    root = np.random.SeedSequence(validation.integer("seed", seed))
    checkpoints = np.unique(np.append(np.geomspace(1, horizon, 60)[:-1].round(), horizon).astype(np.int64))
    players = as_learner(leader, "leader"), as_learner(follower, "follower")
    task = engine.Task(game, *players, horizon, checkpoints, root, keep_blocks)
    runs, played = range(n_runs), []
    for start in runs[:: engine.BATCH]:
        tick(start / n_runs)
        batch = runs[start : start + engine.BATCH]
        played.append(engine.play(task, batch, part(tick, start / n_runs, 1 / n_runs / horizon)))
    counts = np.concatenate([each for each, _ in played])
    blocks = [block for _, kept in played for block in kept] if keep_blocks else None
    return Simulation(game, leader, follower, horizon, root, checkpoints, counts, blocks)


# ---------------------------------------------------------------- a game and its benchmarks


def parse_table(name: str, text: str) -> list[list[float]]:
    """Return a payoff table of at most 6×6 from one line a row, cells separated by commas or spaces.

    >>> parse_table("leader", "0.6, 0.2")
    [[0.6, 0.2]]
    """
    rows = []
    for i, line in enumerate(text.strip().splitlines()):
        rows.append([typed(cell.strip()) for cell in (line.split(",") if "," in line else line.split())])
        for j, cell in enumerate(rows[-1]):
            if isinstance(cell, str):
                raise ValueError(f"{name}[{i}, {j}] must be a number in [0, 1], got {cell!r}")
        validation.integer(f"{name}[{i}]: the number of columns", len(rows[-1]), low=1, high=6)
    validation.integer(f"{name}: the number of rows", len(rows), low=1, high=6)
    return rows


def _games(name: str, value: Any, made: Controls) -> W.Dropdown:
    """The menu of games; one of the reader's own keeps the names of the actions of the game before it."""
    own = SimpleNamespace(name="your game", leader_actions=(), follower_actions=())
    menu = choice(name, value, made, "game", {name: make(10_000) for name, make in GAMES.items()} | {"your own": own})

    def keep(game: Any) -> None:
        own.leader_actions, own.follower_actions = game.leader_actions, game.follower_actions

    keep(menu.value)
    menu.observe(lambda change: keep(change.new), "value")
    return menu


def _payoffs(name: str, value: Any, made: Controls) -> W.Textarea:
    """A text of one player's payoffs that follows the menu of games; whoever edits it plays a game of their own."""
    menu = made["game"]
    text = labelled(W.Textarea, value, f"{name}'s payoffs", "320px", rows=3, continuous_update=False)

    def written(game: Any) -> str:
        if not isinstance(game, StackelbergGame):
            return text.value
        return "\n".join(", ".join(f"{cell:.4g}" for cell in row) for row in getattr(game, name))

    def own(change: Any) -> None:
        if change.new != written(menu.value):
            menu.label = "your own"

    text.value = value or written(menu.value)
    text.observe(own, "value")
    menu.observe(lambda change: setattr(text, "value", written(change.new)), "value")
    return text


def _fit_names(ax: Any) -> None:
    """Break long names of actions in two and make room for the leader's beside the table; the words have them whole."""
    letter, box = 0.08 / WIDTH, ax.get_position()

    def broken(axis: Any, width: float) -> list[str]:
        names = (label.get_text() for label in axis.get_ticklabels())
        lines = [textwrap.wrap(name, max(2, int(width)), max_lines=2, placeholder="…") for name in names]
        axis.set_ticklabels(["\n".join(each) for each in lines])
        return [line for each in lines for line in each]

    left = max(box.x0, letter * (2 + max(map(len, broken(ax.yaxis, 13)))))
    ax.set_position((left, box.y0, box.x1 - left, box.height))
    columns = len(ax.get_xticks())
    if len(broken(ax.xaxis, (box.x1 - left) / columns / letter)) > columns:
        ax.set_title(ax.get_title(), pad=33)  # above two lines


def _reason(player: str, value: float, price: float) -> str:
    if not price:
        return f"{player}: no error makes it less"
    return f"{player}: an error of ε = {price:.3g} leaves {value - price:.3g}, and ε is added"


@explorer(
    3.1, (1.6, 1, 1), top=0.87,
    game=(_games,), epsilon=(slider, "ε (error)", 0, 1, 0.01), gamma=(slider, "γ (tolerance)", 0, 1, 0.01),
    leader=(_payoffs,), follower=(_payoffs,),
)  # fmt: skip
def game_explorer(
    game: Any = "explore trap", epsilon: float = 0.0, gamma: float = 0.05, leader: str = "", follower: str = "",
    tick: Callable = never,
) -> Draw:  # fmt: skip
    """Edit a payoff table up to 6×6, or pick one; slide ε and γ; see B_ε, A_ε and the three benchmarks.

    ``game`` is a name in `GAMES` or a game.

    >>> game_explorer("chatbot").controls["game"].label
    'chatbot'
    """
    payoffs = parse_table("leader", leader), parse_table("follower", follower)
    sizes = {"leader_actions": len(payoffs[0]), "follower_actions": len(payoffs[0][0])}
    names = {side: getattr(game, side) for side, size in sizes.items() if len(getattr(game, side)) == size}
    edited = StackelbergGame(*payoffs, name=game.name, **names)
    levels = {kind: level(edited, gamma) for kind, level in BENCHMARKS.items()}

    def draw(axes: Sequence[Any]) -> tuple[str, str]:
        _fit_names(plots.payoff_table(edited, epsilon, axes[0]))
        for ax, player in zip(axes[1:], ("leader", "follower"), strict=True):
            plots.benchmark_curve(edited, [gamma], ax, player)
        axes[2].set_ylabel("")  # the one of the first panel will do
        rows = []
        for kind, level in levels.items():
            why = "the follower answers best; ties go as the leader likes"
            if kind != ORIGINAL:
                why = f"{_reason('leader', level.leader, level.leader_epsilon)}; "
                why += _reason("follower", level.follower, level.follower_epsilon)
            rows.append((kind, level.leader, level.follower, why))
        forgiven = f"errors up to γ = {gamma:.3g} are" if gamma else "nothing but a tie gone wrong is"
        words = f"""<p>If {forgiven} forgiven, the leader can ask for
            <b>{levels[TOLERANT].leader:.3g}</b> a round and the follower for <b>{levels[TOLERANT].follower:.3g}</b>.
            At ε = {escape(plots.alt_text(axes[0]).rpartition(" At ε = ")[2])}</p>"""
        reasons = table("What each benchmark asks for, and why", ("benchmark", "leader", "follower", "why"), rows)
        return words, f"{reasons}<p>Lipschitz constant L = {benchmarks.lipschitz_constant(edited):.3g}</p>"

    return draw


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


@explorer(
    2.9, (1, 1, 1), top=0.9,
    delta=(slider, "δ (gap at a1)", 0.001, 0.3, 0.001), horizon=(powers, "T (rounds)", 2, 6),
    leader=(choice, "leader", LEADERS), follower=(choice, "follower", FOLLOWERS),
    benchmark=(choice, "benchmark", BENCHMARKS.keys()), gamma=(slider, "γ (tolerance)", 0, 0.3, 0.005),
    n_runs=RUNS, seed=SEED,
)  # fmt: skip
def twin_instances(
    delta: float = 0.05, horizon: float = 10_000, leader: Any = "UCB", follower: Any = "UCB",
    benchmark: str = ORIGINAL, gamma: float = 0.1, n_runs: int = 10, seed: int = 0, tick: Callable = never,
) -> Draw:  # fmt: skip
    """Show I and Ĩ of Theorem 1 side by side: what the best test can know, and what a pair of learners loses.

    ``leader`` and ``follower`` are names of learners, or learners; ``benchmark`` is a name in `BENCHMARKS`.

    >>> twin_instances(delta=0.1, n_runs=2, horizon=100).controls["delta"].value
    0.1
    """
    horizon, pair = round(horizon), games.impossibility_pair(delta)
    options = leader, follower, horizon, n_runs, seed
    runs = [watched(game, *options, part(tick, i / 2, 1 / 2)) for i, game in enumerate(pair)]
    levels = [BENCHMARKS[benchmark](game, gamma) for game in pair]
    losses = [run.regret(level)[:, :, -1].mean(axis=1) / horizon for run, level in zip(runs, levels, strict=True)]
    bound = benchmark == ORIGINAL and type(follower).__name__ not in ("BestResponse", "Fixed")
    floor = bounds.linear_regret_floor(horizon, delta) if bound else None
    best, pulls = best_test(delta, horizon), float(runs[0].counts[:, -1, 0, 1].mean())
    kl = 2 * delta**2 * pulls
    most = min(math.sqrt(kl / 2), math.sqrt(-math.expm1(-kl)))  # Pinsker; Bretagnolle and Huber

    def draw(axes: Sequence[Any]) -> tuple[str, str]:
        for ax, run, level, name in zip(axes, runs, levels, ("I", "Ĩ"), strict=False):
            plots.regret(run, level, ax, floor, per_round=True, title=name)
        low, high = (side(ax.get_ylim()[i] for ax in axes[:2]) for i, side in enumerate((min, max)))
        for ax in axes[:2]:
            ax.set_ylim(max(low, -0.7), min(high, 0.7))
        axes[1].set_ylabel("")
        axes[1].get_legend().set_visible(False)  # the first panel's is enough
        plots.twin_instances(delta, horizon, ax=axes[2])
        words = f"""<p>The twins differ only at (a1, b2): the follower's mean there is 0 in I and 2δ = {2 * delta:.3g}
            in Ĩ. The worse of the leader on I and the follower on Ĩ loses
            <b>{max(losses[0][0], losses[1][1]):.3g} a round</b>"""
        if floor is not None:
            words += f"; no pair of algorithms can bring that below {floor / horizon:.3g} on average"
        asked = [
            (name, f"({level.leader:.3g}, {level.follower:.3g})", *loss)
            for name, level, loss in zip(("I", "Ĩ"), levels, losses, strict=True)
        ]
        tests = [
            (f"{horizon:g}, every round", best["kl"], best["tv"], best["error"]),
            (f"{pulls:.3g}, as played on I", kl, f"at most {most:.3g}", f"at least {(1 - most) / 2:.3g}"),
        ]
        head = ("samples of (a1, b2)", "KL", "total variation", "test errs")
        return f"{words}.</p>", tables(
            table("What the benchmark asks", ("game", "(leader, follower)", "leader loses", "follower loses"), asked),
            table("Can a test tell I from Ĩ?", head, tests),
        )

    return draw


# ---------------------------------------------------------------- a duel


def _numbers(learner: Any) -> list[str]:
    """Return the parameters that a line of text can hold; a learner of the reader's own has none of these."""
    return [each.name for each in fields(learner) if "low" in each.metadata] if is_dataclass(learner) else []


def with_parameters(name: str, learner: Any, text: str) -> Any:
    """Return a learner with the parameters changed that are written as in ``confidence=2.0, wait=None``.

    >>> with_parameters("leader_parameters", leaders.UCB(), "confidence=1")
    UCB(confidence=1.0)
    """
    chosen, known = {}, _numbers(learner)
    for piece in filter(None, map(str.strip, text.split(","))):
        key, _, value = map(str.strip, piece.partition("="))
        if key not in known:
            kind = type(learner).__name__
            raise ValueError(f"{name} of {kind} are {', '.join(known) or 'none'}; got {piece!r}")
        chosen[key] = None if value in ("", "None") else typed(value)
    return replace(learner, **chosen) if chosen else learner


def _parameters(name: str, value: Any, made: Controls, role: str) -> W.Text:
    """A text of the chosen learner's parameters, which follows the menu."""

    def written(learner: Any) -> str:
        return ", ".join(f"{each}={getattr(learner, each)!r}" for each in _numbers(learner))

    start, label = str(value or written(made[role].value)), f"{role}'s parameters"
    text = labelled(W.Text, start, label, "330px", continuous_update=False)
    made[role].observe(lambda change: setattr(text, "value", written(change.new)), "value")
    return text


@explorer(
    3.0, game=(choice, "game", GAMES), leader=(choice, "leader", LEADERS), leader_parameters=(_parameters, "leader"),
    follower=(choice, "follower", FOLLOWERS), follower_parameters=(_parameters, "follower"),
    benchmark=(choice, "benchmark", BENCHMARKS.keys()), gamma=(slider, "γ (tolerance)", 0, 0.5, 0.005),
    horizon=(entry, "T (rounds)", 160), n_runs=RUNS, seed=SEED,
)  # fmt: skip
def duel(
    game: Any = "explore trap", leader: Any = "UCB", follower: Any = "UCB", benchmark: str = TOLERANT,
    gamma: float = 0.05, horizon: float = 10_000, n_runs: int = 20, seed: int = 0,
    leader_parameters: str = "", follower_parameters: str = "", tick: Callable = never,
) -> Draw:  # fmt: skip
    """Let a leader meet a follower on a game: regret of both, floor, rate, who is worse off and why.

    Horizons go to 2**53 for pairs that decide rarely. Parameters are written as in ``confidence=1, wait=None``.

    >>> duel(horizon=100, n_runs=2).controls["leader_parameters"].value
    'confidence=2.0'
    """
    horizon = validation.horizon(horizon)
    leader = with_parameters("leader_parameters", leader, leader_parameters)
    follower = with_parameters("follower_parameters", follower, follower_parameters)
    ladder = [horizon, *(horizon // k for k in (3, 10, 32, 100))] if horizon >= 1000 else [horizon]
    runs = []
    for i, each in enumerate(ladder):
        share = part(tick, 0.5 + 0.1 * i if i else 0, 0.1 if i else 0.6)
        runs.append(watched(_at(game, each), leader, follower, each, n_runs, seed, share))
    levels = [BENCHMARKS[benchmark](run.game, gamma) for run in runs]
    losses = [run.regret(level)[:, :, -1] for run, level in zip(runs, levels, strict=True)]
    run, level, loss = runs[0], levels[0], losses[0].mean(axis=1) / horizon
    worse = int(loss.argmax())
    growth = "There is no rate: it takes at least 2 runs of at least 1000 rounds."
    if n_runs > 1 and len(ladder) > 1:
        try:
            growth = f"Its regret grows like {regret.fit_rate(ladder[::-1], np.array(losses[::-1])[:, worse].T)}."
        except ValueError as error:
            growth = f"There is no rate: {error}."
    floor = None
    if callable(game) and not isinstance(follower, followers.BestResponse):
        if run.game.name.startswith("Theorem 1") and benchmark == ORIGINAL:
            floor = bounds.linear_regret_floor(horizon, catalogue.small_delta(horizon))
        if run.game.name.startswith("Theorem 3") and benchmark == TOLERANT:
            floor = bounds.tolerant_regret_floor(horizon, catalogue.medium_delta(horizon))

    def draw(axes: Sequence[Any]) -> tuple[str, str]:
        plots.regret(run, level, axes[0], floor, per_round=True)
        share, who = run.counts[:, -1].mean(axis=0) / horizon, ("leader", "follower")[worse]
        prices = (level.leader, level.follower)[worse] - (run.game.leader, run.game.follower)[worse]
        rows = []
        for a, b in (np.unravel_index(i, prices.shape) for i in np.argsort(-(share * prices), axis=None)[:3]):
            pair = f"({run.game.leader_actions[a]}, {run.game.follower_actions[b]})"
            rows.append((pair, f"{share[a, b]:.1%}", float(prices[a, b]), float(share[a, b] * prices[a, b])))
        verdict = "Both lose the same" if abs(loss[0] - loss[1]) < 1e-12 else f"The <b>{who}</b> is worse off"
        words = f"""<p>{verdict}. A round costs the leader {loss[0]:.3g} and the follower
            {loss[1]:.3g}, measured from ({level.leader:.3g}, {level.follower:.3g}). {escape(growth)}"""
        if floor is not None:
            words += f""" On the worst game of this family no pair of algorithms keeps the worse player below
                {floor / horizon:.3g} a round on average."""
        head = ("pair", "share of rounds", "costs each time", "costs a round")
        return f"{words}</p>", table(f"What costs the {who} most", head, rows)

    return draw


def _at(game: Any, horizon: int) -> StackelbergGame:
    return game(horizon) if callable(game) else game


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
    for b1, b2 in np.ndindex(2, 2):
        chance = (1 - right[0] if b1 else right[0]) * (1 - right[1] if b2 else right[1])
        means = (explore * game.leader.sum(axis=1) + n * game.leader[(0, 1), (b1, b2)]) / pulls
        total += chance * _normal((means[1] - means[0]) * math.sqrt(pulls / 2) / noise_sd)
    return total


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


@explorer(
    3.2, (1.5, 1), top=0.9, overlap=(slider, "overlap (share)", 0, 1, 0.01), noise=(slider, "noise σ", 0.05, 2, 0.05),
    pulls=(entry, "leader's pulls of each action", 270), n_runs=RUNS, seed=SEED,
)  # fmt: skip
def what_the_leader_sees(
    overlap: float = 1.0, pulls: int = 200, noise: float = 1.0, n_runs: int = 100, seed: int = 0, tick: Callable = never
) -> Draw:
    """Slide how much of the leader's exploration overlaps the follower's, on the explore trap.

    ``pulls`` is the leader's exploration of each action, ``noise`` the standard deviation of the rewards.

    >>> what_the_leader_sees(overlap=0.5, n_runs=2).controls["overlap"].value
    0.5
    """
    pulls, trap = validation.integer("pulls", pulls, low=2, high=10**6), games.explore_trap()
    explore = round(overlap * pulls / 2)
    game = StackelbergGame(trap.leader, trap.follower, noise_sd=noise, name=trap.name)
    follower = followers.ExploreThenCommit(explore) if explore else followers.BestResponse()
    run = watched(game, leaders.ExploreThenCommit(pulls), follower, 3 * pulls, n_runs, seed, tick, keep_blocks=True)
    wrong, exact = float((run.counts[:, -1, 1].sum(axis=1) > pulls).mean()), wrong_commitment(pulls, explore, noise)
    steps, overlap = np.unique(np.linspace(0, pulls // 2, 41).round().astype(int)), 2 * explore / pulls
    curve = [wrong_commitment(pulls, int(step), noise) for step in steps]

    def draw(axes: Sequence[Any]) -> tuple[str, str]:
        plots.leader_view(run, axes[0])
        ax = axes[1]
        ax.plot(2 * steps / pulls, curve, **plots.SERIES[4], label="exact")
        ax.plot([overlap], [wrong], "o", color=plots.INK, markersize=8, label="measured")
        ax.axhline(0.5, **plots.FLOOR)
        ax.set(xlim=(-0.02, 1.02), ylim=(0, 1.02))
        alt = f"""Probability of committing to a2 over the overlap, from {curve[0]:.3g} without overlap to
            {curve[-1]:.3g} at full overlap; measured {wrong:.3g} at {overlap:.3g}."""
        plots.finish(ax, alt, "overlap of the explorations", "probability", "Wrong commitment", 2)
        a1, a2 = 0.6 - 0.2 * overlap, 0.5 - 0.05 * overlap
        symmetry = "By symmetry it is at least ½ at full overlap, however long both explore." if overlap == 1 else ""
        return (
            f"""<p>The leader commits to the wrong action, a2, in <b>{wrong:.1%}</b> of {len(run.counts)} runs; the
            exact probability is {exact:.1%}. {symmetry}</p>""",
            f"""<p>Once the follower has committed rightly, the leader's averages tend to {a1:.3g} for a1 and {a2:.3g}
            for a2: the {"wrong" if a2 > a1 else "right"} one looks better (the wrong one when the overlap exceeds
            2/3).</p>""",
        )

    return draw


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


@explorer(
    3.2, explore=(powers, "E (wait)", 0, 5), game=(choice, "game", FAMILIES.keys()),
    horizon=(powers, "T (rounds)", 2, 8), n_runs=RUNS, seed=SEED,
)  # fmt: skip
def waiting_time(
    explore: float = 50, game: str = "Theorem 3, δ = T^(-1/3)", horizon: float = 10_000, n_runs: int = 50,
    seed: int = 0, tick: Callable = never,
) -> Draw:  # fmt: skip
    """Slide the wait: too short and the leader commits wrongly, too long and waiting itself is the loss.

    >>> waiting_time(horizon=1000, n_runs=4).controls["horizon"].value
    1000.0
    """
    horizon, explore = round(horizon), round(explore)
    grid, losses = np.unique(np.geomspace(1, horizon / 4, 14).round().astype(int)), []
    for i, each in enumerate((*grid.tolist(), explore)):
        tick(i / (len(grid) + 1))
        losses.append(waiting_regret(game, horizon, each, n_runs, seed))
    *curve, here = losses
    lowest, theory = int(np.argmin(curve)), math.ceil((horizon / 4) ** (2 / 3) * math.log(horizon) ** (1 / 3))

    def draw(axes: Sequence[Any]) -> tuple[str, str]:
        ax = axes[0]
        ax.plot(grid, curve, marker="o", markersize=4, **plots.SERIES[0], label="worse player, worst game")
        ax.plot([explore], [here], "D", color=plots.INK, markersize=9, label="your wait")
        ax.axvline(theory, **plots.FLOOR, label="theory: (T/|A||B|)^(2/3) (log T)^(1/3)")
        plots.scale(ax)
        alt = f"""Mean regret of the worse player over the wait E on a logarithmic axis, {game}, T = {horizon}:
            {curve[0]:.3g} at E = 1, lowest {curve[lowest]:.3g} at E = {grid[lowest]}, {curve[-1]:.3g} at
            E = {grid[-1]}. At E = {explore} it is {here:.3g}. Theory puts the wait at E = {theory}."""
        x = "exploration E of each pair (the leader waits |B| E pulls of each action)"
        plots.finish(ax, alt, x, "regret", "Waiting too little, waiting too long", 3)
        return (
            f"""<p>With E = {explore} the leader waits {2 * explore} pulls of each action, and the worse player loses
            <b>{here:.4g}</b> in {horizon:,.0f} rounds. The least on the curve is {curve[lowest]:.4g}, at
            E = {grid[lowest]}; theory, which guards against every game, says E = {theory}.</p>""",
            "",
        )

    return draw


# ---------------------------------------------------------------- promises


@explorer(
    3.3, (1, 1), top=0.98, follower=(choice, "follower", FOLLOWERS), follower_parameters=(_parameters, "follower"),
    game=(choice, "game", GAMES), horizon=(entry, "T (rounds)", 160), n_runs=RUNS, seed=SEED,
)  # fmt: skip
def promises(
    follower: Any = "ActiveArmElimination", game: Any = "explore trap", horizon: float = 5000,
    n_runs: int = 30, seed: int = 0, follower_parameters: str = "", tick: Callable = never,
) -> Draw:  # fmt: skip
    """Hold a follower's gap at each pull, and their running sum, against the promises g and h of theory section 5.

    The leader plays every action equally often, one after the other.

    >>> promises("UCB", horizon=100, n_runs=2).controls["follower_parameters"].value
    'confidence=2.0'
    """
    horizon = validation.horizon(horizon)
    game, follower = _at(game, horizon), with_parameters("follower_parameters", follower, follower_parameters)
    leader = leaders.ExploreThenCommit(math.ceil(horizon / game.shape[0]))
    run = watched(game, leader, follower, horizon, n_runs, seed, tick, keep_blocks=True)

    def draw(axes: Sequence[Any]) -> tuple[str, str]:
        rows = []
        for ax, kind, promise in zip(
            axes, ("instantaneous", "anytime"), ("g(n) = C √(|B| log T / n)", "h(n) = C √(|B| n log T)"), strict=True
        ):
            plots.promises(run, kind, ax)
            measured = regret.anytime_regret(run) if kind == "anytime" else regret.instantaneous_regret(run)
            rows.append((kind, promise, *map(measured.constant, (0.5, 0.95))))
        head = ("regret", "promise", "C in half of the runs", "C in 95 % of the runs")
        return (
            f"""<p>{escape(repr(follower))} keeps g(n) for all n with C = <b>{rows[0][3]:.3g}</b>, and h(n) with
            C = <b>{rows[1][3]:.3g}</b>, in 95 % of the runs.</p>""",
            table("What the follower keeps for all n at once", head, rows),
        )

    return draw
