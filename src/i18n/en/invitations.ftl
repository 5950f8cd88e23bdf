# What stands in mails about meetings and is not part of the letter itself
invitations-item = Item { $number }
invitations-topic-subject = Topic for the { $ordinal } meeting of “{ $group }”
