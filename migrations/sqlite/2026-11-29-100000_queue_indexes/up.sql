DROP INDEX messages_by_next_attempt_at;
CREATE INDEX messages_queued_by_next_attempt_at ON messages (next_attempt_at, id) WHERE state = 'queued';
CREATE INDEX messages_queued_by_invitation_id ON messages (invitation_id, id) WHERE state = 'queued';
