"""The learning rules, called by hand in plain Python, and the learners that carry them."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from scipy import stats

import stackedu as se
from stackedu import rules
from stackedu.learners import FromObject, Setting
from stackedu.simulation import as_learner

LEADERS = [getattr(se.leaders, name) for name in se.leaders.__all__ if name != "Custom"]
FOLLOWERS = [getattr(se.followers, name) for name in se.followers.__all__ if name != "Custom"]
NEEDED = {"LipschitzUCB": {"lipschitz": 2}}


def made(learner):
    given = NEEDED.get(learner.__name__, {})
    if learner.__name__ == "Fixed":
        given = {"action": 1} if learner.role == "leader" else {"responses": (1, 0)}
    return learner(**given)


EVERY = [made(learner) for learner in (*LEADERS, *FOLLOWERS)]


class Driver:
    """A learner with its memory, called as the engine calls it."""

    def __init__(self, learner, shape, horizon, seed=0):
        game = se.StackelbergGame(np.zeros(shape), np.zeros(shape))
        layout, blocks = learner.memories(game, horizon, 1)
        self.state, self.params = rules.open_block(layout, blocks[0])
        self.learner, self.rng = learner, np.random.default_rng(seed)

    def plan(self, context=0):
        return self.learner.plan(context, self.state, self.params, self.rng)

    def hear(self, action, rounds, reward_sum, *, context=0, other=-1):
        self.learner.observe(context, self.state, self.params, action, other, rounds, reward_sum)

    def play(self, rewards, rounds, context=0):
        """Play so many rounds, hold by hold, with the given reward per action; return the actions."""
        played = []
        while len(played) < rounds:
            action, hold = self.plan(context)
            hold = min(hold, rounds - len(played))
            played += [action] * hold
            self.hear(action, hold, hold * rewards[action], context=context)
        return played


# ---------------------------------------------------------------- how much exploration


@pytest.mark.parametrize(
    ("horizon", "shape", "expected"),
    # ceil((T/(|A||B|))^(2/3) (log T)^(1/3)): e.g. 250^(2/3) = 39.685, (log 1000)^(1/3) = 1.9045, product 75.58
    [(1000, (2, 2), 76), (10**6, (2, 2), 9523), (1000, (2, 5), 42), (100, (10, 10), 2), (2, (1, 1), 2), (1, (2, 2), 1)],
)
def test_default_exploration(horizon, shape, expected):
    assert Setting(horizon, *shape).exploration == expected
    m = shape[1]
    setting = Setting(horizon, *shape)
    assert tuple(se.followers.ExploreThenCommit().values(setting)) == (0, expected)
    assert tuple(se.leaders.ExploreThenCommit().values(setting)) == (0, m * expected)
    assert tuple(se.leaders.WaitThenCommit().values(setting)) == (m * expected, expected)
    assert se.leaders.ExploreThenUCB().values(setting)[1] == m * expected


def test_given_exploration_is_taken_also_when_it_is_zero():
    setting = Setting(1000, 2, 2)
    assert tuple(se.leaders.WaitThenCommit(0, 3).values(setting)) == (0, 3)
    assert tuple(se.leaders.WaitThenCommit(wait=4).values(setting)) == (4, 76)
    assert tuple(se.leaders.WaitThenCommit(explore=4).values(setting)) == (152, 4)
    assert se.leaders.ExploreThenUCB(0).values(setting)[1] == 0
    assert tuple(se.followers.ExploreThenCommit(4).values(setting)) == (0, 4)


@pytest.mark.parametrize("learner", [l for l in EVERY if hasattr(l, "confidence")], ids=repr)  # noqa: E741
def test_width_is_the_root_of_confidence_times_log_horizon(learner):
    factor = 1 + 2 * math.sqrt(3) if isinstance(learner, se.leaders.LipschitzUCB) else 1
    setting = Setting(500, 2, 3)
    assert learner.values(setting)[0] == pytest.approx(factor * math.sqrt(2 * math.log(500)), rel=1e-15)
    changed = type(learner)(**{**vars(learner), "confidence": 0.3})
    assert changed.values(setting)[0] == pytest.approx(factor * math.sqrt(0.3 * math.log(500)), rel=1e-15)


# ---------------------------------------------------------------- explore, commit


def test_explore_then_commit_pulls():
    leader = Driver(se.leaders.ExploreThenCommit(5), (3, 2), 1000)
    for action, mean in enumerate((0.25, 0.75, 0.5)):
        assert leader.plan() == (action, 5)
        leader.hear(action, 5, 5 * mean)
    assert leader.plan() == (1, 1000)
    leader.hear(1, 100, -1e6)
    assert leader.state.pulls.tolist() == [[5, 105, 5]]


def test_explore_then_commit_goes_on_where_a_hold_was_cut():
    follower = Driver(se.followers.ExploreThenCommit(5), (2, 2), 1000)
    assert follower.plan(1) == (0, 5)
    follower.hear(0, 2, 2.0, context=1)
    assert follower.plan(1) == (0, 3)
    assert follower.plan(0) == (0, 5)  # contexts do not mix
    follower.hear(0, 3, 3.0, context=1)
    assert follower.plan(1) == (1, 5)


def test_equal_means_commit_to_the_first():
    leader = Driver(se.leaders.ExploreThenCommit(2), (3, 2), 100)
    assert leader.play([0.5, 0.75, 0.75], 10)[-1] == 1


def test_wait_then_commit_throws_the_first_rewards_of_each_action_away():
    leader = Driver(se.leaders.WaitThenCommit(4, 3), (2, 2), 1000)
    for action, (early, late) in enumerate([(1.0, 0.25), (-9.0, 0.5)]):
        assert leader.plan() == (action, 4)
        leader.hear(action, 4, 4 * early)
        assert leader.plan() == (action, 3)
        leader.hear(action, 3, 3 * late)
    assert leader.plan() == (1, 1000)
    assert leader.state.sums.tolist() == [[0.75, 1.5]]


# ---------------------------------------------------------------- confidence bounds


@pytest.mark.parametrize(
    ("learner", "width"),
    [
        (se.leaders.UCB(0.7), math.sqrt(0.7 * math.log(400))),
        (se.leaders.LipschitzUCB(1.5, 0.7), (1 + 1.5 * math.sqrt(4)) * math.sqrt(0.7 * math.log(400))),
        (se.leaders.ExploreThenUCB(0, 0.7), math.sqrt(0.7 * math.log(400))),
    ],
    ids=repr,
)
def test_index_is_mean_plus_bonus_at_every_step(learner, width):
    leader, noise = Driver(learner, (3, 4), 400), np.random.default_rng(1)
    pulls, sums = np.zeros(3), np.zeros(3)
    for t in range(400):
        action, hold = leader.plan()
        assert hold == 1
        if t < 3:
            assert action == t
        else:
            index = sums / pulls + width / np.sqrt(pulls)
            np.testing.assert_allclose(leader.state.memory[0, :3], index, rtol=1e-14)
            assert action == index.argmax()
        reward = noise.normal(0.3 * action)
        pulls[action] += 1
        sums[action] += reward
        leader.hear(action, 1, reward)
        assert (leader.state.pulls == pulls).all()
        assert (leader.state.sums == sums).all()


def test_explore_then_ucb_discards_the_wait_and_starts_from_scratch():
    leader = Driver(se.leaders.ExploreThenUCB(6), (2, 2), 1000)
    for action in range(2):
        assert leader.plan() == (action, 6)
        leader.hear(action, 6, 600.0)
    assert not leader.state.pulls.any()
    assert not leader.state.sums.any()
    for action in range(2):
        assert leader.plan() == (action, 1)
        leader.hear(action, 1, float(action))
    assert leader.state.pulls.tolist() == [[1, 1]]
    assert leader.plan() == (1, 1)


def test_follower_s_bandits_are_apart():
    follower = Driver(se.followers.UCB(), (2, 2), 100)
    follower.hear(0, 1, 1.0, context=0)
    assert follower.plan(0) == (1, 1)
    assert follower.plan(1) == (0, 1)
    follower.hear(0, 1, 0.0, context=1)
    follower.hear(1, 1, 1.0, context=1)
    assert follower.plan(1) == (1, 1)
    assert follower.state.pulls.tolist() == [[1, 0], [1, 1]]


# ---------------------------------------------------------------- randomized rules: 1e-7 for each of these 6 tests

DRAWS, LEVEL = 20_000, 1e-7


@pytest.mark.parametrize(
    ("epsilon", "played", "expected"),
    [(0.3, 40, 0.3), (None, 1000, (4 * math.log(1000) / 1000) ** (1 / 3)), (None, 8, 1.0), (0.0, 40, 0.0)],
)
def test_epsilon_greedy_explores_with_its_probability(epsilon, played, expected):
    follower = Driver(se.followers.EpsilonGreedy(epsilon), (1, 4), 10**6)
    for action in range(4):
        assert follower.plan() == (action, 1)
        follower.hear(action, played // 4, float(action == 2))
    seen = np.bincount([follower.plan()[0] for _ in range(DRAWS)], minlength=4)
    law = expected / 4 + (1 - expected) * (np.arange(4) == 2)
    if expected == 0:
        assert seen.tolist() == [0, 0, DRAWS, 0]
    else:
        assert stats.chisquare(seen, DRAWS * law).pvalue > LEVEL


def test_default_epsilon_with_one_action_is_no_division_by_zero():
    assert Driver(se.leaders.EpsilonGreedy(), (1, 1), 10).play([0.5], 10) == [0] * 10


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_thompson_plays_with_the_posterior_probability(scale):
    leader = Driver(se.leaders.ThompsonSampling(scale), (2, 3), 1000)
    leader.hear(0, 9, 4.0)
    leader.hear(1, 3, 1.0)
    # posteriors N(4/10, scale^2/10) and N(1/4, scale^2/4)
    first = stats.norm.cdf((0.4 - 0.25) / (scale * math.sqrt(1 / 10 + 1 / 4)))
    times = sum(leader.plan() == (0, 1) for _ in range(DRAWS))
    assert stats.binomtest(times, DRAWS, first).pvalue > LEVEL


# ---------------------------------------------------------------- active arm elimination


def phases(n, upto):
    """First round and length of each phase."""
    start = 0
    for phase in range(1, upto + 1):
        yield start, n * 2**phase
        start += n * 2**phase


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_phases_of_equal_arms_are_even_and_balanced(n):
    played = np.array(Driver(se.followers.ActiveArmElimination(), (1, n), 10**6).play([0.5] * n, 3000))
    if n == 1:
        return
    for start, length in phases(n, 7):
        phase = played[start : start + length]
        counts = np.bincount(phase, minlength=n)
        assert counts.max() - counts.min() <= 1
        for quarter in range(1, 4):  # each phase comes in rotations: a part of it is balanced, too
            part = np.bincount(phase[: length * quarter // 4], minlength=n)
            assert part.max() - part.min() <= math.ceil(length / n / 4)
        # whatever stretch of it another player averages over holds each arm about equally often
        assert max(len(list(run)) for run in runs(phase)) <= math.ceil(length / n / 4) * (2 if length > 4 * n else 4)


def runs(sequence):
    return np.split(sequence, np.flatnonzero(np.diff(sequence)) + 1)


def test_shares_differ_by_at_most_one_when_the_length_does_not_divide():
    follower = Driver(se.followers.ActiveArmElimination(0.0), (1, 3), 10**6)
    played = np.array(follower.play([0.5, 0.25, 0.5], 3 * (2 + 4 + 8 + 16)))
    assert np.bincount(played[:6]).tolist() == [2, 2, 2]
    for start, length in [(6, 12), (18, 24), (42, 48)]:
        counts = np.bincount(played[start : start + length], minlength=3)
        assert counts[1] == 0  # dropped after the first phase, for good
        assert counts.tolist() == [length // 2, 0, length // 2]


def test_odd_phase_among_two_of_five():
    follower = Driver(se.followers.ActiveArmElimination(0.0), (1, 5), 10**6)
    played = np.array(follower.play([0.5, 0, 0.5, 0.5, 0], 10 + 20))
    assert np.bincount(played[10:], minlength=5).tolist() == [7, 0, 7, 6, 0]


@pytest.mark.parametrize(("gap", "dropped"), [(0.999, False), (1.001, True)])
def test_elimination_happens_just_when_the_bounds_part(gap, dropped):
    # after phase 1 each of 3 arms has 2 pulls: r = sqrt(c log T / 2); i goes if mean_i + r < max_j (mean_j - r)
    horizon, confidence = 1000, 0.02
    radius = math.sqrt(confidence * math.log(horizon) / 2)
    rewards = [0.9, 0.9 - gap * 2 * radius, 0.9]
    follower = Driver(se.followers.ActiveArmElimination(confidence), (1, 3), horizon)
    second = follower.play(rewards, 18)[6:]
    assert (1 not in second) == dropped


def test_samples_count_over_all_phases():
    # a good start in phase 1 outweighs what phase 2 alone would say
    follower = Driver(se.followers.ActiveArmElimination(0.0), (1, 2), 1000)
    while follower.state.pulls.sum() < 4:
        action, hold = follower.plan()
        follower.hear(action, hold, hold * 0.5)
    while follower.state.pulls.sum() < 12:
        action, hold = follower.plan()
        follower.hear(action, hold, hold * (0.25 if action == 0 else 0.75))
    assert follower.state.sums.tolist() == [[2.0, 4.0]]
    assert follower.plan() == (1, 1000)  # one arm is left: for good


def test_last_arm_is_kept_and_held_for_good():
    follower = Driver(se.followers.ActiveArmElimination(0.0), (2, 3), 10**6)
    assert set(follower.play([0.25, 0.5, 0.0], 6, context=1)) == {0, 1, 2}
    assert follower.plan(1) == (1, 10**6)
    assert follower.plan(0)[0] == 0  # the other context has only begun
    follower.hear(1, 50, -1000.0, context=1)
    assert follower.plan(1) == (1, 10**6)


# ---------------------------------------------------------------- leaders that know the phases


def test_phased_ucb_plays_whole_phases_and_ranks_by_the_arms_of_the_last_one():
    leader = Driver(se.leaders.PhasedUCB(0.5), (2, 2), 1000)
    width = math.sqrt(0.5 * math.log(1000))
    assert leader.plan() == (0, 4)
    leader.hear(0, 2, 2.0, other=0)
    leader.hear(0, 2, 0.0, other=1)
    assert leader.plan() == (1, 4)  # infinite before its first phase has ended
    leader.hear(1, 2, 0.5, other=0)
    leader.hear(1, 2, 0.0, other=1)
    # 1 + w/sqrt(2) against 0.25 + w/sqrt(2)
    assert leader.plan() == (0, 8)
    # in this phase arm 0 is gone: its bound 1 + ... no longer counts, and arm 1 has all its samples, 2 + 8
    leader.hear(0, 8, 0.8, other=1)
    assert 0.08 + width / math.sqrt(10) < 0.25 + width / math.sqrt(2) < 1.0 + width / math.sqrt(2)
    assert leader.plan() == (1, 8)
    # now arm 1 of action 1 is better than it looked: its bound over both phases, not over the last only
    leader.hear(1, 4, 0.0, other=0)
    leader.hear(1, 4, -4.0, other=1)
    bounds = {0: 0.08 + width / math.sqrt(10), 1: 0.5 / 6 + width / math.sqrt(6)}
    assert bounds[1] > bounds[0]
    assert leader.plan() == (1, 16)


def test_phased_ucb_reckons_with_every_arm_of_the_last_phase():
    leader = Driver(se.leaders.PhasedUCB(0.0), (2, 3), 1000)
    leader.plan()
    for arm, reward in enumerate((0.0, 2.0, 0.5)):
        leader.hear(0, 2, reward, other=arm)
    leader.plan()
    for arm in range(3):
        leader.hear(1, 2, 1.5, other=arm)
    assert leader.plan() == (0, 12)  # largest bound: 1 (its mean is 0.42) against 0.75


def test_mean_phased_ucb_ranks_by_the_last_phase_alone():
    leader = Driver(se.leaders.MeanPhasedUCB(0.5), (2, 3), 1000)
    width = math.sqrt(0.5 * math.log(1000))
    assert leader.plan() == (0, 6)
    leader.hear(0, 6, 6.0)
    assert leader.plan() == (1, 6)
    leader.hear(1, 6, 3.0)
    assert leader.plan() == (0, 12)
    leader.hear(0, 12, 0.0)  # forgotten: the 6 of before
    assert 0 + width / math.sqrt(12) < 0.5 + width / math.sqrt(6)
    assert leader.plan() == (1, 12)
    assert leader.state.pulls.tolist() == [[12, 6]]
    assert leader.state.sums.tolist() == [[0, 3]]


@pytest.mark.parametrize("phase", range(1, 50))
def test_phase_lengths(phase):
    assert rules.phase_length(float(phase), 3) == 3 * 2**phase


def test_leader_and_follower_know_the_same_phases():
    """Every phase of PhasedUCB ends with one of the follower's on that action."""
    pair = se.leaders.PhasedUCB(0.1), se.followers.ActiveArmElimination(0.05)
    game = se.StackelbergGame([[0.6, 0.2, 0.3], [0.5, 0.5, 0.4]], [[0.9, 0.2, 0.8], [0.5, 0.1, 0.4]], noise_sd=0.2)
    for blocks in se.simulate(game, *pair, 5000, n_runs=5, seed=1, keep_blocks=True).blocks:
        actions = np.repeat(blocks[:, 0], blocks[:, 2])
        ends = {a: [start + length for start, length in phases(3, 12)] for a in range(2)}
        played = {0: 0, 1: 0}
        for stretch in runs(actions)[:-1]:
            played[stretch[0]] += len(stretch)
            assert played[stretch[0]] in ends[stretch[0]]


