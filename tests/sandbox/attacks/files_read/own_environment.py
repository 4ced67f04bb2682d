# attack: raw | reads the environment it was started with | without clean_environment: said
import os
log(os.environ.get("PLUNDER_VARIABLE", "nothing"))
