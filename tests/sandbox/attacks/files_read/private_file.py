# attack: raw | reads a file that only root may read | without seccomp+landlock+filesystem+unprivileged: said
log(open(params["private"]).read())
