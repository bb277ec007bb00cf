"""simulate from outside: what it refuses and how it says so, what it returns, what it costs, how it stops."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

import stackedu as se
from stackedu import engine

GAME = se.games.explore_trap()
UCB, BEST = se.leaders.UCB(), se.followers.BestResponse()


def run(**changed):
    """A tiny simulation of which a test changes some arguments."""
    arguments = {"game": GAME, "leader": UCB, "follower": BEST, "horizon": 10, "n_runs": 2, **changed}
    return se.simulate(
        arguments.pop("game"), arguments.pop("leader"), arguments.pop("follower"), arguments.pop("horizon"), **arguments
    )


def python(code, *, timeout=120, **environment):
    """Run code in a new process; return the finished process."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
        check=False,
    )


# ---------------------------------------------------------------- arguments


class NeedsArguments:
    def __init__(self, size):
        self.size = size

    def choose(self):
        return 0

    def observe(self, action, reward):
        pass


def answering(answer):
    """A leader's pair of functions whose plan gives always the same answer."""
    return (lambda context, state, params, rng: answer), (lambda *report: None)


def finished_executor():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    return executor


class Own:
    """A learner with methods of these names, which take nothing."""

    def __init__(self, *names):
        for name in names:
            setattr(self, name, lambda: 0)


