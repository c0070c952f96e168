"""notebook.py [OUTPUT]: run examples/iris.ipynb as Jupyter does, in an empty folder, and keep what it showed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "examples" / "iris.ipynb"


def main(output: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        kernel = AsyncKernelManager(
            kernel_name="python3", transport="ipc", ip=f"{folder}/kernel"
        )  # a socket that is ours alone
        place = {"metadata": {"path": folder}}
        NotebookClient(notebook, km=kernel, timeout=120, resources=place, record_timing=False).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":  # a bar is worth nothing once it is full
            cell.outputs = [each for each in cell.outputs if each.get("name") != "stderr"]
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, output)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else NOTEBOOK)
