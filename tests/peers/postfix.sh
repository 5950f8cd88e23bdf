#!/usr/bin/env bash
# A Postfix of our own: `postfix.sh start DIR` makes everything it needs in DIR and leaves there
#
#     settings     ports, account and CA, to be read by a shell
#     mails/new/   every message that was accepted, one file each
#     log
#
# and `postfix.sh stop DIR` ends it. With PIPE_COMMAND set, mail to reihum.example is written to that command, which
# runs as OWNER. It takes mail only over TLS (STARTTLS on one port, implicit TLS on the other, both on loopback) and only
# from who signs in; the certificate is signed by a CA that nobody else knows.
set -euo pipefail

action=${1:?usage: postfix.sh start|stop DIR}
dir=$(realpath "${2:?usage: postfix.sh start|stop DIR}")

# Postfix itself must be started by root, whoever runs the tests.
root=(env)
[[ $(id -u) == 0 ]] || root=(sudo -n)

if [[ $action == stop ]]; then
    "${root[@]}" postfix -c "$dir/config" stop 2>/dev/null
    exit
fi

free_ports() {
    python3 - <<'PYTHON'
import socket
both = [socket.socket(), socket.socket()]
for one in both:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in both))
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

read -r starttls_port tls_port <<<"$(free_ports)"
username=reihum password=$(openssl rand -hex 16)
# Who owns the messages; Postfix delivers nothing as root.
owner=$(id -u) group=$(id -g)
[[ $owner != 0 ]] || owner=$(id -u nobody) group=$(id -g nobody)

mkdir -p "$dir"/{config/sasl,queue,data,mails/{cur,new,tmp}}
certificates "$dir/config"
chmod 711 "$dir"
"${root[@]}" chown -R "$owner:$group" "$dir/mails"

cat >"$dir/config/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
maillog_file = $dir/log
maillog_file_prefixes = $dir
myhostname = localhost
mynetworks = 127.0.0.0/8
# Nothing that is missing in a message is put in.
local_header_rewrite_clients =
inet_protocols = ipv4
alias_maps =
mydestination =
local_recipient_maps =
# Whoever it is for, it is filed here.
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:mails/
virtual_mailbox_base = $dir
virtual_uid_maps = static:$owner
virtual_gid_maps = static:$group
smtpd_tls_cert_file = $dir/config/certificate.pem
smtpd_tls_key_file = $dir/config/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_session_cache_database =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
# Debian looks here whatever this says.
cyrus_sasl_config_path = $dir/config/sasl
smtpd_sasl_local_domain = localhost
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
# Refuse what a strict receiver refuses: bare line feeds, and commands out of turn.
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_forbid_bare_newline = yes
strict_rfc821_envelopes = yes
EOF
cat >"$dir/config/master.cf" <<EOF
127.0.0.1:$starttls_port inet n - n - - smtpd
127.0.0.1:$tls_port inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
virtual   unix  - n n - - virtual
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
EOF
if [[ -n ${PIPE_COMMAND:-} ]]; then
    cat >>"$dir/config/main.cf" <<EOF
recipient_delimiter = +
transport_maps = inline:{ reihum.example=reihum: }
# What was deferred is tried again soon.
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
EOF
    cat >>"$dir/config/master.cf" <<EOF
reihum    unix  - n n - 2 pipe
  flags=R user=$(id -un "$owner"):$(id -gn "$owner") null_sender= argv=$PIPE_COMMAND
EOF
fi
cat >"$dir/config/sasl/smtpd.conf" <<EOF
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $dir/data/accounts
mech_list: PLAIN LOGIN
EOF
/usr/sbin/saslpasswd2 -p -c -u localhost -f "$dir/data/accounts" "$username" <<<"$password"
"${root[@]}" chown postfix "$dir/data" "$dir/data/accounts"
"${root[@]}" chown -R root "$dir/config"

"${root[@]}" postfix -c "$dir/config" start 2>>"$dir/start.log" || { cat "$dir/start.log" >&2; exit 1; }
cat >"$dir/settings" <<EOF
SMTP_STARTTLS_PORT=$starttls_port
SMTP_TLS_PORT=$tls_port
SMTP_USERNAME=$username@localhost
SMTP_PASSWORD=$password
SMTP_CA_FILE=$dir/config/ca.pem
OWNER=$owner:$group
EOF
