"""What a policy is, and every one that an address can have.

``signalhub.route_policies`` gives each address one of them. The deciding itself is done where it
always was (``registry.access``, the services, the admin classes): what stands here lets nobody in
and keeps nobody out, and generated tests fail when the two differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """What somebody signed in is to the thing that an address names, or in their own house."""

    STRANGER = "stranger"  # of another house
    BUYER = "buyer"  # of another house, subscribed to the product
    MEMBER = "member"  # of the house, with no right to it
    GRANTED = "granted"
    AUTHOR = "author"  # of the thing; where none is named, by role
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"  # by role; holds them all
    SUPERUSER = "superuser"
    OWNER = "owner"  # whom it is about: whose subscription, token, right


EVERYBODY = frozenset(Who)
AUTHOR, BUYER, GRANTED = Who.AUTHOR, Who.BUYER, Who.GRANTED
REVIEWER, OPERATOR, ADMINISTRATOR = Who.REVIEWER, Who.OPERATOR, Who.ADMINISTRATOR
HOUSE = frozenset({Who.MEMBER, GRANTED, AUTHOR, REVIEWER, OPERATOR, ADMINISTRATOR})
OVERSEERS = (REVIEWER, OPERATOR, ADMINISTRATOR)
STAFF_ROLES = (AUTHOR, REVIEWER, OPERATOR)


@dataclass(frozen=True)
class Policy:
    """Whom an address lets past.

    ``admits`` are let past; ``tells`` are told that they may not (403); everybody else signed in
    is told that there is no such thing (404), in the words in which they are told of an id that
    nobody has. Whoever is not signed in is asked to (401, a page: to its sign-in), unless the
    policy is ``open``: then something else than signing in decides, or nothing does.
    """

    name: str
    says: str
    admits: frozenset[Who] = EVERYBODY
    tells: frozenset[Who] = EVERYBODY
    open: bool = False
    about_a_thing: bool = False
    of_the_platform: bool = False  # the thing is of no house


def _of_a_thing(name: str, says: str, *admits: Who, tells: frozenset[Who] = HOUSE) -> Policy:
    return Policy(name, says, frozenset(admits), tells, about_a_thing=True)


PUBLIC = Policy("public", "Anybody.", open=True)
INTERNAL_KEY = Policy("internal-key", "Other services, by X-Internal-API-Key.", open=True)
PRODUCER_SIGNATURE = Policy(
    "producer-signature", "Producers, by their signature of the body.", open=True
)
PASSWORD = Policy(
    "password", "Whoever knows a password, and the code of a second factor.", open=True
)
REFRESH_TOKEN = Policy("refresh-token", "Whoever has the refresh token.", open=True)
AWAITED = Policy(
    "password-was-right",
    "Whoever has just given their password, and has a second factor.",
    open=True,
)
SIGNED_LINK = Policy(
    "signed-link", "Whoever has the link that was mailed; it is good for one thing.", open=True
)
SIGNED_IN = Policy("signed-in", "Anybody signed in; it shows and does only what is theirs.")
ROLE_AUTHOR = Policy(
    "role:author", "Authors, in their own house.", frozenset({AUTHOR, ADMINISTRATOR})
)
OPERATES_PLATFORM = Policy(
    "operator of the platform",
    "Operators of the house that PLATFORM_HOUSE names, and superusers.",
    frozenset({Who.SUPERUSER}),  # where no house is named
)
OPERATES = Policy(
    "operator-or-superuser",
    "Operators: numbers of the whole platform, and what is of their own house.",
    frozenset({OPERATOR, ADMINISTRATOR, Who.SUPERUSER}),
)
COLLECTOR_OR_OPERATOR = Policy(
    "collector-or-operator",
    "A collector by METRICS_TOKEN, operators, and superusers.",
    frozenset({OPERATOR, ADMINISTRATOR, Who.SUPERUSER}),
)

OWN = _of_a_thing(
    "own", "Whose it is; to anybody else there is no such thing.", Who.OWNER, tells=frozenset()
)
ONLY_AUTHOR = _of_a_thing("author", "The author of the script.", AUTHOR)
AUTHOR_OR_OVERSEER = _of_a_thing(
    "author-or-overseer",
    "The author of the script, and the reviewers and operators of its house.",
    AUTHOR,
    *OVERSEERS,
)
GRANTED_OR_OVERSEER = _of_a_thing(
    "granted-or-overseer",
    "Whoever may use the script, and the reviewers and operators of its house.",
    BUYER,
    GRANTED,
    AUTHOR,
    *OVERSEERS,
)
OWNER_OR_GRANTED = _of_a_thing(
    "owner-or-granted",
    "The author of the script and whoever has a right to it; overseeing it gives none.",
    BUYER,
    GRANTED,
    AUTHOR,
)
OWNER_OR_GRANTED_EXACT = _of_a_thing(
    "owner-or-granted-exact",
    "The author of the script and whoever was granted it; a product gives its own streams only.",
    GRANTED,
    AUTHOR,
)
ROLE_REVIEWER = _of_a_thing(
    "role:reviewer",
    "The reviewers of the script's house, unless they wrote it.",
    REVIEWER,
    ADMINISTRATOR,
)
AUTHOR_OR_REVIEWER = _of_a_thing(
    "author-or-reviewer",
    "The author of the script, and the reviewers of its house.",
    AUTHOR,
    REVIEWER,
    ADMINISTRATOR,
)
AUTHOR_OR_OPERATOR = _of_a_thing(
    "author-or-operator",
    "The author of the script, and the operators of its house.",
    AUTHOR,
    OPERATOR,
    ADMINISTRATOR,
)
AUTHOR_IN_PERSON = _of_a_thing(
    "author",
    "The author of the script; whoever may know of it is told so.",
    AUTHOR,
    tells=HOUSE | {BUYER},
)
RIGHT_IN_QUESTION = _of_a_thing(
    "author-or-operator-or-oneself",
    "Who is asked about, the author of the script, and the operators of its house.",
    AUTHOR,
    OPERATOR,
    ADMINISTRATOR,
    Who.OWNER,
)
SELLER = _of_a_thing(
    "seller",
    "The author of the product's script, and the administrators of its house.",
    AUTHOR,
    ADMINISTRATOR,
    tells=frozenset({OPERATOR}),
)
SELLING_HOUSE = _of_a_thing(
    "seller-or-operator",
    "The author of the product's script, and the operators of its house.",
    AUTHOR,
    OPERATOR,
    ADMINISTRATOR,
    tells=frozenset(),
)
SELLING_HOUSE_OF_OFFERED = _of_a_thing(
    "seller-or-operator",
    "The author of the product's script, and the operators of its house.",
    AUTHOR,
    OPERATOR,
    ADMINISTRATOR,
    tells=EVERYBODY,
)
OFFERED = _of_a_thing(
    "offered", "Anybody signed in, once the product is offered; before that its seller.", *Who
)
SUBSCRIBED = _of_a_thing(
    "subscribed", "Whoever is subscribed to the product.", BUYER, tells=EVERYBODY
)
BUYER_OR_SELLER = _of_a_thing(
    "buyer-or-seller",
    "Who subscribed, and the seller and the operators of the selling house.",
    BUYER,
    AUTHOR,
    OPERATOR,
    ADMINISTRATOR,
    tells=frozenset(),
)

HOLDER = _of_a_thing(
    "operator-of-what-is-held",
    "The operators of the house that is held, and superusers.",
    OPERATOR,
    ADMINISTRATOR,
    Who.SUPERUSER,
    tells=frozenset(),
)
OFFERS = _of_a_thing(
    "author",
    "The author of the script that is to be offered, and the administrators of its house.",
    AUTHOR,
    ADMINISTRATOR,
)
EXECUTION_TOKEN = Policy(
    "execution-token",
    "Whom the token of one use was issued to.",
    frozenset({Who.OWNER}),
)
ITS_AUTHOR = _of_a_thing(
    "staff:its-author",
    "The author of the script; whoever oversees it is told that it is not theirs to write.",
    AUTHOR,
    tells=frozenset({*OVERSEERS, Who.SUPERUSER}),
)
OF_THE_HOUSE = _of_a_thing(
    "member", "The members of the house that the producer belongs to.", *HOUSE, tells=frozenset()
)
KNOWN_ORIGIN = Policy(
    "known-origin", "Programs, and browsers on pages of this installation.", open=True
)
CREDENTIAL = Policy(
    "session-key-or-ticket",
    "Whoever proves who they are: a session, an API key, a ticket of one use.",
    open=True,
)

OF_THE_PLATFORM = Policy(
    "staff:operator of the platform",
    "Staff who are operators of the house that PLATFORM_HOUSE names, and superusers.",
    frozenset({Who.SUPERUSER}),  # where no house is named
)
NOBODY = Policy("nobody", "Nobody: it is not done by hand.", frozenset())
STAFF = Policy("staff", "Anybody with a staff account.")


def staff(*roles: Who, thing: bool = False, superuser: bool = True) -> Policy:
    """Return the policy of an admin page that is for some roles, and for superusers."""
    names = "|".join(role.value for role in roles)
    who = frozenset({*roles, *([ADMINISTRATOR] if roles else [])})
    if superuser:
        who |= {Who.SUPERUSER}
    of_what = "of the own house" if roles else ""
    return Policy(
        f"staff:{names}" if names else "staff:superuser",
        f"Staff who are {' or '.join(roles) or 'superuser'} {of_what}".strip() + ".",
        who,
        tells=who if thing and roles else EVERYBODY,
        about_a_thing=thing,
    )
