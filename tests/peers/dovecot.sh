#!/usr/bin/env bash
# A Dovecot of our own: `dovecot.sh start DIR` makes everything it needs in DIR and leaves there
#
#     settings     ports, account and CA, to be read by a shell
#     mail/        the mails, a Maildir
#     log
#
# `dovecot.sh stop DIR` ends it, and `dovecot.sh start DIR` begins again with what is there. It speaks IMAP, with
# STARTTLS on one port and under TLS on another, both on loopback.
set -euo pipefail

action=${1:?usage: dovecot.sh start|stop DIR}
dir=$(realpath "${2:?usage: dovecot.sh start|stop DIR}")

# Dovecot itself must be started by root, whoever runs the tests.
root=(env)
[[ $(id -u) == 0 ]] || root=(sudo -n)

if [[ $action == stop ]]; then
    "${root[@]}" doveadm -c "$dir/config/dovecot.conf" stop
    for _ in {1..100}; do
        [[ -e $dir/run/master.pid ]] || exit 0
        sleep 0.1
    done
    exit 1
fi

free_ports() {
    python3 - <<'PYTHON'
import socket
some = [socket.socket() for _ in range(2)]
for one in some:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in some))
PYTHON
}

certificates() (
    cd "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=Throw-away CA' \
        -keyout ca.key -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' \
        -keyout key.pem -out request.pem
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 3650 -out certificate.pem \
        -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n')
) 2>/dev/null

if [[ ! -e $dir/settings ]]; then
    read -r imap_port imaps_port <<<"$(free_ports)"
    username=treffen@reihum.example password=$(openssl rand -hex 16)
    # Whose the mails are: never root's, whom Dovecot would refuse.
    owner=$(id -u) group=$(id -g)
    [[ $owner != 0 ]] || owner=$(id -u mail) group=$(id -g mail)

    mkdir -p "$dir"/{config,run,mail}
    chmod 711 "$dir"
    certificates "$dir/config"
    printf '%s:{PLAIN}%s\n' "$username" "$password" >"$dir/config/accounts"
    chmod 644 "$dir/config/accounts"
    "${root[@]}" chown -R "$owner:$group" "$dir/mail"

    cat >"$dir/config/dovecot.conf" <<EOF
base_dir = $dir/run
state_dir = $dir/run
log_path = $dir/log
instance_name = reihum-peers
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <$dir/config/certificate.pem
ssl_key = <$dir/config/key.pem
ssl_dh =
disable_plaintext_auth = yes
auth_mechanisms = plain
passdb {
  driver = passwd-file
  args = username_format=%u $dir/config/accounts
}
userdb {
  driver = static
  args = uid=$owner gid=$group home=$dir/mail
}
mail_location = maildir:$dir/mail/Maildir
first_valid_uid = 1
first_valid_gid = 1
# Who waits is told at once what another client has put in.
mailbox_idle_check_interval = 1 s
service imap-login {
  inet_listener imap {
    port = $imap_port
  }
  inet_listener imaps {
    port = $imaps_port
    ssl = yes
  }
  chroot =
}
# Nothing of it is rooted elsewhere than here.
service anvil {
  chroot =
}
service stats {
  chroot =
}
EOF
    cat >"$dir/settings" <<EOF
IMAP_PORT=$imap_port
IMAPS_PORT=$imaps_port
IMAP_USERNAME=$username
IMAP_PASSWORD=$password
IMAP_CA_FILE=$dir/config/ca.pem
EOF
fi

"${root[@]}" dovecot -c "$dir/config/dovecot.conf" 2>>"$dir/start.log" || { cat "$dir/start.log" >&2; exit 1; }