# ---------------------------------------------------------------- fixed answers


def test_fixed_and_best_response():
    assert Driver(se.leaders.Fixed(1), (2, 2), 50).plan() == (1, 50)
    follower = Driver(se.followers.Fixed([1, 0]), (2, 2), 50)
    assert [follower.plan(a) for a in range(2)] == [(1, 50), (0, 50)]
    game = se.StackelbergGame(np.zeros((2, 3)), [[0.1, 0.5, 0.5], [0.3, 0.2, 0.1]])
    assert se.followers.BestResponse().values_in(game, 10) == (1, 0)  # the first of two


# ---------------------------------------------------------------- dataclasses


@pytest.mark.parametrize("learner", EVERY, ids=lambda learner: f"{learner.role}-{learner!r}")
def test_learners_behave_as_values(learner):
    twin = made(type(learner))
    assert learner == twin
    assert hash(learner) == hash(twin)
    assert pickle.loads(pickle.dumps(learner)) == learner
    assert eval(repr(learner), vars(getattr(se, f"{learner.role}s"))) == learner
    with pytest.raises(AttributeError):
        learner.confidence = 3.0
    assert sum(learner == other for other in EVERY) == 1
    assert len({*EVERY, twin}) == len(EVERY)
    assert learner.identity() == twin.identity()


