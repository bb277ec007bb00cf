"""The block engine against an engine that plays one round at a time, against laws worked out by hand, and itself."""

from __future__ import annotations

import itertools
import json
import math
import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import plain_engine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import stackedu as se
from stackedu import compiling, engine, learners, rules

# Parameters that let every rule pass through all its stages within a few hundred rounds.
LEADERS = {
    "ExploreThenCommit": {"explore": 12},
    "WaitThenCommit": {"wait": 18, "explore": 9},
    "UCB": {"confidence": 0.5},
    "ExploreThenUCB": {"wait": 15, "confidence": 0.5},
    "LipschitzUCB": {"lipschitz": 1.5, "confidence": 0.1},
    "PhasedUCB": {"confidence": 0.5},
    "MeanPhasedUCB": {"confidence": 0.5},
    "EpsilonGreedy": {},
    "ThompsonSampling": {"scale": 0.7},
    "Fixed": {"action": 0},
}
FOLLOWERS = {
    "ExploreThenCommit": {"explore": 5},
    "UCB": {"confidence": 0.5},
    "ActiveArmElimination": {"confidence": 0.2},
    "EpsilonGreedy": {"epsilon": 0.2},
    "ThompsonSampling": {},
    "BestResponse": {},
    "Fixed": {"responses": (0, 1, 0)},
}
PAIRS = list(itertools.product(LEADERS, FOLLOWERS))

# All payoffs are multiples of 1/64, so that without noise sums are exact in whatever order they are added.
TRAP = se.StackelbergGame([[0.625, 0.25, 0.5], [0.5, 0.375, 0.0]], [[0.75, 0.25, 0.5], [0.25, 0.5, 0.0]], noise_sd=0.5)
COIN = se.StackelbergGame(TRAP.leader, TRAP.follower, rewards="bernoulli")


def dyadic(shape, seed):
    tables = np.random.default_rng(seed).integers(0, 65, (2, *shape)) / 64
    return se.StackelbergGame(*tables, noise_sd=0)


SILENT = [
    se.StackelbergGame(TRAP.leader, TRAP.follower, noise_sd=0),
    se.StackelbergGame(np.full((3, 2), 0.5), np.full((3, 2), 0.5), noise_sd=0),  # nothing but ties
    *(dyadic(shape, seed) for seed, shape in enumerate([(3, 2), (1, 1), (1, 4), (3, 1), (2, 5)])),
]


def built(name, role, game):
    """Return a learner of the given name, and its parameters, that fits the game."""
    given = dict((LEADERS if role == "leaders" else FOLLOWERS)[name])
    if "responses" in given:
        given["responses"] = [b % game.shape[1] for b in given["responses"][: game.shape[0]]]
    return getattr(getattr(se, role), name)(**given), given


def both(game, pair):
    return [built(name, role, game) for name, role in zip(pair, ("leaders", "followers"), strict=True)]


def plainly(game, pair, horizon, rngs):
    (_, leader_given), (_, follower_given) = both(game, pair)
    return plain_engine.play(game, *pair, horizon, rngs, leader_given, follower_given)


def blockwise(game, pair, horizon, **arguments):
    return se.simulate(game, *(learner for learner, _ in both(game, pair)), horizon, **arguments)


def own_rngs(seed, run):
    """The generators that the engine gives to a run: rewards, leader, follower."""
    return [np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(run, i)))) for i in range(3)]


def as_blocks(sequence):
    return [[*pair, len(list(group))] for pair, group in itertools.groupby(sequence)]


# ---------------------------------------------------------------- pair by pair


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_same_sequence_as_round_by_round_without_noise(pair):
    for game, horizon in itertools.product(SILENT, [1, 2, 7, 60, 301]):
        blocks = blockwise(game, pair, horizon, n_runs=1, seed=5, keep_blocks=True).blocks[0]
        expected = as_blocks(plainly(game, pair, horizon, own_rngs(5, 0)))
        assert blocks.tolist() == expected, (game, horizon)


# A block is one round as soon as one player decides every round: then both engines draw the same numbers.
DECIDES_EACH_ROUND = {"UCB", "LipschitzUCB", "EpsilonGreedy", "ThompsonSampling"}


@pytest.mark.parametrize("game", [TRAP, COIN], ids=["gaussian", "bernoulli"])
@pytest.mark.parametrize("pair", [p for p in PAIRS if DECIDES_EACH_ROUND & set(p)], ids="-".join)
def test_same_sequence_as_round_by_round_from_the_same_random_numbers(game, pair):
    result = blockwise(game, pair, 300, n_runs=2, seed=11, keep_blocks=True)
    for run in range(2):
        assert result.blocks[run].tolist() == as_blocks(plainly(game, pair, 300, own_rngs(11, run)))


