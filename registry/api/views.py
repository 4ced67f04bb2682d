"""Scripts and their way to publication."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from common.clock import utc_now
from common.http.conditional import tagged, unchanged
from common.http.openapi import describe
from common.http.pagination import PagedView
from common.http.serializers import StrictSerializer
from registry import access, queries
from registry.api import refusals, replies, serializers
from registry.models import Script, ScriptVersion
from registry.models.scripts import ScriptVersionQuerySet
from registry.services import drafts, evidence, locks, publishing, review
from registry.services.evidence_gate import evidence_of


class ScriptsView(PagedView):
    @describe(responses=serializers.ScriptReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List the scripts that you may see, newest first, a page at a time."""
        scripts = access.scripts_visible_to(request.user, at=utc_now())
        return self.page(
            scripts.select_related("owner", "current_version"), serializers.ScriptReply
        )

    @describe(
        request=serializers.DraftRequest,
        responses={201: serializers.ScriptDetailReply},
        raises=refusals.CREATING,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Create a script with its first draft.

        What is not given of the manifest has its default. A rule that a value breaks is named by
        ``code`` and ``field``.
        """
        fields = _draft_fields(request, partial=False)
        draft = drafts.create_draft(**fields, acting_user=request.user, now=utc_now())
        return tagged(
            request,
            replies.script_detail(draft.script, request.user),
            status=status.HTTP_201_CREATED,
            headers={"Location": f"{request.path}/{draft.script_id}"},
        )


class ScriptView(APIView):
    @describe(responses=serializers.ScriptDetailReply, raises=refusals.NAMING, conditional=True)
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Show a script; its author and reviewers also see the open version and its source."""
        return _reread(request, script_id)

    @describe(
        request=serializers.DraftRequest,
        responses=serializers.ScriptDetailReply,
        raises=refusals.EDITING,
        conditional=True,
    )
    def patch(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Edit the draft, or open the next version's draft after a publication.

        What is left out stays as it is.
        """
        fields = _draft_fields(request, partial=True)
        with _changing(request, script_id) as script:
            drafts.edit_draft(script, **fields, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


class VersionsView(PagedView):
    @describe(responses=serializers.VersionReply(many=True), raises=refusals.NAMING)
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """List the versions, newest first; unpublished ones only to those who may read them."""
        return self.page(_readable_versions(request, script_id), serializers.VersionReply)


class VersionView(APIView):
    @describe(
        responses=serializers.VersionWithSourceReply,
        raises=(*refusals.NAMING, queries.NoSuchVersion),
        conditional=True,
    )
    def get(self, request: AuthenticatedRequest, script_id: UUID, version: str) -> Response:
        """Show one version, with its source to those who may read it."""
        found = queries.numbered(_readable_versions(request, script_id), version)
        return tagged(request, replies.version_reply(found, request.user))


class SubmitView(APIView):
    @describe(
        request=serializers.SubmitRequest,
        responses=serializers.ScriptDetailReply,
        raises=refusals.SUBMITTING,
        conditional=True,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Submit the draft for review, with a release note."""
        given = _checked(serializers.SubmitRequest, request)
        with _changing(request, script_id) as script:
            review.submit_for_review(
                _at_hand(script), **given, acting_user=request.user, now=utc_now()
            )
        return _reread(request, script_id)


class ApproveView(APIView):
    @describe(
        request=serializers.ApproveRequest,
        responses=serializers.ScriptDetailReply,
        raises=refusals.APPROVING,
        conditional=True,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Approve the submitted version, naming the hashes of the source and manifest you read.

        Evidence that a worker makes at the moment is waited for.
        """
        given = _checked(serializers.ApproveRequest, request)
        version = _at_hand(_script(request, script_id))
        if evidence_of(version) is None and review.may_review(version, request.user):
            evidence.wait_for_evidence(version, seconds=settings.EVIDENCE_WAIT_SECONDS)
        with _changing(request, script_id) as script:
            review.approve(_at_hand(script), **given, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


class RequestChangesView(APIView):
    @describe(
        request=serializers.NoteRequest,
        responses=serializers.ScriptDetailReply,
        raises=refusals.REVIEWING,
        conditional=True,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Give the version back to its author with a note that says why."""
        given = _checked(serializers.NoteRequest, request)
        with _changing(request, script_id) as script:
            review.request_changes(
                _at_hand(script), **given, acting_user=request.user, now=utc_now()
            )
        return _reread(request, script_id)


class PublishView(APIView):
    @describe(
        request=serializers.PublishRequest,
        responses=serializers.ScriptDetailReply,
        raises=refusals.PUBLISHING,
        conditional=True,
    )
    @idempotent
    def post(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Publish the approved version.

        A published one answers 409 with the next free number: it never changes.
        """
        given = _checked(serializers.PublishRequest, request)
        with _changing(request, script_id) as script:
            if "version" in given:
                version = queries.numbered(queries.versions_of(script), given["version"])
            else:
                version = _at_hand(script)
            publishing.publish_version(version, acting_user=request.user, now=utc_now())
        return _reread(request, script_id)


@contextmanager
def _changing(request: AuthenticatedRequest, script_id: UUID) -> Iterator[Script]:
    """Find the script to change; with If-Match nobody else changes it meanwhile."""
    script = _script(request, script_id)

    def as_the_writer_reads_it() -> dict[str, Any]:
        locks.lock_script(script)
        return replies.script_detail(_script(request, script_id), request.user)

    with unchanged(request, as_the_writer_reads_it):
        yield script


def _script(request: AuthenticatedRequest, script_id: UUID) -> Script:
    return access.require_visible(request.user, script_id, at=utc_now())


def _reread(request: AuthenticatedRequest, script_id: UUID) -> Response:
    return tagged(request, replies.script_detail(_script(request, script_id), request.user))


def _readable_versions(request: AuthenticatedRequest, script_id: UUID) -> ScriptVersionQuerySet:
    script = _script(request, script_id)
    versions = queries.versions_of(script)
    return versions if access.may_read_source(request.user, script) else versions.released()


def _at_hand(script: Script) -> ScriptVersion:
    version = queries.open_version(script) or queries.last_released(script)
    if version is None:
        raise refusals.NothingAtHand(script_id=str(script.pk))
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
