"""How long things take. Not part of the default run; the fastest of some repetitions is what to compare:

    .venv/bin/pytest tests/benchmarks --benchmark-enable --benchmark-columns=min,median,rounds

Two libraries of bandits are timed as well where they are installed (``pip install coba mabwiser``).
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest

import stackedu as se

GAME = se.games.explore_trap()
UCB = (se.leaders.UCB(), se.followers.UCB())
PHASED = (se.leaders.PhasedUCB(), se.followers.ActiveArmElimination())


# ---------------------------------------------------------------- a round of UCB against UCB


@pytest.mark.parametrize(("n_runs", "horizon"), [(1, 10**6), (50, 20_000)])
def test_engine(timed, n_runs, horizon):
    timed(lambda: se.simulate(GAME, *UCB, horizon, n_runs=n_runs), n_runs * horizon, "ns a round")


def list_loop(horizon):
    """What one writes by hand: UCB against UCB on 2×2 with lists; return the counts."""
    rng, sqrt = random.Random(0), math.sqrt
    u1, u2 = GAME.leader.tolist(), GAME.follower.tolist()
    width = sqrt(2 * math.log(horizon))
    n1, s1 = [0, 0], [0.0, 0.0]
    n2, s2 = [[0, 0], [0, 0]], [[0.0, 0.0], [0.0, 0.0]]

    def choose(n, s):
        if n[0] == 0 or n[1] == 0:
            return 0 if n[0] == 0 else 1
        first, second = (s[i] / n[i] + width / sqrt(n[i]) for i in (0, 1))
        return 0 if first >= second else 1

    for _ in range(horizon):
        a = choose(n1, s1)
        b = choose(n2[a], s2[a])
        n1[a] += 1
        s1[a] += u1[a][b] + rng.gauss(0, 1)
        n2[a][b] += 1
        s2[a][b] += u2[a][b] + rng.gauss(0, 1)
    return n2


def test_loop_by_hand_with_lists(timed):
    assert sum(map(sum, timed(lambda: list_loop(50_000), 50_000, "ns a round"))) == 50_000


def test_drawing_the_two_gaussians_alone(timed):
    rng = np.random.Generator(np.random.PCG64(0))
    timed(lambda: rng.standard_normal(2_000_000), 1_000_000, "ns a round")


class ByObject:
    """A reader's own learner, in plain Python."""

    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        self.n, self.s = [0, 0], [0.0, 0.0]
        self.width = math.sqrt(2 * math.log(horizon))

    def choose(self):
        if 0 in self.n:
            return self.n.index(0)
        first, second = (self.s[i] / self.n[i] + self.width / math.sqrt(self.n[i]) for i in (0, 1))
        return 0 if first >= second else 1

    def observe(self, action, reward):
        self.n[action] += 1
        self.s[action] += reward


def test_leader_of_ones_own_as_an_object(timed):
    timed(lambda: se.simulate(GAME, ByObject(), UCB[1], 20_000, n_runs=1), 20_000, "ns a round", rounds=3)


# ---------------------------------------------------------------- pairs that decide rarely


@pytest.mark.parametrize("horizon", [1e4, 1e8, 1e12])
def test_phased_ucb_against_elimination(timed, horizon):
    timed(lambda: se.simulate(GAME, *PHASED, horizon, n_runs=200), 200, "µs a run")


def test_tolerant_benchmark_of_1000_by_1000(timed):
    game = se.games.random_game((1000, 1000), seed=0)
    timed(lambda: se.tolerant(game, 0.1), 1, "ms", rounds=3)


# ---------------------------------------------------------------- a new process


def new_process(code, **environment):
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env={**os.environ, **environment})


FIRST = """
import stackedu as se
se.simulate(se.games.explore_trap(), se.leaders.UCB(), se.followers.UCB(), 1000, n_runs=1)
"""


@pytest.mark.parametrize(
    "code", ["pass", "import stackedu", "import numpy", "import numba", FIRST],
    ids=["python", "import stackedu", "import numpy", "import numba", "first simulation, warm"],
)  # fmt: skip
def test_new_process(timed, code):
    timed(lambda: new_process(code), 1, "ms", rounds=3)


def test_new_process_first_simulation_cold(timed, tmp_path):
    timed(lambda: new_process(FIRST, NUMBA_CACHE_DIR=str(tmp_path)), 1, "ms", rounds=1, warmup_rounds=0)


# ---------------------------------------------------------------- other libraries' bandits, the same two-learner loop


def peer_loop(horizon, leader, followers, u1, u2):
    """Two learners of another library; each is a pair (choose, learn)."""
    rng = random.Random(0)
    for _ in range(horizon):
        a = leader[0]()
        choose, learn = followers[a]
        b = choose()
        leader[1](a, u1[a][b] + rng.gauss(0, 1))
        learn(b, u2[a][b] + rng.gauss(0, 1))


def test_peer_coba(timed):
    learners = pytest.importorskip("coba.learners", reason="needs coba: pip install coba")

    def learner():
        ucb = learners.BanditUCBLearner()
        return (lambda: ucb.predict(None, [0, 1])[0]), (lambda action, reward: ucb.learn(None, action, reward, 1.0))

    tables = GAME.leader.tolist(), GAME.follower.tolist()
    timed(lambda: peer_loop(2000, learner(), [learner(), learner()], *tables), 2000, "ns a round", rounds=3)


def test_peer_mabwiser(timed):
    mab = pytest.importorskip("mabwiser.mab", reason="needs mabwiser: pip install mabwiser")

    def learner():
        ucb = mab.MAB([0, 1], mab.LearningPolicy.UCB1(alpha=1.0))
        ucb.fit([0, 1], [0.5, 0.5])
        return ucb.predict, (lambda action, reward: ucb.partial_fit([action], [reward]))

    tables = GAME.leader.tolist(), GAME.follower.tolist()
    timed(lambda: peer_loop(500, learner(), [learner(), learner()], *tables), 500, "ns a round", rounds=3)
