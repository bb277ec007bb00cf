"""Sweeps: the same numbers whatever plays them, and stores that survive interrupts, kills and full disks."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import stackedu as se
from stackedu import engine, executors, sweeps

PHASED = (se.leaders.PhasedUCB(), se.followers.ActiveArmElimination())
COMMIT = (se.leaders.ExploreThenCommit(), se.followers.ExploreThenCommit())

SCRIPT = '''
"""A sweep with cells of a tenth of a second, in a process that can be killed. Arguments: store, executor."""
import glob, os, sys, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
import stackedu as se

class Slow:
    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        self.rng = rng
        with open(os.environ["LOG"], "a") as log:
            log.write(f"{os.getpid()}\\n")
        time.sleep(0.05)
    def choose(self):
        return int(self.rng.integers(2))
    def observe(self, action, reward):
        pass

def family(horizon):
    return se.games.impossibility_pair(horizon**-0.5)

def ask(store, executor=None):
    pairs = [(Slow(), se.followers.UCB()), (Slow(), se.followers.ActiveArmElimination())]
    return se.sweep(family, pairs, [50, 100, 200], benchmark=se.stackelberg, n_runs=2, executor=executor,
                    store=store, progress=False)

def print_numbers(result):
    print(result.worst_regret.tolist(), flush=True)

if __name__ == "__main__":
    store, kind = sys.argv[1] or None, sys.argv[2]
    if kind == "none":
        print_numbers(ask(store))
    elif kind == "dask":
        import slow_sweep  # workers know the class by this name
        from distributed import Client, LocalCluster
        with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
            assert cluster.scheduler_address.startswith("tcp://127.0.0.1:")
            with Client(cluster) as client:
                print_numbers(slow_sweep.ask(store, client.get_executor()))
    elif kind == "ipyparallel":
        import slow_sweep
        from ipyparallel import Cluster
        with Cluster(n=2, controller_ip="127.0.0.1", log_level=40) as client:
            path = os.path.join(os.environ["IPYTHONDIR"], "profile_default", "security", "ipcontroller-*client.json")
            assert '"interface": "tcp://127.0.0.1"' in open(*glob.glob(path)).read()
            print_numbers(slow_sweep.ask(store, client.load_balanced_view().executor))
    else:
        pools = {"threads": lambda: ThreadPoolExecutor(2),
                 "processes": lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn"))}
        with pools[kind]() as executor:
            try:
                print_numbers(ask(store, executor))
            except RuntimeError as error:
                sys.exit(f"RuntimeError: {error}")
'''
RUNS = 2 * 3 * 2 * 2  # pairs, horizons, games, runs


class Session:
    """The script in a process of its own, with a log that has one line for each run that was started."""

    def __init__(self, folder: Path) -> None:
        (folder / "slow_sweep.py").write_text(SCRIPT)
        self.folder, self.store, self.log = folder, folder / "store", folder / "log"
        self.log.touch()

    def begin(self, executor: str, store: str | None = None) -> subprocess.Popen:
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "LOG": str(self.log), "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1"}
        environment["IPYTHONDIR"] = str(self.folder / "ipython")
        command = [sys.executable, "slow_sweep.py", str(self.store) if store is None else store, executor]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=self.folder, env=environment, start_new_session=True, **pipes)

    def finish(self, executor: str, store: str | None = None) -> str:
        process = self.begin(executor, store)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out

    def finished(self) -> dict[str, tuple[int, int]]:
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in self.store.glob("*.npz")}

    def started(self) -> list[int]:
        return [int(line) for line in self.log.read_text().split()]

    def wait_for_cells(self, process: subprocess.Popen, n: int) -> None:
        until = time.monotonic() + 60
        while len(self.finished()) < n:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.01)

    def resumes(self, executor: str = "none") -> None:
        """The rest is played, what was finished is not, and the numbers are those of an undisturbed sweep."""
        before, runs_before = self.finished(), len(self.started())
        assert 0 < len(before) < RUNS // 2
        out = self.finish(executor)
        after = self.finished()
        assert len(after) == RUNS // 2
        assert {name: after[name] for name in before} == before
        assert len(self.started()) - runs_before == RUNS - 2 * len(before)
        assert out == self.finish("none", store="")


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path)


def small(store=None, **changes):
    options = {
        "family": lambda T: se.games.explore_trap(),
        "pairs": [COMMIT, PHASED],
        "horizons": [100, 1000],
        "benchmark": lambda game: se.tolerant(game, 0.05),
        "n_runs": 3,
        "progress": False,
        **changes,
    }
    return se.sweep(options.pop("family"), options.pop("pairs"), options.pop("horizons"), store=store, **options)


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("executor", ["threads", "processes", "dask", "ipyparallel"])
def test_same_numbers_whatever_the_executor(session, executor):
    """On two threads or processes here, or on workers that are reached by TCP."""
    process = session.begin(executor, store="")
    numbers, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert (process.pid in session.started()) == (executor == "threads")  # the others' runs are not played here
    assert numbers == session.finish("none", store="")


def test_cells_do_not_depend_on_the_rest_of_the_sweep():
    both, one = small(), small(pairs=[PHASED], horizons=[1000])
    np.testing.assert_array_equal(both.worst_regret[1, :, 1], one.worst_regret[0, :, 0])


def test_cells_differ_by_seed_horizon_and_pair():
    pairs, games = [COMMIT, PHASED, (se.leaders.UCB(), PHASED[1])], se.games.impossibility_pair(0.1)
    results = [small(pairs=pairs, family=lambda T: games, seed=seed, benchmark=se.stackelberg) for seed in (0, 1)]
    seeds = {cell_seed for result in results for cell_seed in _streams(result, pairs)}
    assert len(seeds) == 2 * 3 * 2 * 2


def _streams(result, pairs):
    root = np.random.SeedSequence(id(result) % 2**32)
    cells = [
        sweeps.Cell(p, int(T), 0, c["game"], *pairs[p], 3, root)
        for p in range(3)
        for T in result.horizons
        for c in result.cells
        if (c["pair"], c["horizon"]) == (p, T)
    ]
    return [cell.task().seed.spawn_key for cell in cells]


def test_the_worst_is_not_chosen_by_the_runs_that_show_it():
    """The largest mean of a hundred that are 0 but for a standard error of 0.1 is about 0.25."""
    rng, horizons = np.random.default_rng(0), np.arange(1, 41)
    cells = [{"pair": 0, "horizon": T, "regret": rng.normal(size=(2, 100))} for T in horizons for _ in range(50)]
    assert abs(sweeps.Sweep([COMMIT], horizons, cells).worst_regret.mean()) < 0.08  # five standard errors
    cells[7]["regret"][1] += 2
    np.testing.assert_array_equal(sweeps.Sweep([COMMIT], horizons, cells).worst_regret[0, :, 0], cells[7]["regret"][1])


def test_worst_is_the_larger_mean_of_games_and_players():
    family = se.games.impossibility_pair
    pairs = [(se.leaders.Fixed(0), se.followers.Fixed([0, 0])), (se.leaders.Fixed(1), se.followers.Fixed([0, 0]))]
    result = small(family=lambda T: family(0.1), pairs=pairs, benchmark=se.stackelberg, horizons=[10], n_runs=2)
    # by hand: (a1, b1) loses the follower 0.6 - 0.1 in Ĩ; (a2, b1) loses the leader 0.1 in I
    np.testing.assert_allclose(result.worst_regret[:, :, 0], [[5, 5], [1, 1]])
    table = result.table()
    worst = table[table.worst]
    assert worst.leader.tolist() == ["Fixed(action=0)", "Fixed(action=1)"]
    assert ["Ĩ" in name for name in worst.game] == [True, False]
    assert list(table.columns)[:4] == ["leader", "follower", "horizon", "game"]
    assert len(table) == 4
    assert table.failure.isna().all()


def test_regret_and_its_error_agree_with_simulate():
    result = small(pairs=[COMMIT], horizons=[1000], n_runs=5)
    (cell,) = result.cells
    (row,) = result.table().to_dict("records")
    own = sweeps.Cell(0, 1000, 0, cell["game"], *COMMIT, 5, np.random.SeedSequence(0)).task()
    run = se.simulate(cell["game"], *COMMIT, 1000, n_runs=5, seed=own.seed, checkpoints=[1000])
    expected = run.regret(cell["benchmark"])[:, :, -1]
    np.testing.assert_allclose(cell["regret"], expected, rtol=1e-12)
    assert row["leader_regret"] == pytest.approx(expected[0].mean())
    assert row["follower_error"] == pytest.approx(expected[1].std(ddof=1) / 5**0.5)


def test_rate():
    result = small(pairs=[COMMIT], horizons=[1e4, 1e6, 1e8], n_runs=20)
    rate = result.rate()
    assert rate == se.fit_rate(result.horizons, result.worst_regret[0])
    assert 0.9 < rate.exponent < 1.1  # Proposition 2: linear
    with pytest.raises(ValueError, match="pair must be from 0 to 0"):
        result.rate(1)


def test_one_run_has_no_error():
    table = small(n_runs=1).table()
    assert table.leader_error.isna().all()
    assert table.leader_regret.notna().all()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": lambda T: None}, r"family must return one or more games, but family\(100\) returned None"),
        ({"family": lambda T: []}, r"family must return one or more games"),
        ({"family": lambda T: [se.games.explore_trap(), "game"]}, "family must return one or more games"),
        ({"family": lambda T: 7}, "family must return one or more games"),
        ({"horizons": [100, 100]}, r"horizons must be at least one number, and increase, got \[100, 100\]"),
        ({"horizons": [1000, 100]}, "increase"),
        ({"horizons": []}, "at least one"),
        ({"horizons": [10.5]}, "horizons must be a whole number"),
        ({"pairs": []}, "pairs must hold at least one"),
        ({"n_runs": 0}, "n_runs must be at least 1"),
    ],
)
def test_wrong_values(changes, message):
    with pytest.raises(ValueError, match=message):
        small(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": se.games.explore_trap()}, "family must be a function of .horizon., got"),
        ({"pairs": COMMIT}, r"pairs must hold \(leader, follower\) tuples"),
        ({"pairs": [COMMIT[::-1]]}, "swapped"),
        ({"benchmark": 0.5}, "benchmark must be a function of .game., got 0.5"),
        ({"benchmark": lambda game: 0.5}, "benchmark must return a Benchmark"),
        ({"executor": 2}, "executor must be a concurrent.futures.Executor"),
        ({"store": 3}, "store must be a folder, got 3"),
    ],
)
def test_wrong_types(changes, message):
    with pytest.raises(TypeError, match=message):
        small(**changes)


def test_executor_that_is_shut_down(tmp_path):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ValueError, match="executor must still take work"):
        small(tmp_path / "store", executor=executor)
    assert small(tmp_path / "store").worst_regret.shape == (2, 3, 2)


class Cursed:
    def start(self, horizon, n_leader_actions, n_follower_actions, rng):
        if horizon == 1000:
            raise LookupError("no luck")

    def choose(self):
        return 0

    def observe(self, action, reward):
        pass


@pytest.mark.parametrize("threads", [False, True])
def test_a_learner_that_raises_takes_no_other_cell_with_it(tmp_path, threads):
    pairs = [COMMIT, (Cursed(), se.followers.UCB())]
    with ThreadPoolExecutor(2) as pool, pytest.warns(RuntimeWarning, match="1 of 6 cells failed.*no luck"):
        result = small(tmp_path, pairs=pairs, horizons=[100, 1000, 10000], executor=pool if threads else None)
    table = result.table()
    assert table.failure.dropna().tolist() == ["LookupError: no luck"]
    assert table.leader_regret.isna().tolist() == table.failure.notna().tolist()
    assert np.isnan(result.worst_regret).any(axis=1).tolist() == [[False] * 3, [False, True, False]]
    assert len(list(tmp_path.glob("*.npz"))) == 5  # a failure is tried again the next time
    with pytest.raises(ValueError, match="finite"):
        result.rate(1)


def test_a_learner_that_raises_in_another_process():
    pairs = [COMMIT, (se.leaders.Fixed(7), se.followers.UCB())]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.warns(RuntimeWarning, match="2 of 4"):
        result = small(pairs=pairs, executor=pool)
    failures = result.table().failure
    assert failures.notna().tolist() == [False, False, True, True]
    assert failures.iloc[-1] == "ValueError: action of leaders.Fixed must be from 0 to 1, got 7"


def test_a_learner_that_no_process_can_import():
    class Local:
        def choose(self):
            return 0

        def observe(self, action, reward):
            pass

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.warns(RuntimeWarning, match="define it at the top level of a file that can be imported, or use th"):
            small(pairs=[(Local(), se.followers.UCB())], executor=pool)
        with pytest.raises(TypeError, match=r"cannot be sent to another process.*Local"):
            se.simulate(se.games.explore_trap(), Local(), se.followers.UCB(), 10, executor=pool)


def test_a_learner_that_speaks_of_pickles_is_not_told_to_travel():
    class Pickle:
        def choose(self):
            raise LookupError("no pickle left, and no local object either")

        def observe(self, action, reward):
            pass

    with ThreadPoolExecutor(1) as pool, pytest.raises(LookupError, match="no pickle left"):
        se.simulate(se.games.explore_trap(), Pickle(), se.followers.UCB(), 10, executor=pool)


def test_a_failed_cell_is_never_beaten_to_worst():
    def family(horizon):
        return [se.games.explore_trap(), se.StackelbergGame(np.eye(3), np.eye(3), name="3×3")]

    pairs = [(se.leaders.Fixed(0), se.followers.Fixed([0, 0]))]
    with pytest.warns(RuntimeWarning, match="one response for each of the 3"):
        result = small(family=family, pairs=pairs, horizons=[10])
    assert np.isnan(result.worst_regret).all()


def test_a_task_that_cannot_travel_fails_alone():
    class Picky(ThreadPoolExecutor):
        def submit(self, function, cell, token):
            if cell.horizon == 100:
                future = Future()
                future.set_exception(TypeError("cannot pickle 'module' object"))
                return future
            return super().submit(function, cell, token)

    with Picky(1) as pool, pytest.warns(RuntimeWarning, match="2 of 4 cells failed, the first with TypeError"):
        assert small(executor=pool).table().failure.notna().sum() == 2


# ---------------------------------------------------------------- stores


def test_a_store_resumes(tmp_path, monkeypatch):
    first = small(tmp_path / "a" / "store")
    monkeypatch.setattr(engine, "play", None)  # nothing is played again
    second = small(tmp_path / "a" / "store")
    np.testing.assert_array_equal(first.worst_regret, second.worst_regret)
    np.testing.assert_array_equal(first.worst_regret, small(str(tmp_path / "a" / "store")).worst_regret)


def test_damaged_files_are_played_again(tmp_path):
    expected = small(tmp_path).worst_regret
    path = min(tmp_path.glob("*.npz"))
    whole = path.read_bytes()
    for spoilt in (
        b"",
        whole[:10],
        whole[: len(whole) // 2],
        whole[:-1],
        b"?" * len(whole),
        whole.replace(b"\0", b"1"),
    ):
        path.write_bytes(spoilt)
        np.testing.assert_array_equal(small(tmp_path).worst_regret, expected)
        assert path.read_bytes() == whole
    for place in range(30, len(whole), 7):  # damage that leaves the archive's directory whole
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        np.testing.assert_array_equal(small(tmp_path).worst_regret, expected)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((3, 2, 2), dtype=np.int64),  # rounds missing
        np.full((2, 2, 2), 25, dtype=np.int64),  # runs missing
        np.full((3, 2, 2), 25.0),  # not counts
        np.full((3, 1, 4), 25, dtype=np.int64),  # another game's
    ],
)
def test_files_with_other_contents_are_played_again(tmp_path, wrong):
    expected = small(tmp_path, horizons=[100]).worst_regret
    for path in tmp_path.glob("*.npz"):
        np.savez_compressed(path, counts=wrong)
    np.testing.assert_array_equal(small(tmp_path, horizons=[100]).worst_regret, expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"seed": np.random.SeedSequence(0, spawn_key=(1,))},
        {"n_runs": 4},
        {"horizons": [100, 1001]},
        {"horizons": [100]},
        {"pairs": [COMMIT, (se.leaders.PhasedUCB(1.0), PHASED[1])]},
        {"family": lambda T: se.games.slow_follower_trap()},
        {"family": lambda T: se.StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.4, 0], [0.3, 0.2]], noise_sd=2)},
        {"family": lambda T: se.StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.4, 0], [0.3, 0.2]], rewards="bernoulli")},
    ],
)
def test_a_store_of_another_sweep_is_refused(tmp_path, changes):
    small(tmp_path)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="belongs to another sweep"):
        small(tmp_path, **changes)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept


@pytest.mark.parametrize(
    "more",
    [
        {"horizons": [50, 100, 1000]},
        {"pairs": [(se.leaders.UCB(), se.followers.UCB()), COMMIT, PHASED]},
        {"family": lambda T: [se.games.explore_trap(), se.games.slow_follower_trap()]},
    ],
)
def test_a_store_may_grow(tmp_path, more, monkeypatch):
    small(tmp_path / "grown")
    expected = small(tmp_path / "new", **more).worst_regret
    played, play = [], engine.play
    monkeypatch.setattr(engine, "play", lambda *task: played.append(task) or play(*task))
    np.testing.assert_array_equal(small(tmp_path / "grown", **more).worst_regret, expected)
    files = [{path.name for path in (tmp_path / name).iterdir()} for name in ("grown", "new")]
    assert files[0] == files[1]
    assert len(played) == len(files[0]) - 1 - 4  # without the manifest, and the four cells that were there
    with pytest.raises(ValueError, match="you may add horizons"):
        small(tmp_path / "grown")


def test_a_store_of_another_version_is_refused(tmp_path, monkeypatch):
    small(tmp_path)
    monkeypatch.setattr(sweeps, "version", lambda name: "0.0.9")
    with pytest.raises(ValueError, match="another version of stackedu"):
        small(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"stackedu": 1}'])
def test_a_spoilt_manifest_is_refused(tmp_path, text):
    small(tmp_path)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ValueError, match="belongs to another sweep"):
        small(tmp_path)


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="holds other files"):
        small(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_a_killed_sweep_left_half_written_is_no_obstacle(tmp_path):
    (tmp_path / ".manifest.json.123.partial").write_text("{")
    small(tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text())["cells"]


def _constant(context, state, params, rng):
    return 0, 1


def _another(context, state, params, rng):
    return 1, 1


class Idle:
    def __init__(self, action=0):
        self.action = action

    def choose(self):
        return self.action

    def observe(self, action, reward):
        pass


class Restless(Idle):
    def choose(self):
        return 1 - self.action


class Slotted:
    __slots__ = ("action",)

    def __init__(self, action):
        self.action = action

    def choose(self):
        return 0

    def observe(self, action, reward):
        pass


class Tuned(Idle):
    taste = (1, [2])

    @property
    def mood(self):
        return 0


class Part:
    def __init__(self, *held):
        self.held, self.whole = held, self  # which leads back to itself


def _holding(value):
    idle = Idle()
    idle.part = value
    return idle


def _choosing(action, context, state, params, rng):
    return action, 1


settings = ModuleType("settings")
table = {"action": 0}


def _by_settings(context, state, params, rng):
    return settings.action, 1


def _by_table(context, state, params, rng):
    return table["action"], 1


def test_what_a_rule_finds_in_a_module_or_a_dictionary_belongs_to_it():
    seen = []
    for settings.action, table["action"] in ((0, 0), (1, 1), (0, 0)):
        seen.append([se.leaders.Custom(rule).identity() for rule in (_by_settings, _by_table)])
        rules = [se.simulate(se.games.explore_trap(), se.leaders.Custom(_by_settings), se.followers.UCB(), 9, n_runs=1)]
        assert rules[0].counts[0, -1].sum(axis=1)[settings.action] == 9  # compiled code has noticed, too
    assert seen[0] == seen[2]
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


def _with_body_of(function, name="edited"):
    return type(function)(function.__code__, globals(), name)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (se.leaders.Custom(_constant), se.leaders.Custom(_with_body_of(_constant)), True),
        (se.leaders.Custom(_constant), se.leaders.Custom(_another), False),
        (se.leaders.Custom(_constant), se.leaders.Custom(_constant, parameters=(1,)), False),
        (Idle(), Idle(), True),
        (Idle(), Idle(1), False),
        (Idle(), Restless(), False),
        (Idle(), type("Idle", (Idle,), {"choose": Restless.choose}), False),
        (Slotted(0), Slotted(0), True),
        (Slotted(0), Slotted(1), False),
        (type("Child", (Idle,), {})(), type("Child", (Restless,), {})(), False),
        (Tuned(), type("Tuned", (Tuned,), {"taste": (1, [2])})(), True),
        (Tuned(), type("Tuned", (Tuned,), {"taste": (1, [3])})(), False),
        (Tuned(), type("Tuned", (Tuned,), {"mood": property(lambda self: 1)})(), False),
        (_holding(Part(1, {2})), _holding(Part(1, {2})), True),
        (_holding(Part(1, {2})), _holding(Part(1, {3})), False),
        (_holding({"a", "b", "c"}), _holding({"c", "b", "a"}), True),
        (_holding(deque([1])), _holding(deque([2])), False),
        (_holding(se.games.explore_trap()), _holding(se.games.explore_trap()), True),
        (_holding(se.games.explore_trap()), _holding(se.games.slow_follower_trap()), False),
        (se.leaders.Custom(partial(_choosing, 0)), se.leaders.Custom(partial(_choosing, 0)), True),
        (se.leaders.Custom(partial(_choosing, 0)), se.leaders.Custom(partial(_choosing, 1)), False),
    ],
)
def test_an_edited_learner_makes_another_sweep(tmp_path, before, after, same):
    small(tmp_path, pairs=[(before, se.followers.UCB())], horizons=[20])
    if same:
        small(tmp_path, pairs=[(after, se.followers.UCB())], horizons=[20])
    else:
        with pytest.raises(ValueError, match="belongs to another sweep"):
            small(tmp_path, pairs=[(after, se.followers.UCB())], horizons=[20])


@pytest.mark.parametrize("threads", [False, True])
def test_a_full_disk_stops_the_sweep_and_keeps_what_is_finished(tmp_path, monkeypatch, threads):
    expected, replace, left = small().worst_regret, os.replace, [3]  # the manifest and two cells

    def full(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with ThreadPoolExecutor(1) as pool, pytest.raises(OSError, match=r"No space left.*finished cells are safe"):
        small(tmp_path, executor=pool if threads else None)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".npz", ".npz"]
    monkeypatch.setattr(os, "replace", replace)
    np.testing.assert_array_equal(small(tmp_path).worst_regret, expected)


def test_a_store_that_cannot_be_written_is_refused_before_any_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(engine, "play", None)
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ValueError, match="store must be a folder"):
            small(folder)


def test_a_finished_store_may_be_read_only(tmp_path, monkeypatch):
    expected = small(tmp_path).worst_regret

    def refuse(*arguments):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(sweeps.Store, "_write", refuse)
    np.testing.assert_array_equal(small(tmp_path).worst_regret, expected)
    min(tmp_path.glob("*.npz")).unlink()
    with pytest.raises(ValueError, match=r"can be written, but .*Read-only file system"):
        small(tmp_path)


# ---------------------------------------------------------------- interrupts and kills


@pytest.mark.parametrize("executor", ["none", "threads", "processes"])
def test_ctrl_c(session, executor):
    process = session.begin(executor)
    session.wait_for_cells(process, 3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    process.communicate(timeout=20)
    assert process.returncode != 0
    session.resumes()


@pytest.mark.parametrize("executor", ["none", "processes"])
def test_kill_9_of_the_main_process(session, executor):
    process = session.begin(executor)
    session.wait_for_cells(process, 3)
    process.kill()
    process.wait(timeout=20)
    time.sleep(0.3)  # what its workers still do must not matter
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)
    session.resumes()


def test_kill_9_of_a_worker_of_a_pool(session):
    process = session.begin("processes")
    session.wait_for_cells(process, 3)
    os.kill(session.started()[-1], signal.SIGKILL)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "RuntimeError: a worker of the executor died; with store=folder the finished cells are kept" in err
    session.resumes("processes")


def test_kill_9_of_a_dask_worker(session):
    process = session.begin("dask")
    session.wait_for_cells(process, 3)
    os.kill(session.started()[-1], signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert len(session.finished()) == RUNS // 2
    assert out == session.finish("none", store="")


def test_what_finished_before_an_interrupt_is_kept(tmp_path, monkeypatch):
    """Results that wait in futures when Ctrl-C comes are saved, too."""
    futures = []

    class Remembering(ThreadPoolExecutor):
        def submit(self, *arguments):
            futures.append(super().submit(*arguments))
            return futures[-1]

    def interrupted(waiting):
        for future in futures:
            future.result()
        raise KeyboardInterrupt

    monkeypatch.setattr(executors, "as_completed", interrupted)
    with Remembering(2) as pool, pytest.raises(KeyboardInterrupt):
        small(tmp_path, executor=pool)
    assert len(list(tmp_path.glob("*.npz"))) == 4


# ---------------------------------------------------------------- foresight


UCB = (se.leaders.UCB(), se.followers.UCB())


def test_a_sweep_that_cannot_end_is_refused_at_once():
    start = time.monotonic()
    with pytest.raises(ValueError, match=r"2 cells would take about [\d,]+ years on one core.*UCB.*at horizon 1e\+15"):
        small(pairs=[PHASED, UCB], horizons=[1e15])
    assert time.monotonic() - start < 20


def test_so_is_a_simulation():
    game = se.games.explore_trap()
    with pytest.raises(ValueError, match=r"horizon must let the simulation end, but 3 runs of .*UCB.* [\d,]+ years"):
        se.simulate(game, *UCB, 1e15, n_runs=3)
    assert se.simulate(game, *PHASED, 1e15, n_runs=3).counts.sum(axis=(2, 3)).max() == 10**15


def test_pairs_that_decide_rarely_are_not_refused(capsys):
    assert small(pairs=[PHASED, COMMIT], horizons=[1e6, 1e15]).worst_regret.shape == (2, 3, 2)
    assert "would take" not in capsys.readouterr().err


def test_a_long_sweep_says_so_before_it_starts(capsys, monkeypatch):
    monkeypatch.setattr(sweeps, "_play", lambda cell: "stopped by the test")
    with pytest.warns(RuntimeWarning, match="stopped by the test"):
        small(pairs=[UCB], horizons=[1e6, 1e10])
    assert "2 cells would take about" in capsys.readouterr().err
    with pytest.warns(RuntimeWarning, match="stopped by the test"):
        small(pairs=[UCB], horizons=[1e6, 2e6])
    assert capsys.readouterr().err == ""


def test_what_is_in_the_store_costs_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(engine, "seconds_a_run", lambda task, suspicious: (1e5, True))
    small(tmp_path, horizons=[1e6])
    assert "would take" in capsys.readouterr().err
    small(tmp_path, horizons=[1e6])
    assert "would take" not in capsys.readouterr().err


def test_many_workers_may_do_what_one_core_cannot(monkeypatch):
    monkeypatch.setattr(engine, "seconds_a_run", lambda task, suspicious: (engine.MONTH / 6, True))
    with pytest.raises(ValueError, match="an executor with many workers"):
        small(horizons=[1e4, 1e6])
    with ThreadPoolExecutor(2) as pool:
        assert not np.isnan(small(horizons=[1e4, 1e6], executor=pool).worst_regret).any()


def _explore_singly(context, state, params, rng):
    if state.pulls.sum() < 5e5:
        return 0, 1
    return 0, 2**60


def test_a_rule_that_holds_its_action_after_a_while_is_not_taken_for_endless():
    task = engine.Task(
        se.games.explore_trap(),
        se.leaders.Custom(_explore_singly),
        se.followers.BestResponse(),
        10**15,
        np.array([10**15]),
        np.random.SeedSequence(0),
    )
    seconds, grows = engine.seconds_a_run(task, suspicious=60.0)
    assert seconds < 20
    assert not grows


def test_the_estimate_is_of_the_right_size():
    T = 3_000_000
    task = sweeps.Cell(0, T, 0, se.games.explore_trap(), *UCB, 1, np.random.SeedSequence(0)).task()
    estimate, grows = engine.seconds_a_run(task)
    start = time.perf_counter()
    engine.play(task, [0])
    assert grows
    assert 1 / 5 < estimate / (time.perf_counter() - start) < 5  # other programs may run beside


def test_progress(capsys):
    pytest.importorskip("tqdm")
    small(progress=True)
    assert "4/4" in capsys.readouterr().err


def test_plot():
    pytest.importorskip("matplotlib").use("agg")
    import matplotlib.pyplot as plt

    ax = small(pairs=[COMMIT, PHASED], horizons=[1e4, 1e6], n_runs=10).plot()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [label.split("(")[0] for label in labels] == ["ExploreThenCommit", "PhasedUCB"]
    plt.close(ax.figure)


def test_the_store_may_move(tmp_path):
    expected = small(tmp_path / "here").worst_regret
    shutil.move(tmp_path / "here", tmp_path / "there")
    np.testing.assert_array_equal(small(tmp_path / "there").worst_regret, expected)
