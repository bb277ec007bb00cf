"""Turns the learners' rules and the engine's loop into machine code with numba, where there is numba.

One compilation for the loop and one per rule, not one per pair: the loop calls the rules through function pointers.
The library's own are kept in numba's disk cache, a reader's are compiled anew in each process.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import importlib
import sys
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from stackedu import rules
from stackedu.learners import Learner, written


@functools.cache
def has_numba() -> bool:
    """Return whether numba is installed and not switched off (``NUMBA_DISABLE_JIT=1``)."""
    try:
        return not importlib.import_module("numba").config.DISABLE_JIT
    except ImportError:
        return False


def compiled(loop: Callable, draw: Callable, leader: Learner, follower: Learner) -> tuple | None:
    """Return the compiled loop, draw, and the rules of the pair, or None if it runs in plain Python."""
    if not has_numba() or not all(type(p).in_plain_python is Learner.in_plain_python for p in (leader, follower)):
        return None
    pointers = [_rule_or_none(player, kind) for player in (leader, follower) for kind in ("plan", "observe")]
    return None if None in pointers else (_compiled_loop(loop), _compiled_draw(draw), *pointers)


def warm_up(loop: Callable, draws: Iterable[Callable], own_learners: Iterable[type[Learner]]) -> None:
    """Compile the engine's own functions and the rules of the given learners, or find them on disk."""
    if has_numba():
        _compiled_loop(loop)
        for draw in draws:
            _compiled_draw(draw)
        _compiled_rule(rules.record_pair, "observe")  # for a reader's leader that sees the response
        for learner in own_learners:
            for kind in ("plan", "observe"):
                _compiled_rule(getattr(learner, kind), kind)


_refused: set[tuple] = set()


def _rule_or_none(learner: Learner, kind: str) -> Any:
    function = getattr(learner, kind)
    if learner.trusts(function):
        return _compiled_rule(function, kind)
    key = function, kind, written(function)
    if key in _refused:
        return None
    try:
        return _compiled_rule(*key)
    except Exception as error:
        _refused.add(key)
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = next((line for line in lines if "Failed in nopython" not in line), type(error).__name__)
        sentence = f"stackedu: {kind} of {learner!r} runs in plain Python, which is slower; numba says: {reason}"
        print(sentence, file=sys.stderr)
        return None


@functools.lru_cache(maxsize=256)
def _compiled_rule(function: Callable, kind: str, text: str | None = None) -> Any:
    """Compile a rule; ``text`` is how a reader's is `written` now, as compiled code does not notice an edit."""
    from numba import carray

    own = text is None
    options = {"boundscheck": not own, "error_model": "numpy" if own else "python"}
    scope = {"carray": carray, "shift": _shift(), "generator_at": _generator_at()}
    entry = rules.plan_entry if kind == "plan" else rules.observe_entry
    rule = _jit(function, scope, function.__qualname__, **options)
    with _announced() if own else contextlib.nullcontext():
        name = f"{kind}_{function.__qualname__}"
        compiled = _jit(entry, {**scope, kind: rule}, name, _signatures()[kind], cache=own, nogil=True, **options)
    if own:
        return _pointer(compiled)
    if kind == "plan":
        _require_whole_numbers(rule)
    # unlike a bare pointer, a dispatcher lets an exception through
    return compiled


def _require_whole_numbers(plan: Any) -> None:
    from numba import types as t

    for result in plan.overloads.values():
        answer = result.signature.return_type
        if not (isinstance(answer, t.Tuple | t.UniTuple) and all(isinstance(part, t.Integer) for part in answer.types)):
            raise TypeError(f"plan returns {answer}, not two whole numbers")


@functools.cache
def _compiled_loop(loop: Callable) -> Any:
    scope, options = {"generator_at": _generator_at()}, {"cache": True, "nogil": True, "error_model": "numpy"}
    with _announced():
        return _jit(loop, scope, loop.__qualname__, _signatures()["loop"], **options)


@functools.cache
def _compiled_draw(draw: Callable) -> Any:
    with _announced():
        return _pointer(_jit(draw, {}, draw.__qualname__, _signatures()["draw"], cache=True, error_model="numpy"))


def _pointer(compiled: Any) -> Any:
    """Return a bare function pointer: it is cheaper to hand over than a dispatcher."""
    from numba.core.types.function_type import CompileResultWAP

    return CompileResultWAP(next(iter(compiled.overloads.values())))


