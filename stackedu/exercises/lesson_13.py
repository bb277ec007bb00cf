"""Exercises of lesson 13, Chatbots and recommenders."""

from typing import Any

import numpy as np

from stackedu.benchmarks import stackelberg
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, chatbot, recommender

_MOST = 0.3
_WANTED = 0.75


def _losses(game: StackelbergGame) -> tuple[np.ndarray, np.ndarray]:
    """Say what the two wrong answers next to the Stackelberg outcome, in row 1, cost the leader and the follower."""
    best = int(game.follower[1].argmax())
    lost = [np.delete(table[1, best] - table[1], best) for table in (game.leader, game.follower)]
    return lost[0], lost[1]


def _exposures(game: StackelbergGame | None = None) -> list[float]:
    leader, follower = _losses(game or recommender())
    return (leader / follower).tolist()


def _upside_down() -> list[float]:
    leader, follower = _losses(recommender())
    return (follower / leader).tolist()


def _gap(w: float) -> float:
    game = chatbot()
    blend = (1 - w) * game.follower + w * game.leader
    return float(blend[1, 0] - blend[1, 1])


def _protects(answer: Any) -> str:
    """Say what is wrong with a recommender in which one entry of the system's table was changed."""
    old = recommender()
    if type(answer) is not StackelbergGame:
        return f"Your answer is of type {type(answer).__name__}. Put se.StackelbergGame(leader, follower) there."
    if answer.shape != old.shape:
        return f"The table has shape {answer.shape}. Keep the recommender's, {old.shape}."
    if not np.allclose(answer.follower, old.follower):
        return "You changed what the reader likes. Change what the system earns."
    moved = np.abs(answer.leader - old.leader)
    if (changes := int((moved > 1e-9).sum())) > 1:
        return f"{changes} entries differ from the old table. Change one."
    if moved.max() > _MOST + 1e-9:
        return f"You moved an entry by {moved.max():.3g}. At most {_MOST} is allowed."
    reader = stackelberg(answer).follower
    return "" if reader >= _WANTED else f"The reader is promised {reader:.3g} only. It should be at least {_WANTED}."


def _subsidized() -> StackelbergGame:
    game = recommender()
    table = game.leader.copy()
    table[0, 0] += _MOST
    return StackelbergGame(table, game.follower)


EXERCISES = {
    "13.1": Exercise(
        "A clip is on top. What is the system's exposure to an article, and to an advert?",
        _exposures,
        (
            "Row “clip on top”. Compare the clip with the article, then with the advert, for each player.",
            "The system: 0.6 for the clip, 0.3 for the article, 0.7 for the advert. The reader: 0.7, 0.65 and 0.1.",
            "Article: (0.6 − 0.3) / (0.7 − 0.65). Advert: (0.6 − 0.7) / (0.7 − 0.1).",
        ),
        "Below zero: the system would welcome that error. The reader notices it soon, though: it costs 0.6.",
        (
            (lambda: _exposures()[::-1], "The order: first the article, then the advert."),
            (_upside_down, "Exposure upside down: the leader's loss over the follower's."),
            (lambda: _losses(recommender())[0].tolist(), "Those are the system's losses. Divide them by the gaps."),
            (lambda: [abs(each) for each in _exposures()], "Does the system lose if an advert is read? Mind the sign."),
            (lambda: _exposures(chatbot()), "That is the chatbot's table. Take the recommender's."),
        ),
        labels=("the article", "the advert"),
    ),
    "13.2": Exercise(
        "gap(w): what a long answer to a detailed question costs the chatbot if it earns (1 − w) u2 + w u1.",
        lambda: _gap,
        (
            "Mix first, separately for the direct and for the long answer. Then subtract.",
            "The gap is (1 − w) times the old gap of the ratings plus w times the gap in usefulness.",
            "Ratings: 0.7 − 0.65 = 0.05. Usefulness: 0.8 − 0.4 = 0.4.",
        ),
        "At w = 0.15 the gap has doubled, so the chatbot learns in a quarter of the time.",
        (
            (lambda: lambda w: _gap(1 - w), "w is the weight of her usefulness, 1 − w that of the rating."),
            (lambda: lambda w: -_gap(w), "The sign: direct less long."),
            (lambda: lambda w: 0.05 + 0.4 * w, "The rating's part shrinks as w grows: its weight is 1 − w."),
            (lambda: lambda w: 0.05 * (1 - w), "That is the rating's part. Usefulness, with weight w, differs, too."),
        ),
        calls=((0.0,), (0.15,), (0.5,), (1.0,)),
        tolerance=1e-6,
    ),
    "13.3": Exercise(
        "Change one entry of the system's table by at most 0.3, so that the reader is promised at least 0.75.",
        _subsidized,
        (
            "In which cell does the reader get at least 0.75? The system must come to prefer that row.",
            "Only an article on top pays the reader 0.8. What does the system get there, and what from a clip on top?",
            "An article on top earns the system 0.35, a clip on top 0.6. A tax makes adverts win. Pay for articles.",
        ),
        "Nobody was forced. The system's own best choice now is the reader's, too.",
        judge=_protects,
        wanted="a game, se.StackelbergGame(leader, follower),",
    ),
}
