# Was in E-Mails zu Treffen steht und nicht zum Brief selbst gehört
invitations-item = TOP { $number }
invitations-topic-subject = Thema für das { $ordinal } Treffen „{ $group }“
