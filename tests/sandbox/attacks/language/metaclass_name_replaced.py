# attack: language | replaces what gives scripts' classes their type | without language: said
__metaclass__ = type
class Plain:
    pass
log("PLUNDER-LANGUAGE", Plain.__mro__)