# argument, value, what the message must hold (in this order)
REFUSED = [
    ("game", 5, TypeError, ["game must be a StackelbergGame", "got int", "StackelbergGame(leader, follower)"]),
    ("game", GAME.leader, TypeError, ["game must be a StackelbergGame", "got ndarray"]),
    ("game", se.games.impossibility_pair(0.1), TypeError, ["game must be", "got tuple", "take one member"]),
    ("leader", se.followers.UCB(), TypeError, ["leader must be", "the follower UCB(confidence=2.0)", "swapped"]),
    ("follower", UCB, TypeError, ["follower must be", "the leader UCB(confidence=2.0)", "swapped"]),
    ("leader", se.leaders.UCB, TypeError, ["leader must be a learner", "class UCB", "write UCB(...)"]),
    ("follower", se.followers.UCB, TypeError, ["follower must be a learner", "class UCB", "write UCB(...)"]),
    ("leader", NeedsArguments, TypeError, ["leader must be an object", "NeedsArguments(...)", "'size'"]),
    ("leader", None, TypeError, ["leader must be", "(plan, observe)", "choose and observe", "got None"]),
    ("follower", "UCB", TypeError, ["follower must be", "stackedu.followers", "got 'UCB'"]),
    ("leader", (1, 2), TypeError, ["leader must be", "pair of functions", "got (1, 2)"]),
    ("leader", object(), TypeError, ["leader must be", "choose and observe", "got <object"]),
    (
        "leader",
        Own("choose"),
        TypeError,
        ["observe of the leader Own must be a function of (action, reward), got"],
    ),
    ("follower", Own("observe"), TypeError, ["choose of the follower Own", "function of (leader_action), got None"]),
    ("follower", Own("choose", "observe"), TypeError, ["choose of the follower Own must take (leader_action)", "()"]),
    ("leader", (lambda state: 0, None), TypeError, ["leader must be", "pair of functions"]),
    ("leader", (lambda state: 0, len), TypeError, ["plan of leaders.Custom must take (context, state, params, rng)"]),
    ("horizon", 0, ValueError, ["horizon must be from 1 to 9007199254740992, got 0"]),
    ("horizon", -5, ValueError, ["horizon must be from 1", "got -5"]),
    ("horizon", 10.5, ValueError, ["horizon must be a whole number, got 10.5"]),
    ("horizon", float("nan"), ValueError, ["horizon must be a whole number, got nan"]),
    ("horizon", float("inf"), ValueError, ["horizon must be a whole number, got inf"]),
    ("horizon", "10", TypeError, ["horizon must be a whole number, got '10'"]),
    ("horizon", True, TypeError, ["horizon must be a whole number, got True"]),
    ("horizon", None, TypeError, ["horizon must be a whole number, got None"]),
    ("horizon", 2**53 + 1, ValueError, ["horizon must be from 1 to 9007199254740992, got 9007199254740993"]),
    ("horizon", 10**400, ValueError, ["horizon must be from 1 to 9007199254740992, got 1000"]),
    ("n_runs", 0, ValueError, ["n_runs must be at least 1, got 0"]),
    ("n_runs", 2.5, ValueError, ["n_runs must be a whole number, got 2.5"]),
    ("n_runs", None, TypeError, ["n_runs must be a whole number, got None"]),
    ("checkpoints", [5, 3], ValueError, ["checkpoints must", "increase", "got [5, 3]"]),
    ("checkpoints", [3, 3], ValueError, ["checkpoints must", "increase", "got [3, 3]"]),
    ("checkpoints", [5, 11], ValueError, ["checkpoints must", "end at 10 (the horizon)", "got [5, 11]"]),
    ("checkpoints", [0, 3], ValueError, ["checkpoints must be at least 1, got 0"]),
    ("checkpoints", [1.5], ValueError, ["checkpoints must be a whole number, got 1.5"]),
    ("checkpoints", [], ValueError, ["checkpoints must be at least one number", "got []"]),
    ("checkpoints", ["a"], TypeError, ["checkpoints must be increasing whole numbers, got ['a']"]),
    ("checkpoints", [[1, 2]], TypeError, ["checkpoints must be increasing whole numbers, got [[1, 2]]"]),
    ("checkpoints", 5, TypeError, ["checkpoints must be increasing whole numbers, got 5"]),
    ("seed", -1, ValueError, ["seed must be at least 0, got -1"]),
    ("seed", 0.5, ValueError, ["seed must be a whole number, got 0.5"]),
    ("seed", None, TypeError, ["seed must be a whole number or a numpy.random.SeedSequence, got None"]),
    ("seed", np.random.default_rng(0), TypeError, ["seed must be", "SeedSequence", "got Generator"]),
    ("executor", 3, TypeError, ["executor must be a concurrent.futures.Executor or None, got 3"]),
    ("executor", ThreadPoolExecutor, TypeError, ["executor must be a concurrent.futures.Executor", "got <class"]),
    ("executor", finished_executor(), ValueError, ["executor must still take work", "after shutdown"]),
    ("leader", se.leaders.Fixed(2), ValueError, ["action of leaders.Fixed must be from 0 to 1, got 2"]),
    ("follower", se.followers.Fixed([0]), ValueError, ["responses of followers.Fixed", "2 leader actions", "(0,)"]),
    ("follower", se.followers.Fixed([0, 2]), ValueError, ["responses[1] must be from 0 to 1, got 2"]),
    ("leader", answering((7, 1)), ValueError, ["in round 1 the leader", "chose action 7", "0 to 1"]),
    ("leader", answering((-1, 1)), ValueError, ["in round 1 the leader", "chose action -1", "0 to 1"]),
    ("leader", answering((0, 0)), ValueError, ["the leader", "hold its action for 0 rounds", "at least 1"]),
    ("follower", answering((2, 1)), ValueError, ["in round 1 the follower", "chose action 2", "0 to 1"]),
]


