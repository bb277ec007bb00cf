"""The command line: above all, that no reader ever loses a line to it."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from stackedu import cli

LESSON = "04_linear_regret.ipynb"
BESIDE = "04.new_linear_regret.ipynb"
BEFORE = "04_linear_regret.new.ipynb"  # what earlier versions made of it


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A small set of lessons, which the command takes for the shipped ones."""
    folder = tmp_path / "shipped"
    (folder / "images").mkdir(parents=True)
    (folder / cli.FIRST_LESSON).write_text("start")
    (folder / LESSON).write_text("first version")
    (folder / "images" / "game.png").write_bytes(b"\x89PNG")
    monkeypatch.setattr(cli, "lessons", lambda: folder)
    return folder


@pytest.fixture
def reader(tmp_path):
    return tmp_path / "lessons of mine"


def contents(folder):
    """All files of a folder but the manifest, as {name: text}."""
    return {
        p.relative_to(folder).as_posix(): p.read_text(errors="replace")
        for p in folder.rglob("*")
        if p.is_file() and p.name != cli.MANIFEST
    }


def copy(folder, capsys):
    """Copy once more; return the lines that were said."""
    assert cli.main(["copy", str(folder)]) == 0
    return capsys.readouterr().out.splitlines()


def test_copies_everything_and_says_so(source, reader, capsys):
    said = copy(reader, capsys)
    assert contents(reader) == contents(source)
    assert said == [f"added: {name}" for name in (cli.FIRST_LESSON, LESSON, "images/game.png")]


def test_caches_stay_behind(source, reader, capsys):
    for junk in (".ipynb_checkpoints/x.ipynb", "__pycache__/x.pyc", "_build/x.ipynb", ".hidden"):
        (source / junk).parent.mkdir(exist_ok=True)
        (source / junk).write_text("junk")
    copy(reader, capsys)
    assert sorted(contents(reader)) == [cli.FIRST_LESSON, LESSON, "images/game.png"]


def test_second_copy_touches_nothing(source, reader, capsys):
    copy(reader, capsys)
    before = {p: p.stat().st_mtime_ns for p in reader.rglob("*")}
    assert copy(reader, capsys) == ["up to date: 3 of 3 files"]
    assert {p: p.stat().st_mtime_ns for p in reader.rglob("*")} == before


def test_untouched_lesson_is_updated(source, reader, capsys):
    copy(reader, capsys)
    (source / LESSON).write_text("second version")
    assert copy(reader, capsys) == [f"updated: {LESSON}", "up to date: 2 of 3 files"]
    assert contents(reader) == contents(source)


def test_changed_lesson_without_a_newer_version_stays_alone(source, reader, capsys):
    """Running and saving a lesson changes it; the next `stackedu lab` must not litter the folder."""
    copy(reader, capsys)
    (reader / LESSON).write_text("first version, run")
    said = copy(reader, capsys)
    assert said[0] == f"kept: {LESSON} (you ran or changed it, and there is no newer version)"
    assert contents(reader) == contents(source) | {LESSON: "first version, run"}


def test_changed_lesson_stays_and_the_newer_goes_beside_it(source, reader, capsys):
    copy(reader, capsys)
    (reader / LESSON).write_text("my answers")
    (source / LESSON).write_text("second version")
    for _ in range(2):  # the second time, too, and no further copy appears
        said = copy(reader, capsys)
        assert said[0] == f"kept: {LESSON} (you ran or changed it); the new version is {BESIDE}"
        assert contents(reader) == contents(source) | {LESSON: "my answers", BESIDE: "second version"}


def test_copies_beside_are_the_readers_too_once_changed(source, reader, capsys):
    copy(reader, capsys)
    mine = {}
    for n, there in enumerate((LESSON, *(f"04.new{x}_linear_regret.ipynb" for x in ("", "-2", "-3")))):
        assert (reader / there).read_text() == (source / LESSON).read_text()
        mine[there] = f"my answers {n}"
        (reader / there).write_text(mine[there])
        (source / LESSON).write_text(f"version {n + 2}")
        copy(reader, capsys)
        assert contents(reader).items() >= mine.items()


