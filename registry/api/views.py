"""Scripts and their way to publication."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from common.clock import utc_now
from common.http.pagination import NewestFirst
from common.http.serializers import StrictSerializer
from registry import access, queries
from registry.api import replies, serializers
from registry.models import Script, ScriptVersion
from registry.services import drafts, publishing, review


class NothingAtHand(queries.NoSuchVersion):
    """This script has no version on its way to publication."""

    code = "nothing_at_hand"


class ScriptsView(APIView):
    @extend_schema(responses=serializers.ScriptReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List the scripts that you may see, newest first, a page at a time."""
        scripts = access.scripts_visible_to(request.user, at=utc_now())
        pages = NewestFirst()
        page = pages.paginate_queryset(
            scripts.select_related("owner", "current_version"), request, view=self
        )
        return pages.get_paginated_response(serializers.ScriptReply(page, many=True).data)

    @extend_schema(request=serializers.DraftRequest, responses={201: serializers.ScriptDetailReply})
    def post(self, request: AuthenticatedRequest) -> Response:
        """Create a script with its first draft; 422 with ``field`` when something is wrong."""
        fields = _draft_fields(request, partial=False)
        draft = drafts.create_draft(**fields, acting_user=request.user, now=utc_now())
        return Response(
            replies.script_detail(draft.script, request.user),
            status=status.HTTP_201_CREATED,
            headers={"Location": f"{request.path}/{draft.script_id}"},
        )


class ScriptView(APIView):
    @extend_schema(responses=serializers.ScriptDetailReply)
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Show a script; its author and reviewers also see the open version and its source."""
        return Response(replies.script_detail(_script(request, script_id), request.user))

    @extend_schema(request=serializers.DraftRequest, responses=serializers.ScriptDetailReply)
    def patch(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Edit the draft, or open the next version's draft after a publication."""
        fields = _draft_fields(request, partial=True)
        script = _script(request, script_id)
        drafts.edit_draft(script, **fields, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


class VersionsView(APIView):
    @extend_schema(responses=serializers.VersionReply(many=True))
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """List the versions, newest first; unpublished ones only to those who may read them."""
        script = _script(request, script_id)
        versions = queries.versions_of(script)
        if not access.may_read_source(request.user, script):
            versions = versions.released()
        pages = NewestFirst()
        page = pages.paginate_queryset(versions, request, view=self)
        return pages.get_paginated_response(serializers.VersionReply(page, many=True).data)


class VersionView(APIView):
    @extend_schema(responses=serializers.VersionWithSourceReply)
    def get(self, request: AuthenticatedRequest, script_id: UUID, version: str) -> Response:
        """Show one version."""
        script = _script(request, script_id)
        versions = queries.versions_of(script)
        if not access.may_read_source(request.user, script):
            versions = versions.released()
        return Response(replies.version_reply(queries.numbered(versions, version), request.user))


class SubmitView(APIView):
    @extend_schema(request=serializers.SubmitRequest, responses=serializers.ScriptDetailReply)
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Submit the draft for review, with a release note."""
        given = _checked(serializers.SubmitRequest, request)
        version = _at_hand(_script(request, script_id))
        review.submit_for_review(version, **given, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


class ApproveView(APIView):
    @extend_schema(request=serializers.ApproveRequest, responses=serializers.ScriptDetailReply)
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Approve the submitted version, naming the hashes of the source and manifest you read."""
        given = _checked(serializers.ApproveRequest, request)
        version = _at_hand(_script(request, script_id))
        review.approve(version, **given, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


class RequestChangesView(APIView):
    @extend_schema(request=serializers.NoteRequest, responses=serializers.ScriptDetailReply)
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Give the version back to its author with a note that says why."""
        given = _checked(serializers.NoteRequest, request)
        version = _at_hand(_script(request, script_id))
        review.request_changes(version, **given, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


class PublishView(APIView):
    @extend_schema(request=serializers.PublishRequest, responses=serializers.ScriptDetailReply)
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Publish the approved version; a published one answers 409 with the next free number."""
        given = _checked(serializers.PublishRequest, request)
        script = _script(request, script_id)
        if "version" in given:
            version = queries.numbered(queries.versions_of(script), given["version"])
        else:
            version = _at_hand(script)
        publishing.publish_version(version, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


def _script(request: AuthenticatedRequest, script_id: UUID) -> Script:
    return access.require_visible(request.user, script_id, at=utc_now())


def _reread(request: AuthenticatedRequest, script_id: UUID) -> Response:
    return Response(replies.script_detail(_script(request, script_id), request.user))


def _at_hand(script: Script) -> ScriptVersion:
    version = queries.open_version(script) or queries.last_released(script)
    if version is None:
        raise NothingAtHand(script_id=str(script.pk))
    return version


def _checked(
    shape: type[StrictSerializer],
    request: AuthenticatedRequest,
    *,
    partial: bool = False,
) -> dict[str, Any]:
    serializer = shape(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _draft_fields(request: AuthenticatedRequest, *, partial: bool) -> dict[str, Any]:
    given = _checked(serializers.DraftRequest, request, partial=partial)
    manifest = {name: given.pop(name) for name in serializers.MANIFEST_FIELDS if name in given}
    return {**given, "manifest": manifest}
