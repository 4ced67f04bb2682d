"""Shapes of the registry's requests and replies. Nothing is decided here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.http.openapi import TEXT
from common.http.serializers import StrictSerializer, VersionText
from registry.manifest import RUNTIME_MODES
from registry.models import Entitlement, Review, Script, ScriptVersion

MANIFEST_FIELDS = (
    "runtime_mode",
    "timeframe",
    "input_schema",
    "output_schema",
    "depends_on",
    "permissions",
)


@extend_schema_field({"type": "string", "enum": [*RUNTIME_MODES]})
class RuntimeModeText(serializers.CharField):
    """How a script runs, as it was written: the manifest's rules read it."""


class DraftRequest(StrictSerializer):
    """What an author sends; the services say what is acceptable."""

    name = serializers.CharField()
    description = serializers.CharField(required=False, allow_blank=True)
    source = serializers.CharField(  # type: ignore[assignment]  # a field may have this name
        trim_whitespace=False, allow_blank=True
    )
    version = VersionText(required=False)
    release_note = serializers.CharField(required=False, allow_blank=True)
    runtime_mode = RuntimeModeText(required=False)
    timeframe = serializers.CharField(required=False)
    input_schema = serializers.DictField(required=False)
    output_schema = serializers.DictField(required=False)
    depends_on = serializers.ListField(child=serializers.CharField(), required=False)
    permissions = serializers.DictField(required=False)


class SubmitRequest(StrictSerializer):
    release_note = serializers.CharField(required=False, allow_blank=True)


class ApproveRequest(StrictSerializer):
    reviewed_sha256 = serializers.CharField(help_text="source_sha256 of the version you read.")
    reviewed_manifest_sha256 = serializers.CharField(
        help_text="manifest_sha256 of the version you read."
    )
    note = serializers.CharField(required=False, allow_blank=True)
    checklist = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="The points you looked at: source, findings, proof, capabilities and reach.",
    )
    repaints = serializers.BooleanField(
        required=False,
        help_text="Label it for all its users: later bars change what it put out.",
    )


class NoteRequest(StrictSerializer):
    note = serializers.CharField()


class PublishRequest(StrictSerializer):
    version = VersionText(required=False, help_text="Default: the version at hand.")


@extend_schema_field({"type": ["string", "integer"], "minLength": 1, "pattern": TEXT})
class UserName(serializers.JSONField):
    """Whom a grant is for, as it was written: a service reads it."""


class GrantRequest(StrictSerializer):
    user = UserName(required=False, help_text="A user name, or a user's id as a number.")
    team = serializers.CharField(required=False, help_text="The name of a team of your tenant.")
    organisation = serializers.CharField(required=False, help_text="A tenant's slug.")
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True)

    def validate_user(self, value: Any) -> str | int:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise serializers.ValidationError("A user name, or a user's id as a number.")
        return value


class ReviewReply(serializers.ModelSerializer[Review]):
    reviewer = serializers.CharField(source="reviewer.username")

    class Meta:
        model = Review
        fields: tuple[str, ...] = (
            "reviewer",
            "verdict",
            "note",
            "checklist",
            "source_sha256",
            "created_at",
        )


class VersionReply(serializers.ModelSerializer[ScriptVersion]):
    """A version as everybody may see it who may use it."""

    script_id = serializers.UUIDField()
    author = serializers.CharField(source="author.username")
    manifest = serializers.DictField()

    class Meta:
        model = ScriptVersion
        fields: tuple[str, ...] = (
            "id",
            "script_id",
            "version",
            "status",
            "author",
            "manifest",
            "release_note",
            "source_sha256",
            "manifest_sha256",
            "created_at",
            "submitted_at",
            "approved_at",
            "published_at",
            "repaints",
            "suspended_at",
            "suspension_reason",
        )


class VersionWithSourceReply(VersionReply):
    """A version as its author and those who oversee the tenant see it."""

    # Not required, because who may only use the script is shown it without these.
    approved_by = serializers.CharField(
        source="approved_by.username", default=None, allow_null=True
    )
    published_by = serializers.CharField(
        source="published_by.username", default=None, allow_null=True
    )
    reviews = ReviewReply(many=True, required=False)

    class Meta(VersionReply.Meta):
        fields = (*VersionReply.Meta.fields, "source", "approved_by", "published_by", "reviews")
        extra_kwargs = {"source": {"required": False}}


class ScriptReply(serializers.ModelSerializer[Script]):
    owner = serializers.CharField(source="owner.username")
    owner_id = serializers.IntegerField()
    current_version = serializers.CharField(
        source="current_version.version", default=None, allow_null=True
    )
    suspended_at = serializers.DateTimeField(
        source="current_version.suspended_at",
        allow_null=True,
        default=None,
        help_text="Since when the current version does not run; null while it does.",
    )

    repaints = serializers.BooleanField(
        source="current_version.repaints",
        default=False,
        help_text="Whether later bars change what the current version put out.",
    )

    class Meta:
        model = Script
        fields: tuple[str, ...] = (
            "id",
            "name",
            "description",
            "owner",
            "owner_id",
            "current_version",
            "repaints",
            "suspended_at",
            "created_at",
            "updated_at",
        )


class ScriptDetailReply(ScriptReply):
    """A script with the version that the caller works with."""

    version = VersionWithSourceReply(allow_null=True)

    class Meta(ScriptReply.Meta):
        fields = (*ScriptReply.Meta.fields, "version")


class EntitlementReply(serializers.ModelSerializer[Entitlement]):
    """Who has the right: one of user, team and organisation is not null."""

    user = serializers.CharField(source="user.username", default=None, allow_null=True)
    user_id = serializers.IntegerField(allow_null=True)
    team = serializers.CharField(source="team.name", default=None, allow_null=True)
    organisation = serializers.CharField(source="organisation.slug", default=None, allow_null=True)
    granted_by = serializers.CharField(source="granted_by.username")

    class Meta:
        model = Entitlement
        fields: tuple[str, ...] = (
            "id",
            "user",
            "user_id",
            "team",
            "organisation",
            "granted_by",
            "starts_at",
            "ends_at",
            "revoked_at",
            "reason",
            "created_at",
        )


class MissingDependency(serializers.Serializer[Any]):
    script_id = serializers.UUIDField()
    name = serializers.CharField()


class GrantReply(EntitlementReply):
    """An entitlement, and what its user needs besides before the script can run for them."""

    missing_dependencies = MissingDependency(many=True)

    class Meta(EntitlementReply.Meta):
        fields = (*EntitlementReply.Meta.fields, "missing_dependencies")