def test_parameters_tell_learners_apart():
    assert se.leaders.UCB(1) != se.leaders.UCB(2)
    assert se.leaders.UCB(2) == se.leaders.UCB(2.0) == se.leaders.UCB()
    assert se.leaders.UCB() != se.followers.UCB()
    assert se.leaders.UCB().identity() != se.followers.UCB().identity()
    assert repr(se.leaders.ExploreThenUCB(5e1)) == "ExploreThenUCB(wait=50, confidence=2.0)"


L, F = se.leaders, se.followers
BAD_NUMBERS = [
    ("confidence", [L.UCB, L.PhasedUCB, L.MeanPhasedUCB, L.ExploreThenUCB, L.LipschitzUCB], [-0.1, math.nan, math.inf]),
    ("confidence", [F.UCB, F.ActiveArmElimination], [-0.1, math.nan, math.inf]),
    ("explore", [L.ExploreThenCommit, L.WaitThenCommit, F.ExploreThenCommit], [0, -3, 1.5, math.nan, math.inf, 2**54]),
    ("wait", [L.WaitThenCommit, L.ExploreThenUCB], [-1, 0.5, math.inf, 2**54]),
    ("lipschitz", [L.LipschitzUCB], [0.9, 0, -1, math.nan, math.inf]),
    ("epsilon", [L.EpsilonGreedy, F.EpsilonGreedy], [-0.1, 1.1, math.nan]),
    ("scale", [L.ThompsonSampling, F.ThompsonSampling], [-1, math.nan, math.inf]),
    ("action", [L.Fixed], [-1, 0.5]),
    ("responses", [F.Fixed], [[0, -1], [0.5]]),
]
OPTIONAL = {"explore", "wait", "epsilon"}
REFUSED = [
    *((cls, {name: value}, ValueError) for name, classes, values in BAD_NUMBERS for cls in classes for value in values),
    *(
        (cls, {name: value}, TypeError)
        for name, classes, _ in BAD_NUMBERS[:-1]
        for cls in classes
        for value in ["1", True, [1], *([] if name in OPTIONAL else [None])]
    ),
    (F.Fixed, {"responses": 3}, TypeError),
    (F.Fixed, {"responses": ["a"]}, TypeError),
]


