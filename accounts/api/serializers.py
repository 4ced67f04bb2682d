"""Shapes of requests and replies of signing in."""

from __future__ import annotations

from rest_framework import serializers

from accounts.jwt import LENGTH_MAX
from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.services.api_keys import NAME_MAX_LENGTH
from accounts.services.sign_in import MAX_LENGTH
from common.http.serializers import StrictSerializer


class SignInRequest(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=MAX_LENGTH, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=40,
        required=False,
        help_text="A code of the second factor, or a recovery code, where one is enrolled.",
    )


class RefreshRequest(StrictSerializer):
    refresh = serializers.CharField(max_length=4 * LENGTH_MAX, trim_whitespace=False)


class RevokeRequest(StrictSerializer):
    token = serializers.CharField(
        max_length=4 * LENGTH_MAX,
        trim_whitespace=False,
        help_text="An access or a refresh token; everything of the same sign-in ends with it.",
    )


class TokenPairReply(serializers.Serializer[object]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds that the access token is good for.")
    refresh_expires_in = serializers.IntegerField()


class RevokedAllReply(serializers.Serializer[object]):
    sessions = serializers.IntegerField(help_text="Browsers that were signed out.")
    tokens = serializers.IntegerField(help_text="Programs that were signed out.")


class KeyRequest(StrictSerializer):
    name = serializers.CharField(max_length=NAME_MAX_LENGTH)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        allow_empty=False,
        max_length=len(Scope),
    )
    days = serializers.IntegerField(
        required=False, min_value=1, max_value=365, help_text="How long it is good for; 90."
    )


class KeyReply(serializers.ModelSerializer[ApiKey]):
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))

    class Meta:
        model = ApiKey
        fields = (
            "id",
            "name",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )
        read_only_fields = fields


class NewKeyReply(KeyReply):
    key = serializers.CharField(help_text="Shown this once; only its hash is kept.")

    class Meta(KeyReply.Meta):
        fields = (*KeyReply.Meta.fields, "key")  # type: ignore[assignment]
