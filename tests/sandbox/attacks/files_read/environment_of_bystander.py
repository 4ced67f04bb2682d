# attack: raw | reads another process's environment | without seccomp+landlock+filesystem+user_namespace: said
log(open(f"/proc/{params['bystander']}/environ").read()[-190:].replace("\0", " "))
