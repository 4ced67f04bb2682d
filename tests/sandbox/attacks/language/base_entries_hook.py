# attack: language | replaces its bases by a hook | without language: said
class Hook:
    def __mro_entries__(self, bases):
        return (dict,)
class Made(Hook()):
    pass
log("PLUNDER-LANGUAGE", len(Made(a=1)))
