# Warum eine Kommune einlädt
rotation-reason-least-turns = { $host } hatte bisher die wenigsten Termine ({ $turns })
rotation-reason-longest-ago = Bei gleich vielen Terminen: { $host } war am längsten nicht an der Reihe (zuletzt am { $day })
rotation-reason-never = Bei gleich vielen Terminen: { $host } war noch nie an der Reihe
rotation-reason-first-in-order = Bei gleich vielen Terminen: { $host } steht in der Reihenfolge vorn
rotation-reason-only-one = Nur { $host } ist an diesem Tag verfügbar
rotation-reason-not-twice = { $host } folgt, weil { $waits } gerade erst an der Reihe war
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
rotation-detail-blackout = Sperrzeit { $from } bis { $until }
rotation-detail-blackout-day = Sperrzeit am { $from }
rotation-detail-turns-ahead = bisher { $turns }, { $chosen } { $chosen-turns }
rotation-detail-hosted-recently = war zuletzt am { $day } an der Reihe
rotation-detail-later-in-order = steht in der Reihenfolge nach { $chosen }
rotation-detail-override = { $host } springt für diesen Termin ein
rotation-detail-override-due = { $host } übernimmt diesen Termin
rotation-detail-swap = { $host } hat diesen Termin getauscht
rotation-detail-swap-due = hat diesen Termin mit { $host } getauscht
rotation-detail-fixed = { $host } steht für diesen Termin fest
rotation-turn = { $n } Termin
rotation-turns = { $n } Termine

# Die Tabelle der nächsten Termine
rotation-table-number = Nr.
rotation-table-date = Termin
rotation-table-host = Gastgeberin
rotation-table-reason = Warum
rotation-table-nobody = (niemand)
rotation-table-empty = Es ist kein Termin geplant.
