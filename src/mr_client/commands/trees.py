"""How does what is registered hang together, for a person: model, versions, artifacts?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mr_client.commands.output import Branch, said

__all__ = ["brief", "model_tree", "version_tree"]

_ELSEWHERE = ("name", "state", "id", "model_id", "aliases", "versions", "artifacts")
"""What has a place of its own in a tree."""


def model_tree(found: Mapping[str, Any]) -> Branch:
    """Return the tree of a model, as ``records.overview_as_dict`` has it: of its versions, those that were looked into."""
    from mr_client.aliases import property_of

    # A property that keeps an alias is shown as the alias.
    kept = {property_of(alias) for alias in found["aliases"]}
    own = {name: value for name, value in found["properties"].items() if name not in kept}
    tree = _resource("model", {**found, "properties": own})
    if found["aliases"]:
        branch = tree.add("aliases")
        for alias, version in found["aliases"].items():
            branch.add(f"{said(alias)}: {said(version)}")
    looked_into = [each for each in found["versions"] if each["artifacts"] is not None]
    tree.below += [version_tree(each) for each in looked_into]
    if older := len(found["versions"]) - len(looked_into):
        tree.add(f"and {older} older version{'s' if older != 1 else ''}: --limit {len(found['versions'])} shows all")
    return tree


def version_tree(found: Mapping[str, Any]) -> Branch:
    """Return the tree of a version, as ``records.version_as_dict`` has it with aliases and artifacts."""
    tree = _resource("version", found)
    tree.label += "".join(f" @{said(alias)}" for alias in found["aliases"])
    tree.below += [_resource("artifact", each) for each in found["artifacts"]]
    return tree


def brief(name: str, value: Any) -> Any:
    """Return a value as a person reads it: a time without seconds."""
    return f"{value[:16].replace('T', ' ')}Z" if name in ("created", "updated") and value else value


def _resource(kind: str, found: Mapping[str, Any]) -> Branch:
    known = [each for each in (found["state"], f"id {found['id']}") if each]
    tree = Branch(f"{kind} {said(found['name'])} ({', '.join(map(said, known))})", title=True)
    for name, value in found.items():
        if name == "properties":
            if value:
                branch = tree.add(name)
                for key, each in value.items():
                    branch.add(f"{said(key)}: {said(each)}")
        elif name not in _ELSEWHERE and value not in (None, ""):
            tree.add(f"{name}: {said(brief(name, value))}")
    return tree