# ---------------------------------------------------------------- in distribution

# Where no player decides every round the block engine draws other numbers. Three Kolmogorov-Smirnov tests for each of
# 24 pairs and 2 kinds of reward. The exact two-sample law is used, which is on the safe side for the discrete
# statistics here, so 6e-9 each bounds the false alarms of all 144 together by 8.7e-7.
KS_LEVEL = 6e-9
ROUNDS, PLAIN_RUNS, BLOCK_RUNS = 120, 250, 2500


@pytest.mark.parametrize("game", [TRAP, COIN], ids=["gaussian", "bernoulli"])
@pytest.mark.parametrize("pair", [p for p in PAIRS if not DECIDES_EACH_ROUND & set(p)], ids="-".join)
def test_same_law_as_round_by_round(game, pair):
    half = ROUNDS // 2
    slow = np.zeros((PLAIN_RUNS, 2, *game.shape))
    for run in range(PLAIN_RUNS):
        played = np.array(plainly(game, pair, ROUNDS, own_rngs(2024, run)))
        for checkpoint, upto in enumerate((half, ROUNDS)):
            np.add.at(slow[run, checkpoint], tuple(played[:upto].T), 1)
    fast = blockwise(game, pair, ROUNDS, n_runs=BLOCK_RUNS, seed=2025, checkpoints=[half, ROUNDS]).counts
    for name, statistic in {
        "visits of (0, 0) in the first half": lambda counts: counts[:, 0, 0, 0],
        "leader's utility": lambda counts: (counts[:, 1] * game.leader).sum(axis=(1, 2)),
        "follower's utility": lambda counts: (counts[:, 1] * game.follower).sum(axis=(1, 2)),
    }.items():
        p_value = stats.ks_2samp(statistic(slow), statistic(fast), method="exact").pvalue
        assert p_value > KS_LEVEL, name


# ---------------------------------------------------------------- sums of rewards

# 1e-8 for each of the tests from here on: some 50 of them.
LEVEL = 1e-8


def doubling_plan(context, state, params, rng):
    """Hold each action for 1, 2, 4, ... rounds, one action after the other."""
    turn = int(state.pulls.sum() + 1)
    return turn % state.pulls.shape[1], turn


def parameter_plan(context, state, params, rng):
    """Play the first action, held for as long as the parameter says."""
    return 0, int(params.values[0])


def remember(context, state, params, action, other_action, rounds, reward_sum):
    """Write down every report: rounds, own action, other's action, sum."""
    row = 4 * int(state.pulls[context, 0])
    state.pulls[context, 0] += 1
    state.memory[context, row] = rounds
    state.memory[context, row + 1] = action
    state.memory[context, row + 2] = other_action
    state.memory[context, row + 3] = reward_sum


@pytest.fixture
def notebooks(monkeypatch):
    """The memories of leader and follower of a simulation of one batch, as they are at its end."""
    opened = {}
    original = learners.Learner.memories

    def memories(self, *arguments):
        layout, blocks = original(self, *arguments)
        opened[self.role] = [rules.open_block(layout, block)[0] for block in blocks]
        return layout, blocks

    monkeypatch.setattr(learners.Learner, "memories", memories)
    return opened


def reports(state, context=0):
    return state.memory[context, : 4 * int(state.pulls[context, 0])].reshape(-1, 4)


@pytest.mark.parametrize("rounds", [1, 7, 10**6, 10**12])
@pytest.mark.parametrize("rewards", ["gaussian", "bernoulli"])
def test_a_block_of_rewards_has_the_law_of_its_sum(notebooks, rounds, rewards):
    u1, u2 = 0.3, 0.75
    game = se.StackelbergGame([[u1]], [[u2]], noise_sd=0.5, rewards=rewards)
    each = {"parameters": (rounds,), "memory_columns": 4 * 40}
    pair = [role.Custom(parameter_plan, remember, **each) for role in (se.leaders, se.followers)]
    se.simulate(game, *pair, 40 * rounds, n_runs=64, seed=1)
    heard = np.array([[reports(state) for state in notebooks[role]] for role in ("leader", "follower")])
    assert heard.shape == (2, 64, 40, 4)
    assert (heard[..., 0] == rounds).all()
    sums = heard[..., 3].reshape(2, -1)
    for u, values in zip((u1, u2), sums, strict=True):
        sd = math.sqrt(rounds) * (0.5 if rewards == "gaussian" else math.sqrt(u * (1 - u)))
        if rewards == "gaussian":
            assert stats.kstest(values, stats.norm(rounds * u, sd).cdf).pvalue > LEVEL
        else:
            assert (values == values.round()).all()
            if rounds > 100:
                assert stats.kstest(values, stats.norm(rounds * u, sd).cdf).pvalue > LEVEL
            else:
                expected = stats.binom.pmf(range(rounds + 1), rounds, u) * len(values)
                tail = expected < 5
                seen = np.bincount(values.astype(int), minlength=rounds + 1)
                join = [np.r_[row[~tail], row[tail].sum()] if tail.any() else row for row in (seen, expected)]
                assert stats.chisquare(*join).pvalue > LEVEL
    # the two players' noise, and that of blocks one after the other, is independent
    series = (sums - sums.mean(axis=1, keepdims=True)).reshape(2, 64, 40)
    for x, y in [(series[0], series[1]), *((s[:, 1:], s[:, :-1]) for s in series)]:
        assert stats.pearsonr(x.ravel(), y.ravel()).pvalue > LEVEL


