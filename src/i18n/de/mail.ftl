# Die E-Mails zu einem Treffen. $ordinal ist „12.“, $meeting ein Satzteil aus mail-meeting oder mail-meeting-in
mail-meeting = { $ordinal } Treffen „{ $group }“ am { $date }
mail-meeting-on = { $ordinal } Treffen „{ $group }“ am { $when }
mail-meeting-in = { $ordinal } Treffen „{ $group }“ am { $date } in { $town }

mail-subject-invitation = Einladung: { $meeting }
mail-subject-update = Aktualisiert: { $meeting }
mail-subject-moved = Verlegt: Treffen vom { $from } auf den { $to } („{ $group }“)
mail-subject-moved-time = Verlegt: Treffen am { $date } auf { $time } („{ $group }“)
mail-subject-cancellation = Abgesagt: { $meeting }
mail-subject-withdrawal = Einladung zurückgenommen: { $meeting }

mail-greeting = Guten Tag { $name },
mail-greeting-nameless = Guten Tag,
mail-opening-invitation = wir laden Sie herzlich zum { $ordinal } Treffen „{ $group }“ ein.
mail-opening-guest = wir laden Sie herzlich als Gast zum { $ordinal } Treffen „{ $group }“ ein.
mail-opening-deputy = wir laden Sie herzlich zum { $ordinal } Treffen „{ $group }“ ein, in Vertretung von { $names }.
mail-opening-update = für das { $ordinal } Treffen „{ $group }“ gilt jetzt:
mail-opening-cancellation = das { $ordinal } Treffen „{ $group }“ am { $when } findet nicht statt.
mail-opening-withdrawal = Ihre Einladung zum { $ordinal } Treffen „{ $group }“ am { $when } gilt nicht mehr.
mail-opening-withdrawal-deputy = Sie werden beim { $ordinal } Treffen „{ $group }“ am { $when } nicht mehr in Vertretung von { $names } gebraucht. Ihre Einladung gilt nicht mehr.
mail-reason = Grund: { $reason }
mail-next-cancellation = Sie müssen nichts weiter tun. Falls der Termin noch in Ihrem Kalender steht, löschen Sie ihn bitte. Gibt es einen Ersatztermin, laden wir Sie dazu gesondert ein.
mail-next-withdrawal = Das Treffen selbst findet wie geplant statt. Sie müssen nichts weiter tun. Falls der Termin noch in Ihrem Kalender steht, löschen Sie ihn bitte.

mail-change-moved = Neuer Termin: { $to } (statt { $from })
mail-change-room = Neu: { $to } statt { $from }
mail-change-room-set = Neu: { $to }
mail-change-venue = Neuer Ort: { $to } (statt { $from })
mail-change-venue-set = Der Ort steht fest: { $to }
mail-change-venue-open = Der Ort ist wieder offen (bisher { $from })
mail-change-host = Neue Gastgeberin: { $to } (statt { $from })
mail-change-host-set = Die Gastgeberin steht fest: { $to }
mail-change-host-open = Die Gastgeberin ist wieder offen (bisher { $from })
mail-change-title = Neuer Titel: { $to } (statt { $from })
mail-change-title-set = Neuer Titel: { $to }
mail-change-title-open = Der Titel „{ $from }“ entfällt
mail-change-deputy-for = Sie kommen in Vertretung von { $names }.
mail-change-deputy-for-ended = Sie kommen nicht mehr in Vertretung von { $names }.
mail-change-deputy = Sie werden von { $name } vertreten.
mail-change-deputy-ended = Sie werden nicht mehr von { $name } vertreten.
mail-change-restored = Das Treffen findet doch statt.

mail-label-when = Termin
mail-label-title = Titel
mail-label-host = Gastgeberin
mail-label-place = Ort
mail-label-directions = Anreise
mail-label-deputy-for = In Vertretung von
mail-label-deputy = Sie werden vertreten von
mail-people = { $names } und { $last }
mail-when = { $date }, { $time }
mail-when-zone = { $date }, { $time } ({ $zone })
mail-room = Raum { $room }
mail-place-open = wird noch bekannt gegeben

mail-agenda = Tagesordnung
mail-agenda-open = Die Tagesordnung folgt.
mail-agenda-more = { $count ->
    [one] … und 1 weiterer Punkt
   *[other] … und { $count } weitere
}
mail-agenda-minutes = { $minutes } Min.
mail-agenda-late = nachgemeldet
mail-kind-information = zur Information
mail-kind-discussion = zur Beratung
mail-kind-decision = zur Beschlussfassung

mail-ask = Bitte geben Sie an, ob Sie teilnehmen:
mail-ask-by = Bitte geben Sie bis { $date } an, ob Sie teilnehmen:
mail-ask-again = Bitte geben Sie noch einmal an, ob Sie teilnehmen. Ihre frühere Rückmeldung gilt nicht mehr:
mail-ask-again-by = Bitte geben Sie bis { $date } noch einmal an, ob Sie teilnehmen. Ihre frühere Rückmeldung gilt nicht mehr:
mail-ask-still = Ihre Rückmeldung gilt weiter. Sie können Ihre Antwort hier ändern:
mail-ask-still-by = Ihre Rückmeldung gilt weiter. Sie können Ihre Antwort bis { $date } hier ändern:
mail-answer-accept = Zusagen:
mail-answer-tentative = Mit Vorbehalt:
mail-answer-decline = Absagen:
mail-answer-accept-link = Ich sage zu
mail-answer-tentative-link = Ich nehme unter Vorbehalt teil
mail-answer-decline-link = Ich sage ab
mail-answer-calendar = Sie können auch direkt in Ihrem Kalender antworten.

mail-topics = Themen für die Tagesordnung können Sie hier anmelden:
mail-topics-until = Themen für die Tagesordnung können Sie bis { $date } anmelden:
mail-topics-link = Thema anmelden
mail-page = Aktueller Stand des Treffens:
mail-page-link = Seite zum Treffen öffnen

mail-closing = Mit freundlichen Grüßen
# Wer unterschreibt, gehört zu einer Kommune. Ein Name, der mit einem dieser Wörter beginnt, steht allein
mail-municipality = Stadt { $name }
mail-municipality-kinds = Stadt Hansestadt Landeshauptstadt Universitätsstadt Gemeinde Samtgemeinde Verbandsgemeinde Markt Flecken Amt Kreis Landkreis Region
mail-personal = Die Links sind persönlich. Bitte nicht weiterleiten.
mail-privacy = Informationen zum Datenschutz:
mail-privacy-link = Datenschutzhinweise lesen

# Was im Kalender steht
mail-calendar-summary = { $group }: { $ordinal } Treffen
mail-calendar-summary-in = { $group }: { $ordinal } Treffen in { $town }
mail-calendar-answer = Rückmeldung (persönlicher Link, bitte nicht weiterleiten):
