# What is said about mails that come in. $meeting is "12th meeting …"
inbound-label-from = From
inbound-label-attendee = Answers as
inbound-label-meeting = Meeting
inbound-label-answer = Answer
inbound-label-comment = Message
inbound-label-subject = Subject
inbound-label-person = Person
inbound-label-address = Mail address
inbound-label-words = What the mail server said
inbound-answer-accepted = accepted
inbound-answer-tentative = tentatively accepted
inbound-answer-declined = declined
inbound-answer-delegated = a deputy comes

inbound-review-subject = Please check: a mail to “{ $group }” could not be matched
inbound-review-intro = the service received a mail that is not taken over without somebody looking at it. Nothing has been changed.
inbound-review-next = In the list of incoming mails you or the coordinator can take it as a person's answer, invite the sender as a guest, or drop the mail. Further mails that wait to be checked today are not announced one by one.
inbound-reason-unknown-meeting = Reason: it is not clear which meeting it is about.
inbound-reason-unknown-attendee = Reason: the address that answers is not invited. The invitation may have been forwarded, or somebody uses a second address.
inbound-reason-not-invited = Reason: the person who answers is not invited to this meeting.
inbound-reason-other-sender = Reason: the mail comes from another address than the invited one.
inbound-reason-not-vouched = Reason: it is not certain that the mail really comes from this address.
inbound-reason-deputy = Reason: somebody is named as deputy who is not invited without your consent.
inbound-reason-unknown-sender = Reason: the sender is not known.
inbound-reason-too-many = Reason: unusually many mails come from this address.
inbound-reason-unknown-message = Reason: it is not clear which of our mails came back.
inbound-reason-unclear-bounce = Reason: a mail of ours came back; it is not clear whether delivery has failed for good.
inbound-reason-other = Reason: { $reason }

inbound-confirm-subject = Please confirm: your answer for the meeting “{ $group }”
inbound-confirm-intro = we received an answer in your name by mail. We could not check that it really comes from you. It counts only once you confirm it.
inbound-confirm-otherwise = If you have not answered, you need not do anything.
inbound-confirm-lead = Confirm the answer:
inbound-confirm-link = Yes, this is my answer

inbound-page-title = Confirm your answer
inbound-page-intro = We received this answer in your name by mail. It counts only once you confirm it.
inbound-page-confirm = Confirm the answer
inbound-page-thanks = Your answer counts
inbound-page-thanks-detail = Thank you. Your answer has been recorded. You can change it until the meeting by the link in the invitation.
inbound-page-over = This answer can no longer be confirmed
inbound-page-over-detail = A newer one has taken its place, or the meeting takes no more answers. Please use the link in the latest invitation.

inbound-forward-subject = Forwarded: { $subject }
inbound-forward-intro = the service received this message. We pass it on to you because you look after the meeting.
inbound-forward-next = If you answer this mail, your answer goes directly to the sender. Attachments are not passed on.

inbound-undeliverable-subject = Mails to { $name } come back
inbound-undeliverable-intro = a mail could not be delivered. We send nothing more to this address.
inbound-undeliverable-next = Please correct the address, or confirm that it is right. After that we invite the person again.
