# Der Tagesordnungspunkt der Vorlage, der das nächste Treffen nennt. $title ist sein Titel, $host eine Stadt
agenda-next-meeting = { $title }: { $date }
agenda-next-meeting-hosted = { $title }: { $date }, Gastgeberin { $host }
