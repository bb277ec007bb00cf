"""The search finds the losses that the theory knows, none where there are none, and reports what fresh runs say."""

from __future__ import annotations

import numpy as np
import pytest

import stackedu as se
from stackedu import adversary

ETC = (se.leaders.ExploreThenCommit(), se.followers.ExploreThenCommit())
AAE = se.followers.ActiveArmElimination()


def search(pair, **changes):
    options = {"benchmark": lambda game: se.tolerant(game, 0.4), "horizon": 1e6, "budget": 60, "n_runs": 10}
    return se.worst_game(*pair, **{**options, **changes})


def test_finds_that_two_explore_then_commit_lose_linearly():
    found = search(ETC)
    assert found.linear
    assert found.low > 0.1  # the explore trap's loss
    assert 0.95 < found.growth.exponent < 1.05
    assert "np." not in repr(found)


def test_finds_that_mean_phased_ucb_loses_linearly():
    pair = (se.leaders.MeanPhasedUCB(), AAE)
    found = search(pair, benchmark=lambda game: se.self_tolerant(game, 0.05))
    assert found.linear
    assert found.low > 0.3  # theory section 9: 0.40 a round


@pytest.mark.parametrize("seed", [0, 1])
def test_finds_nothing_linear_where_waiting_works(seed):
    found = search((se.leaders.ExploreThenUCB(), AAE), horizon=3e4, seed=seed, n_runs=5)
    assert not found.linear
    assert found.growth is None or found.growth.high < 0.9


def test_phased_ucb_keeps_what_mean_phased_ucb_does_not():
    found = search((se.leaders.PhasedUCB(), AAE), benchmark=lambda game: se.self_tolerant(game, 0.4))
    assert not found.linear


def test_the_optimizer_climbs(monkeypatch):
    """On a hill whose top is known, it ends far nearer to the top than where it starts. Only the follower loses."""
    top = np.array([[[0.3, 0.7], [0.2, 0.9]], [[0.6, 0.4], [0.8, 0.1]]])

    class Run:
        def __init__(self, game, rounds, n_runs):
            height = 1 - np.linalg.norm([game.leader - top[0], game.follower - top[1]])
            self.total = np.full((2, n_runs, 1), height * rounds) * [[[0]], [[1]]]

        def regret(self, level):
            return self.total

    monkeypatch.setattr(adversary, "simulate", lambda *a, n_runs, **b: Run(a[0], a[3], n_runs))
    found = search(ETC, budget=1000)
    n_start = len(adversary._families(10**6, 2)) + 100
    assert 1 - found.history[-1] < (1 - found.history[n_start - 1]) / 3
    assert (np.diff(found.history) >= 0).all()
    assert 980 < len(found.history) <= 1000
    assert found.regret == pytest.approx(found.history[-1])
    assert found.player == 1


def test_the_optimizer_improves_on_what_the_theory_knows():
    found = search(ETC, budget=300)
    assert found.history[-1] > 0.42  # the families' worst is 0.40


def test_without_the_families_random_games_are_enough(monkeypatch):
    monkeypatch.setattr(adversary, "_families", lambda T, columns: [])
    assert search(ETC, budget=300).linear


def test_the_winner_is_judged_by_runs_that_the_search_has_not_seen(monkeypatch):
    """Where every game is alike but for noise, the search's best is lucky and the report is not."""
    luck = np.random.default_rng(0)

    class Run:
        def __init__(self, rounds, n_runs):
            self.rounds, self.n_runs = rounds, n_runs

        def regret(self, level):
            return (0.1 + luck.normal(size=(2, self.n_runs, 1))) * self.rounds

    monkeypatch.setattr(adversary, "simulate", lambda *a, n_runs, **b: Run(a[3], n_runs))
    found = search(ETC, n_runs=100, budget=200)
    assert found.history[-1] > 0.25  # of 200 means with standard error 0.1, two players each
    assert abs(found.regret - 0.1) < 6 * 0.0316  # of 1000 fresh runs
    assert 0.05 < (found.high - found.low) / 2 < 0.08


def test_seeds_of_the_stages_differ(monkeypatch):
    seen, simulate = [], adversary.simulate

    def spy(game, leader, follower, rounds, **options):
        seen.append((options["seed"].spawn_key, options["n_runs"], rounds))
        return simulate(game, leader, follower, rounds, **options)

    monkeypatch.setattr(adversary, "simulate", spy)
    search(ETC, budget=10, seed=np.random.SeedSequence(5, spawn_key=(7,)))
    seen = seen[1:]  # the first looks at the arguments only
    stages = [(0,)] * 10 + [(1,)] * 5 + [(2,)] * 2
    assert [key for key, _, _ in seen] == [(7, *stage) for stage in stages]
    assert {n for _, n, _ in seen[10:]} == {100}
    assert seen[-1][2] == 10 * seen[0][2]


def test_other_shapes():
    found = search(ETC, shape=(3, 4), budget=30)
    assert found.game.shape == (3, 4)
    enlarged = adversary._enlarged(se.games.explore_trap(), 3, 4).reshape(2, 3, 4)
    assert enlarged[0].tolist() == [[0.6, 0.2, 0.2, 0.2], [0.5, 0.4, 0.4, 0.4], [0.5, 0.4, 0.4, 0.4]]
    for game in adversary._families(10**6, 4):
        adversary._enlarged(game, 3, 4)


def test_same_seed_same_game():
    first, second, other = (search(ETC, seed=seed, budget=40) for seed in (0, 0, 1))
    assert first.game == second.game
    assert first.regret == second.regret
    assert first.regret != other.regret


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": (1, 2)}, "shape must be at least 2"),
        ({"shape": (2, 2, 2)}, "shape must be two numbers"),
        ({"horizon": 5}, "horizon must be from 10"),
        ({"budget": 9}, "budget must be at least 10"),
        ({"n_runs": 1}, "n_runs must be at least 2"),
    ],
)
def test_bad_input(changes, message):
    with pytest.raises(ValueError, match=message):
        search(ETC, **changes)


def test_wrong_learners_and_benchmarks():
    with pytest.raises(TypeError, match="swapped"):
        search(ETC[::-1])
    with pytest.raises(ValueError, match="benchmark must be a Benchmark"):
        search(ETC, benchmark=lambda game: 0.5)
