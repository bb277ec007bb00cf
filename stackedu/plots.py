"""Figures of games, regret and rates: each function takes library objects and returns matplotlib axes.

All draw on ``ax``, by default on axes of a new figure. Leader and follower keep their colours and line styles
everywhere. Each figure has a text made from its data, `alt_text`; `show` puts both into a notebook.
Legends stand above their panels: give a figure of your own with several rows ``layout="constrained"``.

Examples
--------
>>> import stackedu as se
>>> from matplotlib.figure import Figure
>>> ax = payoff_table(se.games.explore_trap(), ax=Figure().add_subplot())
>>> print(alt_text(ax)[:54])
Payoff table of explore trap: 2 leader actions (rows),
"""

from __future__ import annotations

import base64
import functools
import io
import math
import weakref
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stackedu import benchmarks, validation
from stackedu import regret as regrets_of
from stackedu.games import StackelbergGame
from stackedu.simulation import Simulation, as_learner

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "FLOOR", "PLAYERS", "SERIES", "STYLE", "alt_text", "benchmark_curve", "finish", "heatmap", "leader_view",
    "payoff_table", "promises", "rate", "regret", "scale", "show", "twin_instances",
]  # fmt: skip

STYLE = Path(__file__).with_name("stackedu.mplstyle")
INK, QUIET, PALE = "#1f2933", "#565f6b", "#b6bcc6"
PLAYERS: tuple[dict[str, Any], dict[str, Any]] = (
    {"color": "#0b5fa5", "linestyle": "-", "label": "leader"},
    {"color": "#c2410c", "linestyle": (0, (5, 2)), "label": "follower"},
)
"""How leader and follower are drawn, always."""
_HUES = ("#7a3e8e", "#00735a", "#8a6d00", "#444b54", "#b0468a", "#1f6aa5")
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)), (0, (3, 1)), (0, (8, 2, 1, 2, 1, 2)))
SERIES = [{"color": hue, "linestyle": dashes} for hue, dashes in zip(_HUES, _DASHES, strict=True)]
"""How anything else is drawn: actions, pairs of algorithms, twins."""
FLOOR: dict[str, Any] = {"color": INK, "linestyle": (0, (1, 1.5))}
BAND = "mean and middle 90 % of runs"
LARGEST = 12

_alt: weakref.WeakKeyDictionary[Axes, str] = weakref.WeakKeyDictionary()


# ---------------------------------------------------------------- style, words, showing


@functools.cache
def _style() -> Any:
    from matplotlib import rc_params_from_file

    return rc_params_from_file(STYLE, use_default_template=False)


def styled(function: Callable) -> Callable:
    """Run a function in the one style, and leave matplotlib's settings as they were."""

    @functools.wraps(function)
    def inside(*args: Any, **options: Any) -> Any:
        from matplotlib import rc_context, rcParams

        if rcParams["svg.hashsalt"] == _style()["svg.hashsalt"]:  # already within it: entering costs milliseconds
            return function(*args, **options)
        with rc_context(_style()):
            return function(*args, **options)

    return inside


