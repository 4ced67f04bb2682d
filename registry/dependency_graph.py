"""In which order things that need each other are made, and whether there is such an order."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from common.errors import Conflict

Node = TypeVar("Node", bound=Hashable)


class DependencyCycle(Conflict):
    """Scripts cannot depend on each other in a circle."""

    code = "dependency_cycle"


def resolution_order(
    target: Node,
    requires: Mapping[Node, Iterable[Node]],
    *,
    name_of: Callable[[Node], str] = str,
) -> list[Node]:
    """Return everything a node needs, directly and indirectly, each after what it needs itself.

    The node itself is not in the list; what it does not need is ignored.

    Raises
    ------
    DependencyCycle
        With the circle as ``path``, from a node back to itself.
    """
    sorter: TopologicalSorter[Node] = TopologicalSorter()
    reached, frontier = {target}, [target]
    while frontier:
        node = frontier.pop()
        needed = list(requires.get(node, ()))
        sorter.add(node, *needed)
        frontier.extend(found for found in needed if found not in reached)
        reached.update(needed)
    try:
        return [node for node in sorter.static_order() if node != target]
    except CycleError as error:
        # graphlib lists each node before the one that needs it; people read it the other way.
        path = [name_of(node) for node in _starting_at(target, error.args[1][::-1])]
        raise DependencyCycle(
            f"depends_on makes a circle: {' → '.join(path)}. Remove one of these dependencies.",
            field="depends_on",
            path=path,
        ) from None


def _starting_at(node: Node, circle: list[Node]) -> list[Node]:
    if node not in circle:
        return circle
    start = circle.index(node)
    return [*circle[start:-1], *circle[: start + 1]]
