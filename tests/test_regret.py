"""Rates against laws that are known exactly; promises against a brute force over every single pull."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stackedu as se

# ---------------------------------------------------------------- rates

HORIZONS = np.array([1e3, 1e4, 1e5, 1e6])


def noisy(exponent, n_runs, rng, noise=0.3, constant=2.0):
    """Regrets whose means are constant · T^exponent, with relative noise."""
    return constant * HORIZONS**exponent * (1 + noise * rng.standard_normal((n_runs, len(HORIZONS))))


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 0.5, 2 / 3, 1.0])
@pytest.mark.parametrize("constant", [0.01, 1.0, 300.0])
def test_power_laws_are_recovered(exponent, constant):
    rate = se.fit_rate(HORIZONS, np.tile(constant * HORIZONS**exponent, (5, 1)))
    assert rate.exponent == pytest.approx(exponent, abs=1e-12)
    assert (rate.low, rate.high) == pytest.approx((exponent, exponent), abs=1e-12)
    assert rate.constant == pytest.approx(constant)
    np.testing.assert_allclose(rate.mean_regret, constant * HORIZONS**exponent)
    assert (rate.horizons == HORIZONS).all()


def test_least_squares_on_logarithms():
    horizons, means = np.array([1.0, 3.0, 50.0]), np.array([2.0, 5.0, 4.0])
    rate = se.fit_rate(horizons, np.outer([0.5, 1.0, 1.5], means))
    matrix = np.column_stack([np.log(horizons), np.ones(3)])
    slope, level = np.linalg.solve(matrix.T @ matrix, matrix.T @ np.log(means))
    assert rate.exponent == pytest.approx(slope)
    assert rate.constant == pytest.approx(math.exp(level))


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """300 samples of 40 runs: a percentile bootstrap of 40 covers about .94; binomial tails below 1e-6."""
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(300):
        rate = se.fit_rate(HORIZONS, noisy(0.6, 40, rng))
        covered += rate.low <= 0.6 <= rate.high
    # P(Bin(300, .93) < 253) < 1e-6; P(Bin(300, .95) > 299) = 2e-7
    assert 253 <= covered <= 299


def test_intervals_narrow_with_runs_and_widen_with_confidence():
    rng = np.random.default_rng(12)
    few, many = (se.fit_rate(HORIZONS, noisy(0.6, n, rng)) for n in (25, 2500))
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(10, rel=0.5)
    sample = noisy(0.6, 50, rng)
    wide, narrow = (se.fit_rate(HORIZONS, sample, confidence=c) for c in (0.99, 0.5))
    assert wide.low < narrow.low < narrow.exponent < narrow.high < wide.high
    # normal theory: half a width of z sd, sd of the slope from relative noise .3/sqrt(50) on equally spaced logs
    x = np.log(HORIZONS) - np.log(HORIZONS).mean()
    assert (wide.high - wide.low) / 2 == pytest.approx(2.576 * 0.3 / math.sqrt(50 * (x**2).sum()), rel=0.35)


def test_each_horizon_is_resampled_on_its_own():
    """Every run follows the law exactly, with a constant of its own: whole runs resampled would show no spread."""
    constants = np.random.default_rng(13).uniform(0.5, 1.5, size=(60, 1))
    rate = se.fit_rate(HORIZONS, constants * HORIZONS**0.5)
    assert rate.high - rate.low > 0.01
    shuffled = np.column_stack([np.random.default_rng(i).permutation(constants) for i in range(4)]) * HORIZONS**0.5
    again = se.fit_rate(HORIZONS, shuffled)
    assert (again.low, again.high) == (rate.low, rate.high)


def test_order_of_runs_does_not_matter_and_the_seed_does():
    sample = noisy(0.5, 30, np.random.default_rng(14))
    rate = se.fit_rate(HORIZONS, sample, seed=3)
    assert se.fit_rate(HORIZONS, sample[::-1], seed=3) == rate
    assert se.fit_rate(HORIZONS, sample.tolist(), seed=3) == rate
    assert se.fit_rate(HORIZONS, sample, seed=4).low != rate.low
    assert se.fit_rate(HORIZONS, sample, seed=4).exponent == rate.exponent


def test_large_samples_are_resampled_in_chunks():
    """Of 3000 runs, 2000 resamples are six million numbers; the slope has standard deviation 6e-4."""
    sample = np.random.default_rng(15).normal(1.0, 0.1, size=(3000, 2)) * [1e1, 1e2]
    rate = se.fit_rate([100, 10_000], sample)
    assert rate.low < 0.5 < rate.high
    assert rate.high - rate.low < 0.01


@pytest.mark.parametrize("where", [0, 2])
@pytest.mark.parametrize("mean", [0.0, -3.0])
def test_mean_that_is_not_positive_is_refused_naming_the_horizon(where, mean):
    sample = np.ones((10, 4))
    sample[:, where] = mean
    with pytest.raises(ValueError, match=r"regrets must have a clearly positive mean") as caught:
        se.fit_rate(HORIZONS, sample)
    assert f"at horizon {HORIZONS[where]:g} it is {mean:g};" in str(caught.value)
    assert "leave that horizon out" in str(caught.value)


def test_mean_that_could_as_well_be_negative_is_refused():
    """9 runs of 1 and one of −7: mean .2, but a third of the resamples draw −7 twice or more."""
    sample = np.ones((10, 4))
    sample[0, 1] = -7
    with pytest.raises(ValueError, match=r"at horizon 10000 it 0.2 is not positive in \d\d\.\d% of the resamples"):
        se.fit_rate(HORIZONS, sample)


def test_one_percent_of_bad_resamples_is_borne():
    """Of one bad run in 10, a resample holds 5 or more with probability .16 % (borne), 3 or more 7.0 % (refused).

    In 2000 resamples, more than 20 of the first kind have probability 1e-10, fewer than 20 of the second 1e-30.
    """
    sample = np.ones((10, 2))
    sample[0, 1] = -1.4  # mean .76; 5 of it: 5 − 7 < 0; 4 of it: 6 − 5.6 > 0
    rate = se.fit_rate([10, 100], sample)
    assert math.isfinite(rate.low)
    assert rate.low < math.log10(0.76) < rate.high
    sample[0, 1] = -2.4  # mean .66; 3 of it: 7 − 7.2 < 0, in 7.02 % of the resamples
    with pytest.raises(ValueError, match=r"at horizon 100 it 0\.66 is not positive in \d+\.\d% of the resamples"):
        se.fit_rate([10, 100], sample)


def test_single_negative_regrets_are_used_not_clipped():
    sample = np.column_stack([np.ones(40), np.tile([-1.0, 21.0], 20)])
    rate = se.fit_rate([1, 10], sample)
    assert rate.mean_regret[1] == 10
    assert rate.exponent == pytest.approx(1)


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"horizons": [10]}, ValueError, r"horizons must be at least two increasing positive numbers, got \[10\]"),
        ({"horizons": [10, 10]}, ValueError, "horizons must be at least two increasing"),
        ({"horizons": [0, 10]}, ValueError, "horizons must be at least two increasing positive"),
        ({"horizons": [[1, 10]]}, ValueError, "horizons must be at least two increasing"),
        ({"horizons": [10, math.nan]}, ValueError, r"horizons must be at least two increasing .* got \[10, nan\]"),
        ({"horizons": [10, math.inf]}, ValueError, r"horizons\[1\] must be a finite number, got inf"),
        ({"horizons": ["a", "b"]}, ValueError, "horizons and regrets must be arrays of numbers"),
        ({"regrets": "ab"}, ValueError, "horizons and regrets must be arrays of numbers"),
        ({"regrets": [[1, 2], [3]]}, ValueError, "horizons and regrets must be arrays of numbers"),
        ({"regrets": [1, 2]}, ValueError, r"regrets must have shape \(n_runs, 2\) .* got shape \(2,\)"),
        ({"regrets": [[1, 2]]}, ValueError, r"at least 2 runs, got shape \(1, 2\)"),
        ({"regrets": [[1, 2, 3]] * 4}, ValueError, r"regrets must have shape \(n_runs, 2\) .* got shape \(4, 3\)"),
        ({"regrets": np.ones((2, 4, 2))}, ValueError, r"got shape \(2, 4, 2\)"),
        ({"regrets": [[1, 2], [1, math.nan]]}, ValueError, r"regrets\[1, 1\] must be a finite number, got nan"),
        ({"confidence": 0}, ValueError, "confidence must lie between 0 and 1, got 0"),
        ({"confidence": 1.0}, ValueError, "confidence must lie between 0 and 1, got 1"),
        ({"confidence": 95}, ValueError, "confidence must be at least 0 and at most 1, got 95"),
        ({"confidence": "high"}, TypeError, "confidence must be a number, got 'high'"),
        ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
        ({"seed": None}, TypeError, "seed must be a whole number, got None"),
    ],
)
def test_bad_arguments_of_fit_rate(changed, error, text):
    arguments = {"horizons": [10, 100], "regrets": [[1, 2], [2, 3]], "confidence": 0.9, "seed": 0, **changed}
    horizons, regrets = arguments.pop("horizons"), arguments.pop("regrets")
    with pytest.raises(error, match=text):
        se.fit_rate(horizons, regrets, **arguments)


@pytest.mark.parametrize(("confidence", "text"), [(0.95, "95%"), (0.995, "99.5%"), (0.5, "50%"), (0.999, "99.9%")])
def test_rate_says_its_interval(confidence, text):
    rate = se.fit_rate([10, 100], [[1, 10], [1, 10]], confidence=confidence)
    assert str(rate) == f"T^1.00 ({text} interval 1.00 to 1.00)"


# ---------------------------------------------------------------- promises


def recorded(game, runs, horizon):
    """A simulation made by hand from the blocks (a, b, rounds) of each run."""
    return se.Simulation(
        game, None, None, horizon, 0, np.array([horizon]), np.zeros((len(runs), 1, *game.shape), dtype=np.int64),
        [np.array(blocks, dtype=np.int64).reshape(-1, 3) for blocks in runs],
    )  # fmt: skip


def brute_force(game, blocks, first_pull, g, h):
    """For each leader action the suprema of gap_(n+1)/g(n), n ≥ first_pull, and of sum_n/h(n), pull by pull."""
    gaps = [[max(row) - u for u in row] for row in game.follower.tolist()]
    instantaneous, anytime = [0.0] * len(gaps), [0.0] * len(gaps)
    pulls, lost = [0] * len(gaps), [0.0] * len(gaps)
    for a, b, rounds in blocks:
        for _ in range(rounds):
            if pulls[a] >= first_pull:
                instantaneous[a] = max(instantaneous[a], gaps[a][b] / g(pulls[a]))
            pulls[a] += 1
            lost[a] += gaps[a][b]
            anytime[a] = max(anytime[a], lost[a] / h(pulls[a]))
    return instantaneous, anytime


payoffs = st.integers(0, 8).map(lambda k: k / 8)
tables = st.integers(1, 3).flatmap(
    lambda b: st.lists(st.lists(payoffs, min_size=b, max_size=b), min_size=1, max_size=3)
)


@st.composite
def plays(draw):
    table = draw(tables)
    game = se.StackelbergGame(np.zeros_like(np.array(table)), table)
    block = st.tuples(st.integers(0, len(table) - 1), st.integers(0, len(table[0]) - 1), st.integers(1, 30))
    return game, draw(st.lists(st.lists(block, min_size=1, max_size=15), min_size=1, max_size=3))


@settings(deadline=None, derandomize=True)
@given(plays(), st.integers(1, 20))
def test_promises_are_measured_exactly(play, first_pull):
    game, runs = play
    simulation = recorded(game, runs, horizon := max(sum(block[2] for block in blocks) for blocks in runs))
    scale = game.shape[1] * math.log(max(horizon, 2))

    def compare(g, h, given_g=None, given_h=None):
        expected = [brute_force(game, blocks, first_pull, g, h) for blocks in runs]
        instantaneous = se.instantaneous_regret(simulation, given_g, first_pull=first_pull)
        anytime = se.anytime_regret(simulation, given_h)
        np.testing.assert_allclose(instantaneous.worst, [pair[0] for pair in expected], rtol=1e-12)
        np.testing.assert_allclose(anytime.worst, [pair[1] for pair in expected], rtol=1e-12)

    compare(lambda n: math.sqrt(scale / n), lambda n: math.sqrt(scale * n))
    g, h = (lambda n: 0.5 / n + 0.01), (lambda n: 1.0 + n**0.8)
    compare(g, h, g, h)
    compare(lambda n: 0.25, lambda n: 4.0, lambda n: 0.25, lambda n: 4.0)


def test_promises_of_very_long_blocks_lose_no_digits():
    game = se.StackelbergGame([[0, 0]], [[0.4, 0.0]])
    T = 10**12
    simulation = recorded(game, [[(0, 1, T)], [(0, 0, T - 1), (0, 1, 1)]], T)
    anytime = se.anytime_regret(simulation, lambda n: np.minimum(n, 1e6) ** 0.1)
    assert anytime.worst[:, 0] == pytest.approx([0.4 * T / 1e6**0.1, 0.4 / 1e6**0.1], rel=1e-15)
    first = se.anytime_regret(simulation, lambda n: 1e-9 * np.where(n == 1, 1.0, 1e30))
    assert first.worst[0, 0] == pytest.approx(0.4e9, rel=1e-15)
    late = se.instantaneous_regret(simulation, lambda n: 1 / n)
    assert late.worst[:, 0] == pytest.approx([0.4 * (T - 1)] * 2, rel=1e-15)


def test_constant_is_a_quantile_over_runs_of_the_worst_action():
    promise = se.Promise(np.array([[1.0, 5.0], [4.0, 2.0], [3.0, 3.0], [0.0, 2.0]]))
    # of 2, 3, 4 and 5 the smallest that is kept in this share or more
    assert [promise.constant(c) for c in (0, 0.25, 0.26, 0.5, 0.75, 0.9, 1)] == [2, 2, 3, 3, 4, 5, 5]
    assert se.Promise(np.arange(1.0, 21.0)[:, None]).constant(0.95) == 19
    with pytest.raises(ValueError, match="confidence must be at least 0 and at most 1, got 2"):
        promise.constant(2)


def test_degenerate_plays():
    flat = se.StackelbergGame([[0.5, 0.5]], [[0.5, 0.5]])
    for horizon in (1, 10):
        simulation = se.simulate(flat, se.leaders.UCB(), se.followers.UCB(), horizon, n_runs=1, keep_blocks=True)
        assert se.anytime_regret(simulation).worst.tolist() == [[0.0]]
        assert se.instantaneous_regret(simulation, first_pull=10**9).worst.tolist() == [[0.0]]
    one_round = recorded(se.games.explore_trap(), [[(0, 1, 1)]], 1)
    assert se.instantaneous_regret(one_round).worst.tolist() == [[0.0, 0.0]]  # a promise is made after one pull
    assert se.anytime_regret(one_round).worst == pytest.approx(np.array([[0.4 / math.sqrt(2 * math.log(2)), 0.0]]))


SIMULATION = recorded(se.games.explore_trap(), [[(0, 1, 5), (1, 0, 5)]], 10)


@pytest.mark.parametrize("measure", [se.instantaneous_regret, se.anytime_regret])
@pytest.mark.parametrize(
    ("simulation", "promise", "error", "text"),
    [
        (3, None, TypeError, "simulation must be a Simulation, as simulate returns it, got 3"),
        (SIMULATION, 3, TypeError, "promise must be a function of the number of pulls, got 3"),
        (SIMULATION, lambda n: 0.0, ValueError, "promise must return a positive number"),
        (SIMULATION, lambda n: -1.0 / n, ValueError, "promise must return a positive number"),
        (SIMULATION, lambda n: n * math.nan, ValueError, "promise must return a positive number .* got .*nan"),
        (SIMULATION, lambda n: [1.0, 2.0, 3.0], ValueError, r"promise must return .* got shape \(3,\) for"),
    ],
)
def test_bad_arguments_of_promises(measure, simulation, promise, error, text):
    with pytest.raises(error, match=text):
        measure(simulation, promise)


def test_a_promise_of_another_shape_is_refused_where_its_worst_moment_would_be_missed():
    blocks = [(0, 1, 40), (0, 0, 30), (0, 1, 30)]
    run = recorded(se.games.explore_trap(), [blocks], 100)
    with pytest.raises(ValueError, match="promise must be non-increasing, or its worst moment"):
        se.instantaneous_regret(run, lambda n: 1.0 * n)  # the first pulls are worst, and the last ones are looked at
    for rising in (lambda n: 1 + (n - 50.0) ** 2, lambda n: 1.0 * n**2, lambda n: 1 / n):
        with pytest.raises(ValueError, match="promise must be non-decreasing and concave"):
            se.anytime_regret(run, rising)


def test_promises_need_blocks_and_a_whole_first_pull():
    bare = se.simulate(se.games.explore_trap(), se.leaders.UCB(), se.followers.UCB(), 10, n_runs=1)
    for measure in (se.instantaneous_regret, se.anytime_regret):
        with pytest.raises(ValueError, match="simulate with keep_blocks=True"):
            measure(bare)
    with pytest.raises(ValueError, match="first_pull must be at least 1, got 0"):
        se.instantaneous_regret(SIMULATION, first_pull=0)


# ---------------------------------------------------------------- who keeps which promise (theory section 5)

CLEAR = se.StackelbergGame([[0.5, 0.5, 0.5]] * 2, [[0.9, 0.5, 0.0], [0.3, 0.4, 0.35]])


def played(follower, horizon, n_runs=200, leader=None):
    leader = leader or se.leaders.PhasedUCB()
    return se.simulate(CLEAR, leader, follower, horizon, n_runs=n_runs, seed=21, keep_blocks=True)


def test_elimination_keeps_both_promises_at_every_pull():
    """With every confidence bound valid, gap ≤ 4√(2 log T/m) for the m pulls of each active arm, n ≤ 3|B|m.

    A bound fails with probability below 1/T: at T = 10¹², 200 runs, 6 pairs and 40 phases that is 5e-8.
    """
    simulation = played(se.followers.ActiveArmElimination(), 10**12)
    constant = 4 * math.sqrt(2 * 3)
    assert se.instantaneous_regret(simulation).constant(1.0) <= constant
    assert se.anytime_regret(simulation).constant(1.0) <= 2 * constant  # Σ 1/√n ≤ 2√n
    assert se.instantaneous_regret(simulation).constant(0.0) > 0.1  # and it does lose something


def test_explore_then_commit_keeps_the_instantaneous_promise_only_once_it_committed():
    """It commits to an arm worse by 2√2·√(log T/E) with probability Φ(−2√log T) = 5e-14 a pair, at T = 10⁶."""
    explore, horizon = 1000, 10**6

    def g(n):
        return math.sqrt(math.log(horizon) / explore)

    simulation = played(se.followers.ExploreThenCommit(explore), horizon, leader=se.leaders.ExploreThenCommit(20_000))
    after = se.instantaneous_regret(simulation, g, first_pull=3 * explore)
    assert after.constant(1.0) <= 2 * math.sqrt(2)
    before = se.instantaneous_regret(simulation, g)
    assert before.worst[:, 0] == pytest.approx(0.9 / g(1))  # exploring a1's last arm
    assert before.constant(0.0) > 2 * math.sqrt(2)


def test_ucb_revisits_bad_arms_but_keeps_the_anytime_promise():
    """confidence 8: a bound fails with probability below T⁻⁴, at 10⁴ pulls of 6 pairs in 50 runs 3e-10."""
    horizon = 10**4
    simulation = played(se.followers.UCB(confidence=8), horizon, 50, se.leaders.UCB())
    assert se.anytime_regret(simulation).constant(1.0) <= 2 * math.sqrt(8) + 1
    assert se.anytime_regret(simulation).constant(0.0) > 0.1


def test_no_constant_saves_the_instantaneous_promise_of_ucb():
    """The constant that half of the runs need grows with T; elimination is done with the same one at any T.

    At T = 10⁶ over 90 % of the runs need more than the latter: P(Bin(40, .9) ≤ 20) = 3e-10; at 10³ below 2 % do.
    """
    game = se.StackelbergGame([[0.5, 0.5]], [[1.0, 0.0]])

    def needed(follower, horizon):
        play = se.simulate(game, se.leaders.Fixed(0), follower, horizon, n_runs=40, seed=22, keep_blocks=True)
        return se.instantaneous_regret(play).constant(0.5)

    enough = 4 * math.sqrt(2 * 3)
    assert needed(se.followers.UCB(), 10**3) < enough < needed(se.followers.UCB(), 10**6)
    assert needed(se.followers.ActiveArmElimination(), 10**3) < enough
    assert needed(se.followers.ActiveArmElimination(), 10**6) < enough