def _axes(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(figsize=size, layout="constrained")[1]
    if not hasattr(ax, "get_xlim"):
        raise TypeError(f"ax must be matplotlib axes or None, got {ax!r}")
    return ax


@styled
def finish(ax: Axes, alt: str, x: str = "", y: str = "", title: str = "", columns: int = 0, legend: str = "") -> Axes:
    """Label axes, put the legend between the title and the panel, where it hides no data, and keep the words."""
    ax.set(xlabel=x, ylabel=y)
    rows, old = 0.0, ax.get_legend()
    handles, labels = ax.get_legend_handles_labels() if columns else ([], [])
    if old is not None and [text.get_text() for text in old.get_texts()] != labels:
        old.remove()
        old = None
    if columns:
        while columns > 1 and _legend_width(labels, columns) > _room(ax):
            columns -= 1
        rows = math.ceil(len(labels) / columns) + 1.1 * bool(legend)
        if old is None:
            ax.legend(
                handles, labels, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=columns,
                alignment="left", title=legend or None, borderaxespad=0.1, columnspacing=1.4, handlelength=2.6,
            )  # fmt: skip
    ax.set_title(title, pad=6 + 13.5 * rows)
    _make_room(ax, (22 + 13.5 * rows) / 72)
    # ticks are made when first drawn, which may be outside the style
    ax.tick_params(which="both", labelsize=9, color=QUIET, labelcolor=INK)
    _alt[ax] = " ".join(alt.split())
    return ax


def _make_room(ax: Axes, inches: float) -> None:
    """Lower the upper edge of a panel in a grid of fixed places until title and legend are on the figure."""
    figure, place = ax.figure, ax.get_subplotspec()
    if getattr(place and place.get_gridspec(), "top", None) is not None:  # no layout, nor a reader's own figure
        box = place.get_position(figure)  # type: ignore[union-attr, arg-type]
        top = max(min(box.y1, 1 - inches * figure.dpi / figure.bbox.height), box.y0 + 0.25)
        ax.set_position((box.x0, box.y0, box.width, top - box.y0))


def _room(ax: Axes) -> float:
    """Width of the panel in points."""
    return ax.bbox.width / ax.figure.dpi * 72


def _legend_width(labels: list[str], columns: int) -> float:
    """About how wide a legend is in points; it is filled column by column."""
    rows = math.ceil(len(labels) / columns)
    return sum(42 + 4.9 * max(map(len, labels[i : i + rows])) for i in range(0, len(labels), rows))


def recycle(ax: Axes) -> Axes:
    """Empty axes for the next drawing of the same kind; making new axes and ticks takes longer than drawing them."""
    for artist in (*ax.lines, *ax.collections, *ax.patches, *ax.texts, *ax.images):
        artist.remove()
    ax.containers.clear()
    ax.relim()
    ax.autoscale(True)
    return ax


def scale(ax: Axes, log: bool = True, which: str = "x") -> None:
    """Few ticks, without mathtext and without small ones between: both cost more than all lines together."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis, scale = {"x": ax.xaxis, "y": ax.yaxis}[which], "log" if log else "linear"
    if axis.get_scale() == scale:
        return

    class Ticks(LogLocator):
        def tick_values(self, vmin: float, vmax: float) -> Any:
            self.set_params(
                subs=(1, 1.5, 2, 3, 4, 5, 7) if vmax < 6 * vmin else (1, 2, 5) if vmax < 300 * vmin else (1,)
            )
            return super().tick_values(vmin, vmax)

    ax.set(**{f"{which}scale": scale})
    if log:
        axis.set_major_locator(Ticks(numticks=7))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _: _power(value, *axis.get_view_interval()))


def _power(value: float, low: float, high: float) -> str:
    """Return a tick's label, in digits where that is short for all ticks between low and high."""
    exponent = math.log10(value) if value > 0 else 0.0
    whole = math.floor(exponent + 1e-9)
    if (low > 9e-4 and high < 1e4) or value in (1, 10) or value <= 0:
        return f"{value:g}"
    factor = f"{value / 10**whole:.3g}·".removeprefix("1·")
    return f"{factor}10" + str(whole).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _each(ax: Axes | Figure | Iterable[Axes]) -> list[Axes]:
    return list(ax.get_axes()) if hasattr(ax, "get_axes") else list(np.ravel(np.asarray(ax, dtype=object)))


def alt_text(ax: Axes | Figure | Iterable[Axes]) -> str:
    """Return in words and numbers what axes (or several, or those of a figure) show; "" if they are not ours.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> alt_text(twin_instances(0.05, 400, ax=Figure().add_subplot())).split(". ")[-1]
    'The best test errs with probability 0.159.'
    """
    return " ".join(_alt[each] for each in _each(ax) if each in _alt)


def png(figure: Figure, dpi: float = 192) -> bytes:
    """Return a figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


@styled
def img(figure: Any) -> str:
    """Return a figure as an HTML image with its alt text and its size, for the value of an HTML widget.

    It is SVG: sharp on every screen, and drawn twice as fast as pixels.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})  # savefig takes a millisecond more
    # matplotlib's own font is not on every machine; Verdana is as wide
    drawn = buffer.getvalue().replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    width, height = (round(inches * 96) for inches in figure.get_size_inches())
    return (
        f'<img width="{width}" height="{height}" style="max-width: 100%; height: auto; border-radius: 4px" '
        f'alt="{escape(alt_text(figure))}" src="data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}">'
    )


