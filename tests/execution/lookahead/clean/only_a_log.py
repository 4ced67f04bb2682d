log(f"close {data['close'].iloc[-1]:.2f}")
