# Andere Termine, die Eingeladene vorschlagen. $ordinal ist „12.“, $meeting ein Satzteil aus mail-meeting
counters-proposed-subject = Anderer Termin vorgeschlagen: { $meeting }
counters-proposed = { $name } schlägt für das { $ordinal } Treffen „{ $group }“ einen anderen Termin vor.
counters-proposed-next = Am Treffen ändert sich dadurch noch nichts. Nehmen Sie den Vorschlag an, wird das Treffen verlegt und alle Eingeladenen werden informiert. Lehnen Sie ihn ab, wird nur die Person informiert, die ihn gemacht hat. Antworten auf diese E-Mail gehen an sie.
counters-label-proposed = Vorschlag
counters-label-yours = Ihr Vorschlag
counters-label-present = Bisheriger Termin

counters-declined-subject = Terminvorschlag nicht angenommen: { $meeting }
counters-declined = Ihr Vorschlag für einen anderen Termin des { $ordinal } Treffens „{ $group }“ wurde nicht angenommen. Es bleibt beim bisherigen Termin.
counters-answer = Ihre Rückmeldung zum bisherigen Termin:
counters-answer-link = Rückmeldung ansehen oder ändern
