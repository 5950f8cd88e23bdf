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
INSERT INTO day_conflicts (id, cooperation_id, meeting_id, date, told_at, created_at, modified_at)
SELECT id, cooperation_id, meeting_id, date, told_at, created_at, modified_at FROM meeting_conflicts
WHERE trouble = 'day_forbidden';
DROP TABLE meeting_conflicts;
DROP TABLE rotation_pauses;
ALTER TABLE turns DROP COLUMN moved;
ALTER TABLE turns DROP COLUMN restores;
