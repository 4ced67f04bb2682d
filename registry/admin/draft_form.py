"""The fields of a draft as an author writes them. The services decide what is acceptable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import F

from accounts.models import User
from accounts.principals import principal_of
from common.errors import SignalHubError
from common.json_field import CODE_ATTRIBUTES, JSONObjectField
from registry import access, queries
from registry.manifest import RUNTIME_MODES, TIMEFRAMES
from registry.models import Script, ScriptVersion
from registry.models.scripts import NAME_MAX_LENGTH

PERMISSIONS = ("allowed_users", "tiers", "features")
FORM_ID = "draft"  # the fields stand in several places of the page and belong to one form
Choice = tuple[str, str]  # what is stored, and how it reads


class NamesField(forms.CharField):
    """Several names, separated by commas."""

    def to_python(self, value: Any) -> Any:
        names = [name.strip() for name in (value or "").split(",")]
        return [name for name in names if name]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class DraftForm(forms.Form):
    """Everything that an author says about a version."""

    name = forms.CharField(max_length=NAME_MAX_LENGTH)
    description = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="For subscribers."
    )
    source = forms.CharField(
        strip=False, widget=forms.Textarea(attrs={**CODE_ATTRIBUTES, "rows": 24})
    )
    runtime_mode = forms.ChoiceField(
        choices=[(mode, {"onetime": "one-time"}.get(mode, mode)) for mode in RUNTIME_MODES],
        label="Runs",
        help_text="Realtime: on every bar. One-time: when it is asked for.",
    )
    timeframe = forms.ChoiceField(choices=[(name, name) for name in TIMEFRAMES])
    version = forms.CharField(max_length=20, help_text="Greater than every published one.")
    input_schema = JSONObjectField(required=False, help_text="JSON Schema of its parameters.")
    output_schema = JSONObjectField(
        required=False, help_text="JSON Schema of each output: value, timestamp, metadata."
    )
    tolerance = JSONObjectField(
        required=False,
        label="Watermark tolerance",
        help_text="By how much a subscriber's copy may differ, so that a leak can be traced: "
        '{"value": {"absolute": 0.02}} or {"metadata.upper": {"relative": 0.0001}}. '
        "Without it only metadata names the subscriber, which a leaker leaves out.",
    )
    depends_on = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Whoever runs this script needs an entitlement to each of these too.",
    )
    allowed_users = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="They need no entitlement once it is published.",
    )
    tiers = NamesField(required=False, help_text="Separated by commas.")
    features = NamesField(required=False, help_text="Separated by commas.")
    release_note = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What changed since the last published version.",
    )

    def __init__(
        self, *args: Any, dependencies: list[Choice], people: list[Choice], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for field in self.fields.values():
            field.widget.attrs["form"] = FORM_ID
        self.fields["depends_on"].choices = dependencies  # type: ignore[attr-defined]
        self.fields["allowed_users"].choices = people  # type: ignore[attr-defined]

    def written(self) -> dict[str, Any]:
        """Return the arguments of the services from a valid form."""
        given = dict(self.cleaned_data)
        texts = ("name", "description", "source", "version", "release_note")
        manifest = {name: given[name] for name in ("runtime_mode", "timeframe", "depends_on")}
        for schema in ("input_schema", "output_schema"):
            manifest[schema] = given[schema] or {"type": "object"}
        manifest["permissions"] = {name: given[name] for name in PERMISSIONS}
        if given["tolerance"] or self.initial.get("tolerance"):
            manifest["watermark"] = {"tolerance": given["tolerance"] or {}}
        return {**{name: given[name] for name in texts}, "manifest": manifest}

    def typed(self) -> dict[str, Any]:
        """Return what stands in the fields, whether it is acceptable or not."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, name)
            for name, field in self.fields.items()
        }

    def show_refusal(self, error: SignalHubError) -> None:
        """Put what a service refused beside the field that it names."""
        path = str(error.details.get("field", ""))
        field = next((part for part in path.split(".") if part in self.fields), None)
        self.add_error(field, error.message.removeprefix(f"{path}: "))


def draft_of(script: Script, version: ScriptVersion) -> dict[str, Any]:
    """Return what the form of a version starts with; a released one opens the next."""
    next_number = queries.next_free_version(script) if version.is_released else version.version
    return {
        **_of_manifest(version.manifest),
        "name": script.name,
        "description": script.description,
        "source": version.source,
        "version": next_number,
        "release_note": "" if version.is_released else version.release_note,
    }


def dependencies_offered(
    user: User, *, script: Script | None, named: list[str], at: datetime
) -> list[Choice]:
    """Return what a script of the user may depend on, and what it depends on already."""
    usable = access.scripts_accessible_to(user, at=at)
    current = (
        ScriptVersion.objects.filter(script__in=usable, script__current_version=F("pk"))
        .exclude(script=script)
        .select_related("script")
        .order_by("script__name")
    )
    offered = {f"{version.script_id}@{version.version}": str(version) for version in current}
    return _with_those_named(offered, named)


def people_offered(user: User, *, named: list[str]) -> list[Choice]:
    """Return the members of the user's tenant besides the user, and who is named already."""
    members = User.objects.filter(
        is_active=True, memberships__tenant=principal_of(user).tenant_id
    ).exclude(pk=user.pk)
    names = members.distinct().order_by("username").values_list("pk", "username")
    return _with_those_named({str(pk): name for pk, name in names}, named)


def _with_those_named(offered: dict[str, str], named: list[str]) -> list[Choice]:
    # What a draft holds stays a choice, or saving the form would take it out unasked.
    return [*offered.items(), *((value, value) for value in named if value not in offered)]


def _of_manifest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    grouped = ("permissions", "watermark")
    fields = {name: value for name, value in manifest.items() if name not in grouped}
    return {**fields, **manifest["permissions"], **manifest.get("watermark", {})}
