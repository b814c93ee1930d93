"""What the tools of stores, queues and clusters print: Redis, Kafka, RabbitMQ, etcd, Ceph. Pure."""

from __future__ import annotations

import re

from drills.scenario.printing.look import Look, table


def print_redis(command: str, look: Look) -> str:  # noqa: PLR0911, PLR0912 -- one for each command
    low, bad = command.casefold(), look.troubled
    if re.search(
        r"\b(?:config set|failover|flush|del |set |expire|slaveof|replicaof|bgsave"
        r"|bgrewriteaof|client kill|memory purge|restart|debug)",
        low,
    ):
        return "OK"
    if "--scan" in low:
        return "<prefix>:<key 1>\n<prefix>:<key 2>\n<prefix>:<key 3>"
    if re.search(r"\b(?:p?ttl)\b", low):
        return f"(integer) {-1 if bad else 41120}"
    if "--bigkeys" in low:
        return "Biggest hash   found '<key>' has 412933 fields\nBiggest string found '<key>' has 18211 bytes"
    if "slowlog" in low:
        return (
            '1) 1) (integer) 8121\n   3) (integer) 412993\n   4) 1) "KEYS"\n      2) "*"'
            if bad
            else "(empty array)"
        )
    if "ping" in low:
        return "Could not connect to Redis: Connection refused" if bad else "PONG"
    if "replication" in low or "role" in low:
        link = "down" if bad else "up"
        return f"role:master\nconnected_slaves:{1 if bad else 2}\nmaster_link_status:{link}"
    if "clients" in low or "client list" in low:
        count = look.number() or (9874 if bad else 214)
        return f"connected_clients:{count}\nblocked_clients:{31 if bad else 0}"
    if "stats" in low:
        hits, misses = ("5120331", "4870012") if bad else ("81203310", "912004")
        evicted = "412093" if bad else "0"
        return f"evicted_keys:{evicted}\nkeyspace_hits:{hits}\nkeyspace_misses:{misses}"
    if "cluster" in low:
        state, slots = ("fail", 10923) if bad else ("ok", 16384)
        return f"cluster_state:{state}\ncluster_slots_ok:{slots}\ncluster_known_nodes:6"
    if "latency" in low:
        return f"min: 0, max: {812 if bad else 3}, avg: {41.2 if bad else 0.31}"
    if "memory" in low or "info" in low or "maxmemory" in low:
        used, ratio = ("3.94G", 1.92) if bad else ("2.11G", 1.08)
        return (
            f"used_memory_human:{used}\nmaxmemory_human:4.00G\nmaxmemory_policy:allkeys-lru\n"
            f"mem_fragmentation_ratio:{ratio}"
        )
    if "dbsize" in low or "llen" in low or "scard" in low or "xlen" in low:
        return f"(integer) {look.number() or (48213 if bad else 12)}"
    return look.value() or ("(nil)" if bad else "OK")


def print_kafka(command: str, look: Look) -> str:
    bad = look.troubled
    if re.search(r"reset-offsets|--alter|--create|--delete|--execute|reassign|elect", command):
        return (
            table(("TOPIC", "PARTITION", "NEW-OFFSET"), [("<topic>", "4", "8812041")])
            if "offset" in command
            else "Completed successfully."
        )
    if "topics" in command:
        return (
            f"Topic: <topic>  Partition: 4  Leader: {'none' if bad else '2'} "
            f" Replicas: 2,3,1  Isr: {'2' if bad else '2,3,1'}"
        )
    group = re.search(r"--group[ =]([\w.-]+)", command)
    lag = look.number() or ("48213" if bad else "12")
    name = group[1] if group else "<group>"
    behind = int(re.sub(r"\D", "", lag.partition(".")[0]) or 0)
    rows = [
        (name, "<topic>", "3", "8811902", "8811902", "0"),
        (name, "<topic>", "4", str(8_812_041 - behind), "8812041", str(behind)),
    ]
    head = ("GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG")
    return table(head, rows)