@pytest.mark.parametrize(("cls", "given", "error"), REFUSED, ids=[f"{c.role}-{c.__name__}-{g}" for c, g, _ in REFUSED])
def test_bad_parameter_is_named_with_its_learner(cls, given, error):
    ((name, value),) = given.items()
    with pytest.raises(error) as caught:
        cls(**{**NEEDED.get(cls.__name__, {}), **given})
    message = str(caught.value)
    if name == "responses":
        assert message.startswith("responses")
    else:
        assert message.startswith(f"{name} of {cls.role}s.{cls.__name__} must be ")
        assert message.endswith((f"got {value!r}", f"of type {type(value).__name__}"))


@pytest.mark.parametrize("value", [0, 0.0, 1e-9, 1, np.float64(0.5), np.int64(1)])
def test_edges_are_allowed(value):
    assert se.leaders.UCB(value).confidence == value
    assert se.followers.EpsilonGreedy(value).epsilon == value
    assert se.leaders.ThompsonSampling(value).scale == value


# ---------------------------------------------------------------- a reader's own


def own_plan(context, state, params, rng):
    return 0, 1


def own_observe(context, state, params, action, other_action, rounds, reward_sum):
    pass


def test_custom_behaves_as_a_value():
    custom = se.leaders.Custom(own_plan, own_observe, (1, 2.5), 3)
    assert custom == se.leaders.Custom(own_plan, own_observe, [1.0, 2.5], 3)
    assert hash(custom) == hash(se.leaders.Custom(own_plan, own_observe, (1.0, 2.5), 3))
    assert custom != se.leaders.Custom(own_plan, own_observe, (1, 2), 3)
    assert custom != se.followers.Custom(own_plan, own_observe, (1, 2.5), 3)
    assert pickle.loads(pickle.dumps(custom)) == custom
    assert repr(custom) == "leaders.Custom(own_plan)"
    assert as_learner((own_plan, own_observe), "follower") == se.followers.Custom(own_plan, own_observe)


