# Geplante Treffen an Tagen, die inzwischen nicht mehr gehen
conflicts-subject = Bitte neu planen: Termine von „{ $series }“ passen nicht mehr
conflicts-intro = seit der letzten Planung von „{ $series }“ haben sich Sperrzeiten oder Schulferien geändert. Diese geplanten Termine liegen jetzt auf Tagen, an denen die Reihe sich nicht treffen soll ({ $count }):
conflicts-next = Die Termine bleiben, bis Sie die Reihe neu planen oder die Treffen verlegen. Vor dem Planen können Sie ansehen, was sich ändern würde.
conflicts-more = Gezeigt sind die ersten { $shown }.