@pytest.mark.parametrize(
    ("argument", "value", "error", "parts"), REFUSED, ids=[f"{case[0]}-{i}" for i, case in enumerate(REFUSED)]
)
def test_bad_argument_is_named_with_its_value_and_what_would_be_right(argument, value, error, parts):
    with pytest.raises(error) as caught:
        run(**{argument: value})
    message, place = str(caught.value), 0
    for part in parts:
        place = message.find(part, place)
        assert place >= 0, f"{part!r} is missing from: {message}"


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: se.leaders.Fixed(-1), ValueError, "action of leaders.Fixed must be from 0"),
        (lambda: se.leaders.Fixed("a"), TypeError, "action of leaders.Fixed must be a whole number, got 'a'"),
        (lambda: se.followers.Fixed(3), TypeError, "responses of followers.Fixed must hold one response"),
        (lambda: se.followers.Fixed([-1]), ValueError, r"responses\[0\] must be at least 0, got -1"),
        (lambda: se.followers.Fixed(["a"]), TypeError, r"responses\[0\] must be a whole number, got 'a'"),
    ],
)
def test_fixed_learners_refuse_what_is_no_action(make, error, text):
    with pytest.raises(error, match=text):
        make()


BENCHMARKS = [3, None, "ab", (1,), (1, 2, 3), (1, float("nan")), (1, float("inf")), ((1, 2), (3, 4)), {"a": 1}]


@pytest.mark.parametrize("levels", BENCHMARKS, ids=str)
def test_regret_refuses_what_is_no_benchmark(levels):
    with pytest.raises(ValueError, match="benchmark must be a Benchmark or two finite numbers") as caught:
        run().regret(levels)
    assert f"got {levels!r}" in str(caught.value)


def test_whole_floats_and_numpy_numbers_will_do():
    assert run(leader=se.leaders.Fixed(0), horizon=1e6, n_runs=np.int64(1)).horizon == 10**6
    same = [run(seed=seed, checkpoints=points).counts for seed, points in [(3, [4, 10]), (np.uint8(3), (4.0, 1e1))]]
    assert (same[0] == same[1]).all()
    assert (run(seed=3).counts == run(seed=np.random.SeedSequence(3)).counts).all()
    assert run(seed=10**400).seed == 10**400


# ---------------------------------------------------------------- results


@pytest.mark.parametrize("horizon", [1, 2, 59, 10**12, 2**53])
def test_default_checkpoints_are_about_60_log_spaced_and_end_at_the_horizon(horizon):
    rounds = run(leader=se.leaders.Fixed(0), horizon=horizon).rounds
    assert rounds.dtype == np.int64
    assert rounds[0] == 1
    assert rounds[-1] == horizon
    assert (np.diff(rounds) > 0).all()
    assert len(rounds) <= 60
    if horizon >= 10**12:
        assert len(rounds) >= 50
        late = rounds[rounds > 1000]
        np.testing.assert_allclose(late[1:] / late[:-1], horizon ** (1 / 59), rtol=2e-3)


def exact(simulation, tables, levels):
    """Σ counts · (level − u) of each player, run and checkpoint, in rational numbers."""
    return [
        [
            [
                sum(
                    int(times) * (Fraction(level) - Fraction(float(table[pair])))
                    for pair, times in np.ndenumerate(simulation.counts[r, c])
                )
                for c in range(len(simulation.rounds))
            ]
            for r in range(len(simulation.counts))
        ]
        for table, level in zip(tables, levels, strict=True)
    ]


