"""How runs are isolated on this machine, as its operator chose."""

from dataclasses import dataclass

from execution.sandbox.layers import REQUIRED, Profile, expand

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SandboxConfig:
    """How runs are isolated on this machine.

    Raises
    ------
    UnknownLayer
        A layer that is required or turned off does not exist.
    """

    # None tries `host`, and where the kernel refuses it relies on a container of its own.
    profile: Profile | None = None
    # None requires what the profile can give; names of groups stand for their layers.
    required_layers: frozenset[str] | None = None
    # Layers to leave out, which is how their probes are tested.
    turned_off: frozenset[str] = frozenset()
    # Guests kept forked, locked down and warm; each costs a few megabytes.
    pool_size: int = 0
    probe_again_seconds: float = 300.0
    # A zygote is replaced after so many runs, or once it grew by so much.
    renew_after_runs: int = 10_000
    renew_after_growth_bytes: int = 64 * MEBIBYTE
    # Without it only the kernel's walls stand, which is how those are tested.
    language_layer: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "turned_off", expand(self.turned_off))
        if self.required_layers is not None:
            object.__setattr__(self, "required_layers", expand(self.required_layers))

    def required_by(self, profile: Profile) -> frozenset[str]:
        """Return the layers without which nothing runs."""
        if self.required_layers is not None:
            return self.required_layers
        return frozenset(REQUIRED[profile])
