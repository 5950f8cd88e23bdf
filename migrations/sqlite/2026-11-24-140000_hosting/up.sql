ALTER TABLE series ADD COLUMN host_confirmation_days INTEGER;
CREATE TABLE swap_requests (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    series_id TEXT NOT NULL REFERENCES series (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    municipality_id TEXT NOT NULL REFERENCES municipalities (id),
    partner_meeting_id TEXT REFERENCES meetings (id),
    reason TEXT,
    nevertheless INTEGER NOT NULL,
    asked_by_id TEXT REFERENCES people (id),
    asked_way TEXT NOT NULL,
    state TEXT NOT NULL,
    lapse TEXT,
    decided_at TEXT,
    decided_by_id TEXT REFERENCES people (id),
    decided_way TEXT,
    followed_up_days INTEGER,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX swap_requests_by_cooperation_id_and_series_id ON swap_requests (cooperation_id, series_id);
CREATE UNIQUE INDEX swap_requests_by_meeting_id ON swap_requests (meeting_id) WHERE state = 'open';
CREATE TABLE swap_answers (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    request_id TEXT NOT NULL REFERENCES swap_requests (id),
    municipality_id TEXT NOT NULL REFERENCES municipalities (id),
    state TEXT NOT NULL,
    meeting_id TEXT REFERENCES meetings (id),
    reason TEXT,
    answered_at TEXT,
    person_id TEXT REFERENCES people (id),
    way TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX swap_answers_by_request_id_and_municipality_id ON swap_answers (request_id, municipality_id);
CREATE TABLE host_confirmations (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    municipality_id TEXT NOT NULL REFERENCES municipalities (id),
    state TEXT NOT NULL,
    reason TEXT,
    asked_at TEXT,
    answered_at TEXT,
    person_id TEXT REFERENCES people (id),
    way TEXT,
    warned_at TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE UNIQUE INDEX host_confirmations_by_meeting_id ON host_confirmations (meeting_id) WHERE deleted_at IS NULL;
CREATE TABLE told_turns (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    meeting_id TEXT NOT NULL UNIQUE REFERENCES meetings (id),
    municipality_id TEXT REFERENCES municipalities (id),
    date TEXT NOT NULL,
    told_at TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX told_turns_by_cooperation_id ON told_turns (cooperation_id);
