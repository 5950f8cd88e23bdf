# Geplante Treffen an Tagen, die inzwischen nicht mehr gehen
conflicts-replan-subject = Bitte neu planen: Termine von „{ $series }“ passen nicht mehr
conflicts-replan-intro = seit der letzten Planung von „{ $series }“ haben sich Sperrzeiten oder Schulferien geändert. Diese geplanten Termine liegen jetzt auf Tagen, an denen die Reihe sich nicht treffen soll ({ $count }):
conflicts-replan-next = Die Termine bleiben, bis Sie die Reihe neu planen oder die Treffen verlegen. Vor dem Planen können Sie ansehen, was sich ändern würde.
conflicts-more = Gezeigt sind die ersten { $shown }.

# Treffen, um die sich jemand kümmern muss
conflicts-attention-subject = „{ $series }“: Ein Treffen braucht Ihre Entscheidung
conflicts-attention-intro = bei „{ $series }“ gibt es Treffen, um die Sie sich bitte kümmern ({ $count }):
conflicts-attention-label = { $number }. Treffen
conflicts-attention-next = Die Hinweise stehen auch beim Treffen und bei der Reihe, bis sie erledigt sind.
warnings-host-absent = { $host } kann am { $date } nicht einladen: { $obstacle }. Die Einladungen sind schon versandt. Bitte legen Sie eine andere Gastgeberin fest, oder verlegen Sie das Treffen.
warnings-no-host = Am { $date } kann keine Kommune einladen. Bitte legen Sie eine Gastgeberin fest, oder verlegen Sie das Treffen.
warnings-not-closed = Das Treffen am { $date } ist vorbei, ohne dass eingeladen wurde. Hat es stattgefunden, schließen Sie es bitte ab, sonst sagen Sie es ab. Bis dahin zählt es für die Kommune, die an der Reihe war.
