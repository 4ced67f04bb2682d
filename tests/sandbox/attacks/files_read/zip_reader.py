# attack: raw | has the importer of archives look at a planted file
import zipimport
try:
    zipimport.zipimporter(params["secret"])
except zipimport.ZipImportError as fault:
    if "not a Zip file" in str(fault):
        try:
            open(params["secret"]).close()
            log("PLUNDER-" + "FILE")
        except OSError:
            pass
