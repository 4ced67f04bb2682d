# attack: raw | opens what another process has open | without seccomp+landlock+filesystem: said
import os
if os.listdir(f"/proc/{params['bystander']}/fd"):
    log("PLUNDER-DESCRIPTOR")
