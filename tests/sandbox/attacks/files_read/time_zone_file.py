# attack: raw | has the time zone reader open a planted file | without seccomp+landlock+filesystem: said
import zoneinfo
try:
    zoneinfo.ZoneInfo.from_file(open(params["secret"], "rb"))
except ValueError:
    log("PLUNDER-" + "FILE")