def print_rabbit(command: str, look: Look) -> str:
    bad = look.troubled
    if "list_queues" in command or "queue" in command:
        return table(
            ("name", "messages", "consumers"),
            [("<queue>", look.number() or ("48213" if bad else "14"), "0" if bad else "6")],
        )
    if "status" in command:
        alarm = "memory resource limit alarm set" if bad else "(none)"
        return f"Runtime\n\nUptime (seconds): 3541120\n\nAlarms\n\n{alarm}"
    return "Completed." if not look.step.looks else look.value() or ("down" if bad else "running")


def print_etcd(command: str, look: Look) -> str:  # noqa: PLR0911 -- one for each command
    bad = look.troubled
    if "defrag" in command:
        return "Finished defragmenting etcd member"
    if "compact" in command:
        return "compacted revision 8812041"
    if "alarm" in command:
        return "alarm:NOSPACE" if bad and "disarm" not in command else "(no output)"
    if "snapshot" in command:
        return "Snapshot saved"
    if re.search(r"member (?:remove|add|promote|update)", command):
        return "Member 8e9e05c52164694d " + (
            "removed from cluster" if "remove" in command else "updated"
        )
    if "health" in command:
        rows = [
            (
                "<member 1>",
                "false" if bad else "true",
                "5.001s" if bad else "9ms",
                "context deadline exceeded" if bad else "",
            ),
            ("<member 2>", "true", "11ms", ""),
            ("<member 3>", "true", "9ms", ""),
        ]
        return table(("ENDPOINT", "HEALTH", "TOOK", "ERROR"), rows)
    if "member list" in command:
        return table(
            ("ID", "STATUS", "NAME", "IS LEARNER"),
            [
                ("8e9e05c52164694d", "started", "<member 1>", "false"),
                ("91bc3c398fb3c146", "started", "<member 2>", "false"),
                ("fd422379fda50e48", "unstarted" if bad else "started", "<member 3>", "false"),
            ],
        )
    size = look.value() if "B" in look.value() else ("2.1 GB" if bad else "310 MB")
    rows = [
        ("<member 1>", size, "true", "1412"),
        ("<member 2>", size, "false", "1412"),
        ("<member 3>", size, "false", "1409" if bad else "1412"),
    ]
    return table(("ENDPOINT", "DB SIZE", "IS LEADER", "RAFT TERM"), rows)


def print_ceph(command: str, look: Look) -> str:
    bad = look.troubled
    if "osd tree" in command or "osd df" in command:
        return table(
            ("ID", "CLASS", "WEIGHT", "NAME", "STATUS", "USE%"),
            [
                ("0", "ssd", "1.0", "osd.0", "up", "61"),
                (
                    "1",
                    "ssd",
                    "1.0",
                    "osd.1",
                    "down" if bad else "up",
                    str(look.world.percent) if bad else "60",
                ),
            ],
        )
    if re.search(r"\bdf\b", command):
        return table(
            ("CLASS", "SIZE", "AVAIL", "%RAW USED"),
            [
                (
                    "ssd",
                    "6 TiB",
                    "0.5 TiB" if bad else "2.4 TiB",
                    str(look.world.percent) if bad else "60",
                )
            ],
        )
    if "ops" in command:
        return (
            (
                '{"ops": [{"description": "osd_op(write)", "age": 61.4, "type_data":'
                ' {"flag_point": "waiting for sub ops"}}], "num_ops": 14}'
            )
            if bad
            else '{"ops": [], "num_ops": 0}'
        )
    if (
        re.search(
            r"\b(?:set|unset|rm|create|repair|enable|disable|crush|reweight|in|out)\b", command
        )
        and not look.step.looks
    ):
        return "done"
    health = (
        (
            "HEALTH_WARN\n            1 osds down\n            Degraded data redundancy:"
            " 41203/812033 objects degraded"
        )
        if bad
        else "HEALTH_OK"
    )
    return (
        f"  cluster:\n    health: {health}\n  services:\n    mon: 3 daemons, quorum"
        f" a,b,c\n    osd: 3 osds: {2 if bad else 3} up, 3 in"
    )
