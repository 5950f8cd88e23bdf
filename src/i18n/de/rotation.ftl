# Warum eine Kommune einlädt
rotation-reason-least-turns = { $host } war bis dahin am seltensten an der Reihe ({ $turns } von insgesamt { $all })
rotation-reason-longest-ago = Bei gleich vielen Terminen: { $host } war am längsten nicht an der Reihe (zuletzt am { $day })
rotation-reason-never = Bei gleich vielen Terminen: { $host } war noch nie an der Reihe
rotation-reason-first-in-order = Bei gleich vielen Terminen: { $host } steht in der Reihenfolge vorn
rotation-reason-only-one = Nur { $host } ist an diesem Tag verfügbar
rotation-reason-not-twice = { $host } folgt, weil { $waits } gerade erst an der Reihe war
rotation-reason-exchanged = { $host } kann am { $day } nicht ({ $blackout }) und tauscht deshalb den Platz mit { $other }
rotation-reason-instead-of = { $host } übernimmt für { $blocked } ({ $blackout }); { $blocked } ist dafür am { $day } an der Reihe
rotation-reason-confirmed = { $host } hat zugesagt
rotation-reason-avoids-twice = { $host } ist an der Reihe, damit { $city } nicht zweimal nacheinander einlädt
rotation-reason-keeps-share = { $host } ist an der Reihe, damit { $city } nicht um einen ganzen Termin vom eigenen Anteil abweicht
rotation-reason-even-gaps = { $host } ist an der Reihe, weil so die Abstände zwischen den Terminen am gleichmäßigsten sind
rotation-reason-altogether = { $host } ist an der Reihe, weil die Termine so insgesamt am besten verteilt sind
rotation-reason-equally-good = { $host } und { $next } passen gleich gut; { $host } steht in der Reihenfolge vorn
rotation-reason-stays = { $host } bleibt wie geplant: Bekannte Termine werden nicht verschoben, auch wenn { $next } ebenso gut passen würde
rotation-reason-nobody = An diesem Tag ist keine Kommune verfügbar
rotation-reason-override = { $host } übernimmt den Termin von { $due }
rotation-reason-swap = { $host } hat mit { $due } getauscht
rotation-reason-fixed = { $host } wurde festgelegt
rotation-reason-settled = { $host } steht fest
rotation-reason-pin-ignored = { $pinned } war vorgesehen, kann aber nicht ({ $outside }). { $instead }

# Warum eine andere nicht einlädt
rotation-detail-not-yet-member = Mitglied erst ab { $day }
rotation-detail-left = kein Mitglied mehr seit { $day }
rotation-detail-unknown = kein Mitglied
rotation-detail-paused = setzt vom { $from } bis { $until } aus
rotation-detail-exchanged = übernimmt dafür den Termin am { $day }, an dem { $chosen } nicht kann ({ $blackout })
rotation-detail-confirmed = { $host } hat zugesagt
rotation-detail-costs = die Termine wären insgesamt schlechter verteilt
rotation-detail-gap = Abstand zum Termin am { $day } wäre { $gap } statt { $even }
rotation-detail-twice = { $city } wäre zweimal nacheinander an der Reihe (auch am { $day })
rotation-detail-off-share = { $city } würde um einen ganzen Termin vom eigenen Anteil abweichen
rotation-detail-as-good = würde ebenso gut passen; die Reihenfolge oder der bisherige Plan entscheidet
rotation-detail-stays = würde etwas besser passen, aber bekannte Termine werden dafür nicht verschoben
rotation-detail-no-share = hat keinen Anteil an den Terminen
rotation-detail-blackout = Sperrzeit { $from } bis { $until }
rotation-detail-blackout-day = Sperrzeit am { $from }
rotation-detail-turns-ahead = bis dahin { $turns }, { $chosen } { $chosen-turns }
rotation-detail-hosted-recently = war zuletzt am { $day } an der Reihe
rotation-detail-later-in-order = steht in der Reihenfolge nach { $chosen }
rotation-detail-override = { $host } springt für diesen Termin ein
rotation-detail-override-due = { $host } übernimmt diesen Termin
rotation-detail-swap = { $host } hat diesen Termin getauscht
rotation-detail-swap-due = hat diesen Termin mit { $host } getauscht
rotation-detail-fixed = { $host } steht für diesen Termin fest
rotation-turn = { $n } Termin
rotation-turns = { $n } Termine
rotation-turns-credited = { $turns } (mit dem Ausgleich für die Zeit ohne Teilnahme { $balance })

# Die Tabelle der nächsten Termine
rotation-table-number = Nr.
rotation-table-date = Termin
rotation-table-host = Gastgeberin
rotation-table-reason = Warum
rotation-table-nobody = (niemand)
rotation-table-empty = Es ist kein Termin geplant.
