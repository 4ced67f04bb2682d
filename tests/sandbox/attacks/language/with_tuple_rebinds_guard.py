# attack: language | binds a guard's name in the tuple a context manager gives | without language: said
class Pair:
    def __enter__(self):
        return 1, lambda owner, name: owner
    def __exit__(self, *ignored):
        return False
with Pair() as (one, _getattr_):
    log("PLUNDER-LANGUAGE")
