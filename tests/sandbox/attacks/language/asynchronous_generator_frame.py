# attack: language | reads an asynchronous generator's code | without language: said
async def job():
    yield 1
log("PLUNDER-LANGUAGE", str(job().ag_code)[:20])
