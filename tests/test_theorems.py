"""The theorems, seen in simulations: what no pair can do, what fails, and what works (numbers: sections of the theory).

Seeds are fixed and were not searched for. Each test says how often it may fail by chance with a new seed.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import stackedu as se

L, F = se.leaders, se.followers


def per_round(game, leader, follower, horizon, benchmark, n_runs, seed=31):
    """Regret per round at the horizon: of leader and follower, of each run."""
    play = se.simulate(game, leader, follower, horizon, n_runs=n_runs, seed=seed, checkpoints=[horizon])
    return play.regret(benchmark)[:, :, -1] / horizon


# ---------------------------------------------------------------- 3, 7: floors that no pair stays below

LEADERS = [
    L.ExploreThenCommit(), L.WaitThenCommit(), L.UCB(), L.ExploreThenUCB(), L.LipschitzUCB(1), L.PhasedUCB(),
    L.MeanPhasedUCB(), L.EpsilonGreedy(), L.ThompsonSampling(), L.Fixed(0), L.Fixed(1),
]  # fmt: skip
FOLLOWERS = [
    F.ExploreThenCommit(), F.UCB(), F.ActiveArmElimination(), F.EpsilonGreedy(), F.ThompsonSampling(),
    F.Fixed([0, 0]), F.Fixed([1, 1]),
]  # fmt: skip


def theorem_1(horizon):
    delta = 0.5 / math.sqrt(horizon)
    floor = se.bounds.linear_regret_floor(horizon, delta) / horizon
    return se.games.impossibility_pair(delta), floor, se.stackelberg


def theorem_3(horizon, n_follower_actions=2):
    delta = 0.72 * ((n_follower_actions - 1) / horizon) ** (1 / 3)
    floor = se.bounds.tolerant_regret_floor(horizon, delta, n_follower_actions) / horizon
    return se.games.lower_bound_family(delta, n_follower_actions), floor, lambda game: se.tolerant(game, 0.1)


def below(regrets, most, floor, alpha):
    """Whether regrets in [0, most] show, at level alpha, that their expectation is below the floor.

    Chernoff: for independent variables in [0, 1] of mean m, P(average ≤ x < m) ≤ exp(−n kl(x, m)), Gaussian or not.
    """
    x, m = max(regrets.mean() / most, 0.0), floor / most
    kl = (x * math.log(x / m) if x > 0 else 0.0) + (1 - x) * math.log((1 - x) / (1 - m)) if x < 1 else math.inf
    return x < m and len(regrets) * kl > math.log(1 / alpha)


def beats(family, floor, benchmark, leader, follower, horizon, n_runs, alpha):
    """Whether the leader's regret in I and the follower's in each other game are all shown to be below the floor.

    The floor is a bound on the largest of them, so a pair that respects it passes for better with probability alpha.
    """
    for i, game in enumerate(family):
        player = min(i, 1)
        best = benchmark(game)
        level, payoffs = (best.follower, game.follower) if player else (best.leader, game.leader)
        regrets = per_round(game, leader, follower, horizon, best, n_runs)[player]
        if not below(regrets, level - payoffs.min(), floor, alpha):
            return False
    return True


SMALL = [(theorem_1(100), 100), (theorem_3(30), 30), (theorem_3(60, 3), 60)]


@pytest.mark.parametrize(("theorem", "horizon"), SMALL, ids=["theorem 1", "theorem 3", "theorem 3, three responses"])
def test_no_pair_of_learners_stays_below_the_floor(theorem, horizon):
    """11 × 7 pairs at 1e-8 each; at these horizons an average below about half the floor would be noticed."""
    better = [
        (leader, follower)
        for leader in LEADERS
        for follower in FOLLOWERS
        if beats(*theorem, leader, follower, horizon, n_runs=1000, alpha=1e-8)
    ]
    assert better == []


def test_way_of_noticing_is_neither_blind_nor_hasty():
    rng = np.random.default_rng(5)
    assert below(np.full(1000, 0.04), 0.4, 0.08, 1e-8)
    assert below(np.zeros(200), 0.4, 0.08, 1e-8)
    assert not below(np.zeros(50), 0.4, 0.08, 1e-8)
    assert not below(np.full(1000, 0.08), 0.4, 0.08, 1e-8)
    assert not below(np.full(1000, 0.4), 0.4, 0.08, 1e-8)
    assert not any(below((rng.random(1000) < 0.2) * 0.4, 0.4, 0.08, 1e-8) for _ in range(1000))


def try_first_then_settle(context, state, params, rng):
    """Play a1 for a while; stay if it pays more than values[1], else leave for good. Two decisions in all."""
    tries = params.values[0]
    if state.pulls[0, 0] == 0:
        return 0, int(tries)
    return (0 if state.sums[0, 0] / state.pulls[0, 0] > params.values[1] else 1), params.horizon


@pytest.mark.parametrize(
    ("theorem", "horizon", "tries", "limit"),
    [(theorem_1(10**5), 10**5, 1000, 0.4), (theorem_3(3000), 3000, 200, 0.25)],
    ids=["theorem 1", "theorem 3"],
)
def test_floors_need_a_follower_that_must_learn(theorem, horizon, tries, limit):
    """Beside the oracle a simple leader beats both; beside a learner the same leader does not."""
    leader = L.Custom(try_first_then_settle, parameters=(tries, limit))
    assert beats(*theorem, leader, F.BestResponse(), horizon, n_runs=1000, alpha=1e-6)
    assert not beats(*theorem, leader, F.ActiveArmElimination(), horizon, n_runs=1000, alpha=1e-6)


# ---------------------------------------------------------------- 4, 6: the explore trap, and waiting as a way out

TRAP = se.games.explore_trap()
TRAP_BENCHMARK = se.tolerant(TRAP, 0.05)


def test_two_that_explore_at_once_commit_wrongly_at_every_horizon():
    """Each run ends on a2 with probability ≥ ½ (it loses .1 a round): P(Bin(200, ½) ≤ 60) = 6e-9 at 10⁴;

    at 10⁶ the leader's means differ by 4.9 standard deviations the wrong way, a chance of 5e-7 a run.
    """
    for horizon, least in [(10**4, 0.3), (10**5, 0.8), (10**6, 0.95)]:
        regrets = per_round(TRAP, L.ExploreThenCommit(), F.ExploreThenCommit(), horizon, TRAP_BENCHMARK, 200)
        wrong = regrets.min(axis=0) > 0.08
        assert wrong.mean() > least
        assert (regrets.mean(axis=1) > 0.08 * least).all()
    assert regrets.mean(axis=1) == pytest.approx([0.1, 0.1], abs=0.01)


@pytest.mark.parametrize(("leader", "n_runs"), [(L.WaitThenCommit(), 200), (L.ExploreThenUCB(), 8)], ids=repr)
def test_waiting_leads_out_of_the_trap(leader, n_runs):
    """At 10⁶, E = 9500: an error is 6.9 standard deviations away, and the wait costs below .01 a round."""
    short, long = (
        per_round(TRAP, leader, F.ExploreThenCommit(), horizon, TRAP_BENCHMARK, n_runs) for horizon in (10**4, 10**6)
    )
    assert long.max() < 0.012
    assert (long.mean(axis=1) < short.mean(axis=1) / 2).all()


# ---------------------------------------------------------------- 4: the slow-follower trap of UCB


@pytest.mark.parametrize("horizon", [10**4, 10**5, 10**6])
@pytest.mark.parametrize("follower", [F.ActiveArmElimination(), None], ids=["AAE", "long ETC"])
def test_ucb_gives_up_before_a_slow_follower_has_learnt(follower, horizon):
    """.1 to .2 a round for the leader, while the follower gains; runs differ by less than .01 (10 deviations away)."""
    follower = follower or F.ExploreThenCommit(horizon // 10)
    game = se.games.slow_follower_trap()
    n_runs = 5 if horizon > 10**5 else 20
    leader_regret, follower_regret = per_round(
        game, L.UCB(), follower, horizon, se.tolerant(game, 0.04), n_runs
    ).mean(axis=1)  # fmt: skip
    assert 0.09 < leader_regret < 0.2
    assert follower_regret < -0.1
    # with a tolerance above .1 nothing is promised that UCB does not give
    assert se.tolerant(game, 0.11).leader == pytest.approx(0.5)


# ---------------------------------------------------------------- 9: what PhasedUCB does, its shortcut does not


def test_phased_ucb_waits_for_the_unfinished_follower_and_the_shortcut_does_not():
    """100 runs; single runs lie in .08–.17, .008–.033, and .40–.41: means are tens of deviations from the limits."""
    game = se.games.unfinished_follower(0.1)
    benchmark = se.self_tolerant(game, 0.05)
    assert (benchmark.leader, benchmark.follower) == pytest.approx((1, 0.5))

    def mean(leader, horizon):
        return per_round(game, leader, F.ActiveArmElimination(), horizon, benchmark, 100).mean(axis=1).max()

    phased, shortcut = ([mean(leader, T) for T in (10**5, 10**6)] for leader in (L.PhasedUCB(), L.MeanPhasedUCB()))
    assert 0.05 < phased[0] < 0.25
    assert phased[1] < min(0.03, phased[0] / 4)  # √T would be a factor of 3.2
    assert all(0.38 < loss < 0.42 for loss in shortcut)


@pytest.mark.parametrize("horizon", [10**4, 10**6, 10**8, 10**10])
def test_phased_ucb_loses_linearly_against_the_stronger_benchmark(horizon):
    """With g = 1/√T elimination does not end: a2 pays .5 on average, the benchmark .6 + g.

    The end of the horizon may fall into a turn of one arm: at most .5 · 1/16 a round.
    """
    gap = 1 / math.sqrt(horizon)
    game = se.games.unfinished_follower(gap)
    regrets = per_round(game, L.PhasedUCB(), F.ActiveArmElimination(), horizon, se.tolerant(game, 2 * gap), 50)
    assert se.tolerant(game, 2 * gap).leader == pytest.approx(0.6 + gap)
    assert regrets[0].mean() > 0.05
    assert per_round(game, L.PhasedUCB(), F.ActiveArmElimination(), horizon, se.self_tolerant(game, 2 * gap), 50)[
        0
    ].mean() < 0.05  # fmt: skip


# ---------------------------------------------------------------- 8: √T where the players agree on what is different

SMOOTH = {
    "Lipschitz 1.5": se.games.random_game((2, 2), seed=3, lipschitz=1.5),
    "zero sum": se.games.zero_sum([[0.2, 0.8], [0.6, 0.5]]),
    "common interest": se.games.common_interest([[0.2, 0.8], [0.6, 0.5]]),
}


def allowance(game, horizon):
    """L² √(|A||B| T log T) a round, the rate of section 8 with constant 1."""
    lipschitz = se.lipschitz_constant(game)
    return lipschitz**2 * math.sqrt(game.leader.size * math.log(horizon) / horizon)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("follower", [F.UCB(), F.ActiveArmElimination()], ids=["UCB", "AAE"])
def test_lipschitz_ucb_learns_smooth_games_at_rate_root_t(name, follower):
    """Both players, against the original benchmark; measured: below .9 of what is allowed, runs differ by a tenth."""
    game = SMOOTH[name]
    leader = L.LipschitzUCB(se.lipschitz_constant(game))
    benchmark = se.stackelberg(game)
    short, long = (
        per_round(game, leader, follower, horizon, benchmark, 5).mean(axis=1) for horizon in (10**4, 10**6)
    )  # fmt: skip
    assert (short < allowance(game, 10**4)).all()
    assert (long < allowance(game, 10**6)).all()
    assert long.max() < max(short.max() / 10, 0.001)
    if name == "zero sum":
        assert short.sum() == pytest.approx(0, abs=1e-9)
        assert long.sum() == pytest.approx(0, abs=1e-9)


def test_the_same_learner_fails_where_the_game_is_not_smooth():
    """The slow-follower trap: a wider bonus only delays the end (.1 a round, 20 times the rate's allowance)."""
    game = se.games.slow_follower_trap(0.01)
    regret = per_round(game, L.LipschitzUCB(1), F.ActiveArmElimination(), 10**6, se.tolerant(game, 0.005), 3)
    assert regret[0].mean() > 0.08
    assert math.sqrt(4 * math.log(10**6) / 10**6) < 0.08 / 10
