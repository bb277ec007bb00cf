"""The block engine: plays runs in blocks of rounds whose actions are already decided, exactly in distribution.

Both players say for how long they hold an action. A block is as many rounds as both hold; its rewards are one draw
of their sum. So a pair that decides rarely costs its decisions, not its rounds. One source, two ways to run it:
compiled by numba with the learners' rules as function pointers, or in plain Python; the counts are the same.
"""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stackedu import compiling, rules
from stackedu.games import StackelbergGame
from stackedu.learners import Learner

SLICE_BLOCKS = 2**18
"""Blocks between two looks at Ctrl-C: a few hundredths of a second when compiled."""
BATCH = 64
"""Runs that are played side by side: handing over the functions costs as much as many short runs."""

MONTH = 30 * 24 * 3600.0
"""Seconds; what would take longer is refused."""

# columns of ``cursor``, where a run stands
ROUND, CHECKPOINT, ACTION, LEFT, HELD, FAULT, CULPRIT = range(7)
# kinds of fault
LEADER_ACTION, LEADER_HOLD, FOLLOWER_ACTION, FOLLOWER_HOLD = range(1, 5)


def play_run(
    leader_plan, leader_observe, follower_plan, follower_observe,
    leader_layout, leader_block, follower_layout, follower_block,
    reward_rng, leader_rng, follower_rng, draw, gaussian, payoffs, noise_sd, sees_response,
    horizon, checkpoints, budget, cursor, heard, held_actions, holds, tally, counts, blocks,
):  # fmt: skip
    """Play one run on, for at most ``budget`` blocks; return the number of merged blocks written.

    A learner's layout and block are what its rules get: two pointers when compiled, else its state and params.
    """
    n_leader, n_follower = tally.shape
    now, action, left, held = cursor[ROUND], cursor[ACTION], cursor[LEFT], cursor[HELD]
    checkpoint = cursor[CHECKPOINT]
    reward_held = heard[0]
    kept = 0
    while now < horizon and budget > 0:
        budget -= 1
        if left == 0:
            action, left = leader_plan(0, leader_layout, leader_block, leader_rng)
            if action < 0 or action >= n_leader:
                cursor[FAULT], cursor[CULPRIT] = LEADER_ACTION, action
                break
            if left < 1:
                cursor[FAULT], cursor[CULPRIT] = LEADER_HOLD, left
                break
            held = 0
            reward_held = 0.0
        response, hold = held_actions[action], holds[action]
        if hold == 0:
            response, hold = follower_plan(action, follower_layout, follower_block, follower_rng)
            if response < 0 or response >= n_follower:
                cursor[FAULT], cursor[CULPRIT] = FOLLOWER_ACTION, response
                break
            if hold < 1:
                cursor[FAULT], cursor[CULPRIT] = FOLLOWER_HOLD, hold
                break
            held_actions[action] = response
        rounds = min(left, hold, horizon - now)
        if gaussian:
            leader_reward = gaussian_sum(reward_rng, rounds, payoffs[0, action, response], noise_sd)
            follower_reward = gaussian_sum(reward_rng, rounds, payoffs[1, action, response], noise_sd)
        else:  # through a pointer, as NumPy's binomial takes long to compile
            leader_reward = draw(reward_rng, rounds, payoffs[0, action, response], noise_sd)
            follower_reward = draw(reward_rng, rounds, payoffs[1, action, response], noise_sd)
        while checkpoint < len(checkpoints) and checkpoints[checkpoint] <= now + rounds:
            # entry by entry: assigning the whole table takes seconds longer to compile
            for a in range(n_leader):
                for b in range(n_follower):
                    counts[checkpoint, a, b] = tally[a, b]
            counts[checkpoint, action, response] += checkpoints[checkpoint] - now
            checkpoint += 1
        tally[action, response] += rounds
        if len(blocks) > 0:
            if kept > 0 and blocks[kept - 1, 0] == action and blocks[kept - 1, 1] == response:
                blocks[kept - 1, 2] += rounds
            else:
                blocks[kept, 0], blocks[kept, 1], blocks[kept, 2] = action, response, rounds
                kept += 1
        now += rounds
        left -= rounds
        holds[action] = hold - rounds
        follower_observe(action, follower_layout, follower_block, response, action, rounds, follower_reward)
        if sees_response:
            leader_observe(0, leader_layout, leader_block, action, response, rounds, leader_reward)
        else:
            # one report per own hold: a report per block would tell when the follower switches
            held += rounds
            reward_held += leader_reward
            if left == 0:
                leader_observe(0, leader_layout, leader_block, action, -1, held, reward_held)
    cursor[ROUND], cursor[ACTION], cursor[LEFT], cursor[HELD] = now, action, left, held
    cursor[CHECKPOINT] = checkpoint
    heard[0] = reward_held
    return kept


def gaussian_sum(rng, rounds, mean, noise_sd):
    """Draw the sum of the rewards of so many rounds: one Gaussian."""
    return rounds * mean + noise_sd * math.sqrt(rounds) * rng.standard_normal()


