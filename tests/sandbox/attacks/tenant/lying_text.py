# attack: raw | asks with a text that is equal to every other text
class Lie(str):
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = lambda self: hash("own-script")
    __len__ = lambda self: 3
    __str__ = __repr__ = lambda self: "own-script"
foreign = params.get("foreign_script", "foreign-script")
log(get_script_output(Lie(foreign)))
