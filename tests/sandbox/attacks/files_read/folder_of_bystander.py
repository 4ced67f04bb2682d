# attack: raw | looks at the machine through a bystander's folder | without seccomp+landlock+filesystem+user_namespace: said
import os
if os.listdir(f"/proc/{params['bystander']}/cwd/"):
    log("PLUNDER-LISTING")
