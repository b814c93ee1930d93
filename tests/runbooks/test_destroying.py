"""Programs that destroy, each by its own words for it."""

from __future__ import annotations

import pytest

from runbooks.destruction import destructive_part


@pytest.mark.parametrize(
    "command",
    [
        # By force, or to the last one.
        "kill -9 4711",
        "ps aux | grep stuck | awk '{print $2}' | xargs kill -KILL",
        "killall -s KILL java",
        "docker kill checkout",
        "kubectl -n shop scale deployment checkout --replicas=0",
        "oc scale --replicas 0 deploy/checkout",
        "docker service scale checkout=0",
        'kubectl patch deploy checkout -p \'{"spec":{"replicas":0}}\'',
        'kubectl patch pvc data-0 -p \'{"metadata":{"finalizers":null}}\'',
        "kubectl drain node-1 --force",
        "oc adm prune images --confirm",
        "kubectl apply --prune -f shop/",
        # Files and disks.
        "> /var/log/checkout.log",
        ": > checkout.log",
        "cat /dev/null > checkout.log",
        'echo "" > /srv/orders.csv',
        "find /srv -name '*.gz' -print0 | xargs -0 rm -f",
        "find /srv -exec shred {} +",
        "sgdisk --zap-all /dev/sdb",
        "ceph-volume lvm zap /dev/sdb",
        "ceph osd purge 1 --yes-i-really-mean-it",
        "rbd snap purge pool/image",
        "virsh undefine vm-1",
        "vagrant destroy -f",
        # Databases.
        "psql -c \"select pg_drop_replication_slot('replica')\"",
        "select pg_drop_replication_slot('replica');",
        'psql -c "drop subscription orders"',
        "DROP TRIGGER orders_search ON orders;",
        "mysql -e \"purge binary logs to 'binlog.000042'\"",
        'mysql -e "KILL 4711"',
        "mysqladmin kill 4711",
        "clickhouse-client -q 'alter table orders delete where id = 1'",
        "influx -execute 'DROP MEASUREMENT orders'",
        "pg_resetwal -f /srv/pg",
        "patronictl reinit shop pg-2",
        "nodetool removenode 4711",
        "etcdctl member remove 4711",
        "redis-cli XTRIM orders MAXLEN 0",
        "redis-cli -h cart --eval \"redis.call('flushall')\"",
        "redis-cli shutdown nosave",
        "echo FLUSHALL | redis-cli",
        "rake db:reset",
        "rails runner 'Order.delete_all'",
        "python manage.py flush",
        "php artisan migrate:fresh",
        # Queues and mail.
        "rabbitmqadmin purge queue name=orders",
        "nats stream purge orders",
        "postsuper -d ALL",
        # Clouds and stores.
        "aws kms schedule-key-deletion --key-id x",
        "az storage blob delete-batch -s orders",
        "terragrunt run-all destroy",
        "vault secrets disable kv",
        "bq rm -t shop.orders",
        "mc rm --recursive shop/orders",
        "s3cmd del s3://shop/orders",
        "rclone purge shop:orders",
        "restic forget --prune --keep-last 1",
        "pgbackrest stanza-delete --stanza=shop",
        "knife node delete web-1 -y",
        "wget --method=DELETE https://search.example/orders",
        "curl -X POST 'http://prom:9090/api/v1/admin/tsdb/delete_series?match[]=up'",
        # What was pushed by another.
        "git push --force-with-lease origin main",
        "git push origin +main",
        "git push origin :release",
        "git push origin --delete release",
        "git branch -D release",
        # Through something else.
        "kubectl exec -it $(kubectl get pod -l app=pg -o name) -- psql -c 'delete from orders'",
        "sudo -iu postgres dropdb shop",
        "ansible web -m shell -a 'rm -rf /srv/cache'",
        "knife ssh role:web 'sudo rm -rf /srv/cache'",
        "apt-get purge postgresql",
        "iptables -F",
    ],
)
def test_what_each_program_calls_it_is_found(command: str):
    assert destructive_part(command)


@pytest.mark.parametrize(
    "command",
    [
        "kill 4711",
        "kill -HUP 4711",
        "systemctl stop checkout",
        "kubectl -n shop scale deployment checkout --replicas=10",
        "kubectl -n shop scale --replicas 20 deploy/checkout",
        'kubectl patch deploy checkout -p \'{"spec":{"replicas":3}}\'',
        "kubectl apply -f shop/",
        "docker service scale checkout=10",
        "ls > /dev/null",
        "df -h > /tmp/df.txt",
        "echo 1 > /proc/sys/vm/drop_caches",
        "echo started >> /var/log/checkout.log",
        "curl -s https://checkout.example/health > health.json",
        "> show tables",
        'psql -c "select pg_cancel_backend(4711)"',
        "failed to drop trigger",
        "redis-cli --bigkeys",
        "redis-cli config get maxmemory-policy",
        "redis-cli --scan --pattern 'del:*'",
        "rake db:migrate",
        "python manage.py migrate",
        "git push origin main:main",
        "git branch -d merged",
        "git stash",
        "etcdctl member list",
        "nodetool status",
        "vault read secret/delete",
        "mc ls shop/rm",
        "find /srv -exec ls {} +",
        "ls /srv | xargs -n 1 du -sh",
        "ansible web -m shell -a 'df -h'",
        "az storage blob list -s orders",
        "iptables -L",
        "nft list ruleset",
    ],
)
def test_what_looks_like_it_and_destroys_nothing_is_let_through(command: str):
    assert destructive_part(command) == ""


def test_the_part_is_told_as_it_would_be_typed():
    assert destructive_part("kubectl exec $(pod) -- redis-cli flushall") == "redis-cli flushall"
