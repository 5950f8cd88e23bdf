# Der eigene Kalender einer Person
feeds-answer = Ihre Rückmeldung: { $answer }
feeds-answer-stale = Ihre Rückmeldung: offen (für den früheren Termin: { $answer })
feeds-answer-open = offen
feeds-answer-accepted = zugesagt
feeds-answer-tentative = mit Vorbehalt
feeds-answer-declined = abgesagt
feeds-answer-delegated = an Stellvertretung übergeben
