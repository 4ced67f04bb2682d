"""Versions on every stage of their way."""

from __future__ import annotations

import pytest

from accounts.models import User
from registry.models import Script, ScriptVersion
from tests import factories


@pytest.fixture
def draft(ada: User) -> ScriptVersion:
    return factories.make_draft(ada, name="RSI")


@pytest.fixture
def submitted(ada: User) -> ScriptVersion:
    """Submit a version of which the evidence is there."""
    version = factories.make_submitted_version(ada, name="RSI")
    factories.record_evidence(version)
    return version


@pytest.fixture
def approved(ada: User, rita: User) -> ScriptVersion:
    return factories.make_approved_version(ada, rita, name="RSI")


@pytest.fixture
def published(ada: User, rita: User) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="RSI")


@pytest.fixture
def script(published: ScriptVersion) -> Script:
    return published.script
