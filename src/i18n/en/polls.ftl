# Date polls: the mails, and the page to vote on without sign-in. $title is the title of the meeting
polls-moment = { $date }, { $time }
polls-label-candidate = Proposed date { $number }
polls-figures = Yes: { $yes }, if need be: { $if_need_be }, no: { $no }. { $count ->
    [one] So far, 1 of { $members } municipalities would be represented; { $needed } are needed.
   *[other] So far, { $count } of { $members } municipalities would be represented; { $needed } are needed.
}

polls-vote-yes = Yes
polls-vote-if-need-be = If need be
polls-vote-no = No

polls-visibility-open = Everybody who is asked sees who has said what. Only the coordinators see your message.
polls-visibility-after-closing = Only the coordinators see who has said what. Once the poll has ended, everybody who was asked sees the numbers.
polls-visibility-coordinators = Only the coordinators see what you say.

polls-subject-ask = Date poll: { $title } (“{ $group }”) – your answer by { $date }
polls-mail-ask = we are looking for a date for the meeting “{ $title }” of the cooperation “{ $group }”. Please say by { $deadline } which of the following dates suit you. Until then you can change what you have said.
polls-mail-holds = For each proposed date you get another e-mail with a tentative calendar entry. Please answer only by the link in this e-mail.
polls-mail-vote = Vote (personal link, please do not pass it on):
polls-mail-vote-link = Choose dates

polls-subject-remind = Reminder: date poll “{ $title }” (“{ $group }”) – answer by { $date }
polls-mail-remind = we have not heard from you in the date poll “{ $title }” of the cooperation “{ $group }”. Please vote by { $deadline }.

polls-subject-ended = Date poll ended: { $title } (“{ $group }”)
polls-mail-ended = the date poll “{ $title }” of the cooperation “{ $group }” has ended. No date has been chosen yet.
polls-mail-decide = Please choose a date or call the poll off. Everybody who was asked will then be told.

polls-subject-decided = The date is fixed: { $title } on { $date } (“{ $group }”)
polls-mail-decided = the date of the meeting “{ $title }” of the cooperation “{ $group }” is fixed. Please save the date.
polls-mail-decided-next = The invitation with the agenda will follow. There is no need to answer yet.
polls-mail-holds-decided = The tentative calendar entry for this date stays until the invitation takes its place. The others are withdrawn.

polls-subject-cancelled = Date poll called off: { $title } (“{ $group }”)
polls-mail-cancelled = the date poll “{ $title }” of the cooperation “{ $group }” was called off.
polls-mail-cancelled-next = There is nothing for you to do.

polls-subject-hold = Tentative date: { $title } on { $date } (“{ $group }”)
polls-subject-hold-off = Date no longer needed: { $title } on { $date } (“{ $group }”)
polls-hold-summary = Proposed date: { $title } (“{ $group }”)
polls-mail-hold = this tentative calendar entry belongs to the date poll “{ $title }” of the cooperation “{ $group }”.
polls-mail-hold-next = The entry is withdrawn if another date is chosen. Please do not answer in your calendar but by the link to the date poll.
polls-mail-hold-off = the tentative calendar entry of the date poll “{ $title }” of the cooperation “{ $group }” is withdrawn. There is no need to keep this date free any more.
polls-mail-hold-off-next = Your calendar removes the entry or shows it as cancelled.
polls-mail-hold-moved = the meeting “{ $title }” of the cooperation “{ $group }” has a new date. The tentative calendar entry is adjusted.

polls-outcome-decided = The chosen date is { $when }.
polls-outcome-ahead = Ahead by the rule: { $when }.
polls-outcome-nobody = At none of the proposed dates can enough municipalities be represented. The coordinators decide.
polls-outcome-by-hand = The coordinators have chosen this date.
polls-ground-quorum = At no other proposed date can enough municipalities be represented.
polls-ground-municipalities = What decides is that more municipalities say yes than to the next best date.
polls-ground-yes = What decides is that more people say yes than to the next best date.
polls-ground-if-need-be = What decides is that more people can come if need be than at the next best date.
polls-ground-no = What decides is that fewer people say no than to the next best date.
polls-ground-earlier = In a tie the earlier date counts.

polls-why-free = A working day on which every municipality can host.
polls-why-blocked = A working day on which these cannot host: { $names }.
polls-why-school-holidays = Schools are on holiday.
polls-why-apart = The nearest meeting of the series is { $days } days away.
polls-why-alone = The series has no other meeting.
polls-obstacle-weekend = Weekend
polls-obstacle-public-holiday = Public holiday in North Rhine-Westphalia
polls-obstacle-bridge-day = Bridge day
polls-obstacle-end-of-year = 24 or 31 December
polls-obstacle-other-meeting = Less than a week from another meeting of the series
polls-obstacle-nobody-hosts = No municipality can host

polls-page-title = Date poll: { $title }
polls-page-intro = please say of each proposed date whether it suits you.
polls-page-subject = Meeting
polls-page-duration = Duration
polls-page-minutes = { $minutes } minutes
polls-page-deadline = Vote by
polls-page-missing = Please say whether this date suits you: { $when }
polls-page-comment = Message to the coordinators
polls-page-send = Send
polls-page-thanks = Thank you for voting
polls-page-thanks-detail = Your votes have arrived. You can change them until the poll ends.
polls-page-change = Change your votes
polls-page-own = Your votes
polls-page-own-none = You have not voted.
polls-page-others = How the poll stands
polls-page-counts = Voted: { $voted } of { $asked } people asked.
polls-page-rule = How it is counted: first, whether enough municipalities can be represented. A municipality counts as soon as one of its people says yes or if need be. Then, in this order: municipalities with a yes, people who say yes, people who say if need be, fewer noes, the earlier date.
polls-page-automatically = That fixes the date once the poll has ended. If at none of the dates enough municipalities can be represented, the coordinators decide.
polls-page-by-hand = Once the poll has ended, the coordinators choose the date.
polls-page-table = Who has said what
polls-page-name = Name
polls-page-closed = The date poll has ended
polls-page-closed-detail = The date is not fixed yet. You will be told once it is chosen.
polls-page-decided = The date is fixed
polls-page-cancelled = The date poll was called off
polls-page-cancelled-detail = There is nothing for you to do.
polls-page-invalid-detail = The link has expired or is incomplete. Please use the link in the e-mail about the date poll, or ask the coordinators.

polls-label-new = New candidate
polls-subject-more = New candidates: { $title } (“{ $group }”) – please answer by { $date }
polls-mail-more = dates have been added to the date poll “{ $title }” of the cooperation “{ $group }”. What you have said so far stays. Please say by { $deadline } whether these dates suit you as well.
polls-subject-deadline = New deadline: date poll “{ $title }” (“{ $group }”) – please answer by { $date }
polls-mail-deadline = the deadline of the date poll “{ $title }” of the cooperation “{ $group }” has changed. Please say by { $deadline } which of these dates suit you.
