DROP INDEX messages_queued_by_invitation_id;
DROP INDEX messages_queued_by_next_attempt_at;
CREATE INDEX messages_by_next_attempt_at ON messages (next_attempt_at) WHERE state = 'queued';
