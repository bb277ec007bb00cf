"""The command ``stackedu``: copy the lessons, open them, and never touch what a reader wrote."""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

DEFAULT_FOLDER = Path("stackedu-lessons")
DEFAULT_REPORT = Path("stackedu-report")
INSTALL = f'{shlex.quote(sys.executable)} -m pip install "stackedu[lab]"'
FIRST_LESSON = "00_start_here.ipynb"
MANIFEST = ".stackedu-lessons.json"


def lessons() -> Path:
    """Return the folder of the shipped lessons: inside the wheel, or the checkout's own."""
    here = Path(__file__).parent
    return here / "notebooks" if (here / "notebooks").is_dir() else here.parent / "notebooks"


def copy_lessons(source: Path, folder: Path, say: Callable[[str], object] = print) -> None:
    """Copy the lessons in ``source`` to ``folder`` and say what was done, one line a changed file.

    A file is written only where there is none, or where it is, byte for byte, one that an earlier call
    wrote (their hashes are kept in ``folder``). If a reader changed a lesson and there is a newer one,
    the newer one goes beside it: ``04.new_linear_regret.ipynb``, ``04.new-2_linear_regret.ipynb``, …

    Raises
    ------
    OSError
        If there are no lessons, or the folder cannot be written.
    """
    found = (PurePosixPath(p.relative_to(source).as_posix()) for p in source.rglob("*") if p.is_file())
    names = sorted(name for name in found if not any(part.startswith((".", "_")) for part in name.parts))
    if not names:
        raise FileNotFoundError(errno.ENOENT, f"there are no lessons in {source}")
    if folder.resolve().is_relative_to(source.resolve()):
        raise OSError(errno.EINVAL, "that is where the originals are, please choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    before, current = _read_manifest(folder), 0
    written = dict(before)
    try:
        for name in names:
            line = _place(folder, name, (source / name).read_bytes(), written)
            if line:
                say(line)
            current += not line
    finally:
        if written != before:
            _write(folder / MANIFEST, json.dumps({"files": written}, indent=1, sort_keys=True).encode())
    if current:
        say(f"up to date: {current} of {len(names)} files")


def _place(folder: Path, name: PurePosixPath, fresh: bytes, written: dict[str, str], attempt: int = 0) -> str:
    """Put one file where it overwrites nothing of the reader's; return what to say ("" if all is well)."""
    mark = ("", ".new")[attempt] if attempt < 2 else f".new-{attempt}"
    marked = name.with_name(re.sub(r"^(\d+(?=_)|[^.]+)", rf"\g<0>{mark}", name.name))  # the end is cut in a sidebar
    places = (marked, name.with_suffix(mark + name.suffix))  # earlier versions used the second
    there = next((place for place in places if os.path.lexists(folder / place)), marked)
    new, ours, present = hashlib.sha256(fresh).hexdigest(), written.get(str(there)), _digest(folder / there)
    if present not in (None, new, ours):
        if ours == new:
            return f"kept: {there} (you ran or changed it, and there is no newer version)"
        return _place(folder, name, fresh, written, attempt + 1)
    if present != new:
        _write(folder / there, fresh)
    written[str(there)] = new
    if attempt:
        return f"kept: {name} (you ran or changed it); the new version is {there}"
    return "" if present == new else f"added: {name}" if present is None else f"updated: {name}"


def _digest(path: Path) -> str | None:
    """Return the hash of a file, None if nothing is there, "" for what is no file and so not ours."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return "" if os.path.lexists(path) else None


def _write(path: Path, content: bytes) -> None:
    """Write all of a file or nothing: a full disk or a Ctrl-C leaves the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # a draft means nothing to anybody
    finally:
        draft.unlink(missing_ok=True)


def _read_manifest(folder: Path) -> dict[str, str]:
    """Return the hashes of what we wrote; none if the manifest is missing or spoilt, which is safe."""
    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in known.items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _warm_up() -> None:
    """Compile the simulation loop now, so that the first lesson does not have to wait for it."""
    from stackedu import warm_up

    warm_up()


def _open_lab(folder: Path, extra: Sequence[str]) -> int:
    """Run JupyterLab on the first lesson until it is closed; return its exit code."""
    # Jupyter's question about news would lie over the lesson. Our default says no; a setting of the reader's wins.
    path = [os.environ.get("JUPYTER_CONFIG_PATH"), str(Path(__file__).parent / "jupyter")]
    env = os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, path))}
    # A terminated command must take the server and its kernels along, just as Ctrl-C does.
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with subprocess.Popen([sys.executable, "-m", "jupyterlab", FIRST_LESSON, *extra], cwd=folder, env=env) as lab:
            try:
                code = lab.wait()
            except KeyboardInterrupt:
                lab.terminate()
                return 0  # once the server has ended: leaving the block waits for it
    finally:
        signal.signal(signal.SIGTERM, previous)
    return code if code >= 0 else 128 - code


