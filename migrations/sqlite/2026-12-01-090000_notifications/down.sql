DROP INDEX messages_queued_by_topic;
CREATE INDEX messages_queued_by_invitation_id ON messages (invitation_id, id) WHERE state = 'queued';
ALTER TABLE messages DROP COLUMN topic;
ALTER TABLE message_contents RENAME TO letters;