# ---------------------------------------------------------------- laws worked out by hand


def wrong(result, a, b):
    """In how many of the runs does (a, b) get the last round?"""
    return int((result.counts[:, -1, a, b] > result.counts[:, -2, a, b]).sum())


def agrees(times, runs, probability):
    return stats.binomtest(times, runs, probability).pvalue > LEVEL


RUNS = 5_000


@pytest.mark.parametrize(("gap", "explore", "sd"), [(0.1, 1, 1.0), (0.1, 50, 1.0), (0.3, 20, 0.7), (0.0, 9, 2.0)])
def test_wrong_commitment_has_the_probability_of_a_normal_tail(gap, explore, sd):
    # the difference of two means of n rewards each is N(gap, 2 sd^2/n)
    error = stats.norm.sf(gap / (sd * math.sqrt(2 / explore)))
    horizon = 2 * explore + 1
    table = np.array([[0.5, 0.5 - gap]])
    scheme = {"n_runs": RUNS, "seed": 3, "checkpoints": [horizon - 1, horizon]}
    game = se.StackelbergGame(np.zeros((1, 2)), table, noise_sd=sd)
    result = se.simulate(game, se.leaders.Fixed(0), se.followers.ExploreThenCommit(explore), horizon, **scheme)
    assert agrees(wrong(result, 0, 1), RUNS, error)
    game = se.StackelbergGame(table.T, np.zeros((2, 1)), noise_sd=sd)
    result = se.simulate(game, se.leaders.ExploreThenCommit(explore), se.followers.BestResponse(), horizon, **scheme)
    assert agrees(wrong(result, 1, 0), RUNS, error)


@pytest.mark.parametrize("explore", [1, 6, 40])
def test_wrong_commitment_of_coins_has_the_probability_of_binomials(explore):
    good, bad = 0.7, 0.55
    n = np.arange(explore + 1)
    joint = np.outer(stats.binom.pmf(n, explore, good), stats.binom.pmf(n, explore, bad))
    error = joint[n[:, None] < n].sum()  # a tie goes to the first
    game = se.StackelbergGame([[1, 1]], [[good, bad]], rewards="bernoulli")
    pair = se.leaders.Fixed(0), se.followers.ExploreThenCommit(explore)
    horizon = 2 * explore + 1
    result = se.simulate(game, *pair, horizon, n_runs=RUNS, seed=4, checkpoints=[horizon - 1, horizon])
    assert agrees(wrong(result, 0, 1), RUNS, error)


@pytest.mark.parametrize("explore", [1, 10, 1000, 10**6])
def test_explore_trap_is_wrong_at_least_half_the_time_whatever_the_samples(explore):
    # both explore in step: the leader's means are of 2E rewards each and differ by 0.05 in favour of the wrong action
    probability = stats.norm.cdf(0.05 / math.sqrt(2 / (2 * explore)))
    assert probability >= 0.5
    pair = se.leaders.ExploreThenCommit(2 * explore), se.followers.ExploreThenCommit(explore)
    horizon = 4 * explore + 1
    scheme = {"n_runs": RUNS, "seed": 6, "checkpoints": [horizon - 1, horizon]}
    result = se.simulate(se.games.explore_trap(), *pair, horizon, **scheme)
    assert agrees(wrong(result, 1, 0) + wrong(result, 1, 1), RUNS, probability)


@pytest.mark.parametrize("explore", [1, 30, 200])
def test_waiting_leader_compares_what_the_follower_has_committed_to(explore):
    # the follower errs on each leader action alone; then the leader compares the two committed pairs
    game = se.games.explore_trap()
    spread = math.sqrt(2 / explore)
    probability = 0.0
    for b0, b1 in itertools.product(range(2), repeat=2):
        chance = math.prod(
            stats.norm.cdf((game.follower[a, b] - game.follower[a, 1 - b]) / spread) for a, b in enumerate((b0, b1))
        )
        probability += chance * stats.norm.cdf((game.leader[1, b1] - game.leader[0, b0]) / spread)
    pair = se.leaders.WaitThenCommit(2 * explore, explore), se.followers.ExploreThenCommit(explore)
    horizon = 6 * explore + 1
    scheme = {"n_runs": RUNS, "seed": 7, "checkpoints": [horizon - 1, horizon]}
    result = se.simulate(game, *pair, horizon, **scheme)
    assert agrees(wrong(result, 1, 0) + wrong(result, 1, 1), RUNS, probability)


