"""The signature doctor: paste a request, and see why it is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.clock import utc_now
from common.errors import SignalHubError
from common.json_field import CODE_ATTRIBUTES
from ingest.admin.operating import user_of
from ingest.api.inspection import inspect_content, inspect_size
from ingest.models import Producer
from ingest.pasted_requests import PASTED_MAX_BYTES, PastedRequest, read_pasted
from ingest.services.doctor import examine_request
from ingest.signature_doctor import Diagnosis, HashedBytes


class DoctorForm(forms.Form):
    """A request, whom it is about, and when it came."""

    producer = forms.ModelChoiceField(
        queryset=Producer.objects.none(),
        required=False,
        empty_label="the one that the request names",
        to_field_name="producer_id",
    )
    request = forms.CharField(
        strip=False,
        widget=forms.Textarea(attrs={**CODE_ATTRIBUTES, "rows": 10}),
        help_text="The headers, an empty line and the body; or a command for curl.",
    )
    body = forms.CharField(
        required=False,
        strip=False,
        label="Body, if not above",
        widget=forms.Textarea(attrs={**CODE_ATTRIBUTES, "rows": 4}),
    )
    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="Or the body as a file",
        help_text="Byte for byte: what is pasted has lost how its lines ended.",
    )
    received_at = forms.CharField(
        required=False,
        max_length=40,
        label="Received at",
        help_text="With its zone, such as 2026-01-05T16:00:00Z. Empty: now.",
    )

    def __init__(self, *args: Any, producers: QuerySet[Producer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["producer"].queryset = producers  # type: ignore[attr-defined]

    def clean_file(self) -> bytes | None:
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > PASTED_MAX_BYTES:
            raise forms.ValidationError("This is larger than any request could be.")
        return bytes(file.read())

    def clean_received_at(self) -> datetime | None:
        text = self.cleaned_data["received_at"].strip()
        if not text:
            return None
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError("This is no instant.") from None
        if read.tzinfo is None:
            raise forms.ValidationError("Write its zone as well, such as Z or +02:00.")
        return read

    def pasted(self) -> PastedRequest:
        """Return the request of all the fields; the file counts most, then the body's field."""
        given = self.cleaned_data
        request = read_pasted(given["request"])
        if given["body"]:
            request.body = given["body"].replace("\r\n", "\n").encode()
        if given["file"] is not None:
            request.body = given["file"]
        elif request.body is not None and b"\n" in request.body:
            request.notes.append(
                "A browser makes all line ends alike: they are newlines here. Give the body as a "
                "file to be sure of its bytes."
            )
        return request


def context_of(request: HttpRequest, producers: QuerySet[Producer]) -> dict[str, Any]:
    """Return what the page shows: the form, and after a request its diagnosis."""
    bound = (request.POST, request.FILES) if request.method == "POST" else ()
    initial = {"producer": request.GET.get("producer")}
    form = DoctorForm(*bound, producers=producers, initial=initial)
    diagnosis = _examined(request, form) if form.is_bound and form.is_valid() else None
    return {
        "title": "Signature doctor",
        "form": form,
        "has_producers": producers.exists(),
        "diagnosis": diagnosis,
        "shown": _shown(diagnosis.hashed) if diagnosis and diagnosis.hashed else "",
        "masked": diagnosis and any(not one.whole for one in diagnosis.expected),
    }


def _examined(request: HttpRequest, form: DoctorForm) -> Diagnosis | None:
    try:
        return examine_request(
            form.pasted(),
            producer=form.cleaned_data["producer"],
            received_at=form.cleaned_data["received_at"],
            inspect=inspect_content,
            inspect_size=inspect_size,
            acting_user=user_of(request),
            now=utc_now(),
        )
    except SignalHubError as error:
        field = error.details.get("field")
        form.add_error(field if field in form.fields else None, error.message)
        return None


def _shown(hashed: HashedBytes) -> SafeString:
    # Assembled here: a template would add white space of its own.
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<b class="sign">{}</b>', piece.text) if piece.is_sign else piece.text,)
            for piece in hashed.pieces
        ),
    )
