"""The library's benchmarks against definitions, worked values and the facts of section 2."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from brute_force import Curves, Exact
from brute_force import lipschitz_constant as lipschitz_by_definition
from hypothesis import given, settings
from hypothesis import strategies as st

from stackedu import games
from stackedu.benchmarks import (
    Benchmark,
    benchmark_curve,
    follower_responses,
    leader_responses,
    lipschitz_constant,
    self_tolerant,
    stackelberg,
    tolerant,
)
from stackedu.games import StackelbergGame

KINDS = {"tolerant": tolerant, "self_tolerant": self_tolerant}
SHAPES = [(1, 1), (1, 4), (4, 1), (2, 2), (2, 3), (3, 2), (3, 3), (4, 4)]


def grid_games(n_games, steps, seed):
    """Games on the grid 0, 1/steps, …, 1; steps = None means uniform payoffs."""
    rng = np.random.default_rng(seed)
    for i in range(n_games):
        size = (2, *SHAPES[i % len(SHAPES)])
        tables = rng.random(size) if steps is None else rng.integers(steps + 1, size=size) / steps
        yield StackelbergGame(*tables)


@st.composite
def quarter_games(draw, low=0, high=4):
    """Games with many ties whose payoffs, sums and differences are exact in binary."""
    n_rows, n_columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cells = st.lists(st.integers(low, high), min_size=n_rows * n_columns, max_size=n_rows * n_columns)
    return StackelbergGame(*(np.array(draw(cells)).reshape(n_rows, n_columns) / 4 for _ in range(2)))


tolerances = st.sampled_from([0, 0.1, 0.25, 0.3, 0.5, 0.75, 1, math.inf])
hypothesis_settings = settings(max_examples=150, deadline=None, derandomize=True)


def test_many_ties_agree_with_the_definitions_to_the_last_bit():
    for game in grid_games(2000, 4, seed=1):
        exact = Exact(game)
        curves = Curves(exact)
        for gamma in (0.0, 0.1, 0.25, 0.5, math.inf):
            for kind, function in KINDS.items():
                one, two = curves.at(gamma, kind)
                assert function(game, gamma) == Benchmark(one.value, two.value, one.epsilon, two.epsilon)
        for ties in ("leader", "adverse"):
            assert stackelberg(game, ties) == Benchmark(*exact.stackelberg(ties), 0, 0)
        for epsilon in (0.0, 0.25, 0.4, 2.0):
            sets = [np.flatnonzero(row).tolist() for row in follower_responses(game, epsilon)]
            assert sets == exact.follower_sets(epsilon)
            assert np.flatnonzero(leader_responses(game, epsilon)).tolist() == exact.leader_set(epsilon)


@pytest.mark.parametrize(("steps", "n_games"), [(10, 400), (7, 200), (None, 200)])
def test_other_payoffs_agree_with_the_definitions_up_to_the_last_rounding(steps, n_games):
    # tolerances lie between breakpoints, for those of floats and of rationals differ in the last bit
    for game in grid_games(n_games, steps, seed=2):
        curves = Curves(Exact(game))
        for gamma in (0.0, 0.0523, 0.1234, 0.3456, math.inf):
            for kind, function in KINDS.items():
                found, expected = function(game, gamma), curves.at(gamma, kind)
                assert found.leader == pytest.approx(float(expected[0].value), rel=0, abs=4.5e-16)
                assert found.follower == pytest.approx(float(expected[1].value), rel=0, abs=4.5e-16)
                if steps is None:  # without ties the attaining tolerances are unique
                    assert found.leader_epsilon == pytest.approx(float(expected[0].epsilon), abs=1e-15)
                    assert found.follower_epsilon == pytest.approx(float(expected[1].epsilon), abs=1e-15)


def terms(game, epsilon, kind):
    """The terms of both infima at one tolerance, from the library's sets."""
    responses = follower_responses(game, epsilon)
    if kind == "tolerant":
        worst = np.where(responses, game.leader, np.inf).min(axis=1).max()
        return worst + epsilon, game.follower.max(axis=1)[leader_responses(game, epsilon)].min() + epsilon
    inside = responses & leader_responses(game, epsilon)[:, None]
    return tuple(u[inside].min() + epsilon for u in (game.leader, game.follower))