def test_default_observe_of_custom():
    assert se.leaders.Custom(own_plan).observe is rules.record
    assert se.leaders.Custom(own_plan, sees_response=True).observe is rules.record_pair
    assert se.followers.Custom(own_plan).observe is rules.record


def test_shapes_of_a_custom_learner_s_memory():
    leader = Driver(se.leaders.Custom(own_plan, memory_columns=5), (2, 3), 10)
    assert (leader.state.pulls.shape, leader.state.memory.shape) == ((1, 2), (1, 5))
    seeing = Driver(se.leaders.Custom(own_plan, memory_columns=5, sees_response=True), (2, 3), 10)
    assert (seeing.state.pulls.shape, seeing.state.memory.shape) == ((2, 3), (2, 5))
    seeing.hear(1, 4, 2.5, other=2)
    assert (seeing.state.pulls[1, 2], seeing.state.sums[1, 2]) == (4, 2.5)
    follower = Driver(se.followers.Custom(own_plan, parameters=(7, 8)), (2, 3), 10)
    assert (follower.state.pulls.shape, follower.state.memory.shape) == ((2, 3), (2, 0))
    assert follower.params.values.tolist() == [7, 8]
    assert follower.params[:3] == (10, 2, 3)


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"plan": 3}, TypeError, "plan of leaders.Custom must be a function of (context, state, params"),
        ({"observe": 3}, TypeError, "observe of leaders.Custom must be a function of (context, state, params"),
        ({"parameters": ("a",)}, TypeError, "parameters must be a number, got 'a'"),
        ({"parameters": (math.nan,)}, ValueError, "parameters must be a number, got nan"),
        ({"memory_columns": -1}, ValueError, "memory_columns must be at least 0, got -1"),
        ({"memory_columns": 1.5}, ValueError, "memory_columns must be a whole number, got 1.5"),
    ],
)
def test_bad_custom_is_refused(given, error, text):
    with pytest.raises(error, match=text.replace("(", r"\(")):
        se.leaders.Custom(**{"plan": own_plan, **given})


