"""How the API is spoken and described."""

from __future__ import annotations

from signalhub.api_document import DESCRIPTION as API_DESCRIPTION

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.edge_trust.EdgeAuthentication",
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.AccessTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": [
        "accounts.throttling.RequestsThrottle",
        "execution.api.shedding.SheddingThrottle",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.http.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "common.http.openapi.DescribedSchema",
    "DEFAULT_PAGINATION_CLASS": "common.http.pagination.NewestFirst",
    "EXCEPTION_HANDLER": "common.http.problems.handle_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SignalHub API",
    "DESCRIPTION": API_DESCRIPTION,
    "VERSION": "2.0.0",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": "/", "description": "This installation"}],
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "internalKey": {"type": "apiKey", "in": "header", "name": "X-Internal-API-Key"}
        }
    },
    "ENUM_NAME_OVERRIDES": {
        "DestinationKindEnum": "streams.models.DestinationKind",
        "TokenPurposeEnum": "registry.models.TokenPurpose",
        "UploadKindEnum": "market.models.UploadKind",
        "VersionStatusEnum": "registry.models.scripts.STATUS_CHOICES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "signalhub.api_document.complete",
    ],
}
