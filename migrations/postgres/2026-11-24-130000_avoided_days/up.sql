ALTER TABLE series ADD COLUMN avoided_days TEXT NOT NULL DEFAULT '{}';
ALTER TABLE meetings ADD COLUMN day_choice TEXT;
CREATE TABLE school_holidays (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    land TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    source TEXT,
    periods TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX school_holidays_by_cooperation_id ON school_holidays (cooperation_id);
