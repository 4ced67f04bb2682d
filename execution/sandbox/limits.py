"""What one run may use. Every limit is a number with its unit in its name; none is optional."""

from dataclasses import dataclass, fields

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SandboxLimits:
    """The most one run may use before it is stopped with an error that names the limit."""

    wall_seconds: float = 10.0
    cpu_seconds: float = 10.0
    # Address space on top of what the warmed interpreter already has mapped.
    memory_bytes: int = 512 * MEBIBYTE
    # Everything the guest may say in one run: signals, log lines, requests and the result.
    output_bytes: int = 2 * MEBIBYTE
    frame_bytes: int = 1 * MEBIBYTE
    signals: int = 100
    log_lines: int = 500
    log_line_characters: int = 200
    log_bytes: int = 10_000
    calls: int = 200
    # Everything a run is told in answer to its reads.
    input_bytes: int = 64 * MEBIBYTE
    # Outputs of a run over a whole window: one for every bar that can be read at once.
    rows: int = 5000
    plots: int = 32
    plot_points: int = 5000
    source_bytes: int = 256 * 1024

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name} must be greater than zero, not {value}")

    def for_guest(self) -> dict[str, int]:
        """Return the limits the guest checks too, so that its error can name the script's line."""
        names = (
            "frame_bytes",
            "signals",
            "log_lines",
            "log_line_characters",
            "log_bytes",
            "calls",
            "plots",
            "plot_points",
        )
        return {name: getattr(self, name) for name in names}


LIMIT_NAMES = frozenset(field.name for field in fields(SandboxLimits))
