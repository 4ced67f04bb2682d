# attack: raw | has the cache of source lines read a planted file | without seccomp+landlock+filesystem: said
import linecache
log(linecache.getline(params["secret"], 1))
