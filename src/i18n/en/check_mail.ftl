# What `reihum check-mail` reports. The lines with the records themselves stand between
check-mail-dns = These records are needed in the DNS for the domains of the mailboxes. reihum does not ask the DNS; please compare yourself, with "dig" for example.
check-mail-domain = { $domain } ({ $mailboxes })
check-mail-no-database = Note: the database cannot be reached or is not up to date with this program. Mailboxes of a cooperation's own are missing here.
check-mail-spf = SPF for the envelope sender. It lets the mail server { $host } send. If that sends through other servers, their operator names an "include:". A domain has one SPF record only: add to one that is there.
check-mail-spf-here = SPF for the envelope sender. If the server that sends is not the one that receives ("mx"), put in its public address ("ip4:…" or "ip6:…"). A domain has one SPF record only: add to one that is there.
check-mail-dkim = DKIM: the public key that receivers verify the signature with.
check-mail-dkim-other = Warning: reihum only signs mails from { $signing }. For this domain the mail server that takes the mails must sign (DKIM).
check-mail-dkim-none = Warning: reihum does not sign (dkim_selector, dkim_key_file). The mail server that takes the mails must sign then (DKIM).
check-mail-dmarc = DMARC to begin with: reports only. When they are fine, tighten it to p=quarantine, later to p=reject.
check-mail-mx-server = <mail server that receives>.
check-mail-mx = MX: the mailbox must exist. Answers of calendars and undeliverable mails arrive there.
check-mail-subject = Test message from reihum
check-mail-text = This test message looks like an invitation. There is no meeting; you can delete the message and the calendar entry.
check-mail-message = This is how an invitation goes out:
check-mail-missing = missing
check-mail-signature-holds = with the key { $key }; the signature holds when verified here
check-mail-signature-breaks = with the key { $key }; the signature does not hold when verified here
check-mail-parts = Parts:
check-mail-size = { $size } bytes
check-mail-not-sent = Not sent (--dry-run).
check-mail-sent = Sent. The mail server { $server } answered: { $words }
check-mail-written = No mail server is set. The message is a file in { $folder }: { $words }
check-mail-refused = The mail server did not take the test message: { $words }
check-mail-broken-signature = The signature (DKIM) does not hold when verified here.
