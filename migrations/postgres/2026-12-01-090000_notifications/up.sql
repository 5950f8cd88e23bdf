ALTER TABLE letters RENAME TO message_contents;
ALTER TABLE messages ADD COLUMN topic TEXT NOT NULL DEFAULT '';
UPDATE messages SET topic = CASE
    WHEN kind IN ('swap_requested', 'swap_reminder', 'swap_outcome')
        THEN 'swap:' || split_part(notice_key, ':', 2)
    WHEN kind = 'poll_hold'
        THEN 'hold:' || split_part(notice_key, ':', 2)
    WHEN kind = 'poll_ended'
        THEN 'poll:' || split_part(notice_key, ':', 2)
    WHEN kind IN ('poll', 'poll_reminder')
        THEN 'poll:' || coalesce((
            SELECT poll_id::text FROM poll_ballots
            WHERE poll_ballots.id::text = split_part(messages.notice_key, ':', 2)
        ), messages.id::text)
    WHEN kind IN ('host_confirmation', 'host_unconfirmed') AND meeting_id IS NOT NULL
        THEN 'hosting:' || meeting_id
    WHEN meeting_id IS NOT NULL THEN 'meeting:' || meeting_id
    ELSE 'message:' || id
END;
DROP INDEX messages_queued_by_invitation_id;
CREATE INDEX messages_queued_by_topic ON messages (person_id, topic, id) WHERE state = 'queued';
