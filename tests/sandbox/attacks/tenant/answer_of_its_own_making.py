# attack: raw | changes what the guest says between its check and the socket
import json
foreign = params.get("foreign_script", "foreign-script")
plain = json.dumps
def dumps(value, **how):
    return plain(value, **how).replace("own-script", foreign).replace('"history":0', '"history":5,"user_id":"mallory"')
json.dumps = dumps
log(get_script_output("own-script"))