def bernoulli_sum(rng, rounds, mean, noise_sd):
    """Draw the sum of so many rewards 0 or 1: one binomial."""
    return float(rng.binomial(rounds, mean))


def play_batch(
    leader_plan, leader_observe, follower_plan, follower_observe,
    leader_layout, leader_blocks, follower_layout, follower_blocks,
    methods, states, draw, gaussian, payoffs, noise_sd, sees_response,
    horizon, checkpoints, budget, cursor, heard, held_actions, holds, tally, counts, blocks, kept,
):  # fmt: skip
    """Play every unfinished run of a batch on, for at most ``budget`` blocks each.

    Compiled only: the compiler puts in ``generator_at``; a row of ``states`` is for rewards, leader and follower.
    """
    for run in range(len(cursor)):
        kept[run] = play_run(
            leader_plan, leader_observe, follower_plan, follower_observe,
            leader_layout.ctypes, leader_blocks[run].ctypes, follower_layout.ctypes, follower_blocks[run].ctypes,
            generator_at(methods[0], methods[1], methods[2], states[run, 0]),  # type: ignore[name-defined]  # noqa: F821
            states[run, 1], states[run, 2],
            draw, gaussian, payoffs, noise_sd, sees_response,
            horizon, checkpoints, budget, cursor[run], heard[run], held_actions[run], holds[run], tally[run],
            counts[run], blocks[run],
        )  # fmt: skip


# ---------------------------------------------------------------- a batch of runs, from seeds to counts


def generator(seed: np.random.SeedSequence, *key: int) -> np.random.Generator:
    """Return the generator of the child ``key`` of a seed, which is left as it was.

    Examples
    --------
    >>> root = np.random.SeedSequence(7)
    >>> bool(generator(root, 0).random() == generator(root, 0).random())
    True
    """
    child = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *key), pool_size=seed.pool_size)
    return np.random.Generator(np.random.PCG64(child))


@dataclass(frozen=True)
class Task:
    """What to simulate: everything but the run numbers. Picklable when the learners are."""

    game: StackelbergGame
    leader: Learner
    follower: Learner
    horizon: int
    checkpoints: np.ndarray
    seed: np.random.SeedSequence
    keep_blocks: bool = False


