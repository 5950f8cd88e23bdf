CREATE TABLE polls (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    series_id UUID NOT NULL REFERENCES series (id),
    asked_by UUID REFERENCES people (id),
    title TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    deadline TIMESTAMPTZ NOT NULL,
    remind_at TIMESTAMPTZ NOT NULL,
    reminded_at TIMESTAMPTZ,
    visibility TEXT NOT NULL,
    decide TEXT NOT NULL,
    holds BOOLEAN NOT NULL DEFAULT FALSE,
    state TEXT NOT NULL,
    winner_id UUID,
    meeting_id UUID REFERENCES meetings (id),
    closed_at TIMESTAMPTZ,
    decided_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    cancelled_reason TEXT,
    outcome TEXT,
    held_from TIMESTAMPTZ,
    held_until TIMESTAMPTZ,
    held_sequence INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX polls_by_cooperation_id_and_series_id ON polls (cooperation_id, series_id);
CREATE INDEX polls_by_deadline ON polls (deadline) WHERE state = 'open';
CREATE INDEX polls_by_held_from ON polls (held_from) WHERE held_from IS NOT NULL;
CREATE TABLE poll_candidates (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    poll_id UUID NOT NULL REFERENCES polls (id),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX poll_candidates_by_cooperation_id_and_poll_id ON poll_candidates (cooperation_id, poll_id);
CREATE TABLE poll_ballots (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    poll_id UUID NOT NULL REFERENCES polls (id),
    person_id UUID NOT NULL REFERENCES people (id),
    votes TEXT NOT NULL,
    comment TEXT,
    way TEXT,
    voted_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX poll_ballots_by_poll_id_and_person_id ON poll_ballots (poll_id, person_id);