# ---------------------------------------------------------------- bit for bit, whatever the circumstances

HUGE = 10**9
CASES = [
    (game, pair, horizon)
    for game in (TRAP, COIN)
    for pair, horizon in [
        (("UCB", "UCB"), 300),
        (("EpsilonGreedy", "ThompsonSampling"), 300),
        (("ThompsonSampling", "EpsilonGreedy"), 300),
        (("LipschitzUCB", "ActiveArmElimination"), 300),
        (("ExploreThenUCB", "ExploreThenCommit"), 300),
        (("ThompsonSampling", "ActiveArmElimination"), 300),
        (("ExploreThenCommit", "ActiveArmElimination"), HUGE),
        (("WaitThenCommit", "ExploreThenCommit"), HUGE),
        (("PhasedUCB", "ActiveArmElimination"), HUGE),
        (("MeanPhasedUCB", "ActiveArmElimination"), HUGE),
        (("MeanPhasedUCB", "ExploreThenCommit"), HUGE),
    ]
]
MANY = 70  # more than a batch


def every_case(n_runs=MANY, **arguments):
    return [blockwise(*case, n_runs=n_runs, seed=12, **arguments) for case in CASES]


@pytest.fixture(scope="module")
def reference():
    results = every_case(keep_blocks=True)
    # cases that could not differ would prove nothing
    assert all(len({run.tobytes() for run in result.counts}) > 1 for result in results)
    return results


def same(results, reference):
    for case, one, other in zip(CASES, results, reference, strict=True):
        n = len(one.counts)
        common, mine, theirs = np.intersect1d(one.rounds, other.rounds, return_indices=True)
        assert len(common)
        assert np.array_equal(one.counts[:, mine], other.counts[:n, theirs]), case
        if one.blocks is not None and other.blocks is not None:
            assert all(np.array_equal(x, y) for x, y in zip(one.blocks, other.blocks[:n], strict=True)), case


def test_without_keeping_blocks(reference):
    same(every_case(), reference)


@pytest.mark.parametrize("n_runs", [1, 63, 64, 65])
def test_fewer_runs_are_the_first_ones(reference, n_runs):
    same(every_case(n_runs, keep_blocks=True), reference)


@pytest.mark.parametrize("checkpoints", [[1], range(1, 61), [1, 59, 60, 61, 299, 300]], ids=str)
def test_checkpoints_change_nothing(reference, checkpoints):
    dense = every_case(checkpoints=checkpoints, keep_blocks=True)
    same(every_case(checkpoints=sorted({*checkpoints, 300})), dense)
    for case, few, all_of_them in zip(CASES, dense, reference, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(few.blocks, all_of_them.blocks, strict=True)), case
        for run, blocks in enumerate(few.blocks[:2]):
            played = counted(blocks, few.rounds, few.game.shape)
            assert np.array_equal(few.counts[run], played), case


def counted(blocks, rounds, shape):
    """Counts at each checkpoint from blocks, by definition."""
    counts = np.zeros((len(rounds), *shape), dtype=np.int64)
    start = 0
    for a, b, length in blocks.tolist():
        counts[:, a, b] += np.clip(rounds - start, 0, length)
        start += length
    return counts


def test_blocks_add_up_to_the_counts(reference):
    for case, result in zip(CASES, reference, strict=True):
        for counts, blocks in zip(result.counts[:4], result.blocks, strict=False):
            assert (blocks[:, 2] > 0).all(), case
            assert (blocks[1:, :2] != blocks[:-1, :2]).any(axis=1).all(), case  # neighbours differ
            assert np.array_equal(counted(blocks, result.rounds, result.game.shape), counts), case


@pytest.mark.parametrize(("batch", "slice_blocks"), [(1, 1), (3, 10), (2, 2), (200, 2000), (64, 1000)])
def test_slices_and_batches_change_nothing(reference, monkeypatch, batch, slice_blocks):
    monkeypatch.setattr(engine, "BATCH", batch)
    monkeypatch.setattr(engine, "SLICE_BLOCKS", slice_blocks)
    n_runs = MANY if slice_blocks > 100 else 4  # a slice of few blocks is a compiled call every few rounds
    same(every_case(n_runs, keep_blocks=True), reference)


def test_threads_change_nothing(reference):
    with ThreadPoolExecutor(3) as executor:
        same(every_case(executor=executor, keep_blocks=True), reference)