def play(
    task: Task, runs: Sequence[int], wait: Callable[[int], None] = lambda rounds: None
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Play the given runs of a task; return their counts (runs, C, A, B) and, if kept, their blocks.

    ``wait`` is called between slices with the rounds a batch has played; what it raises stops the simulation.
    """
    jit = compiling.compiled(play_batch, _draw(task.game), task.leader, task.follower)
    counts = np.zeros((len(runs), len(task.checkpoints), *task.game.shape), dtype=np.int64)
    kept: list[np.ndarray] = []
    for start in range(0, len(runs), BATCH):
        part = runs[start : start + BATCH]
        target = counts[start : start + BATCH]
        try:
            kept += _play_part(task, part, target, jit, wait)
        except Exception as error:
            if jit is None or isinstance(error, FaultyLearnerError | InterruptedError):
                raise
            # a rule failed inside compiled code: the same runs in plain Python show where
            target[:] = 0
            _play_part(task, part, target, None, wait)
            raise
    return counts, kept


def seconds_a_run(task: Task, suspicious: float = math.inf) -> tuple[float, bool]:
    """Return what one run costs, in seconds of a core, and whether that grows with the horizon.

    It is played for some hundredths of a second; if it has not ended, the last slice is extrapolated. An estimate
    above ``suspicious`` is looked at for two seconds: a rule may hold its action for long once it has explored.
    """
    compiling.compiled(play_batch, _draw(task.game), task.leader, task.follower)  # outside the measured time
    start, marks = time.perf_counter(), [(time.thread_time(), 0)]  # of this thread: others may keep the machine busy

    def estimate() -> float:
        (before, played), (now, rounds) = marks[-2:]
        return now - marks[0][0] + (task.horizon - rounds) * (now - before) / (rounds - played)

    def wait(rounds: int) -> None:
        marks.append((time.thread_time(), rounds))
        enough = 0.02 if len(marks) > 2 and estimate() <= suspicious else 2.0
        if len(marks) > 2 and time.perf_counter() - start > enough:
            raise InterruptedError

    try:
        play(task, [0], wait)
    except InterruptedError:
        return estimate(), True
    return time.thread_time() - marks[0][0], False


def duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> duration(5e6)
    '58 days'
    """
    for unit, size in (("years", 365 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"


class FaultyLearnerError(ValueError):
    """A learner chose an action or a hold that does not exist; ``answer`` is what it returned, if that is no number."""

    answer: Any = 0


def _play_part(
    task: Task, runs: Sequence[int], counts: np.ndarray, jit: tuple | None, wait: Callable[[int], None]
) -> list[np.ndarray]:
    game, n = task.game, len(runs)
    memories = [player.memories(game, task.horizon, n) for player in (task.leader, task.follower)]
    rngs = [_generators(task, run) for run in runs]
    payoffs: Any = np.array([game.leader, game.follower])
    if jit is None:
        payoffs = memoryview(payoffs)
    draw = _draw(game) if jit is None else jit[1]
    world = (draw, game.rewards == "gaussian", payoffs, game.noise_sd, task.leader.sees_response)
    cursor = np.zeros((n, 7), dtype=np.int64)
    heard = np.zeros((n, 1))
    held_actions, holds = np.zeros((2, n, game.shape[0]), dtype=np.int64)
    tally = np.zeros((n, *game.shape), dtype=np.int64)
    budget = SLICE_BLOCKS // n
    written = np.zeros((n, budget if task.keep_blocks else 0, 3), dtype=np.int64)
    n_written = np.zeros(n, dtype=np.int64)
    kept: list[list[np.ndarray]] = [[] for _ in runs]
    scheme = (task.horizon, task.checkpoints, budget)
    standing = (cursor, heard, held_actions, holds, tally, counts, written)
    if jit is None:
        plain = [_in_plain_python(task, memories, run, rngs[run], tally[run]) for run in range(n)]
    else:
        methods = np.array(compiling.methods())
        for layout, _ in memories:
            layout[-3:] = methods
        states = np.array([[rng.bit_generator.ctypes.state_address for rng in row] for row in rngs])
    while True:
        if jit is None:
            for run in range(n):
                try:
                    n_written[run] = play_run(  # type: ignore[call-arg]
                        *plain[run], *rngs[run], *world, *scheme,
                        *(memoryview(array[run]) for array in standing[:5]), counts[run], written[run],
                    )  # fmt: skip
                except Exception as error:
                    if not isinstance(error, FaultyLearnerError):  # which says where
                        rounds = int(tally[run].sum())
                        error.add_note(f"(run {runs[run]}, after {rounds} rounds, {task.leader!r} × {task.follower!r})")
                    raise
        else:
            play_loop, _, *pointers = jit
            play_loop(*pointers, *memories[0], *memories[1], methods, states, *world, *scheme, *standing, n_written)
        for run in range(n):
            _raise_fault(task, cursor[run])
            if task.keep_blocks:
                kept[run].append(written[run, : n_written[run]].copy())
        if (cursor[:, ROUND] == task.horizon).all():
            return [_merged(np.concatenate(parts)) for parts in kept] if task.keep_blocks else []
        wait(int(cursor[:, ROUND].sum()))


def _draw(game: StackelbergGame) -> Callable:
    return bernoulli_sum if game.rewards == "bernoulli" else gaussian_sum


def _generators(task: Task, run: int) -> tuple[np.random.Generator, ...]:
    """Return a run's generators of rewards, leader and follower; who draws nothing gets none of its own."""
    rewards = generator(task.seed, run, 0)
    return (
        rewards,
        generator(task.seed, run, 1) if task.leader.randomized else rewards,
        generator(task.seed, run, 2) if task.follower.randomized else rewards,
    )


def _in_plain_python(task: Task, memories: list, run: int, rngs: tuple, tally: np.ndarray) -> list:
    """Return what `play_run` begins with: the functions of both players, then their states and params."""
    (lead, hear, *leader), (follow, learn, *follower) = (
        player.in_plain_python(*rules.open_block(layout, blocks[run]), rng)
        for player, (layout, blocks), rng in zip((task.leader, task.follower), memories, rngs[1:], strict=True)
    )
    return [_judged(lead, task.leader, tally), hear, _judged(follow, task.follower, tally), learn, *leader, *follower]


def _judged(function: Callable, planner: Learner, tally: np.ndarray) -> Callable:
    """Let a plan answer in two whole numbers only."""
    two_int64 = struct.Struct("qq")

    def plan(*told: Any) -> tuple[int, int]:
        answer = function(*told)
        try:
            return two_int64.unpack(two_int64.pack(*answer))
        except (TypeError, struct.error):
            pass
        answer, wanted = planner.answered(answer)
        fault = FaultyLearnerError(
            f"in round {tally.sum() + 1} the {planner.role} {planner!r} returned {answer!r} as {wanted} (int64)"
        )
        fault.answer = answer
        raise fault

    return plan


def _raise_fault(task: Task, cursor: np.ndarray) -> None:
    fault, value, now = (int(cursor[column]) for column in (FAULT, CULPRIT, ROUND))
    if not fault:
        return
    learner, n = (task.leader, task.game.shape[0]) if fault <= LEADER_HOLD else (task.follower, task.game.shape[1])
    what = (
        f"chose action {value}; its actions are 0 to {n - 1}"
        if fault in (LEADER_ACTION, FOLLOWER_ACTION)
        else f"asked to hold its action for {value} rounds; a hold is at least 1"
    )
    raise FaultyLearnerError(f"in round {now + 1} the {learner.role} {learner!r} {what}")


def _merged(blocks: np.ndarray) -> np.ndarray:
    """Join neighbours with the same pair of actions: slices may have cut them."""
    change = np.flatnonzero(np.r_[True, (blocks[1:, :2] != blocks[:-1, :2]).any(axis=1)])
    joined = blocks[change].copy()
    joined[:, 2] = np.add.reduceat(blocks[:, 2], change)
    return joined
