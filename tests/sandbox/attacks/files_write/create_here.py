# attack: raw | creates a file where it is
open(params["mark"], "w").close()
