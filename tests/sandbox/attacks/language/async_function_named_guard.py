# attack: language | defines a coroutine under a guard's name | without language: said
async def _apply_(*arguments):
    return arguments
log("PLUNDER-LANGUAGE")
