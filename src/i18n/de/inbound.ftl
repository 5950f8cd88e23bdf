# Was zu E-Mails gesagt wird, die beim Dienst eingehen. $meeting ist „12. Treffen …“
inbound-label-from = Von
inbound-label-attendee = Antwortet als
inbound-label-meeting = Treffen
inbound-label-answer = Rückmeldung
inbound-label-comment = Nachricht
inbound-label-subject = Betreff
inbound-label-person = Person
inbound-label-address = E-Mail-Adresse
inbound-label-words = Meldung des Mailservers
inbound-answer-accepted = Zusage
inbound-answer-tentative = Zusage unter Vorbehalt
inbound-answer-declined = Absage
inbound-answer-delegated = Stellvertretung kommt

inbound-review-subject = Bitte prüfen: eine E-Mail an „{ $group }“ konnte nicht zugeordnet werden
inbound-review-intro = beim Dienst ist eine E-Mail eingegangen, die nicht ohne Ihre Prüfung übernommen wird. Es wurde nichts geändert.
inbound-review-next = In der Liste der eingegangenen E-Mails können Sie oder die Koordination sie als Rückmeldung einer Person übernehmen, die absendende Person als Gast einladen oder die E-Mail verwerfen. Weitere E-Mails, die heute auf Prüfung warten, melden wir nicht einzeln.
inbound-reason-unknown-meeting = Grund: Es ist nicht erkennbar, um welches Treffen es geht.
inbound-reason-unknown-attendee = Grund: Die Adresse, die antwortet, ist nicht eingeladen. Vielleicht wurde die Einladung weitergeleitet, oder jemand nutzt eine zweite Adresse.
inbound-reason-not-invited = Grund: Die Person, die antwortet, ist zu diesem Treffen nicht eingeladen.
inbound-reason-other-sender = Grund: Die E-Mail kommt von einer anderen Adresse als der eingeladenen.
inbound-reason-not-vouched = Grund: Es ist nicht gesichert, dass die E-Mail wirklich von dieser Adresse kommt.
inbound-reason-deputy = Grund: Als Stellvertretung ist jemand genannt, der nicht ohne Ihre Zustimmung eingeladen wird.
inbound-reason-unknown-sender = Grund: Die Absenderin oder der Absender ist nicht bekannt.
inbound-reason-too-many = Grund: Von dieser Adresse kommen ungewöhnlich viele E-Mails.
inbound-reason-unknown-message = Grund: Es ist nicht erkennbar, welche unserer E-Mails zurückkam.
inbound-reason-unclear-bounce = Grund: Eine E-Mail von uns kam zurück; es ist nicht erkennbar, ob die Zustellung endgültig gescheitert ist.
inbound-reason-other = Grund: { $reason }

inbound-confirm-subject = Bitte bestätigen: Ihre Rückmeldung zum Treffen „{ $group }“
inbound-confirm-intro = wir haben per E-Mail eine Rückmeldung in Ihrem Namen erhalten. Ob sie wirklich von Ihnen kommt, konnten wir nicht prüfen. Sie gilt erst, wenn Sie sie bestätigen.
inbound-confirm-otherwise = Haben Sie nicht geantwortet, müssen Sie nichts tun.
inbound-confirm-lead = Rückmeldung bestätigen:
inbound-confirm-link = Ja, das ist meine Rückmeldung

inbound-page-title = Rückmeldung bestätigen
inbound-page-intro = Wir haben per E-Mail diese Rückmeldung in Ihrem Namen erhalten. Sie gilt erst, wenn Sie sie bestätigen.
inbound-page-confirm = Rückmeldung bestätigen
inbound-page-thanks = Ihre Rückmeldung gilt
inbound-page-thanks-detail = Vielen Dank. Ihre Rückmeldung ist eingetragen. Über den Link in der Einladung können Sie sie bis zum Treffen ändern.
inbound-page-over = Diese Rückmeldung kann nicht mehr bestätigt werden
inbound-page-over-detail = Sie wurde durch eine neuere ersetzt, oder das Treffen nimmt keine Rückmeldungen mehr an. Bitte nutzen Sie den Link aus der neuesten Einladung.

inbound-forward-subject = Weitergeleitet: { $subject }
inbound-forward-intro = beim Dienst ist diese Nachricht eingegangen. Wir leiten sie an Sie weiter, weil Sie für das Treffen zuständig sind.
inbound-forward-next = Wenn Sie auf diese E-Mail antworten, geht Ihre Antwort direkt an die absendende Person. Anhänge werden nicht weitergeleitet.

inbound-undeliverable-subject = E-Mails an { $name } kommen zurück
inbound-undeliverable-intro = eine E-Mail konnte nicht zugestellt werden. An diese Adresse senden wir nichts mehr.
inbound-undeliverable-next = Bitte berichtigen Sie die Adresse, oder bestätigen Sie, dass sie stimmt. Danach laden wir die Person erneut ein.
