ALTER TABLE messages RENAME TO messages_about_invitations;
CREATE TABLE messages (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    meeting_id UUID REFERENCES meetings (id),
    invitation_id UUID REFERENCES invitations (id),
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
    deleted_at TIMESTAMPTZ,
    notice_key TEXT UNIQUE
);
INSERT INTO messages (
    id, cooperation_id, meeting_id, invitation_id, person_id, kind, sequence, message_id, letter, state, attempts,
    next_attempt_at, leased_until, last_words, sent_at, created_at, modified_at, deleted_at
) SELECT
    id, cooperation_id, meeting_id, invitation_id, person_id, kind, sequence, message_id, letter, state, attempts,
    next_attempt_at, leased_until, last_words, sent_at, created_at, modified_at, deleted_at
FROM messages_about_invitations;
DROP TABLE messages_about_invitations;
CREATE INDEX messages_by_next_attempt_at ON messages (next_attempt_at) WHERE state = 'queued';
CREATE INDEX messages_by_invitation_id ON messages (invitation_id);
CREATE INDEX messages_by_cooperation_id_and_meeting_id ON messages (cooperation_id, meeting_id);
CREATE TABLE inbound_mails (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID REFERENCES cooperations (id),
    fingerprint TEXT NOT NULL UNIQUE,
    message_id TEXT,
    from_address TEXT,
    from_name TEXT,
    subject TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    meeting_id UUID REFERENCES meetings (id),
    person_id UUID REFERENCES people (id),
    content TEXT NOT NULL,
    decided_at TIMESTAMPTZ,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX inbound_mails_by_cooperation_id_and_state ON inbound_mails (cooperation_id, state);
CREATE TABLE counter_proposals (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    meeting_id UUID NOT NULL REFERENCES meetings (id),
    person_id UUID NOT NULL REFERENCES people (id),
    inbound_mail_id UUID NOT NULL REFERENCES inbound_mails (id),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    comment TEXT,
    state TEXT NOT NULL,
    decided_at TIMESTAMPTZ,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX counter_proposals_by_cooperation_id_and_meeting_id ON counter_proposals (cooperation_id, meeting_id);
CREATE TABLE delegations (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    meeting_id UUID NOT NULL REFERENCES meetings (id),
    delegator_id UUID NOT NULL REFERENCES people (id),
    deputy_id UUID NOT NULL REFERENCES people (id),
    way TEXT NOT NULL,
    only_as_deputy BOOLEAN NOT NULL,
    delegated_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX delegations_by_cooperation_id_and_meeting_id ON delegations (cooperation_id, meeting_id);
CREATE UNIQUE INDEX delegations_by_meeting_id_and_delegator_id ON delegations (meeting_id, delegator_id)
    WHERE withdrawn_at IS NULL;
ALTER TABLE answers ADD COLUMN via TEXT;
