# Die E-Mails in Schritten um ein Treffen. $ordinal ist „12.“, $meeting ein Satzteil aus mail-meeting oder mail-meeting-in
steps-subject-save-the-date = Termin vormerken: { $meeting }
steps-subject-save-the-date-moved = Termin vormerken: Treffen vom { $from } auf den { $to } verlegt („{ $group }“)
steps-subject-date-off = Termin entfällt: { $meeting }
steps-subject-call-for-topics = Themenabfrage: { $ordinal } Treffen „{ $group }“ – Ihre Punkte
steps-subject-call-for-topics-until = Themenabfrage: { $ordinal } Treffen „{ $group }“ – Ihre Punkte bis { $date }
steps-subject-topics-due = Frist für Themen abgelaufen: { $meeting }
steps-subject-invitation-due = Einladung fällig: { $meeting }
steps-subject-answer-reminder = Erinnerung: Rückmeldung zum Treffen am { $date } offen
steps-subject-reminder = Erinnerung: Treffen am { $date }
steps-subject-reminder-in = Erinnerung: Treffen am { $date } in { $town }
steps-subject-minutes-due = Protokoll fällig: { $meeting }
steps-subject-attendance-due = Anwesenheit und Abschluss: { $meeting }

steps-save-the-date = bitte merken Sie sich den Termin für das { $ordinal } Treffen „{ $group }“ vor.
steps-save-the-date-moved = das { $ordinal } Treffen „{ $group }“ ist verlegt. Der bisherige Termin am { $date } entfällt.
steps-save-the-date-again = Bitte merken Sie sich den neuen Termin vor.
steps-save-the-date-next = Die Einladung mit der Tagesordnung folgt. Eine Rückmeldung ist noch nicht nötig.
steps-date-off = den Termin am { $when } für das { $ordinal } Treffen „{ $group }“ brauchen Sie nicht mehr freizuhalten. Das Treffen findet nicht statt.
steps-date-off-next = Sie müssen nichts weiter tun. Gibt es einen Ersatztermin, melden wir uns gesondert.

steps-call-for-topics = welche Themen sollen beim { $ordinal } Treffen „{ $group }“ auf die Tagesordnung? Bitte melden Sie Ihre Punkte an.
steps-call-for-topics-until = welche Themen sollen beim { $ordinal } Treffen „{ $group }“ auf die Tagesordnung? Bitte melden Sie Ihre Punkte bis { $date } an.

steps-topics-due = die Frist, Themen für das { $ordinal } Treffen „{ $group }“ anzumelden, ist abgelaufen. Später eingehende Themen werden als nachgemeldet gekennzeichnet.
steps-topics-due-scheduled = { $count ->
    [0] Auf der Tagesordnung stehen bisher keine angemeldeten Themen.
    [one] Auf der Tagesordnung steht ein angemeldetes Thema.
   *[other] Auf der Tagesordnung stehen { $count } angemeldete Themen.
}
steps-topics-due-proposed = Noch nicht entschieden ist über: { $titles }.
steps-topics-due-next = Bitte stellen Sie die Tagesordnung fertig, damit die Einladung rechtzeitig hinausgehen kann.
steps-topic-quoted = „{ $title }“

steps-invitation-due = zum { $ordinal } Treffen „{ $group }“ ist noch niemand eingeladen. Die Einladung soll bis { $date } hinausgehen.
steps-invitation-missing-host = Von selbst konnte sie nicht versendet werden: Das Treffen hat noch keine Gastgeberin.
steps-invitation-missing-venue = Von selbst konnte sie nicht versendet werden: Das Treffen hat noch keinen Sitzungsort.
steps-invitation-missing-people = Von selbst konnte sie nicht versendet werden: Es gibt niemanden, der eingeladen werden kann.
steps-invitation-due-next = Bitte prüfen Sie Termin, Ort und Tagesordnung und laden Sie ein.

steps-answer-reminder = zum { $ordinal } Treffen „{ $group }“ fehlt uns noch Ihre Rückmeldung.
steps-answer-reminder-by = Bitte geben Sie bis { $date } an, ob Sie teilnehmen.
steps-answer-reminder-soon = Bitte geben Sie möglichst bald an, ob Sie teilnehmen.
steps-answer = Rückmeldung (persönlicher Link, bitte nicht weiterleiten):
steps-answer-link = Rückmeldung geben

steps-reminder-accepted = wir erinnern Sie an das { $ordinal } Treffen „{ $group }“. Sie haben Ihre Teilnahme zugesagt.
steps-reminder-tentative = wir erinnern Sie an das { $ordinal } Treffen „{ $group }“. Sie haben unter Vorbehalt zugesagt.
steps-reminder-next = Können Sie doch nicht kommen, ändern Sie bitte Ihre Rückmeldung.
steps-page = Rückmeldung ändern (persönlicher Link, bitte nicht weiterleiten):
steps-page-link = Seite zum Treffen öffnen

steps-minutes-due = das Protokoll des { $ordinal } Treffens „{ $group }“ am { $when } ist fällig.
steps-minutes-due-next = Ist der Protokollentwurf schon verschickt, müssen Sie nichts weiter tun.

steps-attendance-due = die Anwesenheitsliste des { $ordinal } Treffens „{ $group }“ am { $when } ist noch nicht fertig.
steps-attendance-due-open = Bitte tragen Sie ein, wer teilgenommen hat, und schließen Sie das Treffen ab. Erst dann zählt es für die Reihenfolge der Gastgeberinnen, und offene Themen gehen in das nächste Treffen über.
steps-attendance-due-closed = Das Treffen ist abgeschlossen, aber es ist nicht eingetragen, wer teilgenommen hat. Bitte holen Sie das nach.
