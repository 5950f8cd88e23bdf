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