def show(ax: Axes | Iterable[Axes]) -> None:
    """Show a figure in a notebook, sharp on dense screens, and below it the same in words, folded away.

    They are also the image's ``alt`` in its metadata, which some exporters use and JupyterLab 4 does not.
    The figure is closed, so that the notebook does not show it again.
    """
    import matplotlib.pyplot as plt
    from IPython.display import HTML, Image, display

    figure: Any = _each(ax)[0].figure
    words = alt_text(ax)
    display(Image(png(figure), format="png", width=round(96 * figure.get_size_inches()[0]), alt=words))
    display(HTML(f"<details><summary>This figure in words</summary><p>{escape(words)}</p></details>"))
    plt.close(figure)


# ---------------------------------------------------------------- games and benchmarks


@styled
def payoff_table(game: StackelbergGame, epsilon: float = 0.0, ax: Axes | None = None) -> Axes:
    """Draw a game of at most 12×12 with the sets B_ε (●), A_ε (▶) and the Stackelberg pair (★) of theory section 2.

    Ties of the Stackelberg pair go as the leader likes; it does not depend on ε.

    Examples
    --------
    >>> import stackedu as se
    >>> from matplotlib.figure import Figure
    >>> "B_ε(a2) = {b1, b2}" in alt_text(payoff_table(se.games.explore_trap(), 0.2, ax=Figure().add_subplot()))
    True
    """
    from matplotlib.patches import Rectangle

    responses, actions = benchmarks.follower_responses(game, epsilon), benchmarks.leader_responses(game, epsilon)
    rows, columns = game.shape
    if max(game.shape) > LARGEST:
        raise ValueError(f"game must have at most {LARGEST} actions a player to be drawn as a table, got {game.shape}")
    value = benchmarks.stackelberg(game)
    pairs = benchmarks.follower_responses(game) & (game.leader == value.leader) & (game.follower == value.follower)
    star = tuple(np.argwhere(pairs)[0])
    ax = _axes(ax, (1.6 + 1.5 * columns, 1.2 + 0.55 * rows))
    ax.set(xlim=(-0.02, columns + 0.02), ylim=(rows + 0.02, -0.02))
    ax.grid(False)
    ax.spines[:].set_visible(False)
    # in a narrow cell the marks go below the payoffs
    narrow = _room(ax) / columns < 75
    xs, y, size = ((0.27, 0.75, 0.5), 0.34, 9) if narrow else ((0.25, 0.57, 0.84), 0.5, 11)
    for a, b in np.ndindex(game.shape):
        best = bool(responses[a, b])
        ax.add_patch(Rectangle((b, a), 1, 1, facecolor="#fde8dc" if best else "#ffffff", edgecolor=PALE, linewidth=0.8))
        middle: dict[str, Any] = {"ha": "center", "va": "center"}
        for x, table, style, weight in zip(xs, (game.leader, game.follower), PLAYERS, ("normal", "bold"), strict=False):
            middle |= {"fontsize": size, "fontweight": weight if best else "normal", "color": style["color"]}
            ax.text(b + x, a + y, f"{round(float(table[a, b]), 2 if narrow else 3):g}", **middle)
        mark = "●" * best + "★" * ((a, b) == star)
        ax.text(b + xs[2], a + 1.25 - 1.5 * y if y < 0.5 else a + 0.5, mark, **{**middle, "color": INK, "fontsize": 10})
    ax.add_patch(Rectangle((star[1] + 0.02, star[0] + 0.03), 0.96, 0.94, fill=False, edgecolor=INK, linewidth=2.2))
    ax.xaxis.tick_top()
    ax.set_xticks(np.arange(columns) + 0.5, game.follower_actions)
    names = [f"{'▶ ' * bool(inside)}{label}" for label, inside in zip(game.leader_actions, actions, strict=True)]
    ax.set_yticks(np.arange(rows) + 0.5, names)
    ax.tick_params(length=0)
    payoffs, sets = "", ""
    for a, label in enumerate(game.leader_actions):
        cells = zip(game.leader[a], game.follower[a], strict=True)
        payoffs += f"{label}: {', '.join(f'({u1:.3g}, {u2:.3g})' for u1, u2 in cells)}. "
        sets += f"B_ε({label}) = {_braces(game.follower_actions, responses[a])}; "
    alt = f"""Payoff table of {game.name or "a game"}: {rows} leader actions (rows), {columns} follower actions
        (columns), leader's payoff first. {payoffs} At ε = {epsilon:g}: {sets}
        A_ε = {_braces(game.leader_actions, actions)}. The Stackelberg pair is
        ({game.leader_actions[star[0]]}, {game.follower_actions[star[1]]})."""
    finish(ax, alt)
    ax.set_title(f"{game.name}, ε = {epsilon:g}".removeprefix(", "), pad=22)
    ax.xaxis.set_label_position("bottom")
    ax.xaxis.set_label_coords(0.5, -0.02)
    key = "leader's payoff, follower's payoff\n● tinted: in B_ε   ▶ in A_ε   ★ framed: Stackelberg pair"
    ax.set_xlabel(key, fontsize=9)
    return ax


