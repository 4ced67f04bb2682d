# attack: raw | creates a module beside the sandbox's own
import execution.sandbox
open(list(execution.sandbox.__path__)[0] + "/" + params["mark"], "w").close()
