# The list of attendance as a table
attendance-column-municipality = Municipality or organisation
attendance-column-name = Name
attendance-column-answer = Answer
attendance-column-answered-at = Answered at
attendance-column-presence = Attendance

attendance-answer-needs_action = open
attendance-answer-accepted = accepted
attendance-answer-tentative = tentative
attendance-answer-declined = declined
attendance-answer-delegated = passed on to a deputy
attendance-stale = { $answer } (for the earlier time)

attendance-presence-on_site = on site
attendance-presence-remote = remote
attendance-presence-excused = excused
attendance-presence-absent = absent