def test_untouched_copy_beside_is_updated(source, reader, capsys):
    copy(reader, capsys)
    (reader / LESSON).write_text("my answers")
    for text in ("second version", "third version"):
        (source / LESSON).write_text(text)
        copy(reader, capsys)
    assert contents(reader) == contents(source) | {LESSON: "my answers", BESIDE: "third version"}


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("solutions/" + LESSON, "solutions/" + BESIDE),
        ("glossary.ipynb", "glossary.new.ipynb"),
        ("LICENSE", "LICENSE.new"),
    ],
)
def test_the_mark_is_at_the_number_or_before_the_suffix(source, reader, capsys, name, beside):
    (reader / name).parent.mkdir(parents=True)
    (reader / name).write_text("mine")
    (source / name).parent.mkdir(exist_ok=True)
    (source / name).write_text("new")
    copy(reader, capsys)
    assert contents(reader) == contents(source) | {name: "mine", beside: "new"}


@pytest.fixture
def filled_before(source, reader, capsys):
    """A folder where an earlier version of the command put the second version beside the reader's lesson."""
    copy(reader, capsys)
    (reader / LESSON).write_text("my answers")
    (source / LESSON).write_text("second version")
    copy(reader, capsys)
    (reader / BESIDE).rename(reader / BEFORE)
    record = reader / cli.MANIFEST
    record.write_text(record.read_text().replace(BESIDE, BEFORE))
    return reader


@pytest.mark.parametrize("lost", [False, True])
def test_old_name_of_a_copy_beside_is_used_while_it_is_there(source, filled_before, capsys, lost):
    if lost:
        (filled_before / cli.MANIFEST).unlink()
    for text in ("second version", "third version"):
        (source / LESSON).write_text(text)
        assert copy(filled_before, capsys)[0].endswith(f"the new version is {BEFORE}")
        assert contents(filled_before) == contents(source) | {LESSON: "my answers", BEFORE: text}
    (filled_before / BEFORE).unlink()
    copy(filled_before, capsys)
    assert contents(filled_before) == contents(source) | {LESSON: "my answers", BESIDE: "third version"}
    (filled_before / BEFORE).write_text("from my backup")
    (source / LESSON).write_text("fourth version")
    copy(filled_before, capsys)
    mine = {LESSON: "my answers", BEFORE: "from my backup"}
    assert contents(filled_before) == contents(source) | mine | {BESIDE: "fourth version"}


def test_old_name_of_a_copy_beside_is_the_readers_once_changed(source, filled_before, capsys):
    mine = {LESSON: "my answers", BEFORE: "more answers"}
    (filled_before / BEFORE).write_text("more answers")
    said = copy(filled_before, capsys)
    assert said[0] == f"kept: {BEFORE} (you ran or changed it, and there is no newer version)"
    assert contents(filled_before) == contents(source) | mine
    (source / LESSON).write_text("third version")
    for _ in range(2):
        copy(filled_before, capsys)
        assert contents(filled_before) == contents(source) | mine | {"04.new-2_linear_regret.ipynb": "third version"}


def test_deleted_lesson_comes_back(source, reader, capsys):
    copy(reader, capsys)
    (reader / LESSON).unlink()
    assert f"added: {LESSON}" in copy(reader, capsys)


@pytest.mark.parametrize("manifest", [None, "", "{", "[]", '{"files": 3}', '{"files": {"x": 1}}', b"\xff"])
def test_without_a_readable_manifest_everything_is_the_readers(source, reader, capsys, manifest):
    copy(reader, capsys)
    record = reader / cli.MANIFEST
    record.unlink()
    if manifest is not None:
        record.write_bytes(manifest.encode() if isinstance(manifest, str) else manifest)
    (source / LESSON).write_text("second version")
    copy(reader, capsys)
    assert (reader / LESSON).read_text() == "first version"
    assert (reader / BESIDE).read_text() == "second version"
    assert set(json.loads(record.read_text())["files"]) >= {cli.FIRST_LESSON, BESIDE}


def test_folder_with_a_lessons_name_is_left_alone(source, reader, capsys):
    (reader / LESSON).mkdir(parents=True)
    (reader / LESSON / "notes.txt").write_text("mine")
    copy(reader, capsys)
    assert (reader / LESSON / "notes.txt").read_text() == "mine"
    assert (reader / BESIDE).read_text() == "first version"


