"""``python -m mr_client``: the program ``mr-client``, where a shell does not find it by its name."""

from __future__ import annotations

from mr_client.cli import main

if __name__ == "__main__":
    main(prog_name="mr-client")
