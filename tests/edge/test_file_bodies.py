"""Files come in through the servers that we ship; everything else stays small."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from pytest_django import Settings

from accounts.models import User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from common.in_flight import ServerBusy
from market.models import Upload
from signalhub.file_bodies import place_for_file
from tests.edge.servers import running

HEAD = b"instrument,at,event_id,price\n"
ROW = b"AAPL,2026-01-05T09:00:00Z,1,10.5\n"
FIVE_MB = HEAD + ROW * (5_000_000 // len(ROW))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("process", ["live", "api"])
def test_a_file_is_taken_where_other_bodies_are_too_large(
    olga: User, tmp_path: Path, process: str
) -> None:
    _, key = issue_api_key(olga, name="feed", acting_user=olga, now=utc_now())
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "text/csv"}
    with running(process, tmp_path) as server:
        address = f"http://127.0.0.1:{server.port}/api/v2/market"

        def post(path: str, content: bytes) -> httpx.Response:
            headers = {**sent, "Host": "localhost"}
            return httpx.post(address + path, content=content, headers=headers, timeout=60)

        taken = post("/uploads?kind=ticks&name=five.csv", FIVE_MB)
        too_large = post("/uploads?kind=ticks", b"x" * (settings.UPLOAD_MAX_BYTES + 1))
        elsewhere = post("/ticks", FIVE_MB)

    assert (taken.status_code, too_large.status_code, elsewhere.status_code) == (202, 413, 413)
    upload = Upload.objects.get()
    assert (str(upload.pk), upload.size_bytes) == (taken.json()["id"], len(FIVE_MB))
    assert upload.sha256 == hashlib.sha256(FIVE_MB).hexdigest()


def test_so_many_files_are_taken_at_once_and_no_more(settings: Settings) -> None:
    settings.UPLOADS_AT_ONCE = 2

    with place_for_file(), place_for_file(), pytest.raises(ServerBusy), place_for_file():
        pytest.fail("a third was let in")
    with place_for_file(), place_for_file():
        pass
