# attack: language | defines a method under a guard's name to shadow it in the class body | without language: said
class Body:
    def _getattr_(owner, name=None):
        return owner
    seen = log.anything if False else "PLUNDER-LANGUAGE"
log(Body.seen)