def _braces(labels: Sequence[str], chosen: np.ndarray) -> str:
    return "{" + ", ".join(label for label, inside in zip(labels, chosen, strict=True) if inside) + "}"


@styled
def benchmark_curve(
    game: StackelbergGame, gammas: Sequence[float] | None = None, ax: Axes | None = None, player: str = "leader"
) -> Axes:
    """Draw over ε one player's relaxed utility, the same plus ε, and the infimum of that: α^tol (Definition 1).

    The benchmark is marked at ``gammas``. All steps are exact.

    Examples
    --------
    >>> import stackedu as se
    >>> from matplotlib.figure import Figure
    >>> ax = benchmark_curve(se.games.impossibility_pair(0.05)[0], [0.1], ax=Figure().add_subplot())
    >>> "At γ = 0.1 the benchmark is 0.55" in alt_text(ax)
    True
    """
    who = ("leader", "follower").index(validation.one_of("player", player, ("leader", "follower")))
    marks = np.array([] if gammas is None else gammas, dtype=float)
    levels = benchmarks.benchmark_curve(game, marks.tolist())[who] if len(marks) else marks
    starts, prices = benchmarks._candidates(game, "tolerant")[who]
    order = np.lexsort((prices, starts))
    starts, prices = starts[order], prices[order]
    end = 1.25 * max(starts[starts <= 1].max(), marks.max(initial=0.0), 0.08)
    seen = starts < end
    starts, prices = starts[seen], prices[seen]
    relaxed, infimum = np.minimum.accumulate(prices - starts), np.minimum.accumulate(prices)
    edges = np.append(starts, end)
    ax = _axes(ax)
    # horizontal pieces for the relaxed utility, slanted ones for its price; a NaN lifts the pen between two
    across = np.column_stack([starts, edges[1:], np.full(len(starts), np.nan)]).ravel()
    level = np.repeat(relaxed, 3)
    ax.plot(across, level, color=QUIET, linestyle=_DASHES[2], label="relaxed utility")
    ax.plot(across, level + across, color=QUIET, linestyle=_DASHES[1], linewidth=1.2, label="relaxed utility + ε")
    style = {**PLAYERS[who], "label": "benchmark at γ = ε"}
    ax.step(edges, np.append(infimum, infimum[-1]), where="post", linewidth=2.6, **style)
    ax.plot(marks, levels, "o", color=PLAYERS[who]["color"], markersize=8, zorder=5)
    ax.set(xlim=(0, end), ylim=(relaxed[-1] - 0.05, relaxed[0] + 0.12))
    changes = np.flatnonzero(np.append(True, np.diff(relaxed) != 0))[:6]
    steps = "; ".join(f"from ε = {starts[i]:.3g}: {relaxed[i]:.3g}" for i in changes)
    marked = "".join(f" At γ = {g:.3g} the benchmark is {v:.3g}." for g, v in zip(marks, levels, strict=True))
    alt = f"""The {player}'s γ-tolerant benchmark on {game.name or "a game"} over the tolerance.
        Relaxed utility: {steps}. Without tolerance the benchmark is {infimum[0]:.3g}; with the largest drawn,
        {end:.3g}, it is {infimum[-1]:.3g}.{marked}"""
    return finish(ax, alt, "tolerance ε", "reward per round", f"{player}'s benchmark", columns=3)