@pytest.mark.parametrize("steps", [10, 7, None])
@pytest.mark.parametrize("kind", KINDS)
def test_infima_are_attained_at_the_stated_tolerance_and_at_no_smaller_one(kind, steps):
    rng = np.random.default_rng(3)
    for game in grid_games(150, steps, seed=4):
        gaps = game.follower.max(axis=1, keepdims=True) - game.follower
        points = np.unique(np.append(gaps, np.abs(np.subtract.outer(game.leader, game.leader))))
        gamma = float(rng.choice(points))  # a breakpoint of the floats: nothing may be lost at it
        table = np.array([(point, *terms(game, point, kind)) for point in points[points <= gamma]])
        found = KINDS[kind](game, gamma)
        for value, epsilon, column in (
            (found.leader, found.leader_epsilon, 1),
            (found.follower, found.follower_epsilon, 2),
        ):
            assert value == table[:, column].min()
            assert epsilon == table[table[:, column] == value, 0][0]
            assert terms(game, epsilon, kind)[column - 1] == value


def test_breakpoints_are_met_to_the_last_bit():
    # 0.4 - 0.3 > 0.1 in floats: the second answer counts at the float's own gap and not at 0.1
    game = StackelbergGame([[0.9, 0.1]], [[0.4, 0.3]])
    gap = 0.4 - 0.3
    assert gap > 0.1
    assert follower_responses(game, 0.1).tolist() == [[True, False]]
    assert follower_responses(game, gap).tolist() == [[True, True]]
    assert tolerant(game, 0.1).leader == 0.9
    assert tolerant(game, gap) == Benchmark(0.1 + gap, 0.4, gap, 0.0)
    game = StackelbergGame([[0.4], [0.3]], [[0.9], [0.1]])
    assert leader_responses(game, 0.1).tolist() == [True, False]
    assert leader_responses(game, gap).tolist() == [True, True]
    assert tolerant(game, 0.1).follower == 0.9
    assert tolerant(game, gap) == Benchmark(0.4, 0.1 + gap, 0.0, gap)


@pytest.mark.parametrize("delta", [0.001, 0.03, 0.1])
@pytest.mark.parametrize("gamma", [None, 0.1, 0.2, math.inf])
def test_worked_values_of_the_impossibility_pair(delta, gamma):
    gamma = delta if gamma is None else gamma
    first, second = games.impossibility_pair(delta)
    for ties in ("leader", "adverse"):
        assert stackelberg(first, ties) == Benchmark(0.6, delta)
        assert stackelberg(second, ties) == Benchmark(0.5, 0.6)
    found = [tolerant(game, gamma) for game in (first, second)]
    assert [(b.leader, b.follower) for b in found] == [
        pytest.approx((0.5 + delta, delta)),
        pytest.approx((0.5, 3 * delta)),
    ]


@pytest.mark.parametrize("gamma", [0.0, 0.01, 0.1, 0.5, math.inf])
@pytest.mark.parametrize("delta", [0.001, 0.1, 0.25, 1 / 3])
def test_worked_values_of_the_lower_bound_family(delta, gamma):
    first, *others = games.lower_bound_family(delta, 4)
    found = tolerant(first, gamma)
    assert (found.leader, found.follower) == pytest.approx((0.5 + delta, delta))
    for other in others:
        found = tolerant(other, gamma)
        assert (found.leader, found.follower) == pytest.approx((0.5, 3 * delta))


def test_worked_values_of_the_traps():
    assert tolerant(games.explore_trap(), 0.05) == Benchmark(0.6, 0.4)
    assert tolerant(games.slow_follower_trap(), 0.04) == Benchmark(0.6, 0.05)
    curve = benchmark_curve(games.slow_follower_trap(), [0.06, 0.1, 0.5])
    assert curve[0] == pytest.approx([0.55, 0.5, 0.5])
    assert self_tolerant(games.unfinished_follower(0.1), 0.05) == Benchmark(1.0, 0.5)
    found = tolerant(games.unfinished_follower(0.1), 0.15)
    assert (found.leader, found.follower) == pytest.approx((0.7, 0.5))


def test_ties_are_broken_for_or_against():
    game = StackelbergGame([[0.75, 0.25], [0.5, 0.5], [0.75, 0]], [[0.5, 0.5], [0.25, 0], [0.75, 0]])
    assert stackelberg(game) == Benchmark(0.75, 0.75)
    game = StackelbergGame([[0.75, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.25, 0]])
    assert stackelberg(game, "leader") == Benchmark(0.75, 0.5)
    assert stackelberg(game, ties="adverse") == Benchmark(0.5, 0.25)


