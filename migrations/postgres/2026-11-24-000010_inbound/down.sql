ALTER TABLE answers DROP COLUMN via;
DROP TABLE delegations;
DROP TABLE counter_proposals;
DROP TABLE inbound_mails;
ALTER TABLE messages RENAME TO messages_of_all_kinds;
CREATE TABLE messages (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    meeting_id UUID NOT NULL REFERENCES meetings (id),
    invitation_id UUID NOT NULL REFERENCES invitations (id),
    person_id UUID NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    letter TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    leased_until TIMESTAMPTZ,
    last_words TEXT,
    sent_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
INSERT INTO messages (
    id, cooperation_id, meeting_id, invitation_id, person_id, kind, sequence, message_id, letter, state, attempts,
    next_attempt_at, leased_until, last_words, sent_at, created_at, modified_at, deleted_at
) SELECT
    id, cooperation_id, meeting_id, invitation_id, person_id, kind, sequence, message_id, letter, state, attempts,
    next_attempt_at, leased_until, last_words, sent_at, created_at, modified_at, deleted_at
FROM messages_of_all_kinds
WHERE invitation_id IS NOT NULL;
DROP TABLE messages_of_all_kinds;
CREATE INDEX messages_by_next_attempt_at ON messages (next_attempt_at) WHERE state = 'queued';
CREATE INDEX messages_by_invitation_id ON messages (invitation_id);
CREATE INDEX messages_by_cooperation_id_and_meeting_id ON messages (cooperation_id, meeting_id);