@styled
def twin_instances(delta: float, horizon: float, noise_sd: float = 1.0, ax: Axes | None = None) -> Axes:
    """Draw what the best test sees of the twins I and Ĩ of Theorem 1 if (a1, b2) is played in all rounds.

    The follower's mean there is 0 in I and 2δ in Ĩ, 0 < δ ≤ 0.3; ``noise_sd`` is above 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> twin_instances(0.05, 400, ax=Figure().add_subplot()).get_xlabel()
    'mean of 400 rewards at (a1, b2)'
    """
    delta, rounds = validation.number("delta", delta, low=0, high=0.3, above=True), validation.horizon(horizon)
    width = validation.number("noise_sd", noise_sd, low=0, above=True) / math.sqrt(rounds)
    error = 0.5 * math.erfc(delta / width / math.sqrt(2))
    ax = _axes(ax)
    grid = np.linspace(-4 * width, 2 * delta + 4 * width, 161)
    bells = [np.exp(-0.5 * ((grid - mean) / width) ** 2) for mean in (0, 2 * delta)]
    for bell, name, style in zip(bells, ("I", "Ĩ"), SERIES, strict=False):
        ax.plot(grid, bell, **style, label=f"the game is {name}")
    shaded = f"best test errs: {error:.3g}" + (" (half the shaded area)" if _room(ax) > 230 else "")
    ax.fill_between(grid, np.minimum(*bells), color=PALE, linewidth=0, label=shaded)
    ax.axvline(delta, linewidth=1.2, **FLOOR)
    ax.set(ylim=(0, 1.08), yticks=[])
    alt = f"""Two bell curves, the mean of {rounds} rewards of the follower at (a1, b2): around 0 if the game is I,
        around {2 * delta:.3g} if it is Ĩ, each with standard deviation {width:.3g}. The best test decides for Ĩ above
        {delta:.3g}. The best test errs with probability {error:.3g}."""
    x = f"mean of {rounds:g} rewards at (a1, b2)"
    return finish(ax, alt, x, title="Can I and Ĩ be told apart?", columns=3)


# ---------------------------------------------------------------- simulations


def _short(learner: Any) -> str:
    return type(learner).__name__ if type(learner).__module__.startswith("stackedu") else "own learner"


def _named(simulation: Simulation, role: str) -> str:
    return repr(as_learner(getattr(simulation, role), role))


