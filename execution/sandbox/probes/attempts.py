"""Proof that each layer stands: a child that really tries what the layer forbids.

`attempt` runs in a child of the zygote, inside the jail, from which the other layers were left out
where they would hide the one in question.
"""

from execution.sandbox.probes import calls, files, identity, network, resources
from execution.sandbox.probes.outcomes import Attempt, Bait

ATTEMPTS: dict[str, Attempt] = {
    "unprivileged": identity.try_to_become_root,
    "no_capabilities": identity.try_privileged_call,
    "no_new_privileges": identity.look_for_new_privileges,
    "user_namespace": identity.try_other_users,
    "mount_namespace": identity.look_at_mount,
    "process_namespace": identity.try_to_see_processes,
    "ipc_namespace": identity.try_shared_memory,
    "uts_namespace": identity.look_at_host_name,
    "network_namespace": network.try_network,
    "filesystem": files.try_outside_file,
    "read_only_filesystem": files.try_to_write,
    "no_shared_folder": files.try_shared_folders,
    "landlock_files": files.try_files_past_landlock,
    "landlock_network": network.try_tcp_past_landlock,
    "landlock_scope": network.try_scope_past_landlock,
    "seccomp": calls.try_forbidden_call,
    "no_executable_memory": calls.try_executable_memory,
    "write_xor_execute": calls.try_write_and_execute,
    "memory_limit": resources.try_much_memory,
    "cpu_limit": resources.burn_cpu,
    "process_limit": resources.try_to_fork,
    "file_size_limit": resources.try_to_write_much,
    "descriptor_limit": resources.try_many_descriptors,
    "core_limit": identity.try_core_dumps,
    "wall_clock": resources.sleep_on,
    "cgroup_memory": resources.fill_group,
    "cgroup_swap": resources.fill_group,
    "cgroup_processes": resources.crowd_group,
    "descriptors_closed": files.look_for_descriptors,
    "clean_environment": files.look_at_environment,
}


def attempt(layer: str, bait: Bait) -> dict[str, object]:
    """Try what a layer forbids and return whether it held, with what happened."""
    try:
        held, detail = ATTEMPTS[layer](bait)
    except Exception as fault:
        return {"op": "probed", "held": False, "detail": f"{type(fault).__name__}: {fault}"}
    return {"op": "probed", "held": held, "detail": detail}
