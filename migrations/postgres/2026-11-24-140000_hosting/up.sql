ALTER TABLE series ADD COLUMN host_confirmation_days INTEGER;
CREATE TABLE swap_requests (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    series_id UUID NOT NULL REFERENCES series (id),
    meeting_id UUID NOT NULL REFERENCES meetings (id),
    municipality_id UUID NOT NULL REFERENCES municipalities (id),
    partner_meeting_id UUID REFERENCES meetings (id),
    reason TEXT,
    nevertheless BOOLEAN NOT NULL,
    asked_by_id UUID REFERENCES people (id),
    asked_way TEXT NOT NULL,
    state TEXT NOT NULL,
    lapse TEXT,
    decided_at TIMESTAMPTZ,
    decided_by_id UUID REFERENCES people (id),
    decided_way TEXT,
    followed_up_days INTEGER,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX swap_requests_by_cooperation_id_and_series_id ON swap_requests (cooperation_id, series_id);
CREATE UNIQUE INDEX swap_requests_by_meeting_id ON swap_requests (meeting_id) WHERE state = 'open';
CREATE TABLE swap_answers (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    request_id UUID NOT NULL REFERENCES swap_requests (id),
    municipality_id UUID NOT NULL REFERENCES municipalities (id),
    state TEXT NOT NULL,
    meeting_id UUID REFERENCES meetings (id),
    reason TEXT,
    answered_at TIMESTAMPTZ,
    person_id UUID REFERENCES people (id),
    way TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX swap_answers_by_request_id_and_municipality_id ON swap_answers (request_id, municipality_id);
CREATE TABLE host_confirmations (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    meeting_id UUID NOT NULL REFERENCES meetings (id),
    municipality_id UUID NOT NULL REFERENCES municipalities (id),
    state TEXT NOT NULL,
    reason TEXT,
    asked_at TIMESTAMPTZ,
    answered_at TIMESTAMPTZ,
    person_id UUID REFERENCES people (id),
    way TEXT,
    warned_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX host_confirmations_by_meeting_id ON host_confirmations (meeting_id) WHERE deleted_at IS NULL;
CREATE TABLE told_turns (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    meeting_id UUID NOT NULL UNIQUE REFERENCES meetings (id),
    municipality_id UUID REFERENCES municipalities (id),
    date DATE NOT NULL,
    told_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX told_turns_by_cooperation_id ON told_turns (cooperation_id);
