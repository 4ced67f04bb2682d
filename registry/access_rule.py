"""The rule by which somebody may use a script, written once, in SQL.

A right comes from one of these:

- *owner*: the script is theirs, and they are a member of its tenant;
- *user*, *team*: an entitlement in force of theirs, or of a team of theirs, and they are a member
  of the script's tenant;
- *organisation*: an entitlement in force of a tenant that they are a member of, be it another one;
- *named*: the published manifest names them, and they are a member of the script's tenant;
- *subscription*: a subscription in force to a product of the script, be it from another tenant:
  that is what a marketplace is. Nobody new subscribes to a retired product, who did keeps it.
  It comes last, for its reader is given marked copies and only where there is no other right.

``tiers`` and ``features`` of the published manifest grant nothing, they gate: with one of the
rights above, a user's tier must also be one of ``tiers`` (none named: any) and must have all of
``features``. The owner passes every gate. A draft's manifest neither grants nor gates.

``verdicts(pairs)`` gives one row a pair, so that a decision on one and a list of thousands are the
same rule.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a decision fell as it did."""

    OWNER = "owner"
    ENTITLED = "entitled"
    TEAM = "member of an entitled team"
    ORGANISATION = "member of an entitled organisation"
    SUBSCRIBED = "subscribed to a product"
    NAMED_IN_MANIFEST = "named in the manifest"
    NOT_ENTITLED = "not entitled"
    TIER = "not of a tier that the script is for"
    FEATURE = "the tier lacks a feature that the script needs"
    OUTSIDER = "not a member of the script's tenant"


ALLOWING = frozenset(
    {
        Reason.OWNER,
        Reason.ENTITLED,
        Reason.TEAM,
        Reason.ORGANISATION,
        Reason.SUBSCRIBED,
        Reason.NAMED_IN_MANIFEST,
    }
)
ENTITLEMENT_IN_FORCE = (
    "e.revoked_at IS NULL AND e.starts_at <= %(at)s AND (e.ends_at IS NULL OR e.ends_at > %(at)s)"
)
SUBSCRIPTION_IN_FORCE = (
    "ps.cancelled_at IS NULL AND ps.starts_at <= %(at)s "
    "AND (ps.ends_at IS NULL OR ps.ends_at > %(at)s)"
)

_MEMBER = (
    "EXISTS (SELECT FROM accounts_membership m "
    "WHERE m.user_id = u.id AND m.tenant_id = s.tenant_id)"
)
_ENTITLED = f"""EXISTS (
    SELECT FROM registry_entitlement e
    WHERE e.script_id = s.id AND e.user_id = u.id AND {ENTITLEMENT_IN_FORCE})"""
_TEAM = f"""EXISTS (
    SELECT FROM registry_entitlement e
    JOIN accounts_team g ON g.id = e.team_id AND g.tenant_id = s.tenant_id
    JOIN accounts_teammembership gm ON gm.team_id = g.id AND gm.user_id = u.id
    WHERE e.script_id = s.id AND {ENTITLEMENT_IN_FORCE})"""
_ORGANISATION = f"""EXISTS (
    SELECT FROM registry_entitlement e
    JOIN accounts_membership om ON om.tenant_id = e.organisation_id AND om.user_id = u.id
    WHERE e.script_id = s.id AND {ENTITLEMENT_IN_FORCE})"""
_SUBSCRIBED = f"""EXISTS (
    SELECT FROM registry_productsubscription ps
    JOIN registry_product p ON p.id = ps.product_id AND p.script_id = s.id
    WHERE ps.user_id = u.id AND {SUBSCRIPTION_IN_FORCE})"""
_NAMED = "coalesce(v.manifest #> '{permissions,allowed_users}' ? u.id::text, false)"
_TIER_FITS = """(
    coalesce(v.manifest #> '{permissions,tiers}', '[]') = '[]'
    OR v.manifest #> '{permissions,tiers}' ? u.tier_id)"""
_FEATURES_FIT = "t.features @> coalesce(v.manifest #> '{permissions,features}', '[]')"

_VERDICTS = f"""
    SELECT pair.user_id, pair.script_id, CASE
        WHEN NOT u.is_active THEN 'OUTSIDER'
        WHEN s.owner_id = u.id AND member.is_member THEN 'OWNER'
        WHEN gained.reason IS NULL
            THEN CASE WHEN member.is_member THEN 'NOT_ENTITLED' ELSE 'OUTSIDER' END
        WHEN NOT {_TIER_FITS} THEN 'TIER'
        WHEN NOT {_FEATURES_FIT} THEN 'FEATURE'
        ELSE gained.reason END AS reason
    FROM (PAIRS) AS pair
    JOIN accounts_user u ON u.id = pair.user_id
    JOIN accounts_tier t ON t.name = u.tier_id
    JOIN registry_script s ON s.id = pair.script_id
    LEFT JOIN registry_scriptversion v ON v.id = s.current_version_id
    CROSS JOIN LATERAL (SELECT {_MEMBER} AS is_member) AS member
    CROSS JOIN LATERAL (SELECT CASE
        WHEN member.is_member AND {_ENTITLED} THEN 'ENTITLED'
        WHEN member.is_member AND {_TEAM} THEN 'TEAM'
        WHEN {_ORGANISATION} THEN 'ORGANISATION'
        WHEN member.is_member AND {_NAMED} THEN 'NAMED_IN_MANIFEST'
        WHEN {_SUBSCRIBED} THEN 'SUBSCRIBED'
        END AS reason) AS gained
"""
_ALLOWED = ", ".join(f"'{reason.name}'" for reason in sorted(ALLOWING))
_PLACE = re.compile(r"%\((\w+)\)s")


