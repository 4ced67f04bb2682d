# attack: language | reads a coroutine's frame | without language: said
async def job():
    return 1
waiting = job()
frame = waiting.cr_frame
waiting.close()
log("PLUNDER-LANGUAGE", str(frame)[:20])
