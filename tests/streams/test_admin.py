"""The admin shows streams and outputs of one's own house, and changes none."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from streams.models import Output, Stream
from tests.streams.conftest import Publish


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
    assert outputs.content.decode().count(f"{stream.key}</a>") == 3
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


def test_nobody_writes_there(browser: Client, olga: User, stream: Stream) -> None:
    browser.force_login(olga)

    for address in ("add/", f"{stream.pk}/delete/"):
        assert browser.post(f"/admin/streams/stream/{address}").status_code == 403
