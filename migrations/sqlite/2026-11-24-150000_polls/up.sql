CREATE TABLE polls (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    series_id TEXT NOT NULL REFERENCES series (id),
    asked_by TEXT REFERENCES people (id),
    title TEXT NOT NULL,
    duration_minutes INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    deadline TEXT NOT NULL,
    remind_at TEXT NOT NULL,
    reminded_at TEXT,
    visibility TEXT NOT NULL,
    decide TEXT NOT NULL,
    holds INTEGER NOT NULL DEFAULT FALSE,
    state TEXT NOT NULL,
    winner_id TEXT,
    meeting_id TEXT REFERENCES meetings (id),
    closed_at TEXT,
    decided_at TEXT,
    cancelled_at TEXT,
    cancelled_reason TEXT,
    outcome TEXT,
    held_from TEXT,
    held_until TEXT,
    held_sequence INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX polls_by_cooperation_id_and_series_id ON polls (cooperation_id, series_id);
CREATE INDEX polls_by_deadline ON polls (deadline) WHERE state = 'open';
CREATE INDEX polls_by_held_from ON polls (held_from) WHERE held_from IS NOT NULL;
CREATE TABLE poll_candidates (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    poll_id TEXT NOT NULL REFERENCES polls (id),
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX poll_candidates_by_cooperation_id_and_poll_id ON poll_candidates (cooperation_id, poll_id);
CREATE TABLE poll_ballots (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    poll_id TEXT NOT NULL REFERENCES polls (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    votes TEXT NOT NULL,
    comment TEXT,
    way TEXT,
    voted_at TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX poll_ballots_by_poll_id_and_person_id ON poll_ballots (poll_id, person_id);