@given(quarter_games(), tolerances, tolerances)
@hypothesis_settings
def test_sets_grow_and_are_not_empty(game, one, two):
    small, large = sorted((one, two))
    assert (follower_responses(game, small) <= follower_responses(game, large)).all()
    assert (leader_responses(game, small) <= leader_responses(game, large)).all()
    worst = np.where(follower_responses(game, small), game.leader, np.inf).min(axis=1)
    assert leader_responses(game, small)[worst.argmax()]
    assert follower_responses(game, small).any(axis=1).all()
    assert follower_responses(game, math.inf).all()
    assert leader_responses(game, math.inf).all()


@given(quarter_games(), tolerances, tolerances)
@hypothesis_settings
def test_benchmarks_are_ordered_feasible_and_fall_with_gamma(game, one, two):
    small, large = sorted((one, two))
    tol, own = tolerant(game, small), self_tolerant(game, small)
    for ties in ("leader", "adverse"):
        original = stackelberg(game, ties)
        assert own.leader <= tol.leader <= original.leader
        assert own.follower <= tol.follower <= original.follower
    for function, now in ((tolerant, tol), (self_tolerant, own)):
        later = function(game, large)
        assert later.leader <= now.leader
        assert later.follower <= now.follower
        assert 0 <= now.leader_epsilon <= small
        assert 0 <= now.follower_epsilon <= small


@given(st.integers(0, 10**6))
@hypothesis_settings
def test_order_holds_in_floating_point_too(seed):
    game = next(grid_games(1, 10, seed)) if seed % 3 == 0 else games.random_game((3, 4), seed=seed)
    for gamma in (0.0, 0.1, 0.3, 1.0):
        tol, own, original = tolerant(game, gamma), self_tolerant(game, gamma), stackelberg(game, "adverse")
        assert own.leader <= tol.leader <= original.leader <= stackelberg(game).leader
        assert own.follower <= tol.follower <= original.follower


@given(quarter_games(high=2), tolerances, st.sampled_from([0.25, 0.5]))
@hypothesis_settings
def test_a_constant_shifts_its_players_benchmark(game, gamma, shift):
    raised = [
        StackelbergGame(game.leader + shift, game.follower),
        StackelbergGame(game.leader, game.follower + shift),
    ]
    for function in (
        tolerant,
        self_tolerant,
        lambda g, _: stackelberg(g),
        lambda g, _: stackelberg(g, "adverse"),
    ):
        old = function(game, gamma)
        for up1, up2, new in ((shift, 0, raised[0]), (0, shift, raised[1])):
            expected = Benchmark(old.leader + up1, old.follower + up2, old.leader_epsilon, old.follower_epsilon)
            assert function(new, gamma) == expected


@given(quarter_games(), tolerances, st.integers(0, 1000))
@hypothesis_settings
def test_relabelling_changes_nothing(game, gamma, seed):
    rng = np.random.default_rng(seed)
    rows = rng.permutation(game.n_leader_actions)[:, None]
    columns = rng.permuted(np.tile(np.arange(game.n_follower_actions), (len(rows), 1)), axis=1)
    other = StackelbergGame(game.leader[rows, columns], game.follower[rows, columns])
    assert tolerant(game, gamma) == tolerant(other, gamma)
    assert self_tolerant(game, gamma) == self_tolerant(other, gamma)
    assert stackelberg(game, "adverse") == stackelberg(other, "adverse")
    assert stackelberg(game) == stackelberg(other)
    assert lipschitz_constant(game) == lipschitz_constant(other)


@pytest.mark.parametrize("kind", KINDS)
def test_the_curve_equals_pointwise_calls(kind):
    for game in grid_games(60, 10, seed=5):
        gammas = [0.3, 0.0, 0.4 - 0.3, 0.1, 1.0, math.inf, 0.1]
        curve = benchmark_curve(game, gammas, kind)
        points = [KINDS[kind](game, gamma) for gamma in gammas]
        assert curve.shape == (2, len(gammas))
        assert curve.tolist() == [[p.leader for p in points], [p.follower for p in points]]
    assert benchmark_curve(games.explore_trap(), np.array([]), kind).shape == (2, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(40, 60), (200, 1), (1, 200), (300, 2)])
