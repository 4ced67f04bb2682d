# attack: raw | lifts the limits that the guest keeps of itself
limits = emit_signal.__closure__[0].cell_contents._limits
limits.update(dict.fromkeys(limits, 10**12))
for number in range(400):
    emit_signal({"value": number})