def _refuse(sentence: str, code: int = 1) -> int:
    """Say in one line why nothing more is done; return the exit code."""
    print(f"stackedu: {sentence}", file=sys.stderr)
    return code


def _failed(what: str, error: Exception) -> int:
    """Say which file is at fault, or else ``what`` failed; return the exit code."""
    reason = "it is a file, not a folder" if isinstance(error, FileExistsError) else getattr(error, "strerror", None)
    file = getattr(error, "filename", None)
    return _refuse(f"{f'cannot use {file}' if file else what}: {reason or error}")


def _folder(name: str) -> Path:
    """Refuse two slips: an empty variable of the shell, which would be the current folder, and a lesson's name."""
    if not name.strip() or Path(name).suffix == ".ipynb":
        raise argparse.ArgumentTypeError(f"must name a folder, not a lesson (. is the current folder), got {name!r}")
    return Path(name)


def _report(options: argparse.Namespace) -> int:
    """Write the report; return the exit code."""
    if missing := [name for name in ("matplotlib", "pandas") if find_spec(name) is None]:
        return _refuse(f"{missing[0]} is missing; run: {INSTALL}")
    from stackedu.report import write_report

    try:
        page = write_report(options.folder, full=options.full, executor=options.executor)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        return _failed(f"no report in {options.folder}", error)
    except KeyboardInterrupt:
        return _refuse("interrupted; the same command goes on from here", 130)
    print(f"open {page} in a browser")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    cut = [*words, "--"].index("--")
    extra = words[cut + 1 :]
    parser = argparse.ArgumentParser(prog="stackedu", description="Lessons on learning in Stackelberg games.")
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    usage = "stackedu lab [-h] [DIR] [-- JUPYTERLAB OPTIONS]"
    lab = commands.add_parser("lab", usage=usage, help="copy the lessons and open them in JupyterLab")
    lab.add_argument("folder", metavar="DIR", nargs="?", type=_folder, default=DEFAULT_FOLDER)
    copy = commands.add_parser("copy", help="only copy the lessons")
    copy.add_argument("folder", metavar="DIR", type=_folder)
    report = commands.add_parser("report", help="measure what the theory proves: a table, figures and their data")
    report.add_argument("folder", metavar="DIR", nargs="?", type=_folder, default=DEFAULT_REPORT)
    report.add_argument("--full", action="store_true", help="longer horizons and more runs (an hour or more)")
    report.add_argument("--executor", metavar="WHERE", help="threads, processes or dask://host:port; default: here")
    options, unknown = parser.parse_known_args(words[:cut])
    if unknown:
        hint = "; JupyterLab's own options go after --" if options.command == "lab" else ""
        commands.choices.get(options.command, parser).error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    if extra and options.command != "lab":
        parser.error("only `stackedu lab` takes options after --")
    if options.version:
        print(f"stackedu {version('stackedu')}")
        return 0
    if options.command is None:
        parser.error("say `stackedu lab`, `stackedu copy DIR` or `stackedu report`")
    if options.command == "report":
        return _report(options)
    if options.command == "lab" and find_spec("jupyterlab") is None:
        return _refuse(f"JupyterLab is missing; run: {INSTALL}")
    try:
        copy_lessons(lessons(), options.folder)
    except OSError as error:
        return _failed(f"cannot use {options.folder}", error)
    if options.command == "copy":
        return 0
    try:
        _warm_up()
        return _open_lab(options.folder, extra)
    except KeyboardInterrupt:
        return 130
