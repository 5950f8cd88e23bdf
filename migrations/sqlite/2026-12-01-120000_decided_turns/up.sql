ALTER TABLE turns ADD COLUMN restores INTEGER;
ALTER TABLE turns ADD COLUMN moved TEXT NOT NULL DEFAULT '[]';
UPDATE meetings SET due_id = COALESCE(
    due_id,
    (
        SELECT pinned.due_id FROM turns AS pinned
        WHERE pinned.meeting_id = meetings.id AND pinned.state = 'pinned' AND pinned.entry = (
            SELECT MAX(latest.entry) FROM turns AS latest
            WHERE latest.meeting_id = meetings.id AND latest.state <> 'cohosted'
        )
    ),
    host_id
) WHERE status = 'planned';
CREATE TABLE rotation_pauses (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    municipality_id TEXT NOT NULL REFERENCES municipalities (id),
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    reason TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX rotation_pauses_by_cooperation_id_and_municipality_id ON rotation_pauses (cooperation_id, municipality_id);
CREATE TABLE meeting_conflicts (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    trouble TEXT NOT NULL,
    municipality_id TEXT REFERENCES municipalities (id),
    date TEXT NOT NULL,
    told_at TEXT,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX meeting_conflicts_by_meeting_id_and_trouble ON meeting_conflicts (meeting_id, trouble);
CREATE INDEX meeting_conflicts_by_cooperation_id ON meeting_conflicts (cooperation_id);
INSERT INTO meeting_conflicts (id, cooperation_id, meeting_id, trouble, date, told_at, created_at, modified_at)
SELECT id, cooperation_id, meeting_id, 'day_forbidden', date, told_at, created_at, modified_at FROM day_conflicts;
DROP TABLE day_conflicts;
