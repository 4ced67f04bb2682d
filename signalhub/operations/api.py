"""``GET /api/v2/admin/scaling``: how many workers there should be, and why."""

from __future__ import annotations

from dataclasses import asdict

from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import ApiKeyAuthentication
from common.clock import utc_now
from common.errors import Forbidden
from common.http.openapi import describe
from execution.scheduling.load_shedding import Priority
from execution.scheduling.scaling import Action, Urgency
from execution.services import scaling
from signalhub.metrics import CollectorAuthentication, OperatorOrCollector

HISTORY = 20


class ReadingReply(serializers.Serializer[object]):
    name = serializers.CharField()
    value = serializers.FloatField()
    too_much_from = serializers.FloatField(help_text="At this value the score is 0.5.")
    score = serializers.FloatField(help_text="0 to 1.")


class AdviceReply(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    action = serializers.ChoiceField([action.value for action in Action])
    pods = serializers.IntegerField(help_text="How many there were.")
    recommended_pods = serializers.IntegerField()
    score = serializers.FloatField()
    reason = serializers.CharField()


class ScalingReply(serializers.Serializer[object]):
    action = serializers.ChoiceField([action.value for action in Action])
    urgency = serializers.ChoiceField([urgency.value for urgency in Urgency])
    recommended_pods = serializers.IntegerField(
        help_text="Also while nothing is to be changed: what was advised last, or what there is."
    )
    reason = serializers.CharField()
    confidence = serializers.FloatField(
        help_text="The share of the last twenty scores that ask for the same."
    )
    score = serializers.FloatField(help_text="Above 0.7 more are needed, below 0.3 fewer will do.")
    pods = serializers.IntegerField(help_text="Machines that run scripts now.")
    cooldown_seconds_left = serializers.IntegerField(
        help_text="Until another change may be advised."
    )
    readings = ReadingReply(many=True, help_text="What the score is made of, the worst first.")
    history = AdviceReply(many=True, help_text="The newest first.")


class ScalingView(APIView):
    authentication_classes = (
        CollectorAuthentication,
        ApiKeyAuthentication,
        SessionAuthentication,
    )
    permission_classes = (OperatorOrCollector,)
    shed_as = Priority.CRITICAL

    @describe(responses=ScalingReply, raises=(Forbidden,))
    def get(self, request: Request) -> Response:
        """Advise how many workers there should be, with the readings that it follows from.

        A change is advised at most every five minutes; in between, `recommended_pods` stays what
        it was. For operators, and for collectors that know METRICS_TOKEN.
        """
        found = scaling.current_recommendation(now=utc_now())
        body = {**asdict(found), "history": scaling.history()[:HISTORY]}
        reply = ScalingReply(body)
        return Response(reply.data, headers={"Cache-Control": "no-store"})
