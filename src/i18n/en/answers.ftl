# The page on which invited people answer without signing in. $ordinal is "12th"
answers-title = Your answer for the { $ordinal } meeting
answers-group = Cooperation
answers-greeting = Dear { $given_name } { $family_name },
answers-intro = Please say whether you will take part in the { $ordinal } meeting of “{ $group }”.

answers-subject = Title
answers-when = Date and time
answers-host = Host
answers-place = Place
answers-place-open = not fixed yet
answers-directions = Directions
answers-agenda = Agenda
answers-agenda-empty = The agenda is not fixed yet.
answers-answer-by = Please answer by { $date }

answers-legend = Will you take part?
answers-accept = I accept
answers-tentative = I accept tentatively
answers-decline = I decline
answers-delegate = I will be represented by …
answers-deputy = Your substitute
answers-deputy-hint = Only needed if somebody takes part instead of you. Your substitute receives an invitation of their own.
answers-deputy-choose = Please choose a person
answers-deputy-missing = Please choose who takes part for you. Somebody who has a substitute cannot.
answers-deputy-for = As substitute for
answers-missing = Please choose an answer.
answers-comment = Message to the host
answers-comment-hint = Optional, at most { $max } characters. Please nothing confidential, for example about your health.
answers-comment-too-long = Please shorten your message to at most { $max } characters.
answers-send = Send answer

answers-not-sent = Not sent yet
answers-not-sent-hint = Further down you can answer differently, name a substitute or write a message.
answers-send-accepted = Send: I will take part
answers-send-tentative = Send: I may take part
answers-send-declined = Send: I will not take part

answers-current = Your answer so far
answers-current-accepted = You have accepted.
answers-current-tentative = You have accepted tentatively.
answers-current-declined = You have declined.
answers-current-delegated = Somebody else takes part for you.
answers-current-open = You have not answered yet.
answers-stale = This answer no longer counts: since then, the meeting was moved, or called off for a while. Please answer once more.
answers-represented = { $name } takes part instead of you.
answers-represented-hint = If you want to take part yourself or decline, please answer again below. Your substitute is then told not to be needed any more.
answers-current-since = Received on { $date }

answers-thanks = Thank you for your answer
answers-thanks-accepted = We have received your acceptance.
answers-thanks-tentative = We have received your tentative acceptance.
answers-thanks-declined = We have received that you decline.
answers-thanks-delegated = Your substitute is noted and will be invited.
answers-thanks-change = You can change your answer until the meeting.
answers-change = Change answer

answers-moved = The meeting was moved
answers-moved-detail = The date or time has changed since the e-mail. It is now on { $when }. Please check your answer.
answers-changed = Since the e-mail, this has changed:
answers-cancelled = This meeting was cancelled
answers-cancelled-detail = No answer is needed any more.
answers-cancelled-reason = Reason: { $reason }
answers-past = This meeting has already taken place
answers-past-detail = It is no longer possible to answer.
answers-withdrawn = Your invitation is no longer valid
answers-withdrawn-detail = You are no longer invited to this meeting. There is nothing you need to do.
answers-invalid = This link is no longer valid
answers-invalid-detail = The link has expired or is incomplete. Please use the link in the latest e-mail, or contact the person who invited you.

answers-personal = This link is personal. Please do not forward it.
answers-privacy = Privacy information
answers-calendar = Add to calendar
