# shellcheck shell=bash
# shellcheck disable=SC2154 # what is not set here is set by `run`, which sources this
# The chapters of mail that comes in, from a Dovecot by IMAP and from a Postfix by a pipe: `run` sources this.

# Dovecot and Postfix keep their files as other users.
root=(env)
[[ $(id -u) == 0 ]] || root=(sudo -n)

mailbox() { python "$PEERS/mailbox.py" "$@"; }

# arrive MEANS SECONDS FOLDER=COUNT…: so many mails are in each folder within that time.
arrive() {
    mailbox wait "${@:2}" || die "$1"
    ok "$1"
}

# counted MEANS WAY OUTCOME COUNT: so many mails have come in by that way, with that outcome, since the start.
counted() {
    local wanted="inbound_mails{way=\"$2\",outcome=\"$3\"} $4" figures
    for _ in {1..50}; do
        figures=$(curl --silent --fail "$BASE/metrics")
        if [[ $figures == *"$wanted"$'\n'* ]]; then
            ok "$1"
            return
        fi
        sleep 0.1
    done
    grep inbound_mails <<<"$figures" >&2 || true
    die "$1 ($wanted)"
}

# The log of a server says who sent nothing, nor what.
discreet() {
    ! grep -E '@|Treffen' "$WORK/server.log" >&2 || die 'the log names no addresses and no subjects'
    ok 'the log names no addresses and no subjects'
}

kill_hard() {
    kill -KILL "$server"
    wait "$server" 2>/dev/null || true
    server=''
}

# opened: waits until the service reads the mailbox, which is its own only when the lease of one that died has ended.
opened() {
    for _ in {1..400}; do
        ! grep --quiet 'the mailbox is open' "$WORK/server.log" || return 0
        sleep 0.1
    done
    die 'the mailbox of a service that died is taken over within 40 s'
}

# by_imap ENGINE implicit|starttls
by_imap() {
    local relay relay_port total round putting kind
    chapter "A mailbox read by IMAP on $1, with $2 TLS"
    settings "$1" "imap_$1"
    dovecot=$WORK/dovecot
    "$PEERS/dovecot.sh" start "$dovecot"
    set -a
    # shellcheck source=/dev/null
    source "$dovecot/settings"
    set +a
    export REIHUM_INBOUND=imap REIHUM_IMAP_HOST=localhost REIHUM_IMAP_TLS=$2 REIHUM_INBOUND_MAX_BYTES=65536
    export REIHUM_IMAP_USERNAME=$IMAP_USERNAME REIHUM_IMAP_PASSWORD=$IMAP_PASSWORD REIHUM_IMAP_CA_FILE=$IMAP_CA_FILE
    case $2 in
        implicit) export REIHUM_IMAP_PORT=$IMAPS_PORT ;;
        starttls) export REIHUM_IMAP_PORT=$IMAP_PORT ;;
    esac
    "$reihum" check-config >"$WORK/check-config.log" 2>&1 || die 'check-config signs in to the mailbox'
    ok 'check-config signs in to the mailbox'
    must_fail 'a wrong password is refused' env REIHUM_IMAP_PASSWORD=wrong "$reihum" check-config
    must_fail 'a certificate of an unknown CA is refused' env -u REIHUM_IMAP_CA_FILE "$reihum" check-config
    must_fail 'a folder that is not there is a mistake' env REIHUM_IMAP_FOLDER=Nowhere "$reihum" check-config

    mailbox put before 3
    start "$WORK"
    arrive 'mails that were there are taken in' 10 INBOX=0 reihum-done=3
    sleep 1
    mailbox put idle 1
    arrive 'a new mail is taken in at once' 2 INBOX=0 reihum-done=4
    mailbox put many 300
    arrive 'many mails are taken in' 20 INBOX=0 reihum-done=304
    counted 'each of them once' imap done 304
    mailbox put large 1 100000
    arrive 'a mail that is too large is put on review' 5 INBOX=0 reihum-done=304 reihum-review=1
    counted 'it is set aside' imap set_aside 1
    discreet
    stop

    # With handlers of our own that fail.
    for kind in fine breaks fails aside fine2; do
        mailbox put "$kind" 1
    done
    mailbox put big 1 100000
    cargo test --quiet --locked --test mailbox what_cannot >"$WORK/inbound_imap.log" 2>&1 ||
        { cat "$WORK/inbound_imap.log" >&2 && die 'mails that fail are tried again'; }
    has_line 'mails that fail are tried again' "$WORK/inbound_imap.log" '1 passed'
    arrive 'one that causes a panic is set aside, one that fails for now waits' 2 \
        INBOX=1 reihum-done=307 reihum-review=2 reihum-poison=1
    start "$WORK"
    arrive 'until it can be taken in' 10 INBOX=0 reihum-done=308
    stop

    mailbox put away 5
    start "$WORK"
    arrive 'mails that came meanwhile are taken in after the start' 10 INBOX=0 reihum-done=313
    counted 'and none of the others again' imap done 5

    "$PEERS/dovecot.sh" stop "$dovecot"
    sleep 1
    "$PEERS/dovecot.sh" start "$dovecot"
    mailbox put again 2
    arrive 'the mailbox is read again after its server was away' 15 INBOX=0 reihum-done=315

    "$PEERS/dovecot.sh" stop "$dovecot"
    "${root[@]}" find "$dovecot/mail/Maildir" -maxdepth 1 \( -name dovecot-uid\* -o -name dovecot.index\* \) -delete
    "$PEERS/dovecot.sh" start "$dovecot"
    mailbox put numbered 2
    arrive 'mails with new numbers are taken in' 20 INBOX=0 reihum-done=317
    has_line 'the new numbers are noticed' "$WORK/server.log" 'have new numbers'
    stop

    # Between the commit and the flag: the server never hears of the flag.
    relay_port=$(free_port)
    python "$PEERS/mailbox.py" relay "$relay_port" "$IMAP_PORT" STORE "$WORK/held" &
    relay=$!
    start "$WORK" REIHUM_IMAP_TLS=none REIHUM_IMAP_HOST=127.0.0.1 REIHUM_IMAP_PORT="$relay_port"
    mailbox put killed 4
    for _ in {1..100}; do
        [[ ! -e $WORK/held ]] || break
        sleep 0.1
    done
    [[ -e $WORK/held ]] || die 'mails are flagged after they were taken in'
    kill_hard
    kill "$relay"
    wait "$relay" 2>/dev/null || true
    arrive 'a service that dies before the flag leaves the mails where they are' 2 INBOX=4 reihum-done=317
    start "$WORK"
    arrive 'they are handed over again, and moved' 45 INBOX=0 reihum-done=321
    counted 'they are known' imap known 4

    # At any moment: none is lost.
    total=321
    for round in 1 2; do
        mailbox put "round$round" 100 &
        putting=$!
        sleep "0.$((RANDOM % 9))"
        kill_hard
        wait "$putting"
        total=$((total + 100))
        start "$WORK"
        opened
    done
    arrive 'no mail is lost when the service dies at any moment' 60 INBOX=0 "reihum-done=$total" reihum-poison=1
    discreet
    stop
    "$PEERS/dovecot.sh" stop "$dovecot"
    dovecot=''
    unset "${!REIHUM_IMAP_@}" "${!REIHUM_INBOUND@}"
}

