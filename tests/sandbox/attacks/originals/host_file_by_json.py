# attack: language | opens a file through the modules json holds, as the originals let it | without language+seccomp+landlock+filesystem: said
import json
log(json.codecs.builtins.open(params["secret"]).read())
