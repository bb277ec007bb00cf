"""Debian's Chromium, driven by Playwright, on a JupyterLab and a Voila of the tests' own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
TOKEN = "stackedu"
SECONDS = 40_000
"""Milliseconds to wait for what must happen; a busy machine is slow."""


@pytest.fixture(scope="module")
def chromium():
    """A browser. The module that asks for it is torn down before other tests need an event loop of their own."""
    if CHROMIUM is None:
        message = "no Chromium: apt-get install chromium (or put google-chrome on the PATH)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def write_notebook(path, cells):
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    sources = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=sources, metadata=metadata), path)


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Return a function that starts a server (its command takes a port) and returns its address."""
    running = []

    def start(folder, *command):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        private = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
        private |= {name: str(folder / name) for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
        log = (folder / "log").open("w")
        arguments = [part.format(port=port, folder=folder) for part in command]
        server = subprocess.Popen(
            [sys.executable, "-m", *arguments], env=os.environ | private, stdout=log, stderr=log, cwd=folder
        )
        running.append((server, log))
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}"
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        raise TimeoutError((folder / "log").read_text())

    yield start
    for server, log in running:
        server.terminate()
        server.wait(30)
        log.close()


@pytest.fixture(scope="module")
def lab(chromium, serve, tmp_path_factory):
    """Return a function that opens a notebook of some cells in JupyterLab, run to its end."""
    folder = tmp_path_factory.mktemp("lab")
    settings = folder / "JUPYTER_CONFIG_DIR" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    announcements = "@jupyterlab/apputils-extension:announcements"  # would ask an outside host
    settings.write_text(json.dumps({"disabledExtensions": {announcements: True}}))
    (folder / "notebooks").mkdir()
    command = "jupyterlab --no-browser --ServerApp.ip=127.0.0.1 --ServerApp.port={port} --ServerApp.port_retries=0"
    command += " --ServerApp.root_dir={folder}/notebooks --LabApp.expose_app_in_browser=True --allow-root"
    address = serve(folder, *command.split(), f"--IdentityProvider.token={TOKEN}")

    def run(name, *cells, theme="light"):
        themes = (
            folder / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        )
        themes.parent.mkdir(parents=True, exist_ok=True)
        themes.write_text(json.dumps({"theme": f"JupyterLab {theme.title()}"}))
        write_notebook(folder / "notebooks" / name, cells)
        page = Page(chromium, f"{address}/lab/workspaces/{Path(name).stem}/tree/{name}?token={TOKEN}")
        page.run_all(len(cells))
        return page

    return run


KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
# a kernel hears in order: once this is done, all that was asked before has been answered, however slow the machine is
WORK = """
import asyncio
tasks = [task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == "Explorer._respond"]
if tasks:
    await asyncio.wait(tasks, timeout=20)
"""
ANSWERED = f"code => {KERNEL}?.requestExecute({{code, silent: true, store_history: false}}).done"


class Page:
    """A page that notes what must not happen: errors, and requests to anywhere else."""

    def __init__(self, browser, address):
        self.faults = []
        self.address = urlsplit(address)
        self.page = browser.new_page(viewport={"width": 1280, "height": 800})
        self.page.set_default_timeout(SECONDS)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", lambda request: self._judge(request.url))
        self.page.on("websocket", lambda socket: self._judge(socket.url))
        self.page.goto(address)

    def _judge(self, address):
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.address.netloc:
            self.faults.append(f"outside: {address}")

    def run_all(self, n_cells):
        """Run the whole notebook and wait for it."""
        # the kernel's mark in the toolbar says "idle" before there is a kernel
        self.page.wait_for_function(f"{KERNEL}?.status === 'idle' && {KERNEL}.connectionStatus === 'connected'")
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
        done = (
            "n => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].filter(p => /\\d/.test(p.textContent))"
        )
        self.page.wait_for_function(f"{done}.length === n", arg=n_cells)
        self.page.wait_for_function(f"{KERNEL}?.status === 'idle'")

    def box(self, index):
        """Return one of the explorers."""
        box = self.page.locator(".stackedu").nth(index)
        box.locator("img").wait_for()
        box.scroll_into_view_if_needed()
        return Box(self.page, box)


# the picture is the last of an answer's parts to arrive
STATE = "box => [...box.querySelectorAll('img, [role=alert]')].map(one => (one.src ?? '') + one.innerText).join()"


class Box:
    """One explorer on a page."""

    def __init__(self, page, box):
        self.page, self.box = page, box

    def slider(self, name):
        return self.box.get_by_role("slider", name=name, exact=True)

    def field(self, name):
        """A menu or a text by its label."""
        return self.box.locator("input[type=text], select, textarea").and_(self.box.get_by_label(name, exact=True))

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def write(self, name, text, end="Tab"):
        field = self.field(name)
        field.fill(str(text))
        field.press(end)

    def state(self):
        return self.box.evaluate(STATE)

    def words(self):
        return " ".join(self.box.inner_text().split())

    def alert(self):
        """The only sentence that says what is wrong, once there is one."""
        shown = self.box.get_by_role("alert")
        shown.wait_for()
        return shown.inner_text()

    def after(self, act):
        """Do something, and return once the explorer says something else."""
        before = self.state()
        act()
        self.changed(before)

    def changed(self, before):
        """Wait for another state, for the last of its kind, and for a picture that is really drawn."""
        arguments = [self.box.element_handle(), before]
        self.page.wait_for_function(f"([box, before]) => ({STATE})(box) !== before", arg=arguments)
        self.settle()
        assert self.box.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100

    def settle(self):
        """Wait until all is answered, and nothing has changed for a while: a drag may be answered more than once."""
        before = None
        while before != (before := self.state()):
            self.page.evaluate(ANSWERED, WORK)  # Voila has no such kernel to ask: there the while must do
            self.page.wait_for_timeout(300)