def test_follower_that_sees_the_response_is_refused():
    with pytest.raises(ValueError, match="sees_response is for leaders"):
        se.followers.Custom(own_plan, sees_response=True)


class Counter:
    def __init__(self):
        self.log, self.started = [], None

    def start(self, *told):
        self.started = told[:3]
        self.rng = told[3]

    def choose(self, leader_action):
        return (leader_action + len(self.log)) % 2

    def observe(self, *report):
        self.log.append(report)


def test_object_is_copied_for_each_run_and_told_the_setting():
    kept = []

    class Spying(Counter):
        def start(self, *told):
            super().start(*told)
            kept.append(self)

    own = Spying()
    game = se.StackelbergGame([[0.5, 0.25]], [[0.125, 0.75]], noise_sd=0)
    se.simulate(game, se.leaders.Fixed(0), own, 4, n_runs=3)
    assert own.log == []
    assert len(kept) == 3
    assert len({run.rng.random() for run in kept}) == 3
    for run in kept:
        assert run.started == (4, 1, 2)
        assert run.log == [(0, 0, 0.125), (0, 1, 0.75), (0, 0, 0.125), (0, 1, 0.75)]


def test_object_as_learner():
    own = as_learner(Counter, "follower")
    assert isinstance(own, FromObject)
    assert (own.role, own.sees_response, repr(own)) == ("follower", False, "Counter")
