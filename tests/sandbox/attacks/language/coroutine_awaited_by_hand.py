# attack: language | drives a coroutine by hand | without language: said
async def job():
    return 1
try:
    job().send(None)
except StopIteration as done:
    log("PLUNDER-LANGUAGE", done.value)