# has_line MEANS FILE TEXT
has_line() {
    grep --quiet --fixed-strings -- "$3" "$2" || die "$1"
    ok "$1"
}

# by_pipe ENGINE
by_pipe() {
    chapter "Mail by a pipe from a Postfix on $1"
    settings "$1" "pipe_$1"
    export REIHUM_INBOUND=pipe REIHUM_INBOUND_TRUST=server REIHUM_INBOUND_MAX_BYTES=65536
    # Postfix starts the command with nothing of this environment.
    cat >"$WORK/reihum.toml" <<EOF
database_url = "$REIHUM_DATABASE_URL"
secret = "$REIHUM_SECRET"
public_url = "$REIHUM_PUBLIC_URL"
mail_from = "$REIHUM_MAIL_FROM"
mail_folder = "$REIHUM_MAIL_FOLDER"
inbound = "$REIHUM_INBOUND"
inbound_trust = "$REIHUM_INBOUND_TRUST"
inbound_max_bytes = $REIHUM_INBOUND_MAX_BYTES
EOF
    postfix=$WORK/postfix
    PIPE_COMMAND="$reihum --config $WORK/reihum.toml inbound --recipient=\${recipient} -" \
        "$PEERS/postfix.sh" start "$postfix"
    set -a
    # shellcheck source=/dev/null
    source "$postfix/settings"
    set +a
    # Both write to the file: the service, and the command as its own user.
    [[ $1 != sqlite ]] || "${root[@]}" chown "$OWNER" "$WORK" "$WORK"/reihum.db*
    "$reihum" check-config >"$WORK/check-config.log" 2>&1 || die 'check-config finds nothing wrong'
    start "$WORK"
    "$PEERS/pipe.sh" "$1" || die 'mail by a pipe'
    discreet
    stop
    "$PEERS/postfix.sh" stop "$postfix"
    postfix=''
    unset "${!REIHUM_INBOUND@}"
}
