CREATE TABLE blackout_calendars (
    id TEXT NOT NULL PRIMARY KEY,
    cooperation_id TEXT NOT NULL REFERENCES cooperations (id),
    municipality_id TEXT NOT NULL REFERENCES municipalities (id),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    shows_titles INTEGER NOT NULL DEFAULT FALSE,
    state TEXT NOT NULL,
    error_rule TEXT,
    error_message TEXT,
    etag TEXT,
    last_modified TEXT,
    fetched_at TEXT,
    succeeded_at TEXT,
    next_fetch_at TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX blackout_calendars_by_cooperation_id_and_municipality_id ON blackout_calendars (cooperation_id, municipality_id);
CREATE INDEX blackout_calendars_by_next_fetch_at ON blackout_calendars (next_fetch_at);
ALTER TABLE blackouts ADD COLUMN source TEXT NOT NULL DEFAULT 'by_hand';
ALTER TABLE blackouts ADD COLUMN calendar_id TEXT;
