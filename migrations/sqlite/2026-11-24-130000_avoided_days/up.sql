ALTER TABLE series ADD COLUMN avoided_days TEXT NOT NULL DEFAULT '{}';
ALTER TABLE meetings ADD COLUMN day_choice TEXT;
CREATE TABLE school_holidays (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    land TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    source TEXT,
    periods TEXT NOT NULL,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX school_holidays_by_cooperation_id ON school_holidays (cooperation_id);
