# Other times that invited people propose. $ordinal is "12th", $meeting a part of a sentence from mail-meeting
counters-proposed-subject = Another time proposed: { $meeting }
counters-proposed = { $name } proposes another time for the { $ordinal } meeting of “{ $group }”.
counters-proposed-next = This does not change the meeting yet. If you accept the proposal, the meeting is moved and everybody invited is told. If you decline it, only the person who made it is told. Replies to this e-mail go to that person.
counters-label-proposed = Proposal
counters-label-yours = Your proposal
counters-label-present = Present time

counters-declined-subject = Proposed time not accepted: { $meeting }
counters-declined = Your proposal of another time for the { $ordinal } meeting of “{ $group }” was not accepted. The meeting takes place at the present time.
counters-answer = Your answer for the present time:
counters-answer-link = See or change your answer