def test_larger_games_agree_with_a_scan_of_all_tolerances(shape, kind):
    game = games.random_game(shape, seed=6)
    for rows in (slice(None), slice(0, 1)):
        part = StackelbergGame(game.leader[rows], game.follower[rows])
        gaps = part.follower.max(axis=1, keepdims=True) - part.follower
        found = KINDS[kind](part, 0.2)
        for point in np.unique(gaps[gaps <= 0.2])[:: max(1, gaps.size // 200)]:
            one, two = terms(part, point, kind)
            assert found.leader <= one
            assert found.follower <= two
        assert terms(part, found.leader_epsilon, kind)[0] == found.leader
        assert terms(part, found.follower_epsilon, kind)[1] == found.follower


def test_a_utility_that_falls_at_every_gap():
    # one row: V falls a thousand times; the best stop is where the guarantee falls more slowly than ε rises
    gap = np.arange(1000) / 1024
    fall = np.where(gap < 0.25, 2 * gap, 0.5 + (gap - 0.25) / 2)
    game = StackelbergGame([1 - fall], [1 - gap])
    assert tolerant(game, 1.0) == Benchmark(0.75, 1.0, 0.25, 0.0)
    assert tolerant(game, 0.125) == Benchmark(0.875, 1.0, 0.125, 0.0)


def test_lipschitz_constant_by_definition():
    for game in grid_games(800, 4, seed=7):
        expected = lipschitz_by_definition(Exact(game))
        assert lipschitz_constant(game) == (math.inf if expected is None else float(expected))
    for game in grid_games(200, 10**4, seed=8):
        expected = lipschitz_by_definition(Exact(game))
        expected = math.inf if expected is None else float(expected)
        assert lipschitz_constant(game) == pytest.approx(expected, rel=1e-11)


def test_lipschitz_constant_of_named_games():
    assert lipschitz_constant(StackelbergGame([[0.5, 0.5]], [[0.25, 0.25]])) == 1
    assert lipschitz_constant(StackelbergGame([[0.5, 0.5]], [[0.25, 0.5]])) == math.inf
    assert lipschitz_constant(StackelbergGame([[0.25, 0.5]], [[0.5, 0.5]])) == math.inf
    assert lipschitz_constant(StackelbergGame([[0.0, 1.0]], [[5e-324, 0.0]])) == math.inf  # no warning either
    assert lipschitz_constant(games.impossibility_pair(0.01)[0]) == pytest.approx(0.4 / 0.01)
    assert lipschitz_constant(games.zero_sum(np.arange(6).reshape(2, 3) / 8)) == 1
    assert lipschitz_constant(games.common_interest([[0.1, 0.7], [0.3, 0.3]])) == 1


@pytest.mark.parametrize("function", [follower_responses, leader_responses])
@pytest.mark.parametrize("bad", [-0.1, math.nan, -math.inf])
def test_bad_epsilon(function, bad):
    with pytest.raises(ValueError, match="epsilon"):
        function(games.explore_trap(), bad)


@pytest.mark.parametrize("function", KINDS.values())
def test_bad_gamma(function):
    for bad in (-1e-9, math.nan):
        with pytest.raises(ValueError, match="gamma"):
            function(games.explore_trap(), bad)
    for bad in ("0.1", None, True):
        with pytest.raises(TypeError, match="gamma"):
            function(games.explore_trap(), bad)


def test_bad_game():
    calls = [
        follower_responses,
        leader_responses,
        stackelberg,
        lipschitz_constant,
        lambda g: tolerant(g, 0.1),
        lambda g: self_tolerant(g, 0.1),
        lambda g: benchmark_curve(g, [0.1]),
    ]
    for call in calls:
        for bad in ([[0.5]], None, games.impossibility_pair(0.1)):
            with pytest.raises(TypeError, match=r"game must be a StackelbergGame.*make one with"):
                call(bad)


def test_bad_choices_and_gammas():
    game = games.explore_trap()
    with pytest.raises(ValueError, match=r"ties.*'friendly'"):
        stackelberg(game, "friendly")
    with pytest.raises(ValueError, match=r"kind.*'orig'"):
        benchmark_curve(game, [0.1], "orig")
    with pytest.raises(ValueError, match=r"gammas\[1\].*-1"):
        benchmark_curve(game, [0.1, -1])
    with pytest.raises(ValueError, match=r"gammas.*1-D"):
        benchmark_curve(game, 0.1)


def test_results_are_plain_and_frozen():
    found = tolerant(games.explore_trap(), 0.05)
    assert all(type(getattr(found, field)) is float for field in vars(found))
    with pytest.raises(AttributeError):
        found.leader = 1.0
    assert type(lipschitz_constant(games.explore_trap())) is float
    assert leader_responses(games.explore_trap()).dtype == bool


@pytest.mark.parametrize("shape", [(1000, 1000), (10**6, 1), (1, 10**6)])
def test_a_million_pairs_fit_in_memory(shape):
    game = games.random_game(shape, seed=9)
    tracemalloc.start()
    try:
        tolerant(game, 0.1)
        self_tolerant(game, 0.1)
        lipschitz_constant(game)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 500e6
