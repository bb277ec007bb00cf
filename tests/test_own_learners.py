"""Learners of a reader's own: functions, objects and classes, and the README's example."""

from __future__ import annotations

import contextlib
import io
import math
import random
import re
from pathlib import Path
from random import randrange

import numpy as np
import pytest

import stackedu as se
from stackedu.rules import record

README = (Path(__file__).parents[1] / "README.md").read_text()
TRAP = se.games.explore_trap()
LARGER = se.games.random_game((3, 4), seed=2)
QUIET = se.StackelbergGame([[0.5, 0.25], [1.0, 0.75]], [[0.125, 0.0], [0.0, 0.625]], noise_sd=0.0)


def counts(leader, follower, game=TRAP, horizon=200, n_runs=5, **more):
    return se.simulate(game, leader, follower, horizon, n_runs=n_runs, **more).counts


def test_readme_example_runs_and_prints_what_it_says():
    section = README.split("<!-- own-learner -->")[1].split("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    assert blocks
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        for block in blocks:
            exec(block, {"__name__": "readme"})
    (promised,) = re.findall(r"It prints `(\[.*?\])`", section)
    assert shown.getvalue() == f"regret per round of leader and follower: {promised}\n"
    ucb = se.simulate(TRAP, se.leaders.UCB(), se.followers.UCB(), 10_000, n_runs=10)
    per_round = ucb.regret(se.tolerant(TRAP, gamma=0.05))[:, :, -1].mean(axis=1) / 10_000
    (said,) = re.findall(r"`se.leaders.UCB\(\)` gets (\S+)\. ", section)
    assert [f"{x:.2f}" for x in per_round] == [said, said]


# ---------------------------------------------------------------- functions


def ucb_plan(context, state, params, rng):
    """UCB once more, from its definition, with nothing remembered but pulls and sums."""
    best = 0
    top = -math.inf
    for action in range(state.pulls.shape[1]):
        pulls = state.pulls[context, action]
        if pulls == 0:
            return action, 1
        index = state.sums[context, action] / pulls + params.values[0] / math.sqrt(pulls)
        if index > top:
            best, top = action, index
    return best, 1


@pytest.mark.parametrize("game", [TRAP, LARGER], ids=["2x2", "3x4"])
def test_ucb_written_with_functions_plays_exactly_as_the_librarys(game):
    horizon = 3000
    width = (math.sqrt(2 * math.log(horizon)),)
    library = counts(se.leaders.UCB(), se.followers.UCB(), game, horizon)
    leader, follower = se.leaders.Custom(ucb_plan, parameters=width), se.followers.Custom(ucb_plan, parameters=width)
    for pair in [(leader, follower), (leader, se.followers.UCB()), (se.leaders.UCB(), follower)]:
        assert (counts(*pair, game, horizon) == library).all()
    other = counts(se.leaders.Custom(ucb_plan, parameters=(0.5,)), se.followers.UCB(), game, horizon)
    assert (other != library).any()


def test_pair_of_functions_is_custom():
    for observe in (record, record_losses):
        short = counts((greedy, observe), (greedy, observe), QUIET)
        assert (short == counts(se.leaders.Custom(greedy, observe), se.followers.Custom(greedy, observe), QUIET)).all()
    # without noise, greed finds the best pair; greed for losses the worst
    assert counts((greedy, record), se.followers.Fixed([0, 0]), QUIET)[0, -1].tolist() == [[1, 0], [199, 0]]
    assert counts((greedy, record_losses), se.followers.Fixed([0, 0]), QUIET)[0, -1].tolist() == [[199, 0], [1, 0]]


def record_losses(context, state, params, action, other_action, rounds, reward_sum):
    state.pulls[context, action] += rounds
    state.sums[context, action] -= reward_sum


def greedy(context, state, params, rng):
    for action in range(state.pulls.shape[1]):
        if state.pulls[context, action] == 0:
            return action, 1
    first = state.sums[context, 0] / state.pulls[context, 0]
    second = state.sums[context, 1] / state.pulls[context, 1]
    return (0, 1) if first >= second else (1, 1)


def copycat(context, state, params, rng):
    return context, 1


def alternate(context, state, params, rng):
    """Each action in turn, for as many rounds as the first parameter says; turns are counted in memory."""
    turn = int(state.memory[context, 1])
    state.memory[context, 1] += 1
    return turn % state.pulls.shape[1], int(params.values[0])


def test_memory_parameters_and_holds():
    leader = se.leaders.Custom(alternate, parameters=(3,), memory_columns=2)
    follower = se.followers.Custom(alternate, parameters=(2,), memory_columns=2)
    play = se.simulate(TRAP, leader, follower, 12, n_runs=1, checkpoints=range(1, 13))
    rounds = [(0, 0), (0, 0), (0, 1), (1, 0), (1, 0), (1, 1), (0, 1), (0, 0), (0, 0), (1, 1), (1, 0), (1, 0)]
    table = np.zeros((2, 2), dtype=int)
    for t, pair in enumerate(rounds):
        table[pair] += 1
        assert (play.counts[0, t] == table).all(), t


def mirror(context, state, params, rng):
    """Play next what the follower played last; the first row of memory holds it."""
    return int(state.memory[0, 0]) % params.n_leader_actions, 1


def mirror_observe(context, state, params, action, other_action, rounds, reward_sum):
    state.memory[0, 0] = other_action


def test_only_a_leader_that_asks_sees_the_response():
    sees = se.leaders.Custom(mirror, mirror_observe, memory_columns=1, sees_response=True)
    blind = se.leaders.Custom(mirror, mirror_observe, memory_columns=1)
    follower = se.followers.Fixed([1, 0])
    assert counts(sees, follower, horizon=10, n_runs=1)[0, -1].tolist() == [[0, 5], [5, 0]]
    # −1 modulo 2 is 1: after its first action, a leader that sees nothing plays 1
    assert counts(blind, follower, horizon=10, n_runs=1)[0, -1].tolist() == [[0, 1], [9, 0]]


def coin(context, state, params, rng):
    return int(rng.random() < params.values[0]), 1


def test_generator_of_a_rule_is_seeded_by_the_simulation_and_its_own():
    leader, follower = se.leaders.Custom(coin, parameters=(0.5,)), se.followers.Custom(coin, parameters=(0.5,))
    first = counts(leader, follower, seed=4)
    assert (first == counts(leader, follower, seed=4)).all()
    assert (first != counts(leader, follower, seed=5)).any()
    assert len({run.tobytes() for run in first[:, -1]}) > 1
    # a leader's coin does not know the follower's: swapping the latter leaves the former's tosses alone
    against_fixed = counts(leader, se.followers.Fixed([0, 0]), seed=4)
    assert (first.sum(axis=3) == against_fixed.sum(axis=3)).all()


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: se.leaders.Custom(3), TypeError, "plan of leaders.Custom must be a function of"),
        (lambda: se.followers.Custom(copycat, 3), TypeError, "observe of followers.Custom must be a function of"),
        (lambda: se.leaders.Custom(coin, parameters=("a",)), TypeError, "parameters must be a number, got 'a'"),
        (lambda: se.leaders.Custom(coin, memory_columns=-1), ValueError, "memory_columns must be at least 0, got -1"),
    ],
)
def test_custom_refuses(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_custom_prints_short():
    assert repr(se.leaders.Custom(coin, parameters=(0.5,))) == "leaders.Custom(coin)"
    assert repr(se.followers.Custom(coin)) == "followers.Custom(coin)"


# ---------------------------------------------------------------- objects


TOLD = []


class Tally:
    """A leader that plays in turn, and writes down everything that it is told, outside of itself and its copies."""

    def __init__(self):
        self.turn = 0

    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        TOLD.append(("start", horizon, n_leader_actions, n_follower_actions, self.turn))
        self.n = n_leader_actions

    def choose(self):
        self.turn += 1
        return (self.turn - 1) % self.n

    def observe(self, action, reward):
        TOLD.append((action, reward))


class SeeingTally(Tally):
    sees_response = True

    def observe(self, action, response, reward):
        TOLD.append((action, response, reward))


class FollowerTally(Tally):
    def choose(self, leader_action):
        TOLD.append(leader_action)
        return leader_action

    def observe(self, leader_action, action, reward):
        TOLD.append((leader_action, action, reward))


@pytest.fixture
def told():
    TOLD.clear()
    return TOLD


def test_leader_object_is_told_its_action_and_reward(told):
    counts(Tally(), se.followers.Fixed([0, 1]), QUIET, horizon=3, n_runs=1)
    assert told == [("start", 3, 2, 2, 0), (0, 0.5), (1, 0.75), (0, 0.5)]


def test_leader_object_that_sees_is_told_the_response_too(told):
    counts(SeeingTally(), se.followers.Fixed([0, 1]), QUIET, horizon=2, n_runs=1)
    assert told == [("start", 2, 2, 2, 0), (0, 0, 0.5), (1, 1, 0.75)]


def test_follower_object_sees_the_leaders_action_first(told):
    counts(se.leaders.Fixed(1), FollowerTally(), QUIET, horizon=2, n_runs=1)
    assert told == [("start", 2, 2, 2, 0), 1, (1, 1, 0.625), 1, (1, 1, 0.625)]


def test_reader_learns_the_shape_of_the_game(told):
    counts(Tally(), se.followers.BestResponse(), LARGER, horizon=7, n_runs=1)
    assert told[0] == ("start", 7, 3, 4, 0)


def test_each_run_has_a_fresh_copy_and_the_readers_object_stays_as_it_was(told):
    mine = Tally()
    mine.turn = 1
    result = counts(mine, se.followers.Fixed([0, 0]), QUIET, horizon=1, n_runs=3)
    assert vars(mine) == {"turn": 1}
    assert result[:, -1].tolist() == [[[0, 0], [1, 0]]] * 3
    assert [entry for entry in told if entry[0] == "start"] == [("start", 1, 2, 2, 1)] * 3


def test_class_is_as_good_as_an_object(told):
    by_class = counts(Tally, FollowerTally, horizon=50)
    assert (by_class == counts(Tally(), FollowerTally(), horizon=50)).all()


class Hoarder:
    """Keeps its notes in the class, as one does who has not met the difference."""

    pulls, weights = [0, 0], np.zeros(2)

    def choose(self):
        return int(self.pulls[0] > 0 and self.weights[0] >= 0)

    def observe(self, action, reward):
        self.pulls[action] += 1
        self.weights[action] += reward


def test_what_a_class_keeps_is_fresh_in_each_run_too():
    first, second = (counts(Hoarder(), se.followers.Fixed([0, 0]), QUIET, horizon=4, n_runs=3) for _ in range(2))
    assert first[:, -1].tolist() == second[:, -1].tolist() == [[[1, 0], [3, 0]]] * 3
    assert Hoarder.pulls == [0, 0]


def dice_thrower(**entries):
    def observe(self, action, reward):
        pass

    return type("Thrower", (), {"choose": lambda self: 0, "observe": observe, **entries})()


def numpys_dice(*told):
    return np.random.randint(2)  # noqa: NPY002 (what is refused)


def pythons_dice(*told):
    return random.randrange(2)


def borrowed_dice(*told):
    return randrange(2)


def test_an_object_with_dice_of_its_own_is_refused_for_its_runs_would_be_alike():
    thrower = dice_thrower()
    thrower.rng = np.random.default_rng(0)
    for refused, what in (
        (thrower, "rng"),
        (dice_thrower(luck=random.Random(0)), "luck"),
        (dice_thrower(choose=numpys_dice), "choose"),
        (dice_thrower(choose=pythons_dice), "choose"),
        (dice_thrower(choose=borrowed_dice), "choose"),
    ):
        saying = rf"the leader Thrower must draw from the rng that start\(.*\) gets, but {what} has dice of its own"
        with pytest.raises(ValueError, match=saying):
            counts(refused, se.followers.UCB())


@pytest.mark.parametrize("dice", [numpys_dice, pythons_dice, borrowed_dice])
def test_a_rule_with_other_dice_is_refused(dice):
    for told in ({"plan": dice}, {"plan": coin, "observe": dice}):
        with pytest.raises(ValueError, match=r"of leaders.Custom must draw from its rng: no seed reaches random"):
            se.leaders.Custom(**told)


WEIGHTS = np.array([0.25, 0.75])


def weighted(context, state, params, rng):
    return int(rng.random() < WEIGHTS[1]), 1


def test_a_rule_may_find_an_array_around_it():
    played = counts(se.leaders.Custom(weighted), se.followers.BestResponse())
    assert 0.6 < played[:, -1, 1].sum() / played[:, -1].sum() < 0.9  # 1000 draws: by chance less than once in 10^20


def test_the_dice_that_are_handed_over_may_be_used_with_numpy():
    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        self.rng = rng

    def choose(self):
        return int(np.argmax([self.rng.random(), np.float64(self.rng.random())]))

    thrower = dice_thrower(start=start, choose=choose)
    thrown = counts(thrower, se.followers.BestResponse(), seed=1)
    assert (thrown == counts(thrower, se.followers.BestResponse(), seed=1)).all()
    assert len({run.tobytes() for run in thrown}) == 5


def test_what_a_learner_raises_is_told_with_its_round():
    class Fragile:
        def choose(self):
            return 0

        def observe(self, action, reward):
            self.sum = getattr(self, "sum", 0) + 1
            assert self.sum < 3, "tired"

    with pytest.raises(AssertionError, match="tired") as caught:
        counts(Fragile(), se.followers.BestResponse(), n_runs=2)
    assert caught.value.__notes__ == ["(run 0, after 3 rounds, Fragile × BestResponse())"]


class Minimal:
    """No start: the two methods suffice."""

    def choose(self, leader_action):
        return 1

    def observe(self, leader_action, action, reward):
        pass


def test_start_is_optional():
    assert counts(se.leaders.Fixed(0), Minimal(), horizon=9, n_runs=1)[0, -1].tolist() == [[0, 9], [0, 0]]


class Gambler:
    """Draws from the generator that start hands over."""

    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        self.rng, self.n = rng, n_leader_actions

    def choose(self):
        return int(self.rng.integers(self.n))

    def observe(self, action, reward):
        pass


def test_objects_are_reproducible_by_seed():
    first = counts(Gambler(), se.followers.UCB(), seed=1)
    assert (first == counts(Gambler(), se.followers.UCB(), seed=1)).all()
    assert (first[:2] == counts(Gambler(), se.followers.UCB(), seed=1, n_runs=2)).all()
    assert (first != counts(Gambler(), se.followers.UCB(), seed=2)).any()


class ObjectUCB:
    """UCB with lists: floating-point operations in the library's order."""

    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        self.pulls, self.sums = [0] * n_leader_actions, [0.0] * n_leader_actions
        self.width = math.sqrt(2 * math.log(horizon))

    def choose(self):
        if 0 in self.pulls:
            return self.pulls.index(0)
        index = [s / n + self.width / math.sqrt(n) for s, n in zip(self.sums, self.pulls, strict=True)]
        return index.index(max(index))

    def observe(self, action, reward):
        self.pulls[action] += 1
        self.sums[action] += reward


def test_ucb_written_as_an_object_plays_exactly_as_the_librarys():
    for game in (TRAP, LARGER):
        mine = counts(ObjectUCB(), se.followers.UCB(), game, 2000, 3)
        assert (mine == counts(se.leaders.UCB(), se.followers.UCB(), game, 2000, 3)).all()


class Faulty(Minimal):
    def choose(self, leader_action):
        return "left"


class Failing(Minimal):
    def choose(self, leader_action):
        raise KeyError("a bug of the reader's")


class TooFar(Minimal):
    def choose(self, leader_action):
        return 2


@pytest.mark.parametrize(
    ("follower", "error", "text"),
    [
        (Faulty(), ValueError, "in round 1 the follower Faulty returned 'left' as its action; it must be"),
        (TooFar(), ValueError, "in round 1 the follower TooFar chose action 2; its actions are 0 to 1"),
        (Failing(), KeyError, "a bug of the reader's"),
    ],
)
def test_faults_of_objects_are_shown(follower, error, text):
    with pytest.raises(error, match=text):
        counts(se.leaders.Fixed(0), follower, horizon=5)
