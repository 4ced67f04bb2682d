# attack: language | changes the class of an object | without language: said
class First:
    pass
class Second:
    pass
first = First()
first.__class__ = Second
log("PLUNDER-LANGUAGE", isinstance(first, Second))
