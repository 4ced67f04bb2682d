"""Page the operators: one open alert for each thing that is wrong, told once by mail.

An alert about a version is for the operators of its house; one about a machine is for all of them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts import audit
from accounts.models import Role, User
from accounts.principals import NoTenant, principal_of
from common import row_scope
from common.circuit_breakers import BreakerOpen, breaker
from common.errors import Conflict, NotFound
from common.mail_answers import answer_in, speaks_against_the_server
from execution.models import Alert, AlertKind, AlertLevel
from registry.models import ScriptVersion

log = structlog.get_logger(__name__)

LEVELS = {
    AlertKind.VIOLATION: AlertLevel.CRITICAL,
    AlertKind.QUARANTINE: AlertLevel.CRITICAL,
    AlertKind.SILENCE: AlertLevel.WARNING,
}
MOST_IN_A_MAIL = 50
OPERATORS = (Role.OPERATOR, Role.ADMIN)


class NoSuchAlert(NotFound):
    """There is no such alert, or you may not know of it."""

    code = "no_such_alert"


class AlreadyAcknowledged(Conflict):
    """Somebody has acknowledged this alert already."""

    code = "already_acknowledged"


@transaction.atomic
def raise_alert(
    kind: AlertKind,
    subject: ScriptVersion | str,
    message: str,
    *,
    now: datetime,
    times: int = 1,
    mails: bool = True,
) -> Alert:
    """Alert the operators to a version, or to a machine by its name.

    While nobody has acknowledged the alert of the same kind and subject, it is counted there
    instead, as often as ``times`` says. Mail goes out after the transaction commits, for the first
    of them only; ``mails`` says whether the caller leaves that to this.
    """
    alert, is_new = _open_or_count(kind, subject, message, now=now, times=times)
    pk = alert.pk

    def tell() -> None:
        log.error("alert", kind=str(kind), subject=str(subject), message=message, count=alert.count)
        if is_new and mails:
            _send_mail(pk)

    # The run that raised the alert has ended by then; nothing that goes wrong here may undo that.
    transaction.on_commit(tell, robust=True)
    return alert


@transaction.atomic
def acknowledge(alert_id: UUID, *, acting_user: User, now: datetime) -> Alert:
    """Note that an operator has taken an alert in hand; what happens next opens another.

    Raises
    ------
    NoSuchAlert
        The acting user operates nothing, or not the house that it is about.
    AlreadyAcknowledged
        Somebody was quicker.
    """
    alert = open_to(acting_user).select_for_update(of=("self",)).filter(pk=alert_id).first()
    if alert is None:
        raise NoSuchAlert(alert_id=str(alert_id))
    if alert.acknowledged_at is not None:
        raise AlreadyAcknowledged(alert_id=str(alert_id))
    alert.acknowledged_by, alert.acknowledged_at = acting_user, now
    alert.save(update_fields=["acknowledged_by", "acknowledged_at"])
    audit.record(
        "alert_acknowledged",
        alert,
        chain=alert.version.script.tenant.slug if alert.version else audit.PLATFORM_CHAIN,
        acting_user=acting_user,
        now=now,
        before={"acknowledged_at": None},
        after={"kind": alert.kind, "message": alert.message, "count": alert.count},
    )
    return alert


def clear(kind: AlertKind, versions: Collection[UUID], *, now: datetime) -> int:
    """Note that what some versions were alerted for is over; return how many alerts that ends."""
    standing = Alert.objects.filter(kind=kind, version__in=versions, cleared_at=None)
    return standing.filter(acknowledged_at=None).update(cleared_at=now)


def open_to(user: User) -> QuerySet[Alert]:
    """Return the alerts that somebody may see: those of the house they operate, and machines'."""
    alerts = Alert.objects.select_related("version__script__tenant", "acknowledged_by")
    if user.is_active and user.is_superuser:
        return alerts
    try:
        principal = principal_of(user)
    except NoTenant:
        return alerts.none()
    if not user.is_active or not principal.has_role(Role.OPERATOR):
        return alerts.none()
    return alerts.filter(Q(version=None) | Q(version__script__tenant=principal.tenant_id))


