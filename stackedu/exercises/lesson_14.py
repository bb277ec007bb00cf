"""Exercises of lesson 14, Sandbox."""

from typing import Any

from stackedu import followers, leaders
from stackedu.benchmarks import stackelberg, tolerant
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, explore_trap
from stackedu.learners import Custom, FromObject
from stackedu.simulation import affordable, as_learner, simulate

HORIZON, MOST, DROP = 10_000, 0.05, 0.7


def _assistant(twice: float) -> StackelbergGame:
    """Return the game of the lesson, with what "write twice" pays after a precise request."""
    return StackelbergGame([[0.5, 0.9, 0.6], [0.6, 0.3, 0.2]], [[0.3, 0.6, twice], [0.4, 0.5, 0.7]])


def _promised(twice: float) -> list[float]:
    level = tolerant(_assistant(twice), 0.1)
    return [level.leader, level.follower]


def _judge_game(answer: Any) -> str:
    if type(answer) is not StackelbergGame:
        return f"We need a se.StackelbergGame, but this is of type {type(answer).__name__}."
    # 0.8 - 0.7 is a bit more than 0.1
    before, after = stackelberg(answer).leader, tolerant(answer, 0.1 + 1e-9).leader
    if before - after >= DROP - 1e-9:
        return ""
    return (
        f"The Stackelberg outcome promises her {before:.3g}, the 0.1-tolerant benchmark {after:.3g}. "
        f"That is {before - after:.3g} less; it should be {DROP} less, or more."
    )


def _traps() -> list[tuple[StackelbergGame, str]]:
    """Return the explore trap, and the same with the actions of one player in the other order."""
    trap, place = explore_trap(), "the explore trap"
    by_row = StackelbergGame(trap.leader[::-1], trap.follower[::-1])
    # ETC tries b1 first, which alone makes the trap's good action look good early.
    by_column = StackelbergGame(trap.leader[:, ::-1], trap.follower[:, ::-1])
    return [(trap, place), (by_row, f"{place} with a1 and a2 swapped"), (by_column, f"{place} with b1 and b2 swapped")]


def _judge_leader(answer: Any) -> str:
    leader = as_learner(answer, "leader")
    if not isinstance(leader, Custom | FromObject):
        return "That is one of the library's leaders. Write one of your own."
    for game, place in _traps():
        runs = 10 if isinstance(leader, FromObject) else affordable(100, 10)
        follower = followers.ExploreThenCommit()
        duel = simulate(game, leader, follower, HORIZON, n_runs=runs, seed=1, checkpoints=[HORIZON])
        hers, its = duel.regret(tolerant(game, 0.05))[:, :, -1].mean(axis=1) / HORIZON
        if max(hers, its) > MOST:
            return f"On {place} she loses {hers:.3f} a round and the follower {its:.3f}. At most {MOST} is allowed."
    return ""


def _patient(context, state, params, rng):  # type: ignore[no-untyped-def]
    """Sit through 800 pulls of each action, look at 400 more, commit."""
    best = 0
    for action in range(params.n_leader_actions):
        if state.memory[0, action] < 800:
            return action, int(800 - state.memory[0, action])
        if state.pulls[0, action] < 400:
            return action, int(400 - state.pulls[0, action])
        if state.sums[0, action] / state.pulls[0, action] > state.sums[0, best] / state.pulls[0, best]:
            best = action
    return best, params.horizon


def _ignore_first(context, state, params, action, other_action, rounds, reward_sum):  # type: ignore[no-untyped-def]
    if state.memory[0, action] < 800:
        state.memory[0, action] += rounds
    else:
        state.pulls[0, action] += rounds
        state.sums[0, action] += reward_sum


EXERCISES = {
    "14.1": Exercise(
        "The assistant's game with 0.62 for (precise, write twice): the 0.1-tolerant benchmark of leader and follower.",
        lambda: _promised(0.62),
        (
            "What does the assistant answer to a precise request now, if it makes no error at all?",
            "Write twice: 0.62 is more than 0.6. What is left for her, with ε = 0? Does a larger ε make it any less?",
            "Leader: what write twice leaves her after a precise request, and no ε. "
            "Follower: she still asks precisely, so it is promised its best answer there.",
        ),
        "What she feared is now its best answer. Nothing needs to be forgiven, so no ε is added: 0.65 became 0.6.",
        (
            (lambda: _promised(0.55), "That is with 0.55. With 0.62 the assistant has a new best answer."),
            (lambda: [0.6 + 0.02, 0.62], "For her that adds ε = 0.02. What can she count on with ε = 0?"),
            (
                lambda: [0.6 + 0.02, 0.6],
                "First the leader, then the follower. (Or is write its best answer still? Write twice pays 0.62.)",
            ),
            (lambda: [0.6, 0.6], "Hers is right. Its own: what does its best answer to a precise request pay it now?"),
            (lambda: [0.9, 0.62], "Its own is right. Hers: it writes twice now, even without an error."),
            (lambda: [0.9, 0.6], "That is with 0.55, and without tolerance."),
        ),
        labels=("leader", "follower"),
    ),
    "14.2": Exercise(
        f"A game whose 0.1-tolerant benchmark is at least {DROP} below the Stackelberg outcome, for the leader.",
        lambda: StackelbergGame([[1, 0]], [[0.5, 0.45]]),
        (
            "Find a small error of the follower that is a disaster for the leader.",
            "One leader action will do. Two answers that pay the follower nearly the same, and the leader 1 or 0.",
            "se.StackelbergGame([[1, 0]], [[0.5, ...]]) with a number a little below 0.5.",
        ),
        "What costs the follower little or nothing costs her nearly everything. That is misalignment in two numbers.",
        judge=_judge_game,
        wanted="a game",
    ),
    "14.3": Exercise(
        f"A leader of your own: neither loses more than {MOST} a round on the explore trap against ETC, T = {HORIZON}.",
        lambda: leaders.Custom(_patient, _ignore_first, memory_columns=2),
        (
            "The follower explores each pair 387 times, so an action for 774 pulls. What did lesson 08 do about that?",
            "Play each action until the follower is done with it, throw those rewards away, then look, then decide.",
            "In an object: count the pulls of each action; `observe` ignores the first 774 of each, sums the next 400; "
            "`choose` plays what is still short of 1174 pulls, and then the largest sum.",
        ),
        "It copes with a follower that is still learning, and does not care which action is the good one.",
        judge=_judge_leader,
        wanted="a leader of your own",
    ),
}
