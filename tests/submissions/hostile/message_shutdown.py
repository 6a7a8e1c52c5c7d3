"""Says that the kernel is starting anew, is dead, or is shut down.

kind: kernel
"""

def attack():
    for state in ("starting", "restarting", "dead", "terminating"):
        forge(APP.iopub_socket, "status", {"execution_state": state})
    forge(APP.iopub_socket, "shutdown_reply", {"status": "ok", "restart": True})
    forge(APP.control_socket, "shutdown_reply", {"status": "ok", "restart": False})
