"""What operators write about a producer, checked field by field by the rules of the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from common import row_scope
from common.errors import InvalidInput
from common.json_field import CODE_ATTRIBUTES, JSONObjectField
from ingest.mapping_rules import TRADINGVIEW, read_mapping
from ingest.models import Dialect, Producer
from ingest.networks import read_networks
from ingest.payload_schemas import require_payload_schema
from ingest.producer_secrets import require_strong
from ingest.services.producers import ProducerIdTaken, require_anywhere, require_unmapped

OWN_SECRET = (
    "Leave it empty to be given a random one. Your own has 32 or more characters from a random "
    "source; for Standard Webhooks it begins with whsec_."
)


def secret_field() -> forms.CharField:
    """Return a field for a secret that a producer brings along; it is never shown again."""
    widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(
        required=False, strip=False, label="Own secret", widget=widget, help_text=OWN_SECRET
    )


class ProducerForm(forms.ModelForm[Producer]):
    """A producer; what cannot be changed later is asked for only once."""

    secret = secret_field()
    mapping = JSONObjectField(
        required=False,
        help_text="Where a body of another dialect holds instrument, side, time, version and "
        "payload; for TradingView also the token. Our own signature needs none. Empty for "
        "TradingView: the usual names.",
    )
    allowed_networks = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={**CODE_ATTRIBUTES, "rows": 4}),
        help_text="The networks that other dialects may send from, one a line, such as "
        "203.0.113.0/24. Empty: from anywhere.",
    )
    payload_schema = JSONObjectField(
        required=False, help_text=Producer._meta.get_field("payload_schema").help_text
    )

    class Meta:
        model = Producer
        fields = (
            "producer_id",
            "dialect",
            "enabled",
            "strict_clock",
            "mapping",
            "allowed_networks",
            "payload_schema",
        )
        help_texts = {
            "dialect": "How it proves who it is and what its bodies look like; it cannot be "
            "changed later.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "allowed_networks" in self.fields:
            self.initial["allowed_networks"] = "\n".join(self.instance.allowed_networks)

    def clean_producer_id(self) -> str:
        # Ids are unique across organisations, of which an operator sees one.
        producer_id: str = self.cleaned_data["producer_id"]
        with row_scope.within(row_scope.PLATFORM):
            if Producer.objects.filter(producer_id=producer_id).exists():
                raise forms.ValidationError(ProducerIdTaken().message)
        return producer_id

    def clean_payload_schema(self) -> Any:
        schema = self.cleaned_data["payload_schema"]
        if schema is not None:
            _checked(lambda: require_payload_schema(schema))
        return schema

    def clean_allowed_networks(self) -> list[str]:
        lines = self.cleaned_data["allowed_networks"].replace(",", "\n").splitlines()
        networks: list[str] = _checked(
            lambda: read_networks([line for line in lines if line.strip()])
        )
        return networks

    def clean(self) -> dict[str, Any]:
        """Refuse what does not belong to the dialect, beside the field that is wrong."""
        given: dict[str, Any] = super().clean() or {}
        dialect = given.get("dialect") or self.instance.dialect
        if dialect == Dialect.TRADINGVIEW and not self.errors and given.get("mapping") is None:
            given["mapping"] = TRADINGVIEW
        for field, check in self._checks(dialect, given):
            if field in self.fields and field not in self.errors:
                try:
                    check()
                except InvalidInput as error:
                    self.add_error(field, error.message)
        return given

    def _checks(
        self, dialect: str, given: dict[str, Any]
    ) -> list[tuple[str, Callable[[], object]]]:
        with_token = dialect == Dialect.TRADINGVIEW
        mapping, secret = given.get("mapping"), given.get("secret")
        checks: list[tuple[str, Callable[[], object]]] = []
        if secret:
            checks.append(("secret", lambda: require_strong(secret, dialect)))
        if dialect == Dialect.SIGNED:
            checks.append(("mapping", lambda: require_unmapped(mapping)))
            checks.append(
                ("allowed_networks", lambda: require_anywhere(given.get("allowed_networks")))
            )
        elif mapping is not None or with_token:
            checks.append(("mapping", lambda: read_mapping(mapping, with_token=with_token)))
        return checks


class RotationForm(forms.Form):
    """A new secret, random or brought along."""

    secret = secret_field()


def _checked(check: Callable[[], Any]) -> Any:
    try:
        return check()
    except InvalidInput as error:
        raise forms.ValidationError(error.message) from None
