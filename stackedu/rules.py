"""The learning rules: plain functions on a small state, readable by a student and compiled by the engine.

``plan(context, state, params, rng) -> (action, hold)``
    the next action, and for how many rounds it will be repeated whatever the rewards;
``observe(context, state, params, action, other_action, rounds, reward_sum)``
    what came of it. ``other_action`` is -1 for a leader that may not see the follower's action.

``context`` is 0 for a leader and the leader's action for a follower, which faces one bandit per leader action.
The rules use ``math``, not NumPy's functions: those differ in the last bit between compiled and plain Python.
Helpers stay in this file, so that an edit of one makes the compiled copies of all rules stale at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class State(NamedTuple):
    """What a rule remembers: three float64 arrays, all zero at the start of a run.

    ``pulls`` and ``sums`` have one row per context and one column per own action (for a leader that sees the
    follower's action: one row per own action, one column per follower action). ``memory`` is the rule's own, with as
    many rows.
    """

    pulls: np.ndarray
    sums: np.ndarray
    memory: np.ndarray


class Params(NamedTuple):
    """What a rule knows from the start: the horizon in rounds, the numbers of actions, its own ``values``."""

    horizon: int
    n_leader_actions: int
    n_follower_actions: int
    values: np.ndarray


# ---------------------------------------------------------------- shared pieces


def record(context, state, params, action, other_action, rounds, reward_sum):
    """Count the pulls and add up the rewards of an own action."""
    state.pulls[context, action] += rounds
    state.sums[context, action] += reward_sum


def record_pair(context, state, params, action, other_action, rounds, reward_sum):
    """Count the pulls and add up the rewards of a pair (own action, follower's action)."""
    state.pulls[action, other_action] += rounds
    state.sums[action, other_action] += reward_sum


def best_mean(context, state):
    """Return the action with the largest mean reward (the first of several); each was played."""
    best = 0
    top = -math.inf
    for action in range(state.pulls.shape[1]):
        mean = state.sums[context, action] / state.pulls[context, action]
        if mean > top:
            best, top = action, mean
    return best


def fixed_plan(context, state, params, rng):
    """Play the action given for this context for good."""
    return int(params.values[context]), params.horizon


# ---------------------------------------------------------------- explore (or wait, then explore), then commit


def commit_plan(context, state, params, rng):
    """Play each action ``wait`` times for nothing and ``explore`` times for its mean; then commit."""
    wait = params.values[0]
    explore = params.values[1]
    for action in range(state.pulls.shape[1]):
        if state.memory[context, action] < wait:
            return action, int(wait - state.memory[context, action])
        if state.pulls[context, action] < explore:
            return action, int(explore - state.pulls[context, action])
    return best_mean(context, state), params.horizon


def commit_observe(context, state, params, action, other_action, rounds, reward_sum):
    """Throw away the first ``wait`` rewards of each action, record the others."""
    if state.memory[context, action] < params.values[0]:
        state.memory[context, action] += rounds
    else:
        record(context, state, params, action, other_action, rounds, reward_sum)


# ---------------------------------------------------------------- upper confidence bounds

# memory: the index of each action, then (for the rule that waits) how often each was played for nothing


def ucb_plan(context, state, params, rng):
    """Play the action with the largest index; each once first."""
    best = 0
    top = -math.inf
    for action in range(state.pulls.shape[1]):
        if state.pulls[context, action] == 0.0:
            return action, 1
        index = state.memory[context, action]
        if index > top:
            best, top = action, index
    return best, 1


def ucb_observe(context, state, params, action, other_action, rounds, reward_sum):
    """Renew the index mean + width/sqrt(n) of the action played: no other index has changed."""
    pulls = state.pulls[context, action] + rounds
    sums = state.sums[context, action] + reward_sum
    state.pulls[context, action] = pulls
    state.sums[context, action] = sums
    state.memory[context, action] = sums / pulls + params.values[0] / math.sqrt(pulls)


def wait_ucb_plan(context, state, params, rng):
    """Play each action ``wait`` times for nothing, then UCB from scratch."""
    n = state.pulls.shape[1]
    wait = params.values[1]
    for action in range(n):
        if state.memory[context, n + action] < wait:
            return action, int(wait - state.memory[context, n + action])
    return ucb_plan(context, state, params, rng)


def wait_ucb_observe(context, state, params, action, other_action, rounds, reward_sum):
    """Throw away the first ``wait`` rewards of each action; UCB learns from the others."""
    waited = state.pulls.shape[1] + action
    if state.memory[context, waited] < params.values[1]:
        state.memory[context, waited] += rounds
    else:
        ucb_observe(context, state, params, action, other_action, rounds, reward_sum)


# ---------------------------------------------------------------- randomized rules


def greedy_plan(context, state, params, rng):
    """Play the best mean, but with probability epsilon an action drawn at random; each once first."""
    n = state.pulls.shape[1]
    played = 0.0
    for action in range(n):
        if state.pulls[context, action] == 0.0:
            return action, 1
        played += state.pulls[context, action]
    epsilon = params.values[0]
    if epsilon < 0.0:
        epsilon = (n * math.log(played) / played) ** (1.0 / 3.0)
    if rng.random() < epsilon:
        return int(rng.random() * n), 1
    return best_mean(context, state), 1


def thompson_plan(context, state, params, rng):
    """Draw a mean for each action from its posterior N(sum/(n+1), scale^2/(n+1)); play the largest."""
    best = 0
    top = -math.inf
    for action in range(state.pulls.shape[1]):
        weight = state.pulls[context, action] + 1.0
        draw = state.sums[context, action] / weight + params.values[0] * rng.standard_normal() / math.sqrt(weight)
        if draw > top:
            best, top = action, draw
    return best, 1


# ---------------------------------------------------------------- phases

ROTATIONS = 4
"""A phase is played in so many rotations, so that a part of it is balanced over the active arms."""


def phase_length(phase, n_follower_actions):
    """Return the pulls of a leader action that its phase 1, 2, … lasts: |B| 2^phase."""
    return n_follower_actions * int(2.0**phase)


# memory columns of active arm elimination, one row per leader action
PHASE, ROTATION, TURN, DROPPED = 0, 1, 2, 3


def elimination_plan(context, state, params, rng):
    """Play the active arms evenly, in turns; at a phase's end drop those that are significantly worse."""
    n = state.pulls.shape[1]
    while True:
        if state.memory[context, PHASE] == 0.0 or state.memory[context, ROTATION] == ROTATIONS:
            start_phase(context, state, params)
        active = 0
        for arm in range(n):
            if state.memory[context, DROPPED + arm] == 0.0:
                active += 1
                last = arm
        if active == 1:
            return last, params.horizon
        rotation = int(state.memory[context, ROTATION])
        turn = int(state.memory[context, TURN])
        length = phase_length(state.memory[context, PHASE], n)
        share = length // active
        if turn < length % active:
            share += 1
        state.memory[context, TURN] += 1.0
        if turn == active - 1:
            state.memory[context, TURN] = 0.0
            state.memory[context, ROTATION] += 1.0
        rounds = share * (rotation + 1) // ROTATIONS - share * rotation // ROTATIONS
        if rounds > 0:
            return active_arm(context, state, turn), rounds


def active_arm(context, state, turn):
    """Return the arm whose turn it is among the active ones."""
    arm = 0
    while True:
        if state.memory[context, DROPPED + arm] == 0.0:
            if turn == 0:
                return arm
            turn -= 1
        arm += 1


def start_phase(context, state, params):
    """End the phase: drop i if mean_i + r < max_j (mean_j - r), r = width/sqrt(n); begin the next one."""
    n = state.pulls.shape[1]
    if state.memory[context, PHASE] > 0.0:
        floor = -math.inf
        for arm in range(n):
            if state.memory[context, DROPPED + arm] == 0.0:
                pulls = state.pulls[context, arm]
                floor = max(floor, state.sums[context, arm] / pulls - params.values[0] / math.sqrt(pulls))
        for arm in range(n):
            pulls = state.pulls[context, arm]
            if state.sums[context, arm] / pulls + params.values[0] / math.sqrt(pulls) < floor:
                state.memory[context, DROPPED + arm] = 1.0
    state.memory[context, PHASE] += 1.0
    state.memory[context, ROTATION] = 0.0
    state.memory[context, TURN] = 0.0


# memory columns of the leaders that know the follower's phases, one row per leader action: PHASE, then for
# PhasedUCB the pulls of each pair in the action's last phase
LAST = 1


def phased_plan(context, state, params, rng):
    """Index of a: the largest upper confidence bound of (a, b) over the b of a's last phase; play a phase."""
    best = 0
    top = -math.inf
    for action in range(params.n_leader_actions):
        index = math.inf
        if state.memory[action, PHASE] > 0.0:
            index = -math.inf
            for arm in range(params.n_follower_actions):
                if state.memory[action, LAST + arm] > 0.0:
                    pulls = state.pulls[action, arm]
                    index = max(index, state.sums[action, arm] / pulls + params.values[0] / math.sqrt(pulls))
        if index > top:
            best, top = action, index
    for arm in range(params.n_follower_actions):
        state.memory[best, LAST + arm] = 0.0
    state.memory[best, PHASE] += 1.0
    return best, phase_length(state.memory[best, PHASE], params.n_follower_actions)


def phased_observe(context, state, params, action, other_action, rounds, reward_sum):
    """Record the pair, and that it was played in this phase."""
    record_pair(context, state, params, action, other_action, rounds, reward_sum)
    state.memory[action, LAST + other_action] += rounds


def mean_phased_plan(context, state, params, rng):
    """Index of a: the mean reward of its last phase plus width/sqrt(n); play a phase."""
    best = 0
    top = -math.inf
    for action in range(params.n_leader_actions):
        index = math.inf
        if state.memory[action, PHASE] > 0.0:
            pulls = state.pulls[0, action]
            index = state.sums[0, action] / pulls + params.values[0] / math.sqrt(pulls)
        if index > top:
            best, top = action, index
    state.memory[best, PHASE] += 1.0
    return best, phase_length(state.memory[best, PHASE], params.n_follower_actions)


def mean_phased_observe(context, state, params, action, other_action, rounds, reward_sum):
    """Keep the last phase only: its pulls and its rewards arrive as one sum."""
    state.pulls[0, action] = rounds
    state.sums[0, action] = reward_sum


# ---------------------------------------------------------------- one flat block of numbers per run and learner

# Compiled rules get two pointers, a layout (int64) and a block (float64): passing State and Params themselves
# costs three times as much as the rule.


def layout_and_blocks(
    n_runs: int,
    table: tuple[int, int],
    memory: tuple[int, int],
    params: Sequence[int],
    values: Sequence[float],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the layout of a block, and zeroed blocks (n_runs, size) that begin with ``values``.

    The last three numbers of the layout are left for the addresses that a compiled generator needs.
    """
    starts = np.cumsum([len(values), math.prod(table), math.prod(table), math.prod(memory)])
    blocks = np.zeros((n_runs, starts[-1]))
    blocks[:, : len(values)] = values
    return np.array([*starts[:3], *table, *memory, *params, len(values), 0, 0, 0], dtype=np.int64), blocks


def open_block(layout: np.ndarray, block: np.ndarray) -> tuple[State, Params]:
    """Return the state and the parameters kept in a block, as views of it."""
    pulls, sums, memory, rows, columns, memory_rows, memory_columns, horizon, *actions = map(int, layout[:10])
    state = State(
        block[pulls:sums].reshape(rows, columns),
        block[sums:memory].reshape(rows, columns),
        block[memory:].reshape(memory_rows, memory_columns),
    )
    return state, Params(horizon, actions[0], actions[1], block[:pulls])


def open_pointers(layout, block):
    """Do as `open_block` in compiled code: the compiler puts in ``carray``, ``shift`` and ``generator_at``."""
    n = carray(layout, 11)  # type: ignore[name-defined]  # noqa: F821
    state = State(
        carray(shift(block, n[0]), (n[3], n[4])),  # type: ignore[name-defined]  # noqa: F821
        carray(shift(block, n[1]), (n[3], n[4])),  # type: ignore[name-defined]  # noqa: F821
        carray(shift(block, n[2]), (n[5], n[6])),  # type: ignore[name-defined]  # noqa: F821
    )
    return state, Params(n[7], n[8], n[9], carray(block, n[10]))  # type: ignore[name-defined]  # noqa: F821


def plan_entry(context, layout, block, rng_state):
    """Be the compiled form of a rule's ``plan``."""
    state, params = open_pointers(layout, block)
    methods = carray(shift(layout, 11), 3)  # type: ignore[name-defined]  # noqa: F821
    rng = generator_at(methods[0], methods[1], methods[2], rng_state)  # type: ignore[name-defined]  # noqa: F821
    return plan(context, state, params, rng)  # type: ignore[name-defined]  # noqa: F821


def observe_entry(context, layout, block, action, other_action, rounds, reward_sum):
    """Be the compiled form of a rule's ``observe``."""
    state, params = open_pointers(layout, block)
    observe(context, state, params, action, other_action, rounds, reward_sum)  # type: ignore[name-defined]  # noqa: F821
