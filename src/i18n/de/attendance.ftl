# Die Anwesenheitsliste als Tabelle
attendance-column-municipality = Kommune oder Organisation
attendance-column-name = Name
attendance-column-answer = Rückmeldung
attendance-column-answered-at = Rückmeldung vom
attendance-column-presence = Anwesenheit

attendance-answer-needs_action = offen
attendance-answer-accepted = zugesagt
attendance-answer-tentative = mit Vorbehalt
attendance-answer-declined = abgesagt
attendance-answer-delegated = an Stellvertretung übergeben
attendance-stale = { $answer } (für den früheren Termin)

attendance-presence-on_site = vor Ort
attendance-presence-remote = per Videokonferenz
attendance-presence-excused = entschuldigt
attendance-presence-absent = abwesend
