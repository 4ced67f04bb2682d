"""Signing in and out of programs, and the keys of people."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts import jwt
from accounts.addresses import client_address
from accounts.api import serializers
from accounts.authentication import AuthenticatedRequest
from accounts.models import ApiKey
from accounts.scopes import UnknownScope
from accounts.services import api_keys, second_factors, sessions, sign_in, tokens
from accounts.services.lock_outs import LockedOut
from accounts.throttling import RequestsThrottle, count_request
from common.clock import utc_now
from common.http.openapi import describe
from common.http.pagination import PagedView
from common.rate_limits import TooManyRequests

UNKEPT = {"Cache-Control": "no-store"}


class AddressThrottle(RequestsThrottle):
    """Count requests of whoever is not signed in by their address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Return True, or raise TooManyRequests."""
        verdict = count_request(None, client_address(request))
        if not verdict.allowed:
            raise TooManyRequests(**verdict.details())
        return True


class OpenView(APIView):
    """For whoever is not signed in yet: what is sent is what is checked."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (AddressThrottle,)


class TokenView(OpenView):
    @describe(
        request=serializers.SignInRequest,
        responses=serializers.TokenPairReply,
        raises=(
            sign_in.SignInRefused,
            sign_in.CodeRequired,
            second_factors.CodeNotRight,
            second_factors.SecondFactorNeeded,
            LockedOut,
            TooManyRequests,
        ),
    )
    def post(self, request: Request) -> Response:
        """Sign in with user name and password, and a code where a second factor is enrolled.

        The access token goes into ``Authorization: Bearer``; the refresh token gets the next pair.
        Too many wrong tries close the door for a while: ``Retry-After`` says how long.
        """
        given = _valid(serializers.SignInRequest(data=request.data))
        now = utc_now()
        user = sign_in.require_sign_in(
            given["username"],
            given["password"],
            given.get("otp"),
            address=client_address(request),
            now=now,
        )
        client = sessions.program_in_words(request.headers.get("User-Agent", ""))
        return _pair(tokens.start_family(user, client=client, now=now))


class RefreshView(OpenView):
    @describe(
        request=serializers.RefreshRequest,
        responses=serializers.TokenPairReply,
        raises=(jwt.TokenNotValid, TooManyRequests),
    )
    def post(self, request: Request) -> Response:
        """Get the next pair; the refresh token sent is worthless from then on.

        One that comes a second time was copied by somebody: everything of that sign-in then ends.
        """
        given = _valid(serializers.RefreshRequest(data=request.data))
        return _pair(tokens.refresh_family(given["refresh"], now=utc_now()))


class RevokeView(OpenView):
    @describe(
        request=serializers.RevokeRequest,
        responses={204: None},
        raises=(jwt.TokenNotValid, TooManyRequests),
    )
    def post(self, request: Request) -> Response:
        """Sign out: end a token and everything of the same sign-in, at once and everywhere.

        A token that has run out or was ended before is answered in the same way.
        """
        given = _valid(serializers.RevokeRequest(data=request.data))
        tokens.revoke_token(given["token"], now=utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class RevokeAllView(APIView):
    @describe(responses=serializers.RevokedAllReply)
    def post(self, request: AuthenticatedRequest) -> Response:
        """Sign yourself out everywhere: every browser and every token. Keys go on working."""
        ended, families = sessions.sign_out_everywhere(request.user, now=utc_now())
        return Response({"sessions": ended, "tokens": families})


class KeysView(PagedView):
    @describe(responses=serializers.KeyReply(many=True))
    def get(self, request: AuthenticatedRequest) -> Response:
        """List your keys, newest first, those that ended too."""
        return self.page(ApiKey.objects.filter(user=request.user), serializers.KeyReply)

    @describe(
        request=serializers.KeyRequest,
        responses={201: serializers.NewKeyReply},
        raises=(
            api_keys.InvalidKeyName,
            api_keys.InvalidKeyExpiry,
            UnknownScope,
            api_keys.TooManyKeys,
        ),
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Make a key for programs of yours; it is shown in this reply and never again."""
        given = _valid(serializers.KeyRequest(data=request.data))
        key, secret = api_keys.issue_api_key(
            request.user,
            name=given["name"],
            given_scopes=given["scopes"],
            days=given.get("days"),
            acting_user=request.user,
            now=utc_now(),
        )
        body = {**serializers.KeyReply(key).data, "key": secret}
        return Response(body, status=status.HTTP_201_CREATED, headers=UNKEPT)


class KeyView(APIView):
    @describe(responses={204: None}, raises=(api_keys.NoSuchApiKey,))
    def delete(self, request: AuthenticatedRequest, key_id: int) -> Response:
        """Revoke one of your keys; sockets that it opened close within a second."""
        api_keys.revoke_api_key(key_id, acting_user=request.user, now=utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _pair(pair: tokens.TokenPair) -> Response:
    body = {
        "access": pair.access,
        "refresh": pair.refresh,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
        "refresh_expires_in": pair.refresh_expires_in,
    }
    return Response(body, headers=UNKEPT)


def _valid(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
