# Der Bericht über die Verteilung als Tabelle
report-column-municipality = Kommune
report-column-member-days = Tage der Mitgliedschaft
report-column-hosted = Ausgerichtete Treffen
report-column-charged = Angerechnete Termine (Tausendstel)
report-column-to-come = Kommende Treffen
report-column-due = Anteil nach Mitgliedschaft (Tausendstel)
report-column-difference = Mehr ausgerichtet als anteilig (Tausendstel)
report-column-travelled = Anreise (Meter, einfache Strecke)
report-column-agenda = Angemeldete Minuten der Tagesordnung
report-column-attended = Treffen mit Teilnahme
report-column-cohosted = Mit ausgerichtete Treffen

# Das Bild: wer wann einlädt
report-timeline-title = { $series }: wer wann einlädt, { $from } bis { $to }
report-timeline-empty = In diesem Zeitraum gibt es kein Treffen.
report-timeline-turn = { $day } { $host } ({ $status })
report-status-planned = geplant
report-status-invited = eingeladen
report-status-held = durchgeführt
report-status-cancelled = abgesagt
report-nobody = (niemand)

# Im Terminal
report-figures-title = Verteilung vom { $from } bis { $to }
report-figure-hosted = ausgerichtet
report-figure-cohosted = mit ausgerichtet
report-figure-due = anteilig
report-figure-difference = mehr
report-figure-charged = angerechnet
report-figure-to-come = kommend
report-figure-kilometres = Anreise km
report-figure-minutes = TOP-Minuten
report-figure-attended = teilgenommen
report-figure-spread = Spannweite
