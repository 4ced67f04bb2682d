"""A consistent hash: who joins or leaves moves only its own share of the keys. Knows no Django."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from uhashring import HashRing

VIRTUAL_NODES = 150  # places of each node on the ring: the shares differ by little


class Ring:
    """Nodes by name, each with its places on the ring; the same names give the same ring."""

    def __init__(self, nodes: Iterable[str]) -> None:
        self.nodes = frozenset(nodes)
        self._ring = HashRing(sorted(self.nodes), vnodes=VIRTUAL_NODES, hash_fn=_place_of)

    def node_of(self, key: str) -> str:
        """Return the node that a key belongs to; a ring without nodes raises LookupError."""
        node: str | None = self._ring.get_node(key)
        if node is None:
            raise LookupError("The ring has no nodes.")
        return node


def _place_of(key: str) -> int:
    # The library's own is MD5, which hardened machines refuse to compute.
    return int.from_bytes(sha256(key.encode()).digest()[:8])
