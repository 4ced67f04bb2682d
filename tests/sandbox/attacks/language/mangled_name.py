# attack: language | reaches a guard's name through the mangling of private names | without language: said
class Hidden:
    def look(self):
        __secret = 1
        return __secret
log("PLUNDER-LANGUAGE", Hidden().look())