def unacknowledged(user: User) -> list[Alert]:
    """Return the open alerts that somebody may see, the newest first."""
    standing = open_to(user).filter(acknowledged_at=None, cleared_at=None)
    return list(standing.order_by("-last_at"))


def _open_or_count(
    kind: AlertKind, subject: ScriptVersion | str, message: str, *, now: datetime, times: int
) -> tuple[Alert, bool]:
    about = (
        {"version": subject, "machine": ""}
        if isinstance(subject, ScriptVersion)
        else {"version": None, "machine": subject}
    )
    same = Alert.objects.filter(kind=kind, acknowledged_at=None, cleared_at=None, **about)
    if same.update(count=F("count") + times, last_at=now, message=message):
        return same.get(), False
    try:
        with transaction.atomic():
            new = {"kind": kind, "level": LEVELS[kind], "message": message, "count": times, **about}
            return Alert.objects.create(created_at=now, last_at=now, **new), True
    except IntegrityError:
        # Somebody else opened it in between: it is there now, and counted.
        return _open_or_count(kind, subject, message, now=now, times=times)


def _send_mail(pk: UUID) -> None:
    alert = Alert.objects.select_related("version__script__tenant").get(pk=pk)
    _mail(alert, f"[SignalHub] {alert.get_level_display()}: {alert}", alert.message)


def _mail(alert: Alert, subject: str, told: str) -> None:
    addresses = _addresses(alert)
    if not addresses:
        _note_problem(alert, "No operator has an address.")
        return
    mail = EmailMessage(
        subject=" ".join(subject.split()),
        body=f"{told}\n\nOpen the admin's first page to look at it and acknowledge it.\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        bcc=addresses,
    )
    try:
        # Not tried again: a mail whose answer was lost would come twice.
        problem = _hand_over(mail)
    except (OSError, BreakerOpen) as error:  # what smtplib raises is an OSError
        problem = str(error)
    if problem:
        _note_problem(alert, f"Mail was not sent: {problem}")


def _hand_over(mail: EmailMessage) -> str:
    """Return why this mail was refused, if it was; what speaks against the server is raised.

    A house's mailbox that is refused is not to keep back the alerts of all others.
    """
    with breaker(f"mail server {settings.EMAIL_HOST or 'console'}").guarding():
        try:
            mail.send()
        except (OSError, ValueError) as error:
            if speaks_against_the_server(error):
                raise
            return answer_in(error)[1]
    return ""


@row_scope.for_the_platform
def mail_together(pks: Collection[UUID]) -> None:
    """Tell of several alerts about versions in one mail for each house."""
    found = Alert.objects.select_related("version__script__tenant").filter(pk__in=pks)
    by_house: dict[object, list[Alert]] = {}
    for alert in found.order_by("pk"):
        house = alert.version.script.tenant_id if alert.version else None
        by_house.setdefault(house, []).append(alert)
    for alerts in by_house.values():
        first = alerts[0]
        more = f" and {len(alerts) - 1} more" if len(alerts) > 1 else ""
        told = "\n".join(alert.message for alert in alerts[:MOST_IN_A_MAIL])
        _mail(first, f"[SignalHub] {first.get_level_display()}: {first}{more}", told)


def _addresses(alert: Alert) -> list[str]:
    # In one filter: two would be met by a role in one house and a membership in another.
    membership: dict[str, object] = {"memberships__role__in": OPERATORS}
    if alert.version is not None:
        membership["memberships__tenant"] = alert.version.script.tenant_id
    operators = User.objects.filter(is_active=True, **membership)
    found = operators.exclude(email="").values_list("email", flat=True)
    return sorted(set(found))


def _note_problem(alert: Alert, problem: str) -> None:
    log.error("alert_not_mailed", alert=str(alert.pk), problem=problem)
    Alert.objects.filter(pk=alert.pk).update(mail_problem=problem[:300])
