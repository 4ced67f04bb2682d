# attack: language | has sorted call the format method as its key | without language: said
seen = []
class Spy:
    def __str__(self):
        return "spy"
sorted([log], key="{0.__code__}".format)
log("PLUNDER-LANGUAGE")
