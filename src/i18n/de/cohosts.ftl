# Mehrere Kommunen laden gemeinsam ein. $cohosts sind die Mitgastgeberinnen
cohosts-together = { $host }, gemeinsam mit { $cohosts }
cohosts-reason = { $together }: steht fest, solange { $host } kann
cohosts-detail = { $host } lädt gemeinsam mit anderen ein

# In Mails an die Eingeladenen: was sich geändert hat
cohosts-change = Gemeinsam mit der Gastgeberin laden jetzt ein: { $to } (statt { $from })
cohosts-change-set = Gemeinsam mit der Gastgeberin laden ein: { $to }
cohosts-change-none = Die Gastgeberin lädt wieder allein ein (bisher gemeinsam mit { $from })

# In Mails an die Kommunen, deren Anteil an einem Termin sich geändert hat. $to und $from sind Daten
cohosts-turn-moved-subject = { $municipality } ist Mitgastgeberin am { $to } statt am { $from }
cohosts-turn-new-subject = { $municipality } ist Mitgastgeberin am { $to }
cohosts-turn-off-subject = { $municipality } ist nicht mehr Mitgastgeberin am { $from }
cohosts-turns-next = Können Sie an einem Termin nicht Mitgastgeberin sein, wenden Sie sich bitte an die Koordination.
cohosts-label = Gemeinsam mit
cohosts-label-new = Neuer Termin als Mitgastgeberin
cohosts-label-off = Entfällt als Mitgastgeberin

# Im Bild und im Terminal
cohosts-legend = gemeinsam eingeladen