@pytest.mark.parametrize("horizon", [1000, 10**12])
def test_utility_and_regret_are_exact(horizon):
    game = se.games.random_game((3, 4), seed=5)
    pair = (se.leaders.PhasedUCB(), se.followers.ActiveArmElimination())
    result = se.simulate(game, *pair, horizon, n_runs=3, seed=1, checkpoints=[1, 7, horizon // 2, horizon])
    tables, benchmark = (game.leader, game.follower), se.self_tolerant(game, 0.01)
    expected = np.array(exact(result, tables, (0, 0)), dtype=np.float64)
    np.testing.assert_allclose(result.utility(), -expected, rtol=1e-14)
    regret = np.array(exact(result, tables, (benchmark.leader, benchmark.follower)), dtype=np.float64)
    assert result.regret(benchmark).shape == (2, 3, 4)
    np.testing.assert_allclose(result.regret(benchmark), regret, rtol=1e-12, atol=1e-15 * horizon)
    as_pair = result.regret((benchmark.leader, benchmark.follower))
    assert (as_pair == result.regret(benchmark)).all()


def test_counts_add_up_and_grow():
    result = run(horizon=500, n_runs=5, follower=se.followers.UCB())
    assert result.counts.dtype == np.int64
    assert (result.counts.sum(axis=(2, 3)) == result.rounds).all()
    assert (np.diff(result.counts, axis=1) >= 0).all()


def test_zero_sum_regrets_cancel_in_every_run():
    game = se.games.zero_sum([[0.25, 1.0], [0.5, 0.125]])
    result = run(game=game, follower=se.followers.UCB(), horizon=1000)
    regret = result.regret(se.stackelberg(game))
    np.testing.assert_allclose(regret.sum(axis=0), 0, atol=1e-9)


def test_repr_is_short():
    result = run(horizon=1e12, leader=se.leaders.Fixed(0), seed=3)
    assert len(repr(result)) < 300
    assert "\n" not in repr(result)
    for part in ("explore trap", "Fixed(action=0)", "BestResponse()", "horizon=1000000000000", "seed=3"):
        assert part in repr(result)


def test_pickle_round_trip():
    result = run(keep_blocks=True, horizon=100, follower=se.followers.UCB(), seed=np.random.SeedSequence(4))
    again = pickle.loads(pickle.dumps(result))
    assert (again.game, again.leader, again.follower, again.horizon) == (GAME, UCB, se.followers.UCB(), 100)
    assert (again.counts == result.counts).all()
    assert (again.rounds == result.rounds).all()
    assert all((a == b).all() for a, b in zip(again.blocks, result.blocks, strict=True))
    assert (se.simulate(again.game, again.leader, again.follower, 100, n_runs=2, seed=again.seed).counts
            == result.counts).all()  # fmt: skip


def test_memory_stays_small():
    # 200 runs of a million rounds of a pair that moves in blocks, and a per-round pair with as many decisions
    tracemalloc.start()
    run(leader=se.leaders.PhasedUCB(), follower=se.followers.ActiveArmElimination(), horizon=1e6, n_runs=200)
    run(follower=se.followers.UCB(), horizon=1e6, n_runs=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


def test_progress_bar_goes_to_the_end(capfd):
    pytest.importorskip("tqdm")
    quiet = run(n_runs=130)
    assert capfd.readouterr() == ("", "")
    assert (run(n_runs=130, progress=True).counts == quiet.counts).all()
    shown = capfd.readouterr()
    assert "130/130" in shown.err + shown.out


def test_progress_without_tqdm_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="progress=True needs tqdm: pip install tqdm, or leave progress=False"):
        run(progress=True)


# ---------------------------------------------------------------- stopping


LONG = """
    import sys, time
    from concurrent.futures import ThreadPoolExecutor
    import stackedu as se
    executor = ThreadPoolExecutor(2) if {threads} else None
    arguments = dict(n_runs=200, executor=executor)
    pair = se.games.explore_trap(), se.leaders.UCB(), se.followers.UCB()
    se.simulate(*pair, 10, n_runs=1)  # whatever has to be compiled or loaded is, now
    print("started", flush=True)
    try:
        se.simulate(*pair, 1e9, **arguments)
    except KeyboardInterrupt:
        caught = time.monotonic()
        if executor:
            executor.shutdown()
        print("stopped", flush=True)
        raise
"""


@pytest.mark.parametrize(("threads", "switch"), [(False, "0"), (True, "0"), (False, "1")])
def test_interrupt_stops_soon(threads, switch):
    """Serial, on threads, and in plain Python; an idle machine needs 0.1 s."""
    command = [sys.executable, "-c", textwrap.dedent(LONG.format(threads=threads))]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": switch}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert child.stdout.readline() == "started\n"
            time.sleep(0.5)
            assert child.poll() is None
            begun = time.monotonic()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
            took = time.monotonic() - begun
        finally:
            child.kill()
    assert out == "stopped\n"
    assert err.rstrip().splitlines()[-1].startswith("KeyboardInterrupt")
    assert took < 5


def test_after_an_interrupt_the_next_simulation_plays():
    """Whatever was stopped, on an executor that lives on, must not stop what comes later."""

    class Interrupting(ThreadPoolExecutor):
        left = 0

        def submit(self, *arguments):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            return super().submit(*arguments)

    # long enough for several looks at whether it was stopped
    task = {"follower": se.followers.UCB(), "horizon": 10_000, "n_runs": 130}
    expected = run(**task).counts
    with Interrupting(1) as executor:
        for _ in range(5):
            executor.left = 1
            with pytest.raises(KeyboardInterrupt):
                run(**task, executor=executor)
            executor.left = 3
            assert (run(**task, executor=executor).counts == expected).all()


# ---------------------------------------------------------------- new processes

FIRST = """
    import stackedu as se
    se.simulate(se.games.explore_trap(), se.leaders.Fixed(0), se.followers.BestResponse(), 10, n_runs=1)
"""


def test_compiling_is_announced_once_in_one_line_and_cached(tmp_path):
    first = python(FIRST, NUMBA_CACHE_DIR=str(tmp_path))
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    assert first.stderr.count("\n") == 1
    assert first.stderr.startswith("stackedu: compiling for the first time on this machine")
    second = python(FIRST, NUMBA_CACHE_DIR=str(tmp_path))
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_import_loads_nothing_heavy():
    code = """
        import sys, stackedu
        from stackedu import __version__
        heavy = {"numpy", "numba", "matplotlib", "pandas", "ipywidgets", "IPython", "tqdm"}
        print(sorted(heavy & set(sys.modules)))
        stackedu.simulate, stackedu.fit_rate, stackedu.tolerant, stackedu.leaders
        print(sorted(heavy & set(sys.modules)))
    """
    assert python(code).stdout.split("\n") == ["[]", "['numpy']", ""]


def test_simulates_without_numba_and_gives_the_same_counts():
    code = """
        import sys
        if {without}:
            sys.modules["numba"] = None
        import stackedu as se
        run = se.simulate(se.games.explore_trap(), se.leaders.UCB(), se.followers.UCB(), 300, n_runs=3, seed=8)
        se.warm_up()
        print(run.counts[:, -1].tolist())
    """
    without, with_numba = (python(code.format(without=flag)) for flag in (True, False))
    assert without.returncode == 0, without.stderr
    assert without.stdout == with_numba.stdout
    assert without.stderr == ""


def test_counts_beyond_memory_are_refused_before_they_are_made():
    game = se.games.random_game((300, 300), seed=1)
    with pytest.raises(ValueError, match=r"n_runs=1000 with .* would need .* GiB; ask for fewer runs"):
        se.simulate(game, se.leaders.Fixed(0), se.followers.BestResponse(), 1000, n_runs=1000)


def test_sizes_of_lessons_depend_on_whether_simulations_are_compiled(monkeypatch):
    for compiled in (True, False):
        monkeypatch.setattr(se.simulation.compiling, "has_numba", lambda compiled=compiled: compiled)
        assert se.affordable("large", "small") == ("large" if compiled else "small")


def test_a_long_simulation_says_so_before_it_starts(monkeypatch, capsys):
    monkeypatch.setattr(engine, "seconds_a_run", lambda task, suspicious: (300.0, True))
    monkeypatch.setattr(engine, "play", lambda task, runs, wait: (np.zeros((len(runs), 1, 2, 2), np.int64), []))
    se.simulate(GAME, UCB, se.followers.UCB(), 1e10, n_runs=2, checkpoints=[10])
    assert "2 runs of UCB(confidence=2.0) × UCB(confidence=2.0) for 1e+10 rounds would" in capsys.readouterr().err
