"""Is a piece of code within a sentence a command to run, or only the name of something? Pure."""

from __future__ import annotations

import re

# fmt: off
#: Programs that are started with arguments. A word that is as often a plain name (`top`, `set`) is not
#: here.
_PROGRAMS = frozenset({
    "kubectl", "oc", "helm", "k9s", "istioctl", "argocd", "flux", "velero", "kubeadm", "kustomize",
    "calicoctl", "docker", "docker-compose", "podman", "nerdctl", "crictl", "ctr", "nomad",
    "consul", "vault", "etcdctl", "aws", "gcloud", "gsutil", "bq", "az", "eksctl", "doctl",
    "hcloud", "openstack", "heroku", "flyctl", "terraform", "tofu", "terragrunt", "ansible",
    "ansible-playbook", "pulumi", "puppet", "salt", "chef-client", "systemctl", "journalctl",
    "service", "supervisorctl", "launchctl", "timedatectl", "loginctl", "sysctl", "sudo", "doas",
    "ssh", "scp", "rsync", "curl", "wget", "http", "nc", "dig", "nslookup", "ping", "traceroute",
    "mtr", "tcpdump", "openssl", "ip", "ss", "netstat", "iptables", "nft", "ethtool", "arping",
    "conntrack", "ps", "kill", "pkill", "killall", "lsof", "strace", "perf", "iostat", "vmstat",
    "mpstat", "sar", "dmesg", "df", "du", "mount", "umount", "lsblk", "fdisk", "parted", "mdadm",
    "smartctl", "fsck", "xfs_repair", "lvs", "lvextend", "resize2fs", "ls", "cat", "tail", "head",
    "less", "grep", "egrep", "zgrep", "awk", "sed", "rm", "mv", "cp", "ln", "mkdir", "chmod",
    "chown", "truncate", "dd", "tar", "gzip", "unlink", "rmdir", "psql", "pg_dump", "pg_restore",
    "pg_ctl", "pg_basebackup", "patronictl", "repmgr", "mysql", "mysqldump", "mysqladmin",
    "mariadb", "mongo", "mongosh", "sqlite3", "cqlsh", "nodetool", "clickhouse-client", "dropdb",
    "redis-cli", "valkey-cli", "rabbitmqctl", "rabbitmq-diagnostics", "celery", "amtool",
    "promtool", "logcli", "kafka-topics", "kafka-topics.sh", "kafka-consumer-groups",
    "kafka-consumer-groups.sh", "kcat", "kafkacat", "ceph", "rados", "rbd", "zpool", "zfs",
    "gluster", "drbdadm", "pcs", "crm", "haproxy", "nginx", "apachectl", "apt", "apt-get", "yum",
    "dnf", "pip", "npm", "git", "make", "bin/rails", "rails", "rake", "php", "python", "python3",
    "node", "java", "jstack", "jmap", "jcmd", "crontab", "chronyc", "ntpq", "certbot", "gitlab-ctl",
    "gitlab-rake", "gitlab-rails", "knife", "manage.py", "virsh", "qm", "pvecm", "gh", "glab", "jq",
    "watch",
})
# fmt: on
_PROMPT = re.compile(r"[$%>]\s+(?=\S)")
_WORDS = re.compile(r"(\S+)\s+(\S)")


def is_command(code: str) -> bool:
    """Does it start with a program that everybody knows, and give it an argument?"""
    found = _WORDS.match(_PROMPT.sub("", code.strip(), count=1))
    # `service: api` and `kill = true` are settings; `docker images` is nothing else than a command.
    if found is None or found[2] in "=:|":
        return False
    program = found[1].rpartition("/")[2] if found[1].startswith(("/", "./")) else found[1]
    return program in _PROGRAMS
