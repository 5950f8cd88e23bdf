# Anstelle des Titels eines nichtöffentlichen Punkts, für Gäste und Lesende
agenda-not-public = Nichtöffentlich
# Der Tagesordnungspunkt der Vorlage, der das nächste Treffen nennt. $title ist sein Titel, $host eine Stadt
agenda-next-meeting = { $title }: { $date }
agenda-next-meeting-hosted = { $title }: { $date }, Gastgeberin { $host }
