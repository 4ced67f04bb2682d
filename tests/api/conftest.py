"""A published script, and an api client that is already signed in as its author."""

from __future__ import annotations

import pytest

from accounts.models import User
from registry.models import Script, ScriptVersion
from tests import factories


@pytest.fixture
def draft(ada: User) -> ScriptVersion:
    return factories.make_draft(ada, name="RSI")


@pytest.fixture
def published(ada: User, rita: User) -> Script:
    return factories.make_published_version(ada, rita, name="Published").script
