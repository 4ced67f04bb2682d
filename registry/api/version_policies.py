"""Which version of a signal runs: its author's policy, the versions, and a recommendation.

What these addresses call a signal is a script. Only its owner gets past them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from common.clock import utc_now
from common.errors import MalformedRequest
from common.http.conditional import tagged, unchanged
from common.http.openapi import describe
from common.http.pagination import PagedView
from common.http.serializers import StrictSerializer, VersionOrEmptyText
from registry import access, queries
from registry.api import refusals
from registry.models import Script, ScriptVersion, VersionPolicy
from registry.services import locks, policies, publishing
from registry.services.drafts import require_author
from registry.services.recommendations import Advice, advise
from registry.version_choice import InvalidVersionPolicy, Rule

FLAGS = {"": False, "false": False, "0": False, "true": True, "1": True}


class BreakingChangesIsYesOrNo(MalformedRequest):
    """breaking_changes is true or false."""

    code = "breaking_changes_is_yes_or_no"


class PolicyRequest(StrictSerializer):
    """A policy with the versions it needs; null and empty are the same as left out."""

    policy = serializers.CharField(
        required=False, allow_null=True, help_text="locked, auto (default) or range."
    )
    pinned_version = VersionOrEmptyText(required=False, allow_null=True, allow_blank=True)
    min_version = VersionOrEmptyText(required=False, allow_null=True, allow_blank=True)
    max_version = VersionOrEmptyText(required=False, allow_null=True, allow_blank=True)
    reason = serializers.CharField(required=False, allow_blank=True)


class PolicyReply(serializers.Serializer[Any]):
    signal_id = serializers.UUIDField()
    policy = serializers.CharField()
    current_version = serializers.CharField(
        allow_null=True, help_text="The newest published version, whether it runs or not."
    )
    effective_version = serializers.CharField(
        allow_null=True, help_text="What runs when a caller names no version."
    )
    min_version = serializers.CharField(allow_null=True)
    max_version = serializers.CharField(allow_null=True)
    pinned_version = serializers.CharField(allow_null=True)
    auto_upgrade_enabled = serializers.BooleanField()
    last_updated = serializers.DateTimeField()


class SignalVersionReply(serializers.ModelSerializer[ScriptVersion]):
    is_effective = serializers.SerializerMethodField()

    class Meta:
        model = ScriptVersion
        fields: tuple[str, ...] = (
            "version",
            "status",
            "release_note",
            "repaints",
            "source_sha256",
            "created_at",
            "published_at",
            "suspended_at",
            "is_effective",
        )

    def get_is_effective(self, version: ScriptVersion) -> bool:
        return version.pk == version.script.current_version_id


class PublishedReply(PolicyReply):
    success = serializers.BooleanField()
    message = serializers.CharField()
    version = serializers.CharField()
    breaking_changes = serializers.BooleanField()


class RecommendationReply(serializers.Serializer[Any]):
    signal_id = serializers.UUIDField()
    recommended_policy = serializers.CharField()
    reason = serializers.CharField()
    risk_level = serializers.ChoiceField(["low", "high"])
    risks = serializers.ListField(child=serializers.CharField())
    subscriber_count = serializers.IntegerField()
    current_policy = serializers.CharField()
    suggested = PolicyRequest(help_text="The recommendation as a body for PUT.")


class RollBackRequest(StrictSerializer):
    version = serializers.CharField()
    reason = serializers.CharField()


class VersionPolicyView(APIView):
    @describe(responses=PolicyReply, raises=refusals.OWNING, conditional=True)
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Show the version policy of a signal, and the version that runs by it."""
        return tagged(request, policy_reply(_own_script(request, script_id)))

    @describe(
        request=PolicyRequest,
        responses=PolicyReply,
        raises=refusals.SETTING_THE_POLICY,
        conditional=True,
    )
    def put(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Set the version policy; 400 with ``field`` unless it chooses a version that may run."""
        script = _own_script(request, script_id)
        given = _checked(request)
        reason = given.pop("reason", "")

        def as_the_writer_reads_it() -> dict[str, Any]:
            locks.lock_script(script)
            return policy_reply(_own_script(request, script_id))

        with unchanged(request, as_the_writer_reads_it):
            changed = policies.set_version_policy(
                script,
                Rule.parse(given.pop("policy", None), **given),
                reason=reason,
                acting_user=request.user,
                now=utc_now(),
            )
        return tagged(request, policy_reply(changed))


class SignalVersionsView(PagedView):
    @describe(responses=SignalVersionReply(many=True), raises=refusals.OWNING)
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """List the versions of a signal, newest first, and say which of them runs."""
        versions = queries.versions_of(_own_script(request, script_id))
        return self.page(versions, SignalVersionReply)


class PublishSignalVersionView(APIView):
    @describe(
        responses=PublishedReply,
        raises=(*refusals.PUBLISHING_BY_POLICY, BreakingChangesIsYesOrNo),
        parameters=[
            OpenApiParameter(
                "breaking_changes",
                OpenApiTypes.BOOL,
                description="It breaks its users: its number must begin a new major version.",
            )
        ],
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID, version: str) -> Response:
        """Publish an approved version; who follows it is what the version policy says."""
        script = _own_script(request, script_id)
        breaking = request.query_params.get("breaking_changes", "").lower()
        if breaking not in FLAGS:
            raise BreakingChangesIsYesOrNo(field="breaking_changes")
        published = publishing.publish_version(
            queries.numbered(queries.versions_of(script), version),
            breaking_changes=FLAGS[breaking],
            acting_user=request.user,
            now=utc_now(),
        )
        return Response(
            {
                **policy_reply(published.script),
                "success": True,
                "message": f"Version {published.version} is published.",
                "version": published.version,
                "breaking_changes": FLAGS[breaking],
            }
        )


class RecommendationView(APIView):
    @describe(responses=RecommendationReply, raises=refusals.OWNING)
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Recommend a version policy, and say why."""
        script = _own_script(request, script_id)
        return Response(recommendation_reply(script, advise(script, at=utc_now())))


class RollBackView(APIView):
    @describe(request=RollBackRequest, responses=PolicyReply, raises=refusals.ROLLING_BACK)
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Make an earlier version run again at once; for the owner and the operators."""
        serializer = RollBackRequest(data=request.data)
        serializer.is_valid(raise_exception=True)
        script = access.require_visible(request.user, script_id, at=utc_now())
        changed = policies.roll_back(
            script, **serializer.validated_data, acting_user=request.user, now=utc_now()
        )
        return Response(policy_reply(changed))


def policy_reply(script: Script) -> dict[str, Any]:
    """Return the version policy of a script as the contract has it."""
    rule = queries.rule_of(script)
    newest = queries.chosen_version(script, Rule())
    kept = VersionPolicy.objects.filter(script=script).first()
    return {
        "signal_id": str(script.pk),
        "current_version": newest.version if newest else None,
        "effective_version": script.current_version.version if script.current_version else None,
        **rule_reply(rule),
        "auto_upgrade_enabled": rule.follows_releases,
        "last_updated": kept.updated_at if kept else script.created_at,
    }


def rule_reply(rule: Rule) -> dict[str, str | None]:
    """Return a policy with the versions that it names."""
    named = {
        "pinned_version": rule.pinned,
        "min_version": rule.minimum,
        "max_version": rule.maximum,
    }
    versions = {field: str(version) if version else None for field, version in named.items()}
    return {"policy": rule.policy.value, **versions}


def recommendation_reply(script: Script, advice: Advice) -> dict[str, Any]:
    """Return a recommendation with what it rests on."""
    return {
        "signal_id": str(script.pk),
        "recommended_policy": advice.recommendation.policy.value,
        "reason": advice.recommendation.reason,
        "risk_level": advice.risk_level,
        "risks": list(advice.risks),
        "subscriber_count": advice.subscribers,
        "current_policy": queries.rule_of(script).policy.value,
        "suggested": rule_reply(advice.suggested),
    }


def _own_script(request: AuthenticatedRequest, script_id: UUID) -> Script:
    script = access.require_visible(request.user, script_id, at=utc_now())
    require_author(script, request.user)
    return script


def _checked(request: AuthenticatedRequest) -> dict[str, Any]:
    # The contract answers a policy that is wrong in any way with 400.
    serializer = PolicyRequest(data=request.data)
    if not serializer.is_valid():
        field, problems = next(iter(serializer.errors.items()))
        raise InvalidVersionPolicy(f"{field}: {problems[0]}", field=field)
    return dict(serializer.validated_data)
