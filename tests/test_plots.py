"""Figures: what they draw, what they say, and that they leave matplotlib's settings alone."""

import json
import math
import re
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import stackedu as se
from stackedu import plots

matplotlib.use("agg")
TRAP = se.games.explore_trap()


@pytest.fixture(scope="module")
def run():
    pair = se.leaders.ExploreThenCommit(50), se.followers.ExploreThenCommit(25)
    return se.simulate(TRAP, *pair, 300, n_runs=12, seed=1, keep_blocks=True)


@pytest.fixture
def ax():
    return Figure(figsize=(6.6, 3.8)).add_subplot()


def every_figure(run):
    T = np.array([100, 1000, 10000])
    yield plots.payoff_table(TRAP, 0.1)
    yield plots.benchmark_curve(TRAP, [0.05])
    yield plots.benchmark_curve(TRAP, player="follower")
    yield plots.twin_instances(0.05, 400)
    yield plots.regret(run, se.tolerant(TRAP, 0.05), floor=3.0)
    yield plots.rate(T, np.array([[0.9], [1.1]]) * T**0.5)
    yield plots.leader_view(run)
    yield plots.promises(run)
    yield plots.promises(run, "anytime")
    yield plots.heatmap([[1, 2, 3, 4]], ["a"], ["WaitThenCommit"] * 3 + ["x"], label="regret")


def line(ax, start):
    return next(each for each in ax.lines if str(each.get_label()).startswith(start))


# ---------------------------------------------------------------- all figures


