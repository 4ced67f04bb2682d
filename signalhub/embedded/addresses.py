"""Where the three servers are, in the words of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from signalhub.embedded.problems import SetupProblem

DEFAULT_BUCKET = "signalhub"


class AddressMissing(SetupProblem):
    """A server was named without all that it takes to reach it."""


@dataclass(frozen=True)
class ServerAddresses:
    """The addresses of PostgreSQL, Redis and S3, whoever started them."""

    database_url: str
    redis_url: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    s3_bucket: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ServerAddresses:
        """Return the addresses that an environment holds."""
        values = {"S3_BUCKET": DEFAULT_BUCKET, **environment}
        missing = [name for name in cls.variable_names() if not values.get(name)]
        if missing:
            raise AddressMissing(f"not set in the environment: {', '.join(missing)}")
        return cls(**{name.lower(): values[name] for name in cls.variable_names()})

    @classmethod
    def variable_names(cls) -> tuple[str, ...]:
        """Return the variables that hold the addresses."""
        return tuple(name.upper() for name in cls.__dataclass_fields__)

    def as_environment(self) -> dict[str, str]:
        """Return the variables that the settings read."""
        return {name.upper(): value for name, value in asdict(self).items()}
