"""Scripts, their versions, and which version needs which."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.canonical import digest
from common.ids import uuid7
from registry import lifecycle
from registry.lifecycle import VersionStatus

STATUS_CHOICES = [(status.value, status.label) for status in VersionStatus]
OPEN = sorted(status.value for status in lifecycle.OPEN)
RELEASED = sorted(status.value for status in lifecycle.RELEASED)
APPROVED = sorted([VersionStatus.APPROVED.value, *RELEASED])
NAME_MAX_LENGTH = 120
DESCRIPTION_MAX_LENGTH = 4000
NOTE_MAX_LENGTH = 4000


class Script(models.Model):
    """What an author writes; it lives as a series of versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="scripts")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="scripts"
    )
    name = models.CharField(max_length=NAME_MAX_LENGTH)
    description = models.TextField(blank=True, max_length=DESCRIPTION_MAX_LENGTH)
    current_version = models.ForeignKey(
        "registry.ScriptVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What runs unless a caller names another: the version policy chooses it.",
    )
    executions_per_minute = models.PositiveIntegerField(
        "executions a minute",
        null=True,
        blank=True,
        help_text="Asked for by everybody together; 0: none at all, empty: the platform's number.",
    )
    reads_per_minute = models.PositiveIntegerField(
        "reads a minute",
        null=True,
        blank=True,
        help_text="By all of its runs together; 0: none at all, empty: the platform's number.",
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_script_per_owner_and_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ScriptVersionQuerySet(models.QuerySet["ScriptVersion"]):
    def open(self) -> ScriptVersionQuerySet:
        """Keep the versions on their way to publication."""
        return self.filter(status__in=lifecycle.OPEN)

    def runnable(self) -> ScriptVersionQuerySet:
        """Keep the versions that may run, or may again when their suspension is lifted."""
        return self.filter(status__in=lifecycle.RUNNABLE)

    def suspended(self) -> ScriptVersionQuerySet:
        """Keep the versions that are suspended and were not withdrawn for it."""
        return self.exclude(suspended_at=None).exclude(status=VersionStatus.WITHDRAWN)

    def released(self) -> ScriptVersionQuerySet:
        """Keep the versions that were published, whatever became of them."""
        return self.filter(status__in=lifecycle.RELEASED)


class ScriptVersion(models.Model):
    """One revision. From its submission on, a trigger refuses any change of what was submitted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=20)
    status = models.CharField(
        max_length=20, choices=STATUS_CHOICES, default=VersionStatus.DRAFT.value, db_index=True
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="authored_versions"
    )
    source = models.TextField()
    source_sha256 = models.CharField(max_length=64)
    manifest = models.JSONField()
    release_note = models.TextField(blank=True, max_length=NOTE_MAX_LENGTH)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(help_text="When the source or the manifest last changed.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    approved_manifest_sha256 = models.CharField(max_length=64, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    object_key = models.CharField(max_length=300, blank=True)
    repaints = models.BooleanField(
        default=False, help_text="Its reviewer labelled it: later bars change what it put out."
    )
    suspended_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when nothing of it starts, until that is lifted."
    )
    suspension_reason = models.TextField(blank=True, max_length=NOTE_MAX_LENGTH)
    suspended_by_execution = models.UUIDField(
        null=True, blank=True, help_text="The run that did what only an attack does."
    )

    objects = ScriptVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["script", "version"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["script"],
                condition=Q(status__in=OPEN),
                name="one_open_version_per_script",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in VersionStatus]),
                name="version_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("author")),
                name="nobody_approves_their_own_version",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=APPROVED)
                | Q(
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    approved_sha256=F("source_sha256"),
                )
                & ~Q(approved_manifest_sha256=""),
                name="approved_versions_are_what_was_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=APPROVED)
                | Q(
                    approved_by=None,
                    approved_at=None,
                    approved_sha256="",
                    approved_manifest_sha256="",
                ),
                name="only_approved_versions_name_an_approval",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RELEASED)
                | Q(published_by=None, published_at=None, object_key=""),
                name="only_published_versions_name_a_publication",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=RELEASED)
                | (Q(published_at__isnull=False, published_by__isnull=False) & ~Q(object_key="")),
                name="published_versions_have_a_date_and_an_object",
            ),
            models.CheckConstraint(
                condition=Q(suspended_at=None, suspension_reason="", suspended_by_execution=None)
                | (Q(suspended_at__isnull=False) & ~Q(suspension_reason="")),
                name="suspensions_have_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script} {self.version}"

    @property
    def is_released(self) -> bool:
        """Tell whether the version was ever published."""
        return self.status in lifecycle.RELEASED

    @property
    def is_suspended(self) -> bool:
        """Tell whether nothing of the version starts until an operator lifts its suspension."""
        return self.suspended_at is not None

    @property
    def manifest_sha256(self) -> str:
        """Return the SHA-256 of the manifest's canonical JSON."""
        return digest(self.manifest)

    @property
    def reference(self) -> str:
        """Return how another script names this version in ``depends_on``."""
        return f"{self.script_id}@{self.version}"

    @property
    def runtime_mode(self) -> str:
        """Return ``realtime`` or ``onetime``."""
        return cast(str, self.manifest["runtime_mode"])

    @property
    def timeframe(self) -> str:
        """Return the bar length that the author wrote the version for."""
        return cast(str, self.manifest["timeframe"])

    @property
    def input_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the params."""
        return cast("dict[str, Any]", self.manifest["input_schema"])

    @property
    def output_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of an output."""
        return cast("dict[str, Any]", self.manifest["output_schema"])


class Dependency(models.Model):
    """A published version needs exactly this version of another script."""

    version = models.ForeignKey(
        ScriptVersion, on_delete=models.PROTECT, related_name="dependencies"
    )
    requires = models.ForeignKey(ScriptVersion, on_delete=models.PROTECT, related_name="dependents")
    version_id: uuid.UUID
    requires_id: uuid.UUID

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(fields=["version", "requires"], name="one_dependency_each"),
            models.CheckConstraint(
                condition=~Q(version=F("requires")), name="no_version_needs_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} needs {self.requires}"