def test_processes_change_nothing(reference):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        same(every_case(executor=executor, keep_blocks=True), reference)


@pytest.fixture
def plain_python(monkeypatch):
    monkeypatch.setattr(compiling, "has_numba", lambda: False)


FEW = 3


@pytest.mark.usefixtures("plain_python")
@pytest.mark.parametrize("slice_blocks", [3, 2**18])
def test_plain_python_changes_nothing(reference, monkeypatch, slice_blocks):
    monkeypatch.setattr(engine, "SLICE_BLOCKS", slice_blocks)
    same(every_case(FEW, keep_blocks=True), reference)


@pytest.mark.parametrize("how", ["switched off", "missing"])
def test_new_process_without_numba_changes_nothing(reference, how):
    code = f"""
        import sys, json
        {'sys.modules["numba"] = None' if how == "missing" else ""}
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        import test_engine
        print(json.dumps([result.counts.tolist() for result in test_engine.every_case({FEW})]))
    """
    switch = {"NUMBA_DISABLE_JIT": "1"} if how == "switched off" else {}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True, text=True, check=False, env={**os.environ, **switch},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for case, counts, expected in zip(CASES, json.loads(done.stdout), reference, strict=True):
        assert np.array_equal(counts, expected.counts[:FEW]), case


@pytest.mark.parametrize("rewards", ["gaussian", "bernoulli"])
def test_sums_are_the_same_to_the_last_bit_compiled_or_not(notebooks, monkeypatch, rewards):
    """Blocks of 1 to 2**44 rounds at means from 0 to 1; binomials take other paths when the mean number is large."""
    means = np.r_[0, 1, 1e-12, 1e-6, np.linspace(0.01, 0.99, 28)].reshape(1, 32)
    game = se.StackelbergGame(means.T, means[:, ::-1].T, rewards=rewards)
    logs = []
    for _ in range(2):
        leader = se.leaders.Custom(growing_plan, remember, memory_columns=4 * 32 * 45)
        se.simulate(game, leader, se.followers.Fixed([0] * 32), 32 * (2**45 - 1), n_runs=8, seed=9)
        logs.append(np.array([reports(state) for state in notebooks["leader"]]))
        monkeypatch.setattr(compiling, "has_numba", lambda: False)
    assert logs[0].shape == (8, 32 * 45, 4)
    assert np.array_equal(*logs)


