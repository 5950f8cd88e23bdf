# Warum ein Termin auf seinem Tag liegt
days-choice-nothing = Gegen { $rule-day } spricht nichts.
days-choice-moved = Gegen { $rule-day } spricht: { $causes }. Gewählt ist { $day }.
days-choice-stays = Gegen { $rule-day } spricht: { $causes }. Kein anderer möglicher Tag ist besser, der Termin bleibt.
days-choice-skipped = Gegen { $rule-day } spricht: { $causes }. Kein anderer Tag ist möglich, der Termin entfällt.
days-span = { $from } bis { $until }

# Was gegen einen Tag spricht
days-cause-bridge-day = Brückentag
days-cause-eve = Heiligabend oder Silvester
days-cause-blackout = Sperrzeit { $municipality } { $span }
days-cause-other-date = anderer Termin der Reihe
days-holiday-new-year = Neujahr
days-holiday-epiphany = Heilige Drei Könige
days-holiday-womens-day = Internationaler Frauentag
days-holiday-good-friday = Karfreitag
days-holiday-easter-sunday = Ostersonntag
days-holiday-easter-monday = Ostermontag
days-holiday-labour-day = Tag der Arbeit
days-holiday-liberation = Tag der Befreiung
days-holiday-ascension = Christi Himmelfahrt
days-holiday-whit-sunday = Pfingstsonntag
days-holiday-whit-monday = Pfingstmontag
days-holiday-corpus-christi = Fronleichnam
days-holiday-uprising = 75. Jahrestag des Aufstands vom 17. Juni 1953
days-holiday-assumption = Mariä Himmelfahrt
days-holiday-childrens-day = Weltkindertag
days-holiday-german-unity = Tag der Deutschen Einheit
days-holiday-reformation = Reformationstag
days-holiday-all-saints = Allerheiligen
days-holiday-repentance-day = Buß- und Bettag
days-holiday-christmas = 1. Weihnachtstag
days-holiday-second-christmas = 2. Weihnachtstag

# Was nicht bekannt ist
days-beyond-school-holidays = { $date } liegt hinter dem Ende der Feriendaten ({ $last }). Bitte importieren Sie die Schulferien.
days-no-school-holidays = Für { $date } sind keine Schulferien bekannt. Bitte importieren Sie die Schulferien des Landes.
days-forbidden = Gegen { $date } spricht: { $causes }. An diesem Tag soll kein Treffen sein.
