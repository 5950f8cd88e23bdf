# A person's own calendar
feeds-answer = Your answer: { $answer }
feeds-answer-stale = Your answer: open (for the earlier time: { $answer })
feeds-answer-open = open
feeds-answer-accepted = accepted
feeds-answer-tentative = tentative
feeds-answer-declined = declined
feeds-answer-delegated = passed on to a deputy
