# The mails in steps around a meeting. $ordinal is "12th", $meeting a part of a sentence from mail-meeting or mail-meeting-in
steps-subject-save-the-date = Save the date: { $meeting }
steps-subject-save-the-date-moved = Save the date: meeting moved from { $from } to { $to } (“{ $group }”)
steps-subject-date-off = Date no longer needed: { $meeting }
steps-subject-call-for-topics = Call for topics: { $ordinal } meeting of “{ $group }”
steps-subject-call-for-topics-until = Call for topics: { $ordinal } meeting of “{ $group }” – your items by { $date }
steps-subject-topics-due = Deadline for topics has passed: { $meeting }
steps-subject-invitation-due = Invitation due: { $meeting }
steps-subject-answer-reminder = Reminder: your answer for the meeting on { $date } is missing
steps-subject-reminder = Reminder: meeting on { $date }
steps-subject-reminder-in = Reminder: meeting on { $date } in { $town }
steps-subject-minutes-due = Minutes due: { $meeting }
steps-subject-attendance-due = Attendance and closing: { $meeting }

steps-save-the-date = Please save the date of the { $ordinal } meeting of “{ $group }”.
steps-save-the-date-moved = The { $ordinal } meeting of “{ $group }” has been moved. The former date, { $date }, no longer applies.
steps-save-the-date-again = Please save the new date.
steps-save-the-date-next = The invitation with the agenda will follow. There is no need to answer yet.
steps-date-off = You no longer need to keep { $when } free for the { $ordinal } meeting of “{ $group }”. The meeting will not take place.
steps-date-off-next = There is nothing else you need to do. If there is another date, we will let you know separately.

steps-call-for-topics = Which topics should be on the agenda of the { $ordinal } meeting of “{ $group }”? Please propose your items.
steps-call-for-topics-until = Which topics should be on the agenda of the { $ordinal } meeting of “{ $group }”? Please propose your items by { $date }.

steps-topics-due = The deadline for proposing topics for the { $ordinal } meeting of “{ $group }” has passed. Topics that come in later are marked as late.
steps-topics-due-scheduled = { $count ->
    [0] There are no proposed topics on the agenda so far.
    [one] There is one proposed topic on the agenda.
   *[other] There are { $count } proposed topics on the agenda.
}
steps-topics-due-proposed = Not yet decided: { $titles }.
steps-topics-due-next = Please complete the agenda so that the invitation can go out in time.
steps-topic-quoted = “{ $title }”

steps-invitation-due = Nobody has been invited to the { $ordinal } meeting of “{ $group }” yet. The invitation should go out by { $date }.
steps-invitation-missing-host = It could not be sent automatically: the meeting has no host yet.
steps-invitation-missing-venue = It could not be sent automatically: the meeting has no venue yet.
steps-invitation-missing-people = It could not be sent automatically: there is nobody to invite.
steps-invitation-due-next = Please check date, place and agenda, and invite.

steps-answer-reminder = We are still missing your answer for the { $ordinal } meeting of “{ $group }”.
steps-answer-reminder-by = Please say by { $date } whether you will take part.
steps-answer-reminder-soon = Please say as soon as you can whether you will take part.
steps-answer = Your answer (personal link, please do not forward):
steps-answer-link = Answer now

steps-reminder-accepted = This is a reminder of the { $ordinal } meeting of “{ $group }”. You have said that you will take part.
steps-reminder-tentative = This is a reminder of the { $ordinal } meeting of “{ $group }”. You have said that you may take part.
steps-reminder-next = If you cannot come after all, please change your answer.
steps-page = Change your answer (personal link, please do not forward):
steps-page-link = Open the page of the meeting

steps-minutes-due = The minutes of the { $ordinal } meeting of “{ $group }” on { $when } are due.
steps-minutes-due-next = If the draft has already been sent, there is nothing else you need to do.

steps-attendance-due = The attendance list of the { $ordinal } meeting of “{ $group }” on { $when } is not complete yet.
steps-attendance-due-open = Please record who took part and close the meeting. Only then does it count in the order of hosts, and unfinished topics move on to the next meeting.
steps-attendance-due-closed = The meeting is closed, but nobody has recorded who took part. Please do so.
