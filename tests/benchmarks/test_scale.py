"""What sweeps cost: the table and the snippet in `stackedu.sweeps`' docstring, measured. Not part of the default run:

.venv/bin/pytest tests/benchmarks/test_scale.py --benchmark-enable -s
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

import stackedu as se
from stackedu import sweeps

PAIRS = [
    ("ThompsonSampling × ThompsonSampling", se.leaders.ThompsonSampling(), se.followers.ThompsonSampling()),
    ("UCB × UCB", se.leaders.UCB(), se.followers.UCB()),
    ("ExploreThenUCB × AAE", se.leaders.ExploreThenUCB(), se.followers.ActiveArmElimination()),
    ("PhasedUCB × AAE", se.leaders.PhasedUCB(), se.followers.ActiveArmElimination()),
    ("WaitThenCommit × ExploreThenCommit", se.leaders.WaitThenCommit(), se.followers.ExploreThenCommit()),
]
SIZES = [(1e3, 2, 2), (1e4, 2, 2), (1e5, 2, 2), (1e6, 2, 2), (1e5, 32, 2), (1e5, 2, 32)]
RUNS = 100


@pytest.fixture(autouse=True)
def only_on_request(request):
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("takes long; --benchmark-enable runs it")


def cost(leader, follower, T, n_leader, n_follower):
    """Seconds of CPU time for 100 runs; of dear ones ten are played and count tenfold; the cheapest of three counts."""
    game = se.games.random_game((n_leader, n_follower), seed=0)
    seconds, runs = [], RUNS if T < 1e5 else 10
    for _ in range(3):
        start = time.process_time()  # other programs may run beside
        se.simulate(game, leader, follower, T, n_runs=runs, checkpoints=[T])
        seconds.append((time.process_time() - start) * RUNS / runs)
    return min(seconds)


def test_cost_of_a_cell(capsys):
    heads = [f"T = {T:g}" + (f", {a}×{b}" if (a, b) != (2, 2) else "") for T, a, b in SIZES]
    rows = [[name, *(f"{cost(*pair, *size):.2g}" for size in SIZES)] for name, *pair in PAIRS]
    with capsys.disabled():
        for row in [[f"Seconds for {RUNS} runs on one core", *heads], *rows]:
            print("\n" + row[0].ljust(36), *(cell.rjust(14) for cell in row[1:]), end="")
        print()


def workload(pool, n):
    """Return wall and CPU time of a sweep of about a minute with n workers, which are started for it."""
    start, before = time.perf_counter(), os.times()
    with pool(n) as executor:
        se.sweep(
            lambda T: se.games.impossibility_pair(T**-0.5),
            [pair for _, *pair in PAIRS[1:3]],
            [1e5, 3e5, 1e6],
            benchmark=se.stackelberg,
            n_runs=100,
            executor=executor,
            progress=False,
        )
    return time.perf_counter() - start, sum(os.times()[:4]) - sum(before[:4])  # of children, too


POOLS = {
    "threads": ThreadPoolExecutor,
    "processes": partial(ProcessPoolExecutor, mp_context=get_context("spawn")),
}


@pytest.mark.parametrize("kind", POOLS)
def test_two_workers_against_one(kind, capsys):
    """Twice the ratio of CPU times is what the ratio of wall times is on an idle machine, but for the last cell."""
    measured = [workload(POOLS[kind], n) for _ in range(3) for n in (1, 2)]  # in turn: other programs may run beside
    one, two = np.reshape(measured, (-1, 2, 2)).transpose(1, 2, 0).round(2)
    with capsys.disabled():
        print(f"\n{kind}, wall time: one {one[0]} s, two {two[0]} s, ratios {(one[0] / two[0]).round(2)}")
        print(f"CPU time: one {one[1]} s, two {two[1]} s, twice the ratios {(2 * one[1] / two[1]).round(2)}")
        print(f"load {os.getloadavg()[0]:.1f}")


MEASURED = """
import resource, sys, time
start = time.perf_counter()
{snippet}
    here, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(use.ru_utime + use.ru_stime for use in (here, workers))
    memory = here.ru_maxrss + 2 * workers.ru_maxrss  # KiB; that of children is of the largest
    wall = time.perf_counter() - start
    print(f"{{wall:.0f}} s of wall time, {{cpu:.0f}} s of CPU time, {{memory / 1024:.0f}} MiB at most")
"""


def test_the_large_tournament(tmp_path, capsys):
    snippet = textwrap.dedent(re.search(r"::\n\n((    .*\n|\n)+)", sweeps.__doc__)[1])
    script = tmp_path / "large.py"
    script.write_text(MEASURED.format(snippet=snippet.rstrip().replace('"tournament"', repr(str(tmp_path / "store")))))
    with capsys.disabled():
        subprocess.run([sys.executable, script], check=True)
    assert len(list((tmp_path / "store").glob("*.npz"))) == 10 * 6 * 8
