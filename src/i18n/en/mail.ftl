# The mails about a meeting. $ordinal is "12th", $meeting a part of a sentence from mail-meeting or mail-meeting-in
mail-meeting = { $ordinal } meeting of “{ $group }” on { $date }
mail-meeting-on = { $ordinal } meeting of “{ $group }” on { $when }
mail-meeting-in = { $ordinal } meeting of “{ $group }” on { $date } in { $town }

mail-subject-invitation = Invitation: { $meeting }
mail-subject-update = Updated: { $meeting }
mail-subject-moved = Moved: meeting from { $from } to { $to } (“{ $group }”)
mail-subject-moved-time = Moved: meeting on { $date } to { $time } (“{ $group }”)
mail-subject-cancellation = Cancelled: { $meeting }
mail-subject-withdrawal = Invitation withdrawn: { $meeting }

mail-greeting = Dear { $name },
mail-greeting-nameless = Dear Sir or Madam,
mail-opening-invitation = We cordially invite you to the { $ordinal } meeting of “{ $group }”.
mail-opening-guest = We cordially invite you as a guest to the { $ordinal } meeting of “{ $group }”.
mail-opening-deputy = We cordially invite you to the { $ordinal } meeting of “{ $group }”, as substitute for { $names }.
mail-opening-update = The { $ordinal } meeting of “{ $group }” is now planned as follows:
mail-opening-cancellation = The { $ordinal } meeting of “{ $group }” on { $when } will not take place.
mail-opening-withdrawal = Your invitation to the { $ordinal } meeting of “{ $group }” on { $when } is no longer valid.
mail-opening-withdrawal-deputy = You are no longer needed as substitute for { $names } at the { $ordinal } meeting of “{ $group }” on { $when }. Your invitation is no longer valid.
mail-reason = Reason: { $reason }
mail-next-cancellation = There is nothing else you need to do. If the meeting is still in your calendar, please delete it. If there is another date, we will invite you separately.
mail-next-withdrawal = The meeting itself takes place as planned. There is nothing else you need to do. If the meeting is still in your calendar, please delete it.

mail-change-moved = New date: { $to } (instead of { $from })
mail-change-room = New: { $to } instead of { $from }
mail-change-room-set = New: { $to }
mail-change-venue = New place: { $to } (instead of { $from })
mail-change-venue-set = The place is fixed: { $to }
mail-change-venue-open = The place is open again (it was { $from })
mail-change-host = New host: { $to } (instead of { $from })
mail-change-host-set = The host is fixed: { $to }
mail-change-host-open = The host is open again (it was { $from })
mail-change-title = New title: { $to } (instead of { $from })
mail-change-title-set = New title: { $to }
mail-change-title-open = The title “{ $from }” no longer applies
mail-change-deputy-for = You take part as substitute for { $names }.
mail-change-deputy-for-ended = You are no longer substitute for { $names }.
mail-change-deputy = { $name } takes part instead of you.
mail-change-deputy-ended = { $name } no longer takes part instead of you.
mail-change-restored = The meeting takes place after all.

mail-label-when = Date
mail-label-title = Title
mail-label-host = Host
mail-label-place = Place
mail-label-directions = Directions
mail-label-deputy-for = As substitute for
mail-label-deputy = Your substitute
mail-people = { $names } and { $last }
mail-when = { $date }, { $time }
mail-when-zone = { $date }, { $time } ({ $zone })
mail-room = Room { $room }
mail-place-open = to be announced

mail-agenda = Agenda
mail-agenda-open = The agenda will follow.
mail-agenda-more = { $count ->
    [one] … and 1 more item
   *[other] … and { $count } more
}
mail-agenda-minutes = { $minutes } min
mail-agenda-late = added late
mail-kind-information = for information
mail-kind-discussion = for discussion
mail-kind-decision = for decision

mail-ask = Please say whether you will take part:
mail-ask-by = Please say by { $date } whether you will take part:
mail-ask-again = Please say once more whether you will take part. Your earlier answer no longer counts:
mail-ask-again-by = Please say once more by { $date } whether you will take part. Your earlier answer no longer counts:
mail-ask-still = Your answer still counts. You can change it here:
mail-ask-still-by = Your answer still counts. You can change it here by { $date }:
mail-answer-accept = Accept:
mail-answer-tentative = Tentative:
mail-answer-decline = Decline:
mail-answer-accept-link = I accept
mail-answer-tentative-link = I accept tentatively
mail-answer-decline-link = I decline
mail-answer-calendar = You can also answer directly in your calendar.

mail-topics = You can propose topics for the agenda here:
mail-topics-until = You can propose topics for the agenda until { $date }:
mail-topics-link = Propose a topic
mail-page = The meeting as it is planned now:
mail-page-link = Open the page of the meeting

mail-closing = Kind regards
# Who signs belongs to a municipality. A name that begins with one of these words stands alone
mail-municipality = City of { $name }
mail-municipality-kinds = City Town Municipality District County Region Stadt Hansestadt Landeshauptstadt Universitätsstadt Gemeinde Samtgemeinde Verbandsgemeinde Markt Flecken Amt Kreis Landkreis
mail-personal = The links are personal. Please do not forward them.
mail-privacy = Privacy information:
mail-privacy-link = Read the privacy information

# What stands in the calendar
mail-calendar-summary = { $group }: { $ordinal } meeting
mail-calendar-summary-in = { $group }: { $ordinal } meeting in { $town }
mail-calendar-answer = Your answer (personal link, please do not forward):