def _jit(function: Any, scope: dict[str, Any], name: str, signature: Any = None, **options: Any) -> Any:
    """Compile a copy of ``function`` that finds ``scope`` among its globals, and what it calls with it.

    What it calls is put in its place: a call costs a round as much as a rule.
    """
    import numba

    names = {**function.__globals__, **scope}
    for called in set(function.__code__.co_names) - set(scope):
        helper = names.get(called)
        if isinstance(helper, types.FunctionType) and not helper.__module__.startswith("numba."):
            names[called] = _jit(helper, scope, called, **{**options, "cache": False})
    copy = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    # numba's disk cache knows a function by its name and its own file's date: the rest must be in the name
    copy.__qualname__ = f"{name}_{_fingerprint()}"
    copy.__module__ = function.__module__
    return numba.njit(signature, forceinline=True, **options)(copy)


@functools.cache
def _fingerprint() -> str:
    """Return a name for the present source of everything that is compiled together."""
    sources = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in ("compiling", "engine", "rules")]
    return hashlib.blake2b(b"".join(sources), digest_size=6).hexdigest()


@functools.cache
def _signatures() -> dict[str, Any]:
    """Return the numba types of a compiled plan, a compiled observe, the engine's loop, and a draw of rewards."""
    from numba import types as t

    block = t.CPointer(t.float64)
    layout = t.CPointer(t.int64)
    plan = t.UniTuple(t.int64, 2)(t.int64, layout, block, t.int64)
    observe = t.void(t.int64, layout, block, t.int64, t.int64, t.int64, t.float64)
    draw = t.float64(t.NumPyRandomGeneratorType("generator"), t.int64, t.float64, t.float64)
    pointers = (t.FunctionType(plan), t.FunctionType(observe)) * 2
    floats = [t.Array(t.float64, d, "C") for d in range(4)]
    counts = [t.Array(t.int64, d, "C") for d in range(5)]
    loop = t.void(
        *pointers, counts[1], floats[2], counts[1], floats[2], counts[1], counts[2],
        t.FunctionType(draw), t.boolean, floats[3], t.float64, t.boolean,
        t.int64, t.Array(t.int64, 1, "C", readonly=True), t.int64,
        counts[2], floats[2], counts[2], counts[2], counts[3], counts[4], counts[3], counts[1],
    )  # fmt: skip
    return {"plan": plan, "observe": observe, "loop": loop, "draw": draw}


@functools.cache
def _shift() -> Any:
    """Return an intrinsic that moves a pointer on by some numbers: numba has no pointer arithmetic."""
    from numba.core import types as t
    from numba.extending import intrinsic

    @intrinsic
    def shift(typing_context, pointer, by):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.gep(arguments[0], [arguments[1]])

        return pointer(pointer, t.int64), generate

    return shift


@functools.cache
def _generator_at() -> Any:
    """Return an intrinsic that makes a NumPy generator from three `methods` and the address of a state.

    Handing over a generator costs more than many short runs, and its ten words slow down every call. This one
    owns nothing: the engine keeps the states alive.
    """
    from numba.core import cgutils
    from numba.core import types as t
    from numba.extending import intrinsic

    rng, bits = t.NumPyRandomGeneratorType("generator"), t.NumPyRandomBitGeneratorType("bit_generator")

    @intrinsic
    def generator_at(typing_context, uint64, uint32, double, state):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            source = cgutils.create_struct_proxy(bits)(context, builder)
            names = ("fnptr_next_uint64", "fnptr_next_uint32", "fnptr_next_double", "state")
            for name, argument in zip(names, arguments, strict=True):
                setattr(source, name, argument)
            source.state_address = source.state
            result = cgutils.create_struct_proxy(rng)(context, builder)
            result.bit_generator = source._getvalue()
            return result._getvalue()

        return rng(t.int64, t.int64, t.int64, t.int64), generate

    return generator_at


@functools.cache
def methods() -> tuple[int, int, int]:
    """Return the addresses of PCG64's functions, alike in all generators of a process."""
    interface = np.random.PCG64(0).ctypes
    addresses = (ctypes.cast(f, ctypes.c_void_p).value for f in interface[2:5])
    return tuple(address or 0 for address in addresses)  # type: ignore[return-value]


def _announced() -> contextlib.AbstractContextManager:
    """Say once, in one line, that the library's own code is being compiled (not when it is found on disk)."""
    from numba.core import event

    class Announcer(event.Listener):
        def on_start(self, event: object) -> None:
            _say_compiling()

        def on_end(self, event: object) -> None:
            pass

    return event.install_listener("numba:compile", Announcer())


@functools.cache
def _say_compiling() -> None:
    print("stackedu: compiling for the first time on this machine; this takes some seconds …", file=sys.stderr)
