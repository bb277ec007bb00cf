"""Explorers to look at and touch, and a game to play: ipywidgets over plain functions, one call each.

Every explorer is a box of labelled controls, the library's own sentence beside a control whose value is wrong, and an
answer in words and as a picture in `HTML` values (never an Output widget). Each is a function of its starting values.

From a moved control to the new answer, at default sizes after warm-up, on one core of a small and busy virtual machine,
the fastest of ten, and what of it is simulating (``tests/benchmarks/test_redraw.py`` measures it anywhere):

==================== ======= =======
game_explorer          80 ms    1 ms
twin_instances        140 ms   29 ms
duel                   70 ms   39 ms
what_the_leader_sees   80 ms   10 ms
waiting_time           33 ms    0 ms
promises               92 ms    4 ms
play                   24 ms    3 ms
==================== ======= =======
"""

from __future__ import annotations

from stackedu.catalogue import BENCHMARKS, FAMILIES, FOLLOWERS, GAMES, LEADERS
from stackedu.match import Match
from stackedu.widgets.board import Board, play
from stackedu.widgets.explorers import duel, game_explorer, promises, twin_instances, waiting_time, what_the_leader_sees
from stackedu.widgets.frame import Explorer

__all__ = [
    "BENCHMARKS", "FAMILIES", "FOLLOWERS", "GAMES", "LEADERS", "Board", "Explorer", "Match", "duel", "game_explorer",
    "play", "promises", "twin_instances", "waiting_time", "what_the_leader_sees",
]  # fmt: skip
