# attack: language | keeps callbacks that see errors nobody showed | without language: said
import contextlib
stack = contextlib.ExitStack()
stack.push(lambda *event: log("PLUNDER-LANGUAGE", str(event[2].tb_frame)[:20]) or True)
with stack:
    1 / 0
