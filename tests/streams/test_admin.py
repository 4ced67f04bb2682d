"""The admin shows streams and outputs of one's own house, and changes none."""

from __future__ import annotations

import uuid

from django.test import Client

from accounts.models import User
from streams.models import Output, Stream
from tests.factories import make_draft
from tests.streams.conftest import Publish

EXECUTION_ID = uuid.UUID("0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10")


def test_an_operator_sees_the_streams_and_their_last_output(
    browser: Client, olga: User, stream: Stream, publish: Publish
) -> None:
    publish(3)
    browser.force_login(olga)

    streams = browser.get("/admin/streams/stream/")
    outputs = browser.get("/admin/streams/output/")
    output = browser.get(f"/admin/streams/output/{Output.objects.first().pk}/change/")  # type: ignore[union-attr]

    assert stream.key in streams.content.decode()
    assert "0\xa0minutes ago" in streams.content.decode()
    assert outputs.content.decode().count('class="field-script') == 3
    assert output.status_code == 200
    assert b'name="_save"' not in output.content


def test_another_house_sees_nothing_of_it(
    browser: Client, mallory: User, stream: Stream, publish: Publish
) -> None:
    publish(1)
    browser.force_login(mallory)

    assert stream.key not in browser.get("/admin/streams/stream/").content.decode()
    assert stream.key not in browser.get("/admin/streams/output/").content.decode()
    address = f"/admin/streams/stream/{stream.pk}/change/"
    assert stream.key not in browser.get(address, follow=True).content.decode()


def test_the_filters_name_no_script_of_another_house(
    browser: Client, olga: User, mallory: User, stream: Stream
) -> None:
    make_draft(mallory, name="Lighthouse secret")
    browser.force_login(olga)

    for model in ("stream", "output"):
        page = browser.get(f"/admin/streams/{model}/").content.decode()
        assert "Lighthouse secret" not in page

    browser.force_login(mallory)
    assert str(stream.script) not in browser.get("/admin/streams/stream/").content.decode()


def test_an_output_is_found_by_the_id_of_its_execution(
    browser: Client, olga: User, stream: Stream, publish: Publish
) -> None:
    publish(2)
    wanted = Output.objects.earliest("pk")
    Output.objects.filter(pk=wanted.pk).update(execution_id=EXECUTION_ID)
    browser.force_login(olga)

    found = browser.get("/admin/streams/output/", {"q": f"exec_personal_3_{EXECUTION_ID.hex}"})

    assert found.context["cl"].result_count == 1


def test_nobody_writes_there(browser: Client, olga: User, stream: Stream) -> None:
    browser.force_login(olga)

    for address in ("add/", f"{stream.pk}/delete/"):
        assert browser.post(f"/admin/streams/stream/{address}").status_code == 403
