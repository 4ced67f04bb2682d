"""Staff who have yet to enrol a second factor come no further than to the page where they do."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from accounts.models import User
from accounts.services.second_factors import SecondFactorNeeded
from common.http.problems import problem_response

# What they may do meanwhile. Whoever signs in to the API with a password is asked there.
OPEN_TO_ALL = re.compile(
    r"^/(account/second-factor(/|$)|login(/|$)|logout/$|admin/log(in|out)/$|static/"
    r"|health(/|$)|api/(schema|docs)$|api/v2/auth/(token|refresh|revoke)$)"
)
FOR_PROGRAMS = re.compile(r"^/(api|scripts|data|signals|subscriptions|metrics)(/|$)")


class EnrolmentGate(MiddlewareMixin):
    """Leads browsers to the page; their programs are told with a problem."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not settings.STAFF_SECOND_FACTOR_REQUIRED or OPEN_TO_ALL.match(request.path):
            return None
        user = request.user
        if not isinstance(user, User) or not user.must_enrol:
            return None
        if FOR_PROGRAMS.match(request.path):
            return problem_response(SecondFactorNeeded())
        return redirect("account-second-factor")
