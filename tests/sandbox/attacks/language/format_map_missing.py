# attack: language | has a format ask a dictionary of its own for its fields | without language: said
class Fields:
    def __getitem__(self, name):
        return log
log("PLUNDER-LANGUAGE", "{x.__code__}".format_map(Fields())[:20])
