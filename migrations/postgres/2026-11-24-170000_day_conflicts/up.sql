CREATE TABLE day_conflicts (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    meeting_id UUID NOT NULL UNIQUE REFERENCES meetings (id),
    date DATE NOT NULL,
    told_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX day_conflicts_by_cooperation_id ON day_conflicts (cooperation_id);