def test_full_disk_keeps_the_old_file_and_what_was_learned(source, reader, capsys, monkeypatch):
    copy(reader, capsys)
    (source / cli.FIRST_LESSON).write_text("new start")
    (source / LESSON).write_text("second version")
    write = Path.write_bytes

    def disk_is_full(path, data):
        if LESSON in path.name:
            write(path, data[:3])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", disk_is_full)
        assert cli.main(["copy", str(reader)]) == 1
    said = capsys.readouterr()
    assert said.err == f"stackedu: cannot use {reader / LESSON}: No space left on device\n"
    assert contents(reader) == contents(source) | {LESSON: "first version"}  # and no half-written draft
    assert copy(reader, capsys) == [f"updated: {LESSON}", "up to date: 2 of 3 files"]


def one_sentence(argv, capsys):
    """Run a command that must fail politely; return the sentence."""
    assert cli.main(argv) == 1
    said = capsys.readouterr()
    assert said.err.startswith("stackedu: ")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


def test_refuses_a_file(source, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    refusal = f"stackedu: cannot use {tmp_path / 'file'}: it is a file, not a folder\n"
    assert one_sentence(["copy", str(tmp_path / "file")], capsys) == refusal
    assert "Not a directory" in one_sentence(["copy", str(tmp_path / "file" / "below")], capsys)
    assert (tmp_path / "file").read_text() == "mine"


def test_names_the_file_that_is_in_the_way(source, reader, capsys):
    reader.mkdir()
    (reader / "images").write_text("mine")
    refusal = f"stackedu: cannot use {reader / 'images'}: it is a file, not a folder\n"
    assert one_sentence(["copy", str(reader)], capsys) == refusal
    assert (reader / "images").read_text() == "mine"


def test_names_the_lesson_that_cannot_be_read(source, reader, capsys, monkeypatch):
    copy(reader, capsys)
    read = Path.read_bytes

    def deny(path):  # file modes would not stop a test run as root
        if path == reader / LESSON:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", deny)
    assert one_sentence(["copy", str(reader)], capsys) == f"stackedu: cannot use {reader / LESSON}: Permission denied\n"


def test_refuses_an_unwritable_folder(source, reader, capsys, monkeypatch):
    def deny(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "replace", deny)  # file modes would not stop a test run as root
    refusal = f"stackedu: cannot use {reader / cli.FIRST_LESSON}: Permission denied\n"
    assert one_sentence(["copy", str(reader)], capsys) == refusal
    assert contents(reader) == {}


def test_refuses_the_originals(source, capsys):
    before = contents(source)
    for folder in (source, source / "below"):
        assert "originals" in one_sentence(["copy", str(folder)], capsys)
    assert contents(source) == before


def test_says_when_there_are_no_lessons(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cli, "lessons", lambda: tmp_path / "nowhere")
    assert "there are no lessons" in one_sentence(["copy", str(tmp_path / "here")], capsys)


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"stackedu {version('stackedu')}\n"


@pytest.mark.parametrize("argv", [[], ["copy"], ["sing"], ["copy", "x", "--", "--no-browser"]])
def test_wrong_use_is_explained(argv, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2
    assert "usage: stackedu" in capsys.readouterr().err


def usage_error(argv, capsys):
    """Run a command that is no command; return what was said."""
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("command", ["lab", "copy", "report"])
@pytest.mark.parametrize("name", ["", " ", LESSON, f"some/{LESSON}/"])
def test_no_folder_without_a_name_or_with_that_of_a_lesson(source, tmp_path, capsys, monkeypatch, command, name):
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    expected = f"DIR: must name a folder, not a lesson (. is the current folder), got {name!r}"
    assert expected in usage_error([command, name], capsys)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("command", ["lab", "copy x", "report"])
def test_unknown_option_shows_the_usage_of_its_command(source, tmp_path, capsys, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    said = usage_error([*command.split(), "--port=8899"], capsys)
    assert said.startswith(f"usage: stackedu {command.split()[0]} ")
    assert "unrecognized arguments: --port=8899" in said
    assert ("JupyterLab's own options go after --" in said) == (command == "lab")
    assert "usage: stackedu [-h]" in usage_error(["--bogus"], capsys)


def test_lab_without_jupyterlab_says_what_to_install(source, reader, capsys, monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert f'{sys.executable} -m pip install "stackedu[lab]"' in one_sentence(["lab", str(reader)], capsys)


@pytest.fixture
def fake_lab(tmp_path, monkeypatch):
    """A JupyterLab that writes down how it was called, then does what ``behaviour.py`` says."""
    package = tmp_path / "fake" / "jupyterlab"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        textwrap.dedent(
            """
            import json, os, pathlib, sys
            here = pathlib.Path(__file__).parent
            (here / "draft").write_text(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd()}))
            os.replace(here / "draft", here / "called.json")
            if (here / "behaviour.py").exists():
                exec((here / "behaviour.py").read_text())
            """
        )
    )
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return package


@pytest.fixture
def warmed(monkeypatch):
    calls = []
    monkeypatch.setattr(cli, "_warm_up", lambda: calls.append("warm"))
    return calls


def test_lab_copies_warms_up_and_opens_the_first_lesson(source, reader, fake_lab, warmed):
    assert cli.main(["lab", str(reader), "--", "--no-browser", "--port=9999"]) == 0
    called = json.loads((fake_lab / "called.json").read_text())
    assert called == {"argv": [cli.FIRST_LESSON, "--no-browser", "--port=9999"], "cwd": str(reader)}
    assert warmed == ["warm"]
    assert contents(reader) == contents(source)


@pytest.mark.parametrize("before", [None, "of the reader"])
def test_lab_does_not_ask_about_news(source, reader, fake_lab, warmed, monkeypatch, before):
    """The default is JupyterLab's own setting, found on the path where it looks, after what the reader put there."""
    paths = pytest.importorskip("jupyter_core.paths")
    if before is None:
        monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    else:
        monkeypatch.setenv("JUPYTER_CONFIG_PATH", before)
    (fake_lab / "behaviour.py").write_text("(here / 'path').write_text(os.environ['JUPYTER_CONFIG_PATH'])")
    assert cli.main(["lab", str(reader)]) == 0
    *first, ours = (fake_lab / "path").read_text().split(os.pathsep)
    assert first == ([] if before is None else [before])
    defaults = json.loads((Path(ours) / "labconfig" / "default_setting_overrides.json").read_text())
    assert defaults == {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    name = "lab/schemas/@jupyterlab/apputils-extension/notification.json"
    schema = next(file for file in (Path(folder) / name for folder in paths.jupyter_path()) if file.exists())
    answers = json.loads(schema.read_text(encoding="utf-8"))["properties"]["fetchNews"]["oneOf"]
    assert "false" in [answer["const"] for answer in answers]


def test_lab_uses_its_own_folder_by_default(source, tmp_path, fake_lab, warmed, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab"]) == 0
    assert contents(tmp_path / "stackedu-lessons") == contents(source)


@pytest.mark.parametrize(("behaviour", "code"), [("sys.exit(3)", 3), ("os.kill(os.getpid(), 9)", 137)])
def test_lab_hands_on_the_exit_code(source, reader, fake_lab, warmed, behaviour, code):
    (fake_lab / "behaviour.py").write_text(behaviour)
    assert cli.main(["lab", str(reader)]) == code


def test_interrupted_warm_up_ends_quietly(source, reader, fake_lab, monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_warm_up", interrupt)
    assert cli.main(["lab", str(reader)]) == 130
    assert not (fake_lab / "called.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_takes_the_server_along(source, reader, fake_lab, number):
    """Ctrl-C and a plain kill: no traceback, exit code 0, and the server has had time to tidy up."""
    (fake_lab / "behaviour.py").write_text(
        "import signal, time\n"
        "def tidy(*_):\n    (here / 'tidied').touch(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, tidy)\n"
        "(here / 'ready').touch()\n"
        "time.sleep(60)\n"
    )
    script = (
        "import pathlib, sys; from stackedu import cli; cli._warm_up = lambda: None; "
        f"cli.lessons = lambda: pathlib.Path({str(source)!r}); sys.exit(cli.main(['lab', {str(reader)!r}]))"
    )
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) as command:
        deadline = time.monotonic() + 30
        while not (fake_lab / "ready").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        command.send_signal(number)
        _, errors = command.communicate(timeout=30)
    assert (command.returncode, errors) == (0, "")
    assert (fake_lab / "tidied").exists()


def test_command_line_needs_neither_numpy_nor_jupyter():
    script = (
        "import sys; from stackedu import cli; cli.copy_lessons; "
        "sys.exit(str(sorted({'numpy', 'numba', 'matplotlib', 'jupyterlab', 'pandas'} & set(sys.modules))) "
        "if {'numpy', 'numba', 'matplotlib', 'jupyterlab', 'pandas'} & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
