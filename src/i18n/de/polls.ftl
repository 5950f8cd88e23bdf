# Terminabfragen: die E-Mails und die Seite, auf der man ohne Anmeldung abstimmt. $title ist der Titel des Treffens
polls-moment = { $date }, { $time } Uhr
polls-label-candidate = Terminvorschlag { $number }
polls-figures = Ja: { $yes }, wenn nötig: { $if_need_be }, nein: { $no }. { $count ->
    [one] Bisher wäre 1 von { $members } Kommunen vertreten, nötig sind { $needed }.
   *[other] Bisher wären { $count } von { $members } Kommunen vertreten, nötig sind { $needed }.
}

polls-vote-yes = Ja
polls-vote-if-need-be = Wenn nötig
polls-vote-no = Nein

polls-visibility-open = Alle Befragten sehen, wer was angegeben hat. Ihre Nachricht sieht nur die Koordination.
polls-visibility-after-closing = Wer was angegeben hat, sieht nur die Koordination. Nach dem Ende der Abfrage sehen alle Befragten die Zahlen.
polls-visibility-coordinators = Ihre Angaben sieht nur die Koordination.

polls-subject-ask = Terminabfrage: { $title } („{ $group }“) – Ihre Antwort bis { $date }
polls-mail-ask = für das Treffen „{ $title }“ der Kooperation „{ $group }“ suchen wir einen Termin. Bitte geben Sie bis { $deadline } an, welche der folgenden Termine Ihnen passen. Bis dahin können Sie Ihre Angaben ändern.
polls-mail-holds = Zu jedem Terminvorschlag erhalten Sie eine weitere E-Mail mit einem vorläufigen Kalendereintrag. Bitte antworten Sie nur über den Link in dieser E-Mail.
polls-mail-vote = Abstimmen (persönlicher Link, bitte nicht weiterleiten):
polls-mail-vote-link = Termine auswählen

polls-subject-remind = Erinnerung: Terminabfrage „{ $title }“ („{ $group }“) – Antwort bis { $date }
polls-mail-remind = zur Terminabfrage „{ $title }“ der Kooperation „{ $group }“ fehlen uns noch Ihre Angaben. Bitte stimmen Sie bis { $deadline } ab.

polls-subject-ended = Terminabfrage beendet: { $title } („{ $group }“)
polls-mail-ended = die Terminabfrage „{ $title }“ der Kooperation „{ $group }“ ist beendet. Ein Termin ist noch nicht ausgewählt.
polls-mail-decide = Bitte wählen Sie einen Termin aus oder ziehen Sie die Abfrage zurück. Alle Befragten werden dann informiert.

polls-subject-decided = Termin steht fest: { $title } am { $date } („{ $group }“)
polls-mail-decided = der Termin für das Treffen „{ $title }“ der Kooperation „{ $group }“ steht fest. Bitte merken Sie sich den Termin vor.
polls-mail-decided-next = Die Einladung mit der Tagesordnung folgt. Eine Rückmeldung ist noch nicht nötig.
polls-mail-holds-decided = Der vorläufige Kalendereintrag für diesen Termin bleibt bestehen, bis die Einladung ihn ersetzt. Die übrigen werden zurückgenommen.

polls-subject-cancelled = Terminabfrage zurückgezogen: { $title } („{ $group }“)
polls-mail-cancelled = die Terminabfrage „{ $title }“ der Kooperation „{ $group }“ wurde zurückgezogen.
polls-mail-cancelled-next = Sie müssen nichts weiter tun.

polls-subject-hold = Termin vorläufig vormerken: { $title } am { $date } („{ $group }“)
polls-subject-hold-off = Termin nicht mehr vormerken: { $title } am { $date } („{ $group }“)
polls-hold-summary = Terminvorschlag: { $title } („{ $group }“)
polls-mail-hold = dieser vorläufige Kalendereintrag gehört zur Terminabfrage „{ $title }“ der Kooperation „{ $group }“.
polls-mail-hold-next = Der Eintrag wird zurückgenommen, wenn ein anderer Termin ausgewählt wird. Bitte antworten Sie nicht im Kalender, sondern über den Link zur Terminabfrage.
polls-mail-hold-off = der vorläufige Kalendereintrag zur Terminabfrage „{ $title }“ der Kooperation „{ $group }“ wird zurückgenommen. Sie brauchen diesen Termin nicht mehr freizuhalten.
polls-mail-hold-off-next = Ihr Kalender entfernt den Eintrag oder zeigt ihn als abgesagt.
polls-mail-hold-moved = das Treffen „{ $title }“ der Kooperation „{ $group }“ hat einen neuen Termin. Der vorläufige Kalendereintrag wird angepasst.

