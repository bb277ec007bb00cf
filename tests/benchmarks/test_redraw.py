"""How long an explorer takes from a moved control to its new words and picture, at default sizes, after warm-up:

    taskset -c 0 .venv/bin/pytest tests/benchmarks/test_redraw.py --benchmark-enable --benchmark-columns=min,median

The browser's own drawing comes on top. A reader feels no wait below about 100 ms.
"""

from __future__ import annotations

import itertools

import pytest

import stackedu as se

MOVES = {
    "game_explorer": ("epsilon", [0.1, 0.2]),
    "twin_instances": ("delta", [0.06, 0.07]),
    "duel": ("gamma", [0.06, 0.07]),
    "what_the_leader_sees": ("overlap", [0.5, 0.6]),
    "waiting_time": ("explore", [10.0, 100.0]),
    "promises": ("seed", ["1", "2"]),
}


@pytest.mark.parametrize("name", MOVES)
def test_redraw(timed, name):
    control, values = MOVES[name]
    explorer, value = getattr(se.widgets, name)(), itertools.cycle(values)
    timed(lambda: setattr(explorer.controls[control], "value", next(value)), 1, "ms", rounds=20, warmup_rounds=4)


def test_redraw_play(timed):
    board = se.widgets.play(rounds=100)
    timed(lambda: board.choices.children[0].click(), 1, "ms", rounds=20, warmup_rounds=4)
