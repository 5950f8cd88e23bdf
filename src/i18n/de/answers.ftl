# Die Seite, auf der Eingeladene ohne Anmeldung antworten. $ordinal ist „12.“
answers-title = Ihre Rückmeldung zum { $ordinal } Treffen
answers-group = Kooperation
answers-greeting = Guten Tag { $given_name } { $family_name },
answers-intro = bitte geben Sie an, ob Sie am { $ordinal } Treffen „{ $group }“ teilnehmen.

answers-subject = Titel
answers-when = Termin
answers-host = Gastgeberin
answers-place = Ort
answers-place-open = steht noch nicht fest
answers-directions = Anreise
answers-agenda = Tagesordnung
answers-agenda-empty = Die Tagesordnung steht noch nicht fest.
answers-answer-by = Rückmeldung bis { $date }

answers-legend = Nehmen Sie teil?
answers-accept = Ich sage zu
answers-tentative = Ich nehme unter Vorbehalt teil
answers-decline = Ich sage ab
answers-delegate = Ich lasse mich vertreten durch …
answers-deputy = Ihre Stellvertretung
answers-deputy-hint = Nur nötig, wenn Sie sich vertreten lassen. Ihre Stellvertretung erhält eine eigene Einladung.
answers-deputy-choose = Bitte wählen Sie eine Person aus
answers-deputy-missing = Bitte wählen Sie aus, wer Sie vertritt. Wer sich selbst vertreten lässt, kann Sie nicht vertreten.
answers-deputy-for = In Vertretung von
answers-missing = Bitte wählen Sie eine Antwort aus.
answers-comment = Nachricht an die Gastgeberin
answers-comment-hint = Freiwillig, höchstens { $max } Zeichen. Bitte keine vertraulichen Angaben, zum Beispiel zur Gesundheit.
answers-comment-too-long = Bitte kürzen Sie Ihre Nachricht auf höchstens { $max } Zeichen.
answers-send = Rückmeldung senden

answers-not-sent = Noch nicht gesendet
answers-not-sent-hint = Weiter unten können Sie anders antworten, sich vertreten lassen oder etwas dazu schreiben.
answers-send-accepted = Zusage senden
answers-send-tentative = Zusage unter Vorbehalt senden
answers-send-declined = Absage senden

answers-current = Ihre bisherige Rückmeldung
answers-current-accepted = Sie haben zugesagt.
answers-current-tentative = Sie haben unter Vorbehalt zugesagt.
answers-current-declined = Sie haben abgesagt.
answers-current-delegated = Sie lassen sich vertreten.
answers-current-open = Sie haben noch nicht geantwortet.
answers-stale = Diese Rückmeldung gilt nicht mehr: Das Treffen wurde danach verlegt oder war zwischenzeitlich abgesagt. Bitte antworten Sie noch einmal.
answers-represented = Sie werden von { $name } vertreten.
answers-represented-hint = Möchten Sie doch selbst teilnehmen oder absagen, antworten Sie unten neu. Die Stellvertretung wird dann abbestellt und informiert.
answers-current-since = Eingegangen am { $date }

answers-thanks = Vielen Dank für Ihre Rückmeldung
answers-thanks-accepted = Ihre Zusage ist eingegangen.
answers-thanks-tentative = Ihre Zusage unter Vorbehalt ist eingegangen.
answers-thanks-declined = Ihre Absage ist eingegangen.
answers-thanks-delegated = Ihre Stellvertretung ist eingetragen und wird eingeladen.
answers-thanks-change = Sie können Ihre Antwort bis zum Treffen ändern.
answers-change = Antwort ändern

answers-moved = Das Treffen wurde verlegt
answers-moved-detail = Seit der E-Mail hat sich der Termin geändert. Er ist jetzt am { $when }. Bitte prüfen Sie Ihre Rückmeldung.
answers-changed = Seit der E-Mail hat sich geändert:
answers-cancelled = Dieses Treffen wurde abgesagt
answers-cancelled-detail = Eine Rückmeldung ist nicht mehr nötig.
answers-cancelled-reason = Grund: { $reason }
answers-past = Dieses Treffen hat bereits stattgefunden
answers-past-detail = Eine Rückmeldung ist nicht mehr möglich.
answers-withdrawn = Ihre Einladung gilt nicht mehr
answers-withdrawn-detail = Für dieses Treffen sind Sie nicht mehr eingeladen. Sie müssen nichts tun.
answers-invalid = Dieser Link ist nicht mehr gültig
answers-invalid-detail = Der Link ist abgelaufen oder unvollständig. Bitte nutzen Sie den Link aus der neuesten E-Mail oder wenden Sie sich an die Person, die Sie eingeladen hat.

answers-personal = Dieser Link ist persönlich. Bitte nicht weiterleiten.
answers-privacy = Informationen zum Datenschutz
answers-calendar = In Kalender übernehmen