polls-outcome-decided = Ausgewählt ist { $when }.
polls-outcome-ahead = Nach der Auswertung liegt vorn: { $when }.
polls-outcome-nobody = Bei keinem Vorschlag können genügend Kommunen vertreten sein. Die Koordination entscheidet.
polls-outcome-by-hand = Die Koordination hat diesen Termin ausgewählt.
polls-ground-quorum = Bei keinem anderen Vorschlag können genügend Kommunen vertreten sein.
polls-ground-municipalities = Den Ausschlag gibt, dass mehr Kommunen mit Ja dabei sind als beim nächstbesten Vorschlag.
polls-ground-yes = Den Ausschlag gibt, dass mehr Personen Ja gesagt haben als beim nächstbesten Vorschlag.
polls-ground-if-need-be = Den Ausschlag gibt, dass mehr Personen wenn nötig können als beim nächstbesten Vorschlag.
polls-ground-no = Den Ausschlag gibt, dass weniger Personen Nein gesagt haben als beim nächstbesten Vorschlag.
polls-ground-earlier = Bei Gleichstand gilt der frühere Termin.

polls-why-free = Arbeitstag, an dem alle Kommunen Gastgeberin sein können.
polls-why-blocked = Arbeitstag, an dem nicht Gastgeberin sein kann: { $names }.
polls-why-school-holidays = Es sind Schulferien.
polls-why-apart = Das nächstgelegene Treffen der Terminreihe ist { $days } Tage entfernt.
polls-why-alone = Die Terminreihe hat kein anderes Treffen.
polls-obstacle-weekend = Wochenende
polls-obstacle-public-holiday = Gesetzlicher Feiertag in Nordrhein-Westfalen
polls-obstacle-bridge-day = Brückentag
polls-obstacle-end-of-year = Heiligabend oder Silvester
polls-obstacle-other-meeting = Weniger als eine Woche von einem anderen Treffen der Terminreihe entfernt
polls-obstacle-nobody-hosts = Keine Kommune kann Gastgeberin sein

polls-page-title = Terminabfrage: { $title }
polls-page-intro = bitte geben Sie zu jedem Vorschlag an, ob er Ihnen passt.
polls-page-subject = Treffen
polls-page-duration = Dauer
polls-page-minutes = { $minutes } Minuten
polls-page-deadline = Abstimmen bis
polls-page-missing = Bitte geben Sie an, ob der Termin passt: { $when }
polls-page-comment = Nachricht an die Koordination
polls-page-send = Angaben senden
polls-page-thanks = Vielen Dank für Ihre Angaben
polls-page-thanks-detail = Ihre Angaben sind eingegangen. Bis zum Ende der Abfrage können Sie sie ändern.
polls-page-change = Angaben ändern
polls-page-own = Ihre Angaben
polls-page-own-none = Sie haben nicht abgestimmt.
polls-page-others = Stand der Abfrage
polls-page-counts = Abgestimmt: { $voted } von { $asked } Befragten.
polls-page-rule = So wird ausgewertet: Zuerst zählt, ob genügend Kommunen vertreten sein können. Eine Kommune zählt, sobald eine ihrer Personen Ja oder Wenn nötig sagt. Danach zählen der Reihe nach: Kommunen mit Ja, Personen mit Ja, Personen mit Wenn nötig, weniger Nein, der frühere Termin.
polls-page-automatically = Nach dem Ende der Abfrage steht der Termin damit fest. Können bei keinem Vorschlag genügend Kommunen vertreten sein, entscheidet die Koordination.
polls-page-by-hand = Nach dem Ende der Abfrage wählt die Koordination den Termin aus.
polls-page-table = Wer was angegeben hat
polls-page-name = Name
polls-page-closed = Die Terminabfrage ist beendet
polls-page-closed-detail = Der Termin steht noch nicht fest. Sie werden informiert, sobald er ausgewählt ist.
polls-page-decided = Der Termin steht fest
polls-page-cancelled = Die Terminabfrage wurde zurückgezogen
polls-page-cancelled-detail = Sie müssen nichts weiter tun.
polls-page-invalid-detail = Der Link ist abgelaufen oder unvollständig. Bitte nutzen Sie den Link aus der E-Mail zur Terminabfrage oder wenden Sie sich an die Koordination.

polls-label-new = Neuer Vorschlag
polls-subject-more = Neue Terminvorschläge: { $title } („{ $group }“) – Ihre Antwort bis { $date }
polls-mail-more = zur Terminabfrage „{ $title }“ der Kooperation „{ $group }“ sind Terminvorschläge hinzugekommen. Ihre bisherigen Angaben bleiben. Bitte geben Sie bis { $deadline } an, ob Ihnen auch diese Termine passen.
polls-subject-deadline = Neue Frist: Terminabfrage „{ $title }“ („{ $group }“) – Ihre Antwort bis { $date }
polls-mail-deadline = die Frist der Terminabfrage „{ $title }“ der Kooperation „{ $group }“ hat sich geändert. Bitte geben Sie bis { $deadline } an, welche der folgenden Termine Ihnen passen.
