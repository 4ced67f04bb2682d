# attack: raw | asks for more outputs than may be asked for, with a number that lies
class Lie(int):
    __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __int__ = __index__ = lambda self: 10**9
own = params.get("own_script", "own-script")
if len(get_market_data(bars=Lie(5))) > 5000:
    log("PLUNDER-" + "BARS")
log(get_script_output(own, history=Lie(-5)))
