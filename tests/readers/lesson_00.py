"""Lesson 00, by a reader who had nothing else. Its idea: when both sides learn from each other, a confusion
that costs one of them almost nothing can be dear to the other, and may come back by changing what she asks."""

import stackedu as se

HINTS = {"00.1": 0, "00.2": 0, "00.3": 0}  # how many were needed


def her_pay_per_question():
    """The dot of the detailed row moves to flattery, where she gets 0.3; the other two dots stay."""
    hers = se.games.chatbot().leader
    dots = [0, 2, 2]  # direct, flattery, flattery
    return [float(hers[question, answer]) for question, answer in enumerate(dots)]


def her_loss_per_round(follower, horizon=10_000):
    game = se.games.chatbot()
    run = se.simulate(game, se.leaders.UCB(), follower, horizon, n_runs=50, seed=1)
    at_the_end = run.regret(se.stackelberg(game))[0, :, -1]
    return float(at_the_end.mean()) / horizon


ANSWERS = {
    "00.1": her_pay_per_question(),
    "00.2": 5_000 * 0.7 - (3_000 * 0.7 + 1_000 * 0.65 + 1_000 * 0.9),
    "00.3": her_loss_per_round(se.followers.ActiveArmElimination()),
}
