# attack: raw | overwrites, renames and removes a planted file
import os
for attempt in (
    lambda: open(params["secret"], "w"),
    lambda: os.truncate(params["secret"], 0),
    lambda: os.unlink(params["secret"]),
):
    try:
        attempt()
    except OSError as fault:
        log(type(fault).__name__)
