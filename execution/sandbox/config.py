"""How runs are isolated on this machine, as its operator chose."""

from dataclasses import dataclass

from execution.sandbox.layers import REQUIRED, Profile


@dataclass(frozen=True, kw_only=True)
class SandboxConfig:
    """How runs are isolated on this machine."""

    # None tries namespaces, and where the kernel refuses them relies on a container of its own.
    profile: Profile | None = None
    # None requires what the profile can give.
    required_layers: frozenset[str] | None = None
    # Layers to leave out, which is how their probes are tested.
    turned_off: frozenset[str] = frozenset()
    # Guests kept forked, locked down and warm; each costs a few megabytes.
    pool_size: int = 0
    probe_again_seconds: float = 300.0
    # Without it only the kernel's walls stand, which is how those are tested.
    language_layer: bool = True

    def required_by(self, profile: Profile) -> frozenset[str]:
        """Return the layers without which nothing runs."""
        if self.required_layers is not None:
            return self.required_layers
        return frozenset(REQUIRED[profile])
