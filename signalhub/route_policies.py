"""Every address of the platform, with its policy: whoever adds an address adds a line here.

An API operation and a page stand by method and path, a page of the admin by its name, a model of
the admin once with all its pages and actions, and a socket's messages by what they ask for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from signalhub import policies as p
from signalhub.policies import AUTHOR, OPERATOR, STAFF_ROLES, Policy, Who, staff

API: Mapping[str, Policy] = {
    "GET /scripts": p.SIGNED_IN,
    "POST /scripts": p.ROLE_AUTHOR,
    "GET /scripts/{script_id}": p.GRANTED_OR_OVERSEER,
    "PATCH /scripts/{script_id}": p.ONLY_AUTHOR,
    "GET /scripts/{script_id}/versions": p.GRANTED_OR_OVERSEER,
    "GET /scripts/{script_id}/versions/{version}": p.GRANTED_OR_OVERSEER,
    "POST /scripts/{script_id}/submit": p.ONLY_AUTHOR,
    "POST /scripts/{script_id}/approve": p.ROLE_REVIEWER,
    "POST /scripts/{script_id}/request-changes": p.ROLE_REVIEWER,
    "POST /scripts/{script_id}/publish": p.AUTHOR_OR_REVIEWER,
    "POST /scripts/{script_id}/rollback": p.AUTHOR_OR_OPERATOR,
    "GET /scripts/{script_id}/access": p.RIGHT_IN_QUESTION,
    "GET /scripts/{script_id}/limits": p.AUTHOR_OR_OPERATOR,
    "PUT /scripts/{script_id}/limits": p.AUTHOR_OR_OPERATOR,
    "GET /scripts/{script_id}/entitlements": p.AUTHOR_OR_OPERATOR,
    "POST /scripts/{script_id}/entitlements": p.AUTHOR_OR_OPERATOR,
    "DELETE /scripts/{script_id}/entitlements/{whose}": p.AUTHOR_OR_OPERATOR,
    "POST /scripts/{script_id}/execute": p.OWNER_OR_GRANTED,
    "POST /scripts/{script_id}/subscribe": p.OWNER_OR_GRANTED,
    "DELETE /subscriptions/{subscription_id}": p.OWN,
    "GET /api/v2/signals/version-policy/{script_id}": p.ONLY_AUTHOR,
    "PUT /api/v2/signals/version-policy/{script_id}": p.ONLY_AUTHOR,
    "GET /api/v2/signals/version-policy/{script_id}/versions": p.ONLY_AUTHOR,
    "POST /api/v2/signals/version-policy/{script_id}/versions/{version}/publish": p.ONLY_AUTHOR,
    "GET /api/v2/signals/version-policy/recommendations/{script_id}": p.ONLY_AUTHOR,
    "GET /api/v2/signals/recommendations/{script_id}": p.ONLY_AUTHOR,
    "POST /api/v2/signals/execute/personal": p.AUTHOR_IN_PERSON,
    "POST /api/v2/signals/execute/marketplace": p.EXECUTION_TOKEN,
    "GET /api/v2/signals/execution/status/{execution_id}": p.SIGNED_IN,
    "GET /api/v2/products": p.SIGNED_IN,
    "POST /api/v2/products": p.OFFERS,
    "GET /api/v2/products/{product_id}": p.OFFERED,
    "PATCH /api/v2/products/{product_id}": p.SELLER,
    "POST /api/v2/products/{product_id}/list": p.SELLER,
    "POST /api/v2/products/{product_id}/retire": p.SELLING_HOUSE_OF_OFFERED,
    "POST /api/v2/products/{product_id}/subscribe": p.OFFERED,
    "POST /api/v2/products/{product_id}/execution-tokens": p.SUBSCRIBED,
    "GET /api/v2/products/{product_id}/usage": p.SELLING_HOUSE_OF_OFFERED,
    "POST /api/v2/products/{product_id}/leak-searches": p.SELLING_HOUSE,
    "GET /api/v2/product-subscriptions": p.SIGNED_IN,
    "DELETE /api/v2/product-subscriptions/{subscription_id}": p.BUYER_OR_SELLER,
    "GET /api/v2/product-subscriptions/{subscription_id}/usage": p.OWN,
    "POST /api/v2/remote-products": p.ROLE_AUTHOR,
    "POST /api/v1/scripts/access": p.INTERNAL_KEY,
    "POST /api/v1/integration/verify-execution-token": p.INTERNAL_KEY,
    "POST /api/v1/webhooks/drm/watermark": p.INTERNAL_KEY,
    "POST /api/v1/webhooks/drm/detect-leak": p.INTERNAL_KEY,
    "POST /api/v2/signals/sdk/signals/validate-token": p.SIGNED_IN,
    "GET /api/v2/signals/sdk/signals/streams": p.SIGNED_IN,
    "POST /api/v2/signals/sdk/signals/subscribe": p.OWNER_OR_GRANTED,
    "GET /api/v2/destinations": p.SIGNED_IN,
    "POST /api/v2/destinations": p.SIGNED_IN,
    "GET /api/v2/destinations/{destination_id}": p.OWN,
    "PATCH /api/v2/destinations/{destination_id}": p.OWN,
    "DELETE /api/v2/destinations/{destination_id}": p.OWN,
    "POST /api/v2/destinations/{destination_id}/rotate-secret": p.OWN,
    "POST /api/v2/destinations/{destination_id}/test": p.OWN,
    "GET /api/v2/destinations/{destination_id}/streams": p.OWN,
    "POST /api/v2/destinations/{destination_id}/streams": p.OWN,
    "DELETE /api/v2/destinations/{destination_id}/streams/{following_id}": p.OWN,
    "POST /api/v2/destinations/{destination_id}/replay": p.OWN,
    "POST /api/v2/destinations/{destination_id}/resend-failed": p.OWN,
    "GET /api/v2/deliveries": p.SIGNED_IN,
    "GET /api/v2/deliveries/{delivery_id}": p.OWN,
    "POST /api/v2/deliveries/{delivery_id}/resend": p.OWN,
    "GET /data/market": p.SIGNED_IN,
    "GET /data/metrics": p.SIGNED_IN,
    "GET /data/scripts/{script_id}/latest": p.OWNER_OR_GRANTED,
    "GET /data/scripts/{script_id}/history": p.OWNER_OR_GRANTED,
    "GET /signals/{instrument_key}/custom/{script_id}": p.OWNER_OR_GRANTED,
    "POST /api/v2/market/ticks": p.OPERATES_PLATFORM,
    "POST /api/v2/market/bars": p.OPERATES_PLATFORM,
    "POST /api/v2/market/corrections": p.OPERATES_PLATFORM,
    "POST /api/v2/market/uploads": p.OPERATES_PLATFORM,
    "GET /api/v2/market/uploads/{upload_id}": p.OWN,
    "GET /signals/{instrument_key}/custom/{script_id}/history": p.OWNER_OR_GRANTED,
    "GET /api/v2/limits": p.SIGNED_IN,
    "GET /api/v2/admin/holds": p.OPERATES,
    "POST /api/v2/admin/holds": p.OPERATES,
    "DELETE /api/v2/admin/holds/{hold_id}": p.HOLDER,
    "POST /api/v2/auth/token": p.PASSWORD,
    "POST /api/v2/auth/refresh": p.REFRESH_TOKEN,
    "POST /api/v2/auth/revoke": p.REFRESH_TOKEN,
    "POST /api/v2/auth/revoke-all": p.SIGNED_IN,
    "GET /api/v2/auth/keys": p.SIGNED_IN,
    "POST /api/v2/auth/keys": p.SIGNED_IN,
    "DELETE /api/v2/auth/keys/{key_id}": p.OWN,
    "POST /api/v1/signals": p.PRODUCER_SIGNATURE,
    "POST /api/v2/signals": p.PRODUCER_SIGNATURE,
    "POST /api/v1/signals/from/{producer_id}": p.PRODUCER_SIGNATURE,
    "GET /api/schema": p.PUBLIC,
    "GET /api/v2/admin/scaling": p.COLLECTOR_OR_OPERATOR,
    "GET /metrics": p.COLLECTOR_OR_OPERATOR,
}

PAGES: Mapping[str, Policy] = {
    "GET /": p.PUBLIC,
    "GET /overview": p.PUBLIC,
    "GET /dashboard/": p.SIGNED_IN,
    "GET /dashboard/{script_id}/": p.OWNER_OR_GRANTED,
    "GET /dashboard/{script_id}/state": p.OWNER_OR_GRANTED,
    "GET /operations/": p.OPERATES,
    "GET /operations/sections": p.OPERATES,
    "GET /operations/{deed}/{target}": p.OPERATES,
    "POST /operations/{deed}/{target}": p.OPERATES,
    "GET /marketplace/": p.SIGNED_IN,
    "GET /marketplace/products/{product_id}/subscribe": p.OFFERED,
    "POST /marketplace/products/{product_id}/subscribe": p.OFFERED,
    "GET /marketplace/subscriptions/{subscription_id}/end": p.OWN,
    "POST /marketplace/subscriptions/{subscription_id}/end": p.OWN,
    "GET /marketplace/subscriptions/{subscription_id}/usage.csv": p.OWN,
    "GET /login/": p.PUBLIC,
    "POST /login/": p.PUBLIC,
    "POST /logout/": p.PUBLIC,
    "GET /login/code": p.AWAITED,
    "POST /login/code": p.AWAITED,
    "GET /account/": p.SIGNED_IN,
    "GET /account/limits": p.SIGNED_IN,
    "GET /account/sign-out-everywhere": p.SIGNED_IN,
    "POST /account/sign-out-everywhere": p.SIGNED_IN,
    "POST /account/sessions/{identifier}/end": p.OWN,
    "POST /account/tokens/{family_id}/end": p.OWN,
    "GET /account/password": p.SIGNED_IN,
    "POST /account/password": p.SIGNED_IN,
    "GET /account/keys": p.SIGNED_IN,
    "GET /account/keys/new": p.SIGNED_IN,
    "POST /account/keys/new": p.SIGNED_IN,
    "GET /account/keys/{key_id}/revoke": p.OWN,
    "POST /account/keys/{key_id}/revoke": p.OWN,
    "GET /deliveries/": p.SIGNED_IN,
    "GET /deliveries/new": p.SIGNED_IN,
    "POST /deliveries/new": p.SIGNED_IN,
    "GET /deliveries/{destination_id}/": p.OWN,
    "POST /deliveries/{destination_id}/": p.OWN,
    "POST /deliveries/{destination_id}/streams": p.OWN,
    "POST /deliveries/{destination_id}/do/{action}": p.OWN,
    "GET /deliveries/{destination_id}/secret": p.OWN,
    "POST /deliveries/{destination_id}/secret": p.OWN,
    "GET /deliveries/{destination_id}/remove": p.OWN,
    "POST /deliveries/{destination_id}/remove": p.OWN,
    "GET /deliveries/log/{delivery_id}": p.OWN,
    "POST /deliveries/log/{delivery_id}": p.OWN,
    "GET /deliveries/confirm/{token}": p.SIGNED_LINK,
    "POST /deliveries/confirm/{token}": p.SIGNED_LINK,
    "GET /deliveries/unsubscribe/{token}": p.SIGNED_LINK,
    "POST /deliveries/unsubscribe/{token}": p.SIGNED_LINK,
    "GET /account/second-factor": p.SIGNED_IN,
    "POST /account/second-factor": p.SIGNED_IN,
    "GET /account/second-factor/enrol": p.SIGNED_IN,
    "POST /account/second-factor/enrol": p.SIGNED_IN,
    "GET /account/second-factor/remove": p.SIGNED_IN,
    "POST /account/second-factor/remove": p.SIGNED_IN,
    "GET /health": p.PUBLIC,
    "GET /health/live": p.PUBLIC,
    "GET /health/ready": p.PUBLIC,
    "GET /api/docs": p.PUBLIC,
    "GET /api/asyncapi.json": p.PUBLIC,
    "GET /api/sockets": p.PUBLIC,
}

BY_ADDRESS = {**API, **PAGES}

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
OVERSEEN = staff(*STAFF_ROLES, thing=True)

# Pages of the admin that are no model's list, form, history or deletion: methods and policy.
ADMIN_PAGES: Mapping[str, tuple[tuple[str, ...], Policy]] = {
    "index": (GET, p.STAFF),
    "login": (BOTH, p.PUBLIC),
    "logout": (POST, p.PUBLIC),
    "password_change": (BOTH, p.STAFF),
    "password_change_done": (GET, p.STAFF),
    "autocomplete": (GET, p.STAFF),
    "jsi18n": (GET, p.PUBLIC),
    "view_on_site": (GET, p.STAFF),
    "app_list": (GET, p.STAFF),
    "redirect": (GET, p.STAFF),
    "catch_all": (GET, p.STAFF),
    "auth_user_password_change": (BOTH, staff(thing=True)),
    "accounts_auditevent_export": (GET, staff(OPERATOR)),
    "ingest_producer_doctor": (BOTH, staff(OPERATOR, superuser=False)),
    "ingest_producer_test": (BOTH, staff(OPERATOR, thing=True, superuser=False)),
    "market_upload_state": (GET, staff(OPERATOR, thing=True)),
    "registry_entitlement_why": (GET, staff(AUTHOR, OPERATOR)),
    "registry_product_usage": (GET, staff(AUTHOR, OPERATOR, thing=True)),
    "registry_product_end": (BOTH, staff(AUTHOR, OPERATOR, thing=True)),
    "registry_script_draft": (BOTH, p.ITS_AUTHOR),
    "registry_script_autosave": (POST, p.ITS_AUTHOR),
    "registry_script_draft_state": (GET, p.ITS_AUTHOR),
    "registry_script_discard": (POST, p.ITS_AUTHOR),
    "registry_script_versions": (GET, OVERSEEN),
    "registry_script_policy": (BOTH, OVERSEEN),
    "registry_script_rollback": (BOTH, OVERSEEN),
    "registry_scriptversion_change": (GET, OVERSEEN),
    "registry_scriptversion_state": (GET, OVERSEEN),
    "registry_scriptversion_screen": (POST, OVERSEEN),
    "registry_scriptversion_evidence": (POST, OVERSEEN),
    "registry_scriptversion_step": (BOTH, OVERSEEN),
    "registry_scriptversion_comment": (POST, OVERSEEN),
    "registry_scriptversion_resolve": (POST, OVERSEEN),
    "streams_leaksearch_csv": (GET, staff(AUTHOR, OPERATOR, thing=True)),
    "execution_hold_lift": (BOTH, staff(OPERATOR, thing=True)),
    "execution_alert_acknowledge": (POST, staff(OPERATOR, thing=True)),
    "execution_execution_replay": (BOTH, staff(OPERATOR, thing=True)),
    "execution_trial_choices": (GET, staff(*STAFF_ROLES)),
    "execution_trial_of_version": (BOTH, OVERSEEN),
    "execution_trial_chart": (GET, OVERSEEN),
    "execution_trial_state": (GET, OVERSEEN),
    "execution_trial_cancel": (POST, OVERSEEN),
}

_DECIDED_BY = {
    "changelist": "see",
    "change": "see",
    "history": "see",
    "add": "add",
    "delete": "delete",
}


# What concerns every house: accounts.platform decides.
PLATFORM = (Who.SUPERUSER,)


@dataclass(frozen=True, kw_only=True)
class AdminModel:
    """Who does what with a model's rows in the admin; roles, and with them superusers.

    ``None`` is nobody; no roles is superusers alone; ``PLATFORM`` is who operates the platform.
    """

    see: tuple[Who, ...] | None = ()
    add: tuple[Who, ...] | None = None
    change: tuple[Who, ...] | None = None
    delete: tuple[Who, ...] | None = None
    actions: Mapping[str, tuple[Who, ...]] = field(default_factory=dict)
    superuser: bool = True
    of_the_platform: bool = False

    def policy(self, method: str, kind: str) -> Policy | None:
        """Return the policy of a kind of page; None: of an action that is not listed."""
        action = kind.removeprefix("action_")
        if action == "delete_selected":
            roles = self.delete
        elif action != kind:
            if action not in self.actions:
                return None
            roles = self.actions[action]
        else:
            changes = kind == "change" and method == "POST"
            roles = getattr(self, "change" if changes else _DECIDED_BY[kind])
        if roles is None:
            return p.NOBODY
        if roles is PLATFORM:
            return p.OF_THE_PLATFORM
        thing = kind in ("change", "history", "delete") and not self.of_the_platform
        return staff(*roles, thing=thing, superuser=self.superuser)


BY_HAND = AdminModel(see=(), add=(), change=(), delete=())
SEEN_BY_STAFF = AdminModel(see=STAFF_ROLES)
ADMIN: Mapping[str, AdminModel] = {
    "accounts_apikey": AdminModel(see=(), change=(), delete=()),
    "accounts_auditevent": AdminModel(see=(OPERATOR,)),
    "accounts_lockout": AdminModel(see=(OPERATOR,), actions={"unlock": (OPERATOR,)}),
    "accounts_membership": BY_HAND,
    "accounts_team": AdminModel(see=(OPERATOR,), add=(OPERATOR,), change=(OPERATOR,)),
    "accounts_tenant": BY_HAND,
    "accounts_tier": AdminModel(
        see=(OPERATOR,), add=PLATFORM, change=PLATFORM, of_the_platform=True
    ),
    "accounts_user": AdminModel(
        see=(), add=(), change=(), delete=(), actions={"reset_second_factor": ()}
    ),
    "auth_group": BY_HAND,
    "django_q_failure": AdminModel(see=(), delete=(), actions={"resubmit_task": ()}),
    "django_q_schedule": BY_HAND,
    "django_q_success": AdminModel(see=(), delete=(), actions={"resubmit_task": ()}),
    "execution_alert": AdminModel(see=(OPERATOR,)),
    "execution_deadletter": AdminModel(
        see=(OPERATOR,), actions={"retry": (OPERATOR,), "discard": (OPERATOR,)}
    ),
    "execution_execution": AdminModel(see=STAFF_ROLES, actions={"run_again": (OPERATOR,)}),
    "execution_hold": AdminModel(see=(OPERATOR,), add=(OPERATOR,)),
    "execution_realtimeplan": SEEN_BY_STAFF,
    "execution_subscription": SEEN_BY_STAFF,
    "execution_trial": SEEN_BY_STAFF,
    "gateway_dataaccess": AdminModel(see=(OPERATOR,)),
    "ingest_producer": AdminModel(
        see=(OPERATOR,),
        add=(OPERATOR,),
        change=(OPERATOR,),
        actions={"rotate": (OPERATOR,), "retire_previous": (OPERATOR,)},
        superuser=False,
    ),
    "ingest_signal": AdminModel(
        see=(OPERATOR,),
        actions={"queue": (OPERATOR,), "close": (OPERATOR,)},
        superuser=False,
    ),
    "market_instrument": AdminModel(see=STAFF_ROLES, of_the_platform=True),
    "market_barrevision": AdminModel(see=STAFF_ROLES, of_the_platform=True),
    "market_listedbar": AdminModel(
        see=STAFF_ROLES, actions={"correct": PLATFORM}, of_the_platform=True
    ),
    "market_listedtick": AdminModel(see=STAFF_ROLES, of_the_platform=True),
    "market_tickfeed": AdminModel(see=(OPERATOR,), of_the_platform=True),
    "market_upload": AdminModel(see=(OPERATOR,), add=PLATFORM),
    "market_replayfeed": AdminModel(
        see=(OPERATOR,),
        change=PLATFORM,
        actions={"pause": PLATFORM, "resume": PLATFORM},
        of_the_platform=True,
    ),
    "registry_entitlement": AdminModel(
        see=(AUTHOR, OPERATOR),
        add=(AUTHOR, OPERATOR),
        actions={"revoke": (AUTHOR, OPERATOR)},
    ),
    "registry_product": AdminModel(
        see=(AUTHOR, OPERATOR),
        add=(AUTHOR,),
        change=(AUTHOR, OPERATOR),
        actions={"list_for_everybody": (AUTHOR, OPERATOR), "retire": (AUTHOR, OPERATOR)},
    ),
    "registry_script": AdminModel(see=STAFF_ROLES, add=(AUTHOR,)),
    "registry_scriptversion": SEEN_BY_STAFF,
    "streams_delivery": AdminModel(see=(OPERATOR,)),
    "streams_destination": AdminModel(
        see=(OPERATOR,), actions={"disable": (OPERATOR,), "enable": (OPERATOR,)}
    ),
    "streams_leaksearch": AdminModel(
        see=(AUTHOR, OPERATOR), add=(AUTHOR, OPERATOR), change=(AUTHOR, OPERATOR)
    ),
    "streams_output": SEEN_BY_STAFF,
    "streams_stream": SEEN_BY_STAFF,
}

# What a socket is asked for; the policy of a stream is decided from its row, never from its key.
SOCKET: Mapping[str, Policy] = {
    "connect": p.KNOWN_ORIGIN,
    "hello": p.CREDENTIAL,
    "subscribe:script": p.OWNER_OR_GRANTED_EXACT,
    "subscribe:product": p.SUBSCRIBED,
    "subscribe:producer": p.OF_THE_HOUSE,
    "subscribe:own": p.OWN,
    "subscribe:public": p.SIGNED_IN,
    "channel": p.SIGNED_IN,
    "unsubscribe": p.SIGNED_IN,
    "ping": p.PUBLIC,
}

_MODEL_PAGE = re.compile(r"admin:(\w+?)_(changelist|add|history|delete|change|action_\w+)")


def policy_of(method: str, path: str, name: str) -> Policy | None:
    """Return the policy of a method of an address, or None: no table knows it."""
    if not path.startswith("/admin/"):
        return BY_ADDRESS.get(f"{method} {path}")
    page = ADMIN_PAGES.get(_page_name(path, name))
    if page is not None:
        return page[1]
    found = _MODEL_PAGE.fullmatch(name)
    model = ADMIN.get(found[1]) if found else None
    return model.policy(method, found[2]) if model and found else None


def methods_of(path: str, name: str) -> tuple[str, ...]:
    """Return to which methods an address answers that is no class of handlers."""
    if not path.startswith("/admin/"):
        return tuple(key.split()[0] for key in BY_ADDRESS if key.split()[1] == path)
    page = ADMIN_PAGES.get(_page_name(path, name))
    if page is not None:
        return page[0]
    found = _MODEL_PAGE.fullmatch(name)
    return GET if found and found[2] == "history" else BOTH


def _page_name(path: str, name: str) -> str:
    """Return the name of a page of the admin; two have none of their own."""
    if path == "/admin/{url}":
        return "catch_all"
    if name.endswith("RedirectView"):
        return "redirect"
    return name.removeprefix("admin:")
