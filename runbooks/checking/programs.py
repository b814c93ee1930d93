"""Programs that every on-call team has: naming one says nothing that the portal could not know."""

EVERYBODYS_PROGRAMS = frozenset(
    """
    . : [ [[ alias apt apt-get apk argocd arp awk aws az base64 basename bash bc bg bzip2 break
    brew bq case cat cd celery certbot cf chgrp chmod chown chroot chronyc clear
    clickhouse-client cmp column command conntrack consul continue cp cqlsh crictl cron crontab
    ctr curl cut date dd declare df diff dig dirname dmesg dnf do docker docker-compose done
    dpkg du echo egrep elif else env envsubst esac etcdctl ethtool eval exec exit export expr
    false fg fgrep fi file find flux fold for free fsck function fuser gawk gcloud getent git gh
    glab go grep gsutil gunzip gzip halt head helm history host hostname hostnamectl htop http
    https id if ifconfig in influx ionice iostat ip iperf iperf3 iptables jmap jobs join
    journalctl jps jq jstack jstat java kafka-consumer-groups kafka-consumer-groups.sh
    kafka-topics kafka-topics.sh kcat kill killall kubeadm kubectl kubectx kubens kustomize
    ldconfig less let ln local locale logger login logrotate logname ls lsblk lscpu lsmod lsof
    lspci lvs lvextend mail make man mariadb mc md5sum mdadm minikube mkdir mkfifo mkfs mktemp
    modprobe mongo mongosh more mount mpstat mtr mv mycli mysql mysqladmin mysqldump nc ncat
    nerdctl netcat netstat nft nginx ngrep nice nl nmap node nohup nomad npm nproc nslookup ntpq
    numactl oc od openssl parallel parted passwd paste patch perf pg_basebackup pg_ctl pg_dump
    pg_isready pg_restore pgbench pgbouncer pgcli pgrep pidstat ping ping6 pip pip3 pkill pmap
    podman popd poweroff printenv printf promtool amtool logcli tempo-cli mimirtool ps psql
    pushd pvs pwd python python3 rabbitmq-diagnostics rabbitmq-plugins rabbitmqadmin rabbitmqctl
    read readlink reboot redis-cli redis-benchmark renice resize2fs return rm rmdir rndc route
    rpm rsync ruby sar scp screen sed seq service set sftp sh sha256sum shift shred shutdown
    sleep smartctl snap snmpwalk socat sort source split sqlcmd sqlite3 sqlplus ss ssh ssh-add
    ssh-keygen stat stern strace strings stty su sudo swapoff swapon sync sysctl systemctl
    systemd-analyze tac tail tar tcpdump tee telnet terraform terragrunt test then time
    timedatectl timeout tofu top touch tr tracepath traceroute trap tree true truncate type
    udevadm ufw ulimit umask umount unalias uname uniq unset until unzip uptime useradd usermod
    valkey-cli vault velero vgs vi vim vmstat w wait watch wc wget whereis which while who
    whoami whois xargs xfs_growfs xz yarn yes yq yum zcat zgrep zip zless zpool zfs zsh zstd
    gradle mvn pg_lsclusters pg_ctlcluster patronictl repmgr pg_rewind pg_repack vacuumdb
    reindexdb createdb istioctl linkerd cilium calicoctl k9s kubectl-neat krew kind k3s k3d
    kubens eksctl gke-gcloud-auth-plugin doctl hcloud flyctl heroku ansible ansible-playbook
    ansible-vault pulumi packer vagrant salt puppet chef-client cypher-shell influxd
    pt-query-digest pt-kill pt-online-schema-change redis-server redis-sentinel mysqlcheck
    mysqlbinlog mysqlslap mongodump mongorestore mongostat mongotop rg fd bat ag fzf hey ab wrk
    siege k6 vegeta jmeter doggo drill kubeseal sops age gpg dotnet dotnet-dump dotnet-trace
    jcmd jhat jinfo visualvm async-profiler py-spy rbspy gdb ltrace bpftrace tshark arping lsns
    nsenter unshare ipcs multipath iscsiadm haproxy varnishadm varnishlog postfix postqueue
    postsuper postconf mailq exim sendmail php composer rails rake bundle gem supervisorctl pm2
    uwsgi gunicorn uvicorn flask django-admin cargo rustc gcc make cmake sha1sum sha512sum
    cksum hexdump xxd od iotop iftop nethogs atop glances dstat sysstat blkid fdisk sfdisk
    gdisk lshw dmidecode lspci lsusb ipmitool racadm megacli storcli nvme hdparm badblocks
    tune2fs e2fsck xfs_repair btrfs lvremove vgremove pvremove vgextend pvcreate vgcreate
    lvcreate blockdev mkswap setfacl getfacl chattr lsattr getenforce setenforce restorecon
    semanage auditctl ausearch firewall-cmd ipset ip6tables bridge brctl ovs-vsctl vtysh birdc
    nmcli networkctl resolvectl systemd-resolve hostname loginctl busctl coredumpctl
    update-ca-certificates keytool ldapsearch kinit klist realm adcli sssctl chage faillock
    nodetool sstabletool cassandra-stress kafkactl rpk kaf zkcli.sh zookeeper-shell
    zookeeper-shell.sh nats curator elasticsearch-plugin logstash filebeat fluent-bit vector
    telegraf collectd consul-template nomad-pack boundary waypoint trivy cosign crane oras
    buildah tkn flux argo rollouts kubectl-argo-rollouts helmfile skaffold tilt jib oc odo tsh
    teleport aws-vault saml2aws okta-aws-cli gitlab-ctl gitlab-rake gitlab-runner jenkins-cli
    bazel nix brew asdf npx pnpm tsc deno bun perl lua rscript spark-submit spark-shell
    hdfs hadoop yarn hive beeline presto trino snowsql duckdb clickhouse clickhouse-local
    clickhouse-keeper-client cockroach vitess vtctl vtctlclient proxysql mydumper myloader
    xtrabackup innobackupex barman wal-g pgbackrest restic borg rclone duplicity minio s3cmd
    gcsfuse cryptsetup openstack nova neutron cinder virsh virt-top qm pct pvecm vzctl drbdadm
    pcs crm crm_mon corosync-cfgtool gluster rbd ceph-volume radosgw-admin unbound-control
    pdnsutil named-checkconf named-checkzone dnsmasq squid squidclient apachectl apache2ctl
    httpd a2ensite a2dissite lighttpd caddy traefik kong nginx-debug openresty memcached
    memcstat memcdump manage.py alembic flyway liquibase sidekiq resque celery rq kubelet-check
    kubelet rados ceph osqueryi airflow dbt cmctl skopeo
    """.split()  # noqa: SIM905 -- one word a line would be pages
)
