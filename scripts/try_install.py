"""try_install.py ENVIRONMENT: run the programs of an environment that holds the wheel, and what it needs, and no more."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
REGISTER = "import mr_client, sys; mr_client.Registry(sys.argv[1]).register('iris', 'v1', uri=sys.argv[2])"
LOADED = "import importlib.util, sys; sys.exit(any(map(importlib.util.find_spec, ('pytest', 'mypy', 'moto', 'swift'))))"


def main(environment: Path) -> None:
    programs = environment / "bin"
    version = re.findall(r'^__version__ = "(.*)"$', (ROOT / "src/mr_client/_version.py").read_text(), re.MULTILINE)[0]
    ref = re.findall(r"^ref: (.*)$", (ROOT / "openapi/provenance.yaml").read_text(), re.MULTILINE)[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def run(*command: str | Path, **variables: str) -> str:
            # Not in the checkout, and with nothing of this environment: it must stand alone.
            done = subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.PIPE, text=True)
            return done.stdout

        run(programs / "python", "-c", LOADED)
        for program in ("mr-client", "mr-storage-initializer"):
            said = run(programs / program, "--version").strip()
            assert said.startswith(f"{program}, version {version} (registry contract {ref},"), said
            print(said)

        (folder / "trained").mkdir()
        (folder / "trained" / "model.bin").write_bytes(b"trained")
        serve = [str(programs / "mr-client"), "serve", "--port", "0"]
        with subprocess.Popen(serve, cwd=folder, env={}, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = server.stdout.readline().split()[-1]
                run(programs / "python", "-c", REGISTER, url, (folder / "trained").as_uri())
                served = folder / "served"
                initialize = programs / "mr-storage-initializer"
                run(initialize, "model-registry://iris/v1", served, MODEL_REGISTRY_BASE_URL=url)
                assert (served / "model.bin").read_bytes() == b"trained"
            finally:
                server.terminate()
    print("registered, resolved and brought with the wheel alone")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
