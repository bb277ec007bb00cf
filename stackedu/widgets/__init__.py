"""Explorers to look at and touch, and a game to play: ipywidgets over plain functions, one call each.

Every explorer is a box of labelled controls, the library's own sentence beside a control whose value is wrong, and an
answer in words and as a picture in `HTML` values (never an Output widget). Each is a function of its starting values.
``voila --template=stackedu notebook.ipynb`` shows a notebook of them as a page without code (``pip install voila``);
the template is Voila's own, without the icons that it would fetch from an outside host.

From a moved control to the new answer, at default sizes after warm-up: the fastest of twenty on one core of a small
virtual machine (``taskset -c 0 pytest tests/benchmarks/test_redraw.py --benchmark-enable`` measures it anywhere):

==================== ======
game_explorer         64 ms
twin_instances        95 ms
duel                  64 ms
what_the_leader_sees  73 ms
waiting_time          31 ms
promises              85 ms
play                  26 ms
==================== ======
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
