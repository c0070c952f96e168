"""The pictures of docs/images/: real commands in a real terminal, real cells in a real notebook, in Chromium.

Jupyter's server has both, a notebook and a terminal on a pty of its own. Nothing is drawn by hand.
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from PIL import Image, ImageChops
from playwright.sync_api import Page, sync_playwright

import mr_client
import mr_registry

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDE = 880
"""Pixels of a window: about 100 columns of a terminal."""
MARGIN = 10
IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
"""Tells a page that the notebook's kernel waits for its first cell."""
COLOURS = 128
SETTINGS = {
    "@jupyterlab/terminal-extension/plugin": {"theme": "dark", "fontSize": 14},
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Light"},
}
COMMANDS = ["clear", "mr-client versions iris", "mr-client show iris v2", "mr-client resolve model-registry://irsi"]
DOWNLOAD = "mr-client download model-registry://granite granite"
CELLS = [
    "import mr_client\n\nregistry = mr_client.Registry()",
    'registry.versions("iris")',
    'registry.runs("iris-training")',
    'registry.download("granite", to="granite")',
]


def fill(url: str, folder: Path) -> None:
    """Register what the pictures show; one model has 200 MiB."""
    weights = folder / "weights" / "model.safetensors"
    weights.parent.mkdir()
    with weights.open("wb") as file:
        file.truncate(200 * 2**20)
    with mr_client.Registry(url) as registry:
        for version, accuracy, stage in (("v1", 0.933, "retired"), ("v2", 0.973, "production")):
            with registry.run("iris-training", version) as run:
                run.log_metric("accuracy", accuracy, step=75)
            registry.register(
                "iris",
                version,
                uri=f"s3://models/iris/{version}",
                model_format="sklearn",
                properties={"accuracy": accuracy, "stage": stage},
                author="ann",
            )
        registry.alias("iris", "champion", "v2")
        registry.register("granite", "v1", uri=weights.parent.as_uri())


@contextmanager
def jupyter(folder: Path, url: str) -> Iterator[tuple[str, str]]:
    """Run Jupyter's server in ``folder``; its address, and the token that it asks for."""
    for name, values in SETTINGS.items():
        path = folder / ".settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    token = secrets.token_hex(16)
    bin_ = Path(sys.executable).parent
    environ = {
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PS1": "$ ",
        "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings"),
        "JUPYTER_TOKEN": token,
        "MODEL_REGISTRY_BASE_URL": url,
        "MR_RATE_LIMIT": "25Mi",
    }
    shell = {"shell_command": ["bash", "--norc", "--noprofile"]}
    command = [f"{bin_}/jupyter-notebook", "--no-browser", "--allow-root", "--port=0", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.terminado_settings={shell}", "--JupyterNotebookApp.expose_app_in_browser=True"]
    server = subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        with (folder / ".log").open("w") as log:
            for line in server.stderr:
                log.write(line)
                if found := re.search(r"(http://(?:localhost|127\.0\.0\.1):\d+)/", line):
                    yield found[1], token
                    return
        raise SystemExit("Jupyter did not start")
    finally:
        server.terminate()
        server.communicate()


def terminal(page: Page, address: str, token: str) -> None:
    """Take the pictures of a terminal."""
    said: list[str] = []

    def listen(frame: str | bytes) -> None:
        kind, *texts = json.loads(frame)
        said.extend(texts if kind == "stdout" else ())

    def until(pattern: str) -> None:
        while not re.search(pattern, "".join(said)):
            page.wait_for_timeout(50)

    page.on("websocket", lambda socket: socket.on("framereceived", listen))
    name = page.request.post(f"{address}/api/terminals", headers={"Authorization": f"token {token}"}).json()["name"]
    page.goto(f"{address}/terminals/{name}?token={token}")
    until(r"\$ $")
    screen = page.locator(".xterm-screen")
    screen.click()
    for command in COMMANDS:
        said.clear()
        page.keyboard.type(f"{command}\n")
        until(r"\n(.*\x1b\S*)?\$ $")
    said.clear()
    page.keyboard.type(f"{DOWNLOAD}\n")
    until(r" 4\d%")
    page.wait_for_timeout(300)  # until it is drawn
    keep("terminal", screen.screenshot())
    page.keyboard.press("Control+c")
    until(r"\$ $")


def notebook(page: Page, address: str, token: str, folder: Path) -> None:
    """Take the picture of a notebook whose cells have run."""
    cells = [nbformat.v4.new_code_cell(each) for each in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "models.ipynb")
    page.goto(f"{address}/notebooks/models.ipynb?token={token}")
    page.wait_for_function(IDLE)
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")  # returns when the last has run
    page.get_by_text("100%").wait_for()
    keep("notebook", page.screenshot())


def keep(name: str, png: bytes) -> None:
    """Write a picture without its empty end, and with few colours."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    empty = Image.new("RGB", picture.size, picture.getpixel((picture.width - 1, picture.height - 1)))
    box = ImageChops.difference(picture, empty).getbbox()
    assert box, f"nothing is on the picture {name}"
    framed = Image.new("RGB", (picture.width + 2 * MARGIN, box[3] + 2 * MARGIN), empty.getpixel((0, 0)))
    framed.paste(picture.crop((0, 0, picture.width, box[3])), (MARGIN, MARGIN))
    framed.quantize(COLOURS).save(IMAGES / f"{name}.png", optimize=True)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, mr_registry.serve() as url, sync_playwright() as playwright:
        folder = Path(temporary)
        fill(url, folder)
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=flags)
        with jupyter(folder, url) as (address, token):
            size = {"width": WIDE, "height": 700}
            terminal(browser.new_page(viewport=size), address, token)
            notebook(browser.new_page(viewport=size), address, token, folder)
        browser.close()


if __name__ == "__main__":
    main()