@styled
def regret(
    simulation: Simulation, benchmark: benchmarks.Benchmark | Sequence[float], ax: Axes | None = None,
    floor: float | None = None, *, per_round: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the regret of both players over rounds: the mean, and a band that holds the middle 90 % of the runs.

    Axes are for one simulation: leader and follower look alike in all (to compare pairs of learners see `rate`).
    ``floor`` is a total expected regret at the horizon, from `stackedu.bounds`; ``per_round`` divides all by rounds.

    Examples
    --------
    >>> import stackedu as se
    >>> from matplotlib.figure import Figure
    >>> game = se.games.explore_trap()
    >>> run = se.simulate(game, se.leaders.Fixed(1), se.followers.BestResponse(), 100, n_runs=2)
    >>> alt_text(regret(run, se.stackelberg(game), ax=Figure().add_subplot()))[-75:]
    "the follower's mean is 0.1, 1, 2.3, 4.6, 10 (90 % of runs end at 10 to 10)."
    """
    values = regrets_of.checked(simulation).regret(benchmark) / (simulation.rounds if per_round else 1)
    unit, words = "regret per round" if per_round else "regret", []
    ax, seen = _axes(ax), np.unique(np.linspace(0, len(simulation.rounds) - 1, 5).astype(int))
    for player, style in zip(values, PLAYERS, strict=True):
        mean, (low, high) = player.mean(axis=0), np.quantile(player, [0.05, 0.95], axis=0)
        ax.fill_between(simulation.rounds, low, high, color=style["color"], alpha=0.16, linewidth=0)
        ax.plot(simulation.rounds, mean, **style)
        course = ", ".join(f"{value:.3g}" for value in mean[seen])
        words.append(f"the {style['label']}'s mean is {course} (90 % of runs end at {low[-1]:.3g} to {high[-1]:.3g})")
    alt = f"""{unit.capitalize()} of leader and follower over {simulation.horizon:g} rounds, {BAND}
        ({len(values[0])} runs), {_named(simulation, "leader")} against {_named(simulation, "follower")} on
        {simulation.game.name or "a game"}. After {", ".join(map(str, simulation.rounds[seen]))} rounds
        {", ".join(words)}."""
    if floor is not None:
        level = validation.number("floor", floor, low=0) / (simulation.horizon if per_round else 1)
        ax.axhline(level, **FLOOR, label="floor")
        alt += f" No pair of algorithms can keep the worse player below {level:.3g} (dotted line)."
    ax.axhline(0, color=QUIET, linewidth=0.8)
    scale(ax)
    if title is None:
        pair = f"{_short(simulation.leader)} × {_short(simulation.follower)}"
        title = ", ".join(filter(None, (pair, simulation.game.name)))
    return finish(ax, alt, "round", unit, title, 3, BAND)


@styled
def rate(
    horizons: Sequence[float] | np.ndarray, regrets: Any, ax: Axes | None = None,
    slopes: Sequence[float] = (1 / 2, 2 / 3, 1), *, label: str = "measured", title: str = "Rate of the regret",
) -> Axes:  # fmt: skip
    """Draw mean regret over horizons, shapes as in `stackedu.fit_rate`, with its fitted power and reference slopes.

    Several rates share axes if the later calls are given ``ax``, another ``label`` and ``slopes=()``.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> T = np.array([100, 1000, 10000])
    >>> alt_text(rate(T, np.array([[0.9], [1.1]]) * T**0.5, ax=Figure().add_subplot())).split(". ")[1][:15]
    'Fitted: T^0.50 '
    """
    fit = regrets_of.fit_rate(horizons, regrets)
    ax = _axes(ax)
    index = sum(line.get_gid() == "rate" for line in ax.lines)
    style = SERIES[index % len(SERIES)]
    x, means, sample = fit.horizons, fit.mean_regret, np.asarray(regrets, dtype=float)
    error = 1.96 * sample.std(axis=0, ddof=1) / math.sqrt(len(sample))
    # a logarithmic axis has no room below zero
    bars = [np.minimum(error, 0.9 * means), error]
    ax.errorbar(x, means, bars, fmt="osD^vP"[index % 6], capsize=3, color=style["color"])
    power = f"T^{fit.exponent:.2f} (95 % interval {fit.low:.2f} to {fit.high:.2f})"
    ax.plot(x, fit.constant * x**fit.exponent, **style, gid="rate", label=f"{label}: {power}")
    for slope in slopes:
        line = means[0] * (x / x[0]) ** slope
        ax.plot(x, line, color="#8a929e", linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
        look: dict[str, Any] = {"va": "center", "fontsize": 9, "color": QUIET}
        ax.annotate(_power_of_t(slope), (x[-1], line[-1]), (5, 0), textcoords="offset points", **look)
    scale(ax)
    scale(ax, which="y")
    drawn = [np.asarray(line.get_xdata(), dtype=float) for line in ax.lines if line.get_gid() == "rate"]
    first, last = min(each[0] for each in drawn), max(each[-1] for each in drawn)
    ax.set_xlim(first / 1.3, last * (last / first) ** 0.14)
    points = "; ".join(f"T = {t:g}: {r:.3g}" for t, r in zip(x, means, strict=True))
    alt = f"""{_alt.get(ax, "")} Mean regret over horizons T on logarithmic axes, {label}, {len(sample)} runs: {points}.
        Fitted: {power}. {f"Reference lines: {', '.join(map(_power_of_t, slopes))}." if len(slopes) else ""}"""
    return finish(ax, alt, "horizon T", "regret", title, 1, "mean with its 95 % interval, fitted power")


def _power_of_t(slope: float) -> str:
    return {1 / 3: "T^(1/3)", 1 / 2: "T^(1/2)", 2 / 3: "T^(2/3)", 1: "T"}.get(float(slope), f"T^{slope:.3g}")


@styled
def leader_view(simulation: Simulation, ax: Axes | None = None) -> Axes:
    """Draw what the leader sees of each action, the average of its rewards so far (theory section 4).

    The line is the mean over runs, noise aside; the band, ± 1.64 σ/√n, holds 90 % of the noise; the mark at the right
    is what the action is worth once the follower answers best. Needs a simulation with ``keep_blocks=True``.

    Examples
    --------
    >>> import stackedu as se
    >>> from matplotlib.figure import Figure
    >>> pair = se.leaders.ExploreThenCommit(50), se.followers.ExploreThenCommit(25)
    >>> run = se.simulate(se.games.explore_trap(), *pair, 100, n_runs=2, keep_blocks=True)
    >>> "a1: 0.4 after 50 pulls" in alt_text(leader_view(run, ax=Figure().add_subplot()))
    True
    """
    game, ax, words, longest = regrets_of.checked(simulation, blocks=True).game, _axes(ax), [], 1
    worth = np.where(benchmarks.follower_responses(game), game.leader, -np.inf).max(axis=1)
    for a, label in enumerate(game.leader_actions):
        pulls, sums = _by_pull(simulation, a, game.leader[a])
        if not len(pulls):
            continue
        style, mean = SERIES[a % len(SERIES)], (sums / pulls).mean(axis=0)
        noise = game.noise_sd if game.rewards == "gaussian" else np.sqrt(mean * (1 - mean))
        low, high = (mean + side * 1.645 * noise / np.sqrt(pulls) for side in (-1, 1))
        ax.fill_between(pulls, low, high, color=style["color"], alpha=0.13, linewidth=0)
        ax.plot(pulls, mean, **style, label=f"{label}, worth {worth[a]:.3g} in the end")
        ax.axhline(worth[a], xmin=0.94, color=style["color"], linewidth=4)
        words.append(f"{label}: {mean[-1]:.3g} after {pulls[-1]} pulls, worth {worth[a]:.3g} in the end")
        longest = max(longest, int(pulls[-1]))
    scale(ax, log=longest > 2000)
    ax.set(xlim=(1, longest * 1.08 + 1), ylim=(game.leader.min() - 0.15, game.leader.max() + 0.15))
    alt = f"""What the leader {_named(simulation, "leader")} sees of its actions while
        {_named(simulation, "follower")} learns, on
        {game.name or "a game"}: average reward so far, mean of {len(simulation.counts)} runs. {"; ".join(words)}."""
    x, y = "pulls of the action", "average reward so far"
    return finish(ax, alt, x, y, "What the leader sees", 2, "mean of runs, and 90 % of the noise")


def _by_pull(simulation: Simulation, action: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return n, and of each run the sum of ``values[b]`` over the first n pulls of a leader action, (n_runs, N).

    At most 90 n, spread like the axis they are drawn on; none if a run never plays the action.
    """
    sums, most = [], int(simulation.counts[:, -1, action].sum(axis=1).min())
    spread = np.linspace if most <= 2000 else np.geomspace
    pulls = np.unique(spread(1, most, 90).round().astype(int)) if most else np.arange(0)
    for blocks in simulation.blocks or ():
        own = blocks[blocks[:, 0] == action]
        ends, totals = (np.append(0, np.cumsum(own[:, 2] * weight)) for weight in (1, values[own[:, 1]]))
        sums.append(np.interp(pulls, ends, totals))
    return pulls, np.array(sums)


@styled
def promises(
    simulation: Simulation, kind: str = "instantaneous", ax: Axes | None = None, *,
    promise: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Axes:  # fmt: skip
    """Draw what a follower loses on each leader action against what it promises (theory section 5).

    "instantaneous": the largest gap still to come after n pulls against g(n), which is all that a non-increasing g
    asks; "anytime": the sum of the first n gaps against h(n). ``promise`` is g or h, by default as in
    `stackedu.instantaneous_regret` and `stackedu.anytime_regret`. Needs a simulation with ``keep_blocks=True``.

    Examples
    --------
    >>> import stackedu as se
    >>> from matplotlib.figure import Figure
    >>> pair = se.leaders.Fixed(0), se.followers.ExploreThenCommit(25)
    >>> run = se.simulate(se.games.explore_trap(), *pair, 100, n_runs=2, keep_blocks=True)
    >>> promises(run, "anytime", ax=Figure().add_subplot()).get_ylabel()
    'sum of the gaps so far'
    """
    summed = validation.one_of("kind", kind, ("instantaneous", "anytime")) == "anytime"
    measure = regrets_of.anytime_regret if summed else regrets_of.instantaneous_regret
    constant = measure(simulation, promise).constant()
    game, ax, longest, top, words = simulation.game, _axes(ax), 2, 0.0, []
    gaps = game.follower.max(axis=1, keepdims=True) - game.follower
    for a, label in enumerate(game.leader_actions):
        pulls, lost = (_by_pull if summed else _still_to_come)(simulation, a, gaps[a])
        if not len(pulls):
            continue
        style, mean, most = SERIES[a % len(SERIES)], lost.mean(axis=0), lost.max(axis=0)
        ax.plot(pulls, mean, **style, label=label)
        ax.fill_between(pulls, mean, most, color=style["color"], alpha=0.15, linewidth=0)
        longest, top = max(longest, int(pulls[-1])), max(top, float(most.max()))
        words.append(f"{label}, pull {pulls[-1]}: mean {mean[-1]:.3g}, largest {most[-1]:.3g}")
    factor, grid = game.shape[1] * math.log(max(simulation.horizon, 2)), np.geomspace(1, longest, 100)
    bound = promise(grid) if promise else np.sqrt(factor * grid if summed else factor / grid)
    name, y = ("h(n)", "sum of the gaps so far") if summed else ("g(n)", "largest gap to come")
    ax.plot(grid, bound, **FLOOR, label=f"{name} with C = 1")
    kept = f"C = {constant:.3g}: kept in 95 %"
    ax.plot(grid, constant * bound, color=QUIET, linestyle=_DASHES[1], linewidth=1.3, label=kept)
    scale(ax, log=not summed)
    ax.set(xlim=(1, longest), ylim=(0, 1.4 * max(top, 0.05)))
    alt = f"""{y.capitalize()} of the follower {_named(simulation, "follower")} on {game.name or "a game"}, over the
        pulls n of each leader action, {len(simulation.counts)} runs; {"; ".join(words)}. The promise {name} is kept for
        all n and all actions in 95 % of the runs with the constant C = {constant:.3g}."""
    title, legend = f"{_short(simulation.follower)}: {kind} regret", "line: mean; shaded: up to the largest of the runs"
    return finish(ax, alt, "pulls n of a leader action", y, title, 2, legend)


def _still_to_come(simulation: Simulation, action: int, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return n, and of each run the largest gap after the first n pulls of a leader action, (n_runs, N)."""
    pulls, worst = _by_pull(simulation, action, gaps)[0][:-1], []
    for blocks in simulation.blocks or ():
        own = blocks[blocks[:, 0] == action]
        later = np.maximum.accumulate(gaps[own[::-1, 1]])[::-1]
        worst.append(later[np.searchsorted(np.cumsum(own[:, 2]), pulls, side="right")])
    return pulls, np.array(worst)


@styled
def heatmap(
    table: Any, row_labels: Sequence[str], column_labels: Sequence[str], ax: Axes | None = None, *, label: str = ""
) -> Axes:
    """Draw a table (R, C) as colours with its numbers in them; ``label`` says what they are.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = heatmap([[1, 2], [3, 4]], ["UCB", "ETC"], ["UCB", "AAE"], ax=Figure().add_subplot(), label="regret")
    >>> alt_text(ax).split(": ", 1)[1]
    'smallest 1 at (UCB, UCB), largest 4 at (ETC, AAE). By row: UCB: 1, 2; ETC: 3, 4.'
    """
    values, shape = np.asarray(table, dtype=float), (len(row_labels), len(column_labels))
    if values.shape != shape or not values.size:
        raise ValueError(f"table must have a row and a column per label, shape {shape}, got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("table must hold finite numbers, got NaN or infinity")
    ax = _axes(ax, (2.4 + 1.05 * shape[1], 1.4 + 0.5 * shape[0]))
    ax.grid(False)
    image = ax.imshow(values, aspect="auto", cmap="cividis")
    words = np.reshape(_alike(values.ravel()), shape)
    for (row, column), value in np.ndenumerate(values):
        light = np.power(image.cmap(image.norm(value))[:3], 2.2) @ [0.2126, 0.7152, 0.0722]
        ink = "white" if light < 0.18 else "black"
        ax.text(column, row, str(words[row, column]), ha="center", va="center", color=ink)
    slanted: dict[str, Any] = {"rotation": 25, "ha": "right"}
    crowded = max(map(len, column_labels)) > 9 and shape[1] > 3
    ax.set_xticks(range(shape[1]), column_labels, **(slanted if crowded else {}))
    ax.set_yticks(range(shape[0]), row_labels)
    ends = [divmod(int(place), shape[1]) for place in (values.argmin(), values.argmax())]
    least, most = (f"{words[r, c]} at ({row_labels[r]}, {column_labels[c]})" for r, c in ends)
    alt = f"""Table of {label or "numbers"}, {shape[0]} rows ({", ".join(row_labels)}) by {shape[1]} columns
        ({", ".join(column_labels)}): smallest {least}, largest {most}."""
    if values.size <= 60:  # more would be too much to listen to
        rows = (f"{name}: {', '.join(row)}" for name, row in zip(row_labels, words, strict=True))
        alt += f" By row: {'; '.join(rows)}."
    return finish(ax, alt, title=label)


def _alike(values: np.ndarray) -> list[str]:
    """Return numbers with three digits, and the same number of decimals where that is short: 0.30 beside 0.29."""
    shown = [f"{value:.3g}" for value in values]
    places = max(len(each.partition(".")[2]) for each in shown)
    longer = [f"{value:.{places}f}" for value in values]
    short = max(map(len, longer)) <= 5 + (values.min() < 0) and not any("e" in each for each in shown)
    return longer if short else shown
