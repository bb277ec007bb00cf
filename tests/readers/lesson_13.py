"""Lesson 13, by a reader who had nothing else. Its idea: what a conclusion from made-up numbers is worth shows when
the numbers are moved, and the number on which the leader depends most may be one of the follower's, where the follower
hardly minds which answer it gives and the leader minds a lot."""

import stackedu as se

HINTS = {"13.1": 0, "13.2": 0, "13.3": 0}  # how many were needed

reader_likes = se.games.recommender().follower
system_earns = se.games.recommender().leader.copy()

# A clip is on top (row 1); the reader's best is the clip (column 1).
to_article = (system_earns[1, 1] - system_earns[1, 0]) / (reader_likes[1, 1] - reader_likes[1, 0])
to_advert = (system_earns[1, 1] - system_earns[1, 2]) / (reader_likes[1, 1] - reader_likes[1, 2])


def gap(w):
    direct = 0.7 * (1 - w) + 0.8 * w
    long = 0.65 * (1 - w) + 0.4 * w
    return direct - long


# The reader gets 0.75 or more only with an article on top, so that one has to pay the system more than 0.6.
system_earns[0, 0] += 0.27

ANSWERS = {
    "13.1": [to_article, to_advert],
    "13.2": gap,
    "13.3": se.StackelbergGame(system_earns, reader_likes),
}
