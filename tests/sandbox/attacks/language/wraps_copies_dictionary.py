# attack: language | copies the attributes of a library's function to its own | without language: said
import functools
@functools.wraps(pd.concat)
def mine():
    return 1
log("PLUNDER-LANGUAGE", str(mine.__wrapped__)[:20])
