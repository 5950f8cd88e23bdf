# Was `reihum check-mail` berichtet. Die Zeilen mit den Einträgen selbst stehen dazwischen
check-mail-dns = Diese Einträge brauchen die Domains der Postfächer im DNS. reihum fragt das DNS nicht; bitte vergleichen Sie selbst, zum Beispiel mit „dig“.
check-mail-domain = { $domain } ({ $mailboxes })
check-mail-no-database = Hinweis: Die Datenbank ist nicht erreichbar oder noch nicht auf dem Stand dieses Programms. Eigene Postfächer von Kooperationen fehlen deshalb hier.
check-mail-spf = SPF für den Absender im Umschlag. Er erlaubt dem Mailserver { $host } den Versand. Versendet dieser über andere Server weiter, nennt deren Betreiber ein „include:“. Je Domain gibt es nur einen SPF-Eintrag: einen vorhandenen bitte ergänzen.
check-mail-spf-here = SPF für den Absender im Umschlag. Versendet nicht der Server, der auch empfängt („mx“), tragen Sie dessen öffentliche Adresse ein („ip4:…“ oder „ip6:…“). Je Domain gibt es nur einen SPF-Eintrag: einen vorhandenen bitte ergänzen.
check-mail-dkim = DKIM: der öffentliche Schlüssel, mit dem Empfänger die Unterschrift prüfen.
check-mail-dkim-other = Warnung: reihum unterschreibt nur E-Mails von { $signing }. Für diese Domain muss der Mailserver unterschreiben, der die E-Mails annimmt (DKIM).
check-mail-dkim-none = Warnung: reihum unterschreibt nicht (dkim_selector, dkim_key_file). Dann muss der Mailserver unterschreiben, der die E-Mails annimmt (DKIM).
check-mail-dmarc = DMARC zum Anfang: nur Berichte. Sind sie in Ordnung, verschärfen Sie auf p=quarantine, später auf p=reject.
check-mail-mx-server = <Mailserver, der empfängt>.
check-mail-mx = MX: Das Postfach muss es geben. Antworten aus Kalendern und unzustellbare E-Mails kommen dort an.
check-mail-subject = Testnachricht von reihum
check-mail-text = Diese Testnachricht sieht aus wie eine Einladung. Es gibt kein Treffen; Sie können die Nachricht und den Termin löschen.
check-mail-message = So geht eine Einladung hinaus:
check-mail-missing = fehlt
check-mail-signature-holds = mit dem Schlüssel { $key }; die Unterschrift hält der eigenen Prüfung stand
check-mail-signature-breaks = mit dem Schlüssel { $key }; die Unterschrift hält der eigenen Prüfung nicht stand
check-mail-parts = Aufbau:
check-mail-size = { $size } Bytes
check-mail-not-sent = Nicht verschickt (--dry-run).
check-mail-sent = Verschickt. Der Mailserver { $server } antwortete: { $words }
check-mail-written = Kein Mailserver ist eingestellt. Die Nachricht liegt als Datei in { $folder }: { $words }
check-mail-refused = Der Mailserver hat die Testnachricht nicht angenommen: { $words }
check-mail-broken-signature = Die Unterschrift (DKIM) hält der eigenen Prüfung nicht stand.