def growing_plan(context, state, params, rng):
    """Play each action in turn, for 1 round, then 2, 4, 8, ..."""
    report = int(state.pulls[0, 0])
    n = state.pulls.shape[1]
    return report % n, int(2.0 ** (report // n))


def test_seed_sequence_is_left_as_it_was_and_equals_its_number():
    root = np.random.SeedSequence(12)
    root.spawn(3)
    before = root.state

    def counts(seed):
        return blockwise(TRAP, ("EpsilonGreedy", "ThompsonSampling"), 100, n_runs=3, seed=seed).counts

    for _ in range(2):
        assert np.array_equal(counts(root), counts(12))
        assert root.state == before
    child = root.spawn(1)[0]
    assert not np.array_equal(counts(child), counts(12))
    assert np.array_equal(counts(child), counts(np.random.SeedSequence(12, spawn_key=child.spawn_key)))


# ---------------------------------------------------------------- what a leader may not know


def switching_plan(context, state, params, rng):
    """Answer 0 and 1 in turns that last as long as the parameter says."""
    return int(state.pulls[context, 0] // params.values[0]) % 2, int(params.values[0])


def count_rounds(context, state, params, action, other_action, rounds, reward_sum):
    state.pulls[context, 0] += rounds


def listening_plan(context, state, params, rng):
    """Hold for 1, 2, 3, ... rounds, in turn the actions 0 and 1, whatever happens."""
    turn = int(state.pulls[context, 0])
    return turn % 2, turn + 1


class Recorder:
    """A leader's functions that write every call into a list, which numba refuses."""

    def __init__(self):
        self.calls = []

    def plan(self, context, state, params, rng):
        return len(self.calls) % 2, len(self.calls) + 1

    def observe(self, context, state, params, action, other_action, rounds, reward_sum):
        self.calls.append((rounds, action, other_action))


HOLDS = 20


def what_the_leader_hears(compiled, notebooks, period, **arguments):
    follower = se.followers.Custom(switching_plan, count_rounds, parameters=(period,))
    recorder = Recorder()
    leader = (
        se.leaders.Custom(listening_plan, remember, memory_columns=4 * HOLDS)
        if compiled
        else se.leaders.Custom(recorder.plan, recorder.observe)
    )
    result = se.simulate(TRAP, leader, follower, HOLDS * (HOLDS + 1) // 2 + 5, n_runs=1, **arguments)
    assert len(set(result.counts[0, -1, 0, :2])) > 0
    assert (result.counts[0, -1, :, :2] > 0).all()  # the follower did switch
    return [tuple(row) for row in reports(notebooks["leader"][0])[:, :3]] if compiled else recorder.calls


@pytest.mark.parametrize("compiled", [True, False])
def test_leader_hears_once_per_own_hold_whenever_the_follower_switches(compiled, notebooks, monkeypatch, capfd):
    expected = [(turn + 1, turn % 2, -1) for turn in range(HOLDS)]
    for period in (1, 3, 7):
        assert what_the_leader_hears(compiled, notebooks, period) == expected
        assert what_the_leader_hears(compiled, notebooks, period, checkpoints=range(1, 200)) == expected
    monkeypatch.setattr(engine, "SLICE_BLOCKS", 2)
    monkeypatch.setattr(engine, "BATCH", 1)
    assert what_the_leader_hears(compiled, notebooks, 3, keep_blocks=True) == expected
    assert ("runs in plain Python" in capfd.readouterr().err) != compiled


def test_what_a_leader_hears_is_the_sum_of_its_own_hold(notebooks):
    """Without noise the sums can be worked out from the blocks."""
    follower = se.followers.Custom(switching_plan, count_rounds, parameters=(3,))
    leader = se.leaders.Custom(listening_plan, remember, memory_columns=4 * HOLDS)
    result = se.simulate(SILENT[0], leader, follower, HOLDS * (HOLDS + 1) // 2, n_runs=1, keep_blocks=True)
    rewards = np.concatenate([[SILENT[0].leader[a, b]] * k for a, b, k in result.blocks[0]])
    ends = np.cumsum(np.arange(1, HOLDS + 1))
    assert [row[3] for row in reports(notebooks["leader"][0])] == [part.sum() for part in np.split(rewards, ends[:-1])]


def test_leader_that_sees_hears_each_block(notebooks):
    follower = se.followers.Custom(switching_plan, count_rounds, parameters=(3,))
    leader = se.leaders.Custom(parameter_plan, remember, (10,), memory_columns=40, sees_response=True)
    se.simulate(TRAP, leader, follower, 10, n_runs=1)
    heard = [tuple(row[:3]) for row in reports(notebooks["leader"][0])]
    assert heard == [(3, 0, 0), (3, 0, 1), (3, 0, 0), (1, 0, 1)]


HEARD: list = []  # one list for all copies of the object


class Listener:
    def choose(self):
        return len(HEARD) % 2

    def observe(self, *report):
        HEARD.append(report)


def test_object_leader_hears_action_and_reward_of_each_round_and_no_more():
    HEARD.clear()
    follower = se.followers.Custom(switching_plan, count_rounds, parameters=(2,))
    result = se.simulate(SILENT[0], Listener, follower, 12, n_runs=1, keep_blocks=True)
    pairs = [(a, b) for a, b, k in result.blocks[0].tolist() for _ in range(k)]
    assert [(a, SILENT[0].leader[a, b]) for a, b in pairs] == HEARD
    assert {b for _, b in pairs} == {0, 1}


# ---------------------------------------------------------------- zero-sum games


tables = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda shape: st.lists(
        st.lists(st.floats(0, 1), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(table=tables, pair=st.sampled_from(PAIRS), seed=st.integers(0, 2**32), bernoulli=st.booleans())
def test_zero_sum_regrets_cancel(table, pair, seed, bernoulli):
    plain = se.games.zero_sum(table)
    game = se.StackelbergGame(plain.leader, plain.follower, rewards="bernoulli" if bernoulli else "gaussian")
    result = blockwise(game, pair, 200, n_runs=2, seed=seed)
    regret = result.regret(se.stackelberg(game))
    np.testing.assert_allclose(regret.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(result.utility().sum(axis=0), np.broadcast_to(result.rounds, (2, len(result.rounds))))


# ---------------------------------------------------------------- a reader's own functions: what goes wrong


def one_step_too_far(context, state, params, rng):
    return int(state.pulls[0, 99]), 1  # too far


def reads_memory_it_has_not(context, state, params, action, other_action, rounds, reward_sum):
    state.memory[context, 5] += reward_sum  # no such memory


def divides_by_zero(context, state, params, rng):
    mean = state.sums[context, 0] / state.pulls[context, 0]  # not yet pulled
    if mean > 0.3:
        return 0, 1
    return 1, 1


def whole_division_by_zero(context, state, params, rng):
    return 7 // int(state.pulls[context, 0]) % 2, 1  # not yet pulled


def remainder_by_zero(context, state, params, rng):
    return 7 % int(state.pulls[context, 0]), 1  # not yet pulled


def fails_later(context, state, params, rng):
    place = int(state.pulls[context].sum()) // 50
    return int(state.sums[context, place] * 0), 1  # in round 101


def first_action(context, state, params, rng):
    return 0, 1


FAILING = [
    (one_step_too_far, None, IndexError, "too far"),
    (first_action, reads_memory_it_has_not, IndexError, "no such memory"),
    (first_action, rules.ucb_observe, IndexError, "state.memory"),  # a rule of the library without its memory
    (rules.commit_plan, None, IndexError, "params.values"),
    (divides_by_zero, None, ZeroDivisionError, "not yet pulled"),
    (whole_division_by_zero, None, ZeroDivisionError, "not yet pulled"),
    (remainder_by_zero, None, ZeroDivisionError, "not yet pulled"),
    (fails_later, None, IndexError, "in round 101"),
]
TWO = se.StackelbergGame([[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5]])
STILL = {"leader": se.leaders.Fixed(0), "follower": se.followers.Fixed([0, 0])}


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("role", ["leader", "follower"])
@pytest.mark.parametrize(("plan", "observe", "error", "line"), FAILING)
def test_failure_shows_the_line_of_the_reader(role, plan, observe, error, line, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr(compiling, "has_numba", lambda: False)
    own = getattr(se, f"{role}s").Custom(plan, observe)
    pair = {**STILL, role: own}
    with pytest.raises(error) as caught:
        se.simulate(TWO, pair["leader"], pair["follower"], 200, n_runs=3)
    assert any(line in str(entry.statement) for entry in caught.traceback)


def says_none(context, state, params, rng):
    if state.pulls[context, 0] < 4:
        return 0, 1


def says_a_float(context, state, params, rng):
    return 0, 1 + state.pulls[context, 0] * 0


def says_a_list_too_long(context, state, params, rng):
    return 0, 1, 2


def says_a_word(context, state, params, rng):
    return "0", 1


def says_too_much(context, state, params, rng):
    return 0, 10**30


def acts_beyond(context, state, params, rng):
    return int(state.pulls[context, 0] // 4) * 2, 1


def acts_below(context, state, params, rng):
    return -int(state.pulls[context, 0] // 4), 1


def holds_nothing(context, state, params, rng):
    return 0, 1 - int(state.pulls[context, 0] // 4)


def holds_less(context, state, params, rng):
    return 0, 1 - 3 * int(state.pulls[context, 0] // 4)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("role", ["leader", "follower"])
@pytest.mark.parametrize(
    ("plan", "round_", "saying"),
    [
        (says_none, 5, "returned None as its action and hold; it must be two whole numbers"),
        (says_a_float, 1, "returned (0, 1.0) as its action and hold"),
        (says_a_list_too_long, 1, "returned (0, 1, 2) as its action and hold"),
        (says_a_word, 1, "returned ('0', 1) as its action and hold"),
        (says_too_much, 1, f"returned (0, {10**30}) as its action and hold; it must be two whole numbers (int64)"),
        (acts_beyond, 5, "chose action 2; its actions are 0 to 1"),
        (acts_below, 5, "chose action -1; its actions are 0 to 1"),
        (holds_nothing, 5, "asked to hold its action for 0 rounds; a hold is at least 1"),
        (holds_less, 5, "asked to hold its action for -2 rounds"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_bad_answer_names_learner_and_round(role, plan, round_, saying, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr(compiling, "has_numba", lambda: False)
    own = getattr(se, f"{role}s").Custom(plan)
    pair = {**STILL, role: own}
    with pytest.raises(ValueError, match="in round") as caught:
        se.simulate(TWO, pair["leader"], pair["follower"], 200, n_runs=2)
    assert f"in round {round_} the {role} {role}s.Custom({plan.__name__}) {saying}" in str(caught.value)


def test_bad_choice_of_an_object_names_it_and_the_round():
    class Undecided:
        left = 3

        def choose(self):
            self.left -= 1
            return 0 if self.left else None

        def observe(self, action, reward):
            pass

    saying = r"in round 3 the leader Undecided returned None as its action; it must be a whole number \(int64\)$"
    with pytest.raises(ValueError, match=saying) as caught:
        se.simulate(TWO, Undecided, STILL["follower"], 10, n_runs=2)
    assert pickle.loads(pickle.dumps(caught.value)).answer is None


def test_huge_hold_is_for_good():
    def forever(context, state, params, rng):
        return 1, 2**62

    result = se.simulate(TWO, se.leaders.Custom(forever), se.followers.Custom(forever), 2**53, n_runs=2)
    assert (result.counts[:, -1] == [[0, 0], [0, 2**53]]).all()


# ---------------------------------------------------------------- a reader's own functions: compiled or not


def clever_plan(context, state, params, rng):
    """A randomized rule with a helper and NumPy."""
    if rng.random() < params.values[0]:
        return int(rng.integers(0, 2)), 1
    return favourite(state.sums[context], state.pulls[context]), 2


def favourite(sums, pulls):
    return int(np.argmax(sums / np.maximum(pulls, 1.0) + width(pulls.sum()) / np.sqrt(np.maximum(pulls, 1.0))))


def width(rounds):
    return math.sqrt(0.5 * math.log(1.0 + rounds))


def refused_plan(context, state, params, rng):
    """Do the same with something numba has never heard of."""
    vars(refused_plan).get("nothing")
    return clever_plan(context, state, params, rng)


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_what_numba_refuses_runs_in_plain_python_says_so_once_and_counts_the_same(role, capfd):
    counts = []
    for plan in (clever_plan, refused_plan):
        own = getattr(se, f"{role}s").Custom(plan, parameters=(0.2,))
        pair = {"leader": se.leaders.UCB(), "follower": se.followers.ThompsonSampling(), role: own}
        compiling._refused.clear()
        for _ in range(2):
            counts.append(se.simulate(TWO, pair["leader"], pair["follower"], 400, n_runs=3, seed=1).counts)
        said = capfd.readouterr()
        assert said.out == ""
        if plan is refused_plan:
            assert said.err.count("\n") == 1
            assert said.err.startswith(f"stackedu: plan of {role}s.Custom(refused_plan) runs in plain Python")
        else:
            assert said.err == ""
    assert all((one == counts[0]).all() for one in counts)
    assert len({run.tobytes() for run in counts[0]}) > 1


def test_helpers_are_compiled_too(monkeypatch):
    helpers = []
    original = compiling._jit

    def spy(function, scope, name, *rest, **options):
        helpers.append(name)
        return original(function, scope, name, *rest, **options)

    monkeypatch.setattr(compiling, "_jit", spy)
    compiling._compiled_rule.cache_clear()
    se.simulate(TWO, se.leaders.Custom(clever_plan, parameters=(0.2,)), STILL["follower"], 10, n_runs=1)
    assert {"clever_plan", "favourite", "width"} <= set(helpers)


def test_editing_a_constant_or_a_helper_takes_effect(capfd):
    """As in a notebook, where the cell of the rule itself is not run again."""
    space = {"__name__": "reader"}
    source = """
        CHOICE = 0
        def helper():
            return CHOICE
        def plan(context, state, params, rng):
            return helper(), 1
    """
    exec(textwrap.dedent(source), space)

    def chosen():
        result = se.simulate(TWO, se.leaders.Custom(space["plan"]), STILL["follower"], 10, n_runs=1)
        return int(result.counts[0, -1, 1, 0]) // 10

    assert chosen() == 0
    space["CHOICE"] = 1
    assert chosen() == 1
    exec("def helper():\n    return 0", space)
    assert chosen() == 0
    identity = se.leaders.Custom(space["plan"]).identity()
    exec("def helper():\n    return 1", space)
    assert chosen() == 1
    assert se.leaders.Custom(space["plan"]).identity() != identity
    assert "plain Python" not in capfd.readouterr().err


def test_own_rule_may_mix_with_the_library_s(notebooks):
    """ucb_plan and ucb_observe with the memory and the parameter they need play as UCB does."""
    own = se.leaders.Custom(rules.ucb_plan, rules.ucb_observe, (math.sqrt(2 * math.log(300)),), memory_columns=3)
    game, follower = dyadic((3, 2), 0), se.followers.UCB()
    game = se.StackelbergGame(game.leader, game.follower)
    mixed, library = (se.simulate(game, leader, follower, 300, n_runs=5, seed=2) for leader in (own, se.leaders.UCB()))
    assert (mixed.counts == library.counts).all()


def test_reader_s_observe_gets_arrays_beside_a_plan_of_the_library():
    seen = []

    def observe(context, state, params, action, other_action, rounds, reward_sum):
        seen.append(float(state.pulls[context].sum()))
        rules.record(context, state, params, action, other_action, rounds, reward_sum)

    se.simulate(TWO, se.leaders.Custom(rules.thompson_plan, observe, (1.0,)), STILL["follower"], 5, n_runs=1)
    assert seen == [0, 1, 2, 3, 4]


def test_warnings_of_numpy_are_not_hidden():
    def mean_of_nothing(context, state, params, rng):
        return int(np.argmax(state.sums[context] / state.pulls[context])), 1

    own = se.leaders.Custom(mean_of_nothing)
    compiled = se.simulate(TWO, own, STILL["follower"], 20, n_runs=1).counts
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr(compiling, "has_numba", lambda: False)
        with pytest.warns(RuntimeWarning, match="invalid value"):
            assert (se.simulate(TWO, own, STILL["follower"], 20, n_runs=1).counts == compiled).all()