@pytest.fixture
def defaults():
    """Matplotlib's own settings: what has leaked from another figure would not be seen."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield


def test_every_figure_is_readable_has_words_and_leaves_the_settings_alone(run, defaults):
    import matplotlib.pyplot as plt

    before = dict(matplotlib.rcParams)
    for ax in every_figure(run):
        ax.figure.canvas.draw()
        texts = [text for text in ax.figure.findobj(Text) if text.get_text() and text.get_visible()]
        assert min(text.get_fontsize() for text in texts) >= 9, ax.get_title()
        assert len(plots.alt_text(ax)) > 60
        assert "  " not in plots.alt_text(ax)
        assert ax.get_title(loc="left"), "a figure has a title"
        box, canvas = ax.get_tightbbox(), ax.figure.bbox
        assert box.x0 >= -1, "nothing is cut off at the left"
        assert box.x1 <= canvas.width + 1, (ax.get_title(loc="left"), box, canvas)
        assert box.y0 >= -1
        assert box.y1 <= canvas.height + 1, (ax.get_title(loc="left"), box, canvas)
        plt.close(ax.figure)
    assert dict(matplotlib.rcParams) == before


def test_a_figure_of_ones_own_keeps_its_places_and_its_layout(run):
    own = Figure().subplots(1, 2)
    places = [ax.get_position().bounds for ax in own]
    plots.regret(run, (0.6, 0.4), own[0])
    plots.promises(run, ax=own[1])
    assert [ax.get_position().bounds for ax in own] == places
    assert all(ax.get_in_layout() for ax in own)


def test_the_style_wins_over_a_dark_style_and_covers_the_figure(run):
    import matplotlib.pyplot as plt

    with plt.style.context("dark_background"):
        ax = plots.regret(run, (0.6, 0.4))
        ax.figure.canvas.draw()
        assert matplotlib.colors.to_hex(ax.figure.get_facecolor()) == "#fbfbfd"
        colors = {matplotlib.colors.to_hex(label.get_color()) for label in ax.get_xticklabels()}
        assert colors == {plots.INK}
        plt.close(ax.figure)


def test_leader_and_follower_differ_by_more_than_colour_everywhere(run, ax):
    plots.regret(run, (0.6, 0.4), ax)
    first, second = line(ax, "leader"), line(ax, "follower")
    assert first.get_color() == plots.PLAYERS[0]["color"]
    assert second.get_color() == plots.PLAYERS[1]["color"]
    assert first.get_linestyle() != second.get_linestyle()


def _luminance(color):
    channels = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in matplotlib.colors.to_rgb(color)]
    return float(np.dot(channels, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize(
    "color", [plots.INK, plots.QUIET, *(each["color"] for each in (*plots.PLAYERS, *plots.SERIES))]
)
def test_colours_of_lines_and_text_have_contrast(color):
    assert (_luminance("#fbfbfd") + 0.05) / (_luminance(color) + 0.05) >= 4.5


def test_importing_plots_does_not_import_matplotlib():
    code = "import sys, stackedu.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_axes_of_others_have_no_words_and_wrong_axes_are_refused():
    figure = Figure()
    figure.add_subplot()
    assert plots.alt_text(figure) == ""
    with pytest.raises(TypeError, match="ax must be matplotlib axes or None, got 3"):
        plots.twin_instances(0.1, 10, ax=3)


def test_recycled_axes_show_the_new_data_only(run, ax):
    plots.regret(run, (0.6, 0.4), ax, floor=5.0)
    plots.regret(run, (0.5, 0.4), plots.recycle(ax), per_round=True)
    fresh = plots.regret(run, (0.5, 0.4), Figure(figsize=(6.6, 3.8)).add_subplot(), per_round=True)
    assert len(ax.lines) == len(fresh.lines)
    assert [each.get_text() for each in ax.get_legend().get_texts()] == ["leader", "follower"]
    assert ax.get_ylim() == pytest.approx(fresh.get_ylim())
    assert plots.alt_text(ax) == plots.alt_text(fresh)


# ---------------------------------------------------------------- showing


def test_show_displays_a_png_with_its_words_in_the_metadata_and_below(monkeypatch):
    import IPython.display
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    ax = plots.payoff_table(TRAP)
    words = plots.alt_text(ax)
    plots.show(ax)
    data, metadata = shown[0]._repr_mimebundle_()
    assert list(data) == ["image/png"]
    assert metadata["image/png"]["alt"] == words
    assert metadata["image/png"]["width"] > 200
    assert words.replace("'", "&#x27;") in shown[1].data
    assert not plt.get_fignums()


def test_img_is_an_image_with_alt_text_and_a_fixed_size(ax):
    plots.twin_instances(0.05, 400, ax=ax)
    html = plots.img(ax.figure)
    assert 'width="634" height="365"' in html
    assert "errs with probability 0.159" in html
    assert "data:image/svg+xml;base64," in html


# ---------------------------------------------------------------- one by one


def test_payoff_table_marks_sets_and_pair_by_more_than_colour(ax):
    plots.payoff_table(TRAP, 0.2, ax)
    marks = [text.get_text() for text in ax.texts if set(text.get_text()) & set("●★")]
    assert marks == ["●★", "●", "●"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["▶ a1", "▶ a2"]
    words = plots.alt_text(ax)
    for part in (
        "a1: (0.6, 0.4), (0.2, 0).",
        "B_ε(a1) = {b1}",
        "B_ε(a2) = {b1, b2}",
        "A_ε = {a1, a2}",
        "pair is (a1, b1)",
    ):
        assert part in words


def test_payoff_table_refuses_what_cannot_be_read():
    with pytest.raises(ValueError, match="at most 12 actions"):
        plots.payoff_table(se.games.random_game((13, 2), seed=0))
    with pytest.raises(TypeError, match="game must be a StackelbergGame"):
        plots.payoff_table([[1]])
    with pytest.raises(ValueError, match="epsilon must be at least 0, got -1"):
        plots.payoff_table(TRAP, -1)


@pytest.mark.parametrize("player", [0, 1])
def test_benchmark_curve_draws_the_exact_infimum(player, ax):
    game = se.games.impossibility_pair(0.0625)[0]
    name = ("leader", "follower")[player]
    plots.benchmark_curve(game, [0.03, 0.1], ax, player=name)
    curve = line(ax, "benchmark")
    x, y = curve.get_xdata(), curve.get_ydata()
    for gamma in np.linspace(0, 0.9 * x[-1], 23):
        if np.abs(x - gamma).min() > 1e-6:
            drawn = y[np.searchsorted(x, gamma, side="right") - 1]
            assert drawn == pytest.approx(se.benchmark_curve(game, [gamma])[player][0])
    marks = next(each for each in ax.lines if each.get_marker() == "o")
    assert marks.get_ydata() == pytest.approx(se.benchmark_curve(game, [0.03, 0.1])[player])


def test_benchmark_curve_draws_relaxed_utility_and_its_price(ax):
    plots.benchmark_curve(TRAP, ax=ax)
    relaxed = line(ax, "relaxed utility").get_ydata()
    assert set(np.round(relaxed[~np.isnan(relaxed)], 9)) == {0.6, 0.4}
    x, slanted = line(ax, "relaxed utility + ε").get_data()
    assert np.nanmax(np.abs(slanted - relaxed - x)) < 1e-12
    with pytest.raises(ValueError, match="player must be one of 'leader', 'follower', got 'user'"):
        plots.benchmark_curve(TRAP, player="user")


def test_twin_instances_states_the_error_of_the_best_test(ax):
    plots.twin_instances(0.1, 100, noise_sd=2.0, ax=ax)
    error = f"{0.5 * math.erfc(0.1 * 10 / 2 / math.sqrt(2)):.3g}"
    assert error in plots.alt_text(ax)
    assert ax.get_legend_handles_labels()[1][-1] == f"best test errs: {error} (half the shaded area)"
    with pytest.raises(ValueError, match=r"delta must be greater than 0 and at most 0\.3, got 0\.4"):
        plots.twin_instances(0.4, 10)
    with pytest.raises(ValueError, match="noise_sd must be greater than 0"):
        plots.twin_instances(0.1, 10, noise_sd=0)


@pytest.mark.parametrize("per_round", [False, True])
def test_regret_draws_means_band_and_floor(run, ax, per_round):
    plots.regret(run, (0.6, 0.4), ax, floor=30.0, per_round=per_round)
    values = run.regret((0.6, 0.4)) / (run.rounds if per_round else 1)
    for player, name in enumerate(("leader", "follower")):
        assert line(ax, name).get_ydata() == pytest.approx(values[player].mean(axis=0))
        band = ax.collections[player].get_paths()[0].vertices[:, 1]
        assert band.max() == pytest.approx(np.quantile(values[player], 0.95, axis=0).max())
    assert line(ax, "floor").get_ydata()[0] == pytest.approx(30 / 300 if per_round else 30)
    assert ax.get_legend().get_title().get_text() == "mean and middle 90 % of runs"
    words = plots.alt_text(ax)
    course = [f"{mean:.3g}" for mean in values[0].mean(axis=0)]
    assert f"After {run.rounds[0]}, " in words
    assert re.search(rf"leader's mean is {course[0]}, .*, {course[-1]} \(", words)


def test_regret_refuses_what_is_no_simulation_and_a_wrong_floor(run):
    with pytest.raises(TypeError, match="simulation must be a Simulation"):
        plots.regret(TRAP, (0.6, 0.4))
    with pytest.raises(ValueError, match="floor must be at least 0"):
        plots.regret(run, (0.6, 0.4), Figure().add_subplot(), floor=-1)


def test_rate_draws_fit_points_and_slopes_and_can_be_shared(ax):
    T = np.array([100, 1000, 10000])
    sample = np.array([[0.9], [1.0], [1.1]]) * T ** (2 / 3)
    plots.rate(T, sample, ax, label="first")
    plots.rate(T, 2 * sample, ax, slopes=(), label="second")
    assert line(ax, "first: T^0.67").get_ydata() == pytest.approx(T ** (2 / 3))
    assert line(ax, "second").get_color() != line(ax, "first").get_color()
    assert [each.get_text() for each in ax.texts] == ["T^(1/2)", "T^(2/3)", "T"]
    assert "first" in plots.alt_text(ax)
    assert "T = 10000: 928" in plots.alt_text(ax)
    plots.rate(T[:2], sample[:, :2], ax, slopes=(), label="shorter", title="Three in one")
    assert ax.get_xlim()[0] < 100
    assert ax.get_xlim()[1] > 10000, "a later, shorter one cuts nothing off"
    assert ax.get_title(loc="left") == "Three in one"
    with pytest.raises(ValueError, match="clearly positive mean"):
        plots.rate(T, -sample, ax)


def test_leader_view_shows_what_the_leader_averages(run, ax):
    plots.leader_view(run, ax)
    # the follower explores b1 then b2, 25 pulls each: (25 · .6 + n · .2) / (25 + n)
    x, y = line(ax, "a1").get_data()
    early = x <= 50
    assert y[early] == pytest.approx(np.where(x <= 25, 0.6, (25 * 0.6 + (x - 25) * 0.2) / x)[early])
    assert "worth 0.6 in the end" in line(ax, "a1").get_label()
    bare = se.simulate(TRAP, se.leaders.UCB(), se.followers.UCB(), 20, n_runs=1)
    with pytest.raises(ValueError, match="keep_blocks=True"):
        plots.leader_view(bare)


def test_a_learner_of_ones_own_is_named_by_its_class(ax):
    class Stubborn:
        def choose(self):
            return 0

        def observe(self, action, reward):
            pass

    plots.regret(se.simulate(TRAP, Stubborn(), se.followers.UCB(), 10, n_runs=2), (0.6, 0.4), ax)
    assert "Stubborn against UCB(confidence=2.0) on" in plots.alt_text(ax)


def test_leader_view_and_promises_leave_out_actions_that_are_never_played(ax):
    run = se.simulate(TRAP, se.leaders.Fixed(0), se.followers.UCB(), 40, n_runs=2, keep_blocks=True)
    plots.leader_view(run, ax)
    assert [str(each.get_label())[:2] for each in ax.lines if "worth" in str(each.get_label())] == ["a1"]
    plots.promises(run, ax=Figure().add_subplot())


def test_promises_draws_losses_and_the_constants_that_were_measured(run, ax):
    plots.promises(run, "anytime", ax)
    x, y = line(ax, "a1").get_data()
    assert y[x <= 50] == pytest.approx(0.4 * np.maximum(x - 25, 0)[x <= 50])
    assert line(ax, f"C = {se.anytime_regret(run).constant():.3g}")
    other = Figure().add_subplot()
    plots.promises(run, "instantaneous", other)
    x, y = line(other, "a1").get_data()
    assert y[x < 50] == pytest.approx(0.4), "the largest gap to come"
    assert f"{se.instantaneous_regret(run).constant():.3g}" in plots.alt_text(other)
    with pytest.raises(ValueError, match="kind must be one of"):
        plots.promises(run, "both")


def test_heatmap_writes_each_number_and_checks_the_labels(ax):
    plots.heatmap([[1, 2], [3, 4.5]], ["UCB", "ETC"], ["x", "y"], ax, label="loss")
    assert [each.get_text() for each in ax.texts] == ["1.0", "2.0", "3.0", "4.5"]
    assert "smallest 1.0 at (UCB, x), largest 4.5 at (ETC, y)" in plots.alt_text(ax)
    ax = plots.heatmap([[0.3, 0.29, -0.123]], ["a"], ["x", "y", "z"], ax.figure.add_subplot())
    assert [each.get_text() for each in ax.texts] == ["0.300", "0.290", "-0.123"]
    plots.heatmap([[1e-7, 25]], ["a"], ["x", "y"], ax)
    assert [each.get_text() for each in ax.texts[-2:]] == ["1e-07", "25"], "short, or as they are"
    with pytest.raises(ValueError, match=r"shape \(1, 2\), got shape \(2, 2\)"):
        plots.heatmap([[1, 2], [3, 4]], ["a"], ["x", "y"])
    with pytest.raises(ValueError, match="finite numbers"):
        plots.heatmap([[math.nan]], ["a"], ["x"])


def test_a_notebook_renders_the_words_as_alt(tmp_path):
    nbformat, nbconvert = pytest.importorskip("nbformat"), pytest.importorskip("nbconvert")
    from IPython.core.formatters import format_display_data
    from IPython.display import Image

    ax = plots.twin_instances(0.05, 400, ax=Figure().add_subplot())
    data, metadata = format_display_data(Image(plots.png(ax.figure), format="png", alt=plots.alt_text(ax)))
    data = json.loads(json.dumps(data, default=lambda raw: raw.decode()))
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    html, _ = nbconvert.HTMLExporter(template_name="classic").from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert "errs with probability 0.159" in html


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (1e3, 1e5, ["10³", "2·10³", "5·10³", "10⁴", "2·10⁴", "5·10⁴", "10⁵"]),
        (1.1e7, 2.2e7, ["1.5·10⁷", "2·10⁷"]),
        (0.02, 0.9, ["0.02", "0.05", "0.1", "0.2", "0.5"]),
        (1, 1e4, ["1", "10", "10²", "10³", "10⁴"]),
        (1e-5, 1e-1, ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹"]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_few_and_alike(low, high, labels):
    ax = Figure().add_subplot()
    se.plots.scale(ax)  # before the data, which may still widen the axis
    ax.plot([low, high], [1, 1])
    ax.set_xlim(low / 1.01, high * 1.01)
    ax.figure.draw_without_rendering()
    ticks = ax.xaxis.get_major_ticks()  # whose places may be off in the last digit, which depends on the processor
    inside = [tick.label1.get_text() for tick in ticks if low / 1.001 <= tick.get_loc() <= high * 1.001]
    assert inside == labels
