"""What follows from a tag: the direct implications come in, all of them go out, or a cycle."""

from collections.abc import Collection, Mapping


class TagCycle(ValueError):
    """Tags imply each other in a circle; `names` is the way round."""

    def __init__(self, names: list[str]):
        self.names = names
        super().__init__("tags imply each other in a circle: " + " -> ".join(names))


def all_implied(implies: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """For each tag that implies any, all that follow from it, at any remove.

    Raises `TagCycle` if a tag would imply itself.
    """
    found: dict[str, frozenset[str]] = {}

    def follow(name: str, path: list[str]) -> frozenset[str]:
        if name in path:
            raise TagCycle([*path[path.index(name) :], name])
        if name not in found:
            direct = implies.get(name, ())
            further = [follow(other, [*path, name]) for other in direct]
            found[name] = frozenset(direct).union(*further)
        return found[name]

    for name in implies:
        follow(name, [])
    return {name: tags for name, tags in found.items() if tags}