def verdicts(pairs: str) -> str:
    """Return a query of (user_id, script_id, name of the reason) for a query of such pairs.

    Its only parameter besides those of ``pairs`` is ``at``. A pair of which either does not exist
    has no row.
    """
    return _VERDICTS.replace("PAIRS", pairs)


def allowed(pairs: str, *, column: str) -> str:
    """Return a query of one column of those pairs of which the rule says yes."""
    return (
        f"SELECT verdict.{column} FROM ({verdicts(pairs)}) AS verdict WHERE reason IN ({_ALLOWED})"
    )


def positional(sql: str, **values: Any) -> tuple[str, list[Any]]:
    """Return a query with its named places in the order in which the ORM hands values over."""
    return _PLACE.sub("%s", sql), [values[name] for name in _PLACE.findall(sql)]


# What a user could have a right to at all: found by indexes, so that a list need not try the rule
# on every script of the platform.
SCRIPTS_IN_REACH = f"""
    SELECT CAST(%(user)s AS bigint) AS user_id, reach.id AS script_id FROM (
        SELECT s.id FROM registry_script s
        JOIN accounts_membership m ON m.tenant_id = s.tenant_id WHERE m.user_id = %(user)s
        UNION
        SELECT e.script_id FROM registry_entitlement e
        JOIN accounts_membership m ON m.tenant_id = e.organisation_id
        WHERE m.user_id = %(user)s AND {ENTITLEMENT_IN_FORCE}
        UNION
        SELECT p.script_id FROM registry_productsubscription ps
        JOIN registry_product p ON p.id = ps.product_id
        WHERE ps.user_id = %(user)s AND {SUBSCRIPTION_IN_FORCE}
    ) AS reach
"""
USERS_IN_REACH = f"""
    SELECT reach.id AS user_id, CAST(%(script)s AS uuid) AS script_id FROM (
        SELECT m.user_id AS id FROM registry_script s
        JOIN accounts_membership m ON m.tenant_id = s.tenant_id WHERE s.id = %(script)s
        UNION
        SELECT m.user_id FROM registry_entitlement e
        JOIN accounts_membership m ON m.tenant_id = e.organisation_id
        WHERE e.script_id = %(script)s AND {ENTITLEMENT_IN_FORCE}
        UNION
        SELECT ps.user_id FROM registry_productsubscription ps
        JOIN registry_product p ON p.id = ps.product_id
        WHERE p.script_id = %(script)s AND {SUBSCRIPTION_IN_FORCE}
    ) AS reach
"""
# Everything that a verdict on one pair rests on, share-locked. Always in this order: who ends a
# right locks at most one kind of these rows, or several in the same order.
LOCK_GROUNDS = """
    WITH person AS (
        SELECT id, tier_id FROM accounts_user WHERE id = %(user)s FOR SHARE),
    levels AS (
        SELECT t.name FROM accounts_tier t WHERE t.name = (SELECT tier_id FROM person)
        AND EXISTS (
            SELECT FROM registry_script s JOIN registry_scriptversion v
            ON v.id = s.current_version_id
            WHERE s.id = %(script)s AND v.manifest #> '{permissions,features}' <> '[]')
        FOR SHARE),
    members AS (
        SELECT id FROM accounts_membership WHERE user_id = %(user)s ORDER BY id FOR SHARE),
    colleagues AS (
        SELECT id FROM accounts_teammembership WHERE user_id = %(user)s ORDER BY id FOR SHARE),
    granted AS (
        SELECT id FROM registry_entitlement
        WHERE script_id = %(script)s AND revoked_at IS NULL
        AND (user_id = %(user)s
             OR team_id IN (SELECT team_id FROM accounts_teammembership WHERE user_id = %(user)s)
             OR organisation_id IN (
                 SELECT tenant_id FROM accounts_membership WHERE user_id = %(user)s))
        ORDER BY id FOR SHARE),
    bought AS (
        SELECT ps.id FROM registry_productsubscription ps
        JOIN registry_product p ON p.id = ps.product_id
        WHERE ps.user_id = %(user)s AND p.script_id = %(script)s AND ps.cancelled_at IS NULL
        ORDER BY ps.id FOR SHARE)
    SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM levels),
           (SELECT count(*) FROM members), (SELECT count(*) FROM colleagues),
           (SELECT count(*) FROM granted), (SELECT count(*) FROM bought)
"""
