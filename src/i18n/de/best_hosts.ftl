# Warum eine Kommune einlädt, wo der Plan ausgerechnet ist
optimum-reason-least-cost = { $host } passt am besten; mit { $next }, der nächstbesten, wäre der Plan um { $points } Punkte schlechter
optimum-reason-equally-good = { $host } und { $next } passen gleich gut; { $host } steht in der Reihenfolge vorn
optimum-reason-stays = { $host } bleibt wie geplant, obwohl { $next } nicht schlechter passen würde

# Warum eine andere nicht einlädt
optimum-detail-costs = der Plan wäre um { $points } Punkte schlechter
optimum-detail-gap = Abstand zum Termin am { $day } wäre { $gap } statt { $even } (Plan um { $points } Punkte schlechter)
optimum-detail-twice = wäre zweimal nacheinander an der Reihe (auch am { $day })
optimum-detail-off-share = eine Kommune läge dann um einen ganzen Termin neben ihrem Anteil
optimum-detail-as-good = würde ebenso gut passen; die Reihenfolge oder der bisherige Plan entscheidet
optimum-detail-stays = der Plan wäre um { $points } Punkte besser, bleibt aber wie bekannt
optimum-detail-no-share = hat keinen Anteil an den Terminen
