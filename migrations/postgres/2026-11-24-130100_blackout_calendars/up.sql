CREATE TABLE blackout_calendars (
    id UUID NOT NULL PRIMARY KEY,
    cooperation_id UUID NOT NULL REFERENCES cooperations (id),
    municipality_id UUID NOT NULL REFERENCES municipalities (id),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    shows_titles BOOLEAN NOT NULL DEFAULT FALSE,
    state TEXT NOT NULL,
    error_rule TEXT,
    error_message TEXT,
    etag TEXT,
    last_modified TEXT,
    fetched_at TIMESTAMPTZ,
    succeeded_at TIMESTAMPTZ,
    next_fetch_at TIMESTAMPTZ NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    modified_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX blackout_calendars_by_cooperation_id_and_municipality_id ON blackout_calendars (cooperation_id, municipality_id);
CREATE INDEX blackout_calendars_by_next_fetch_at ON blackout_calendars (next_fetch_at);
ALTER TABLE blackouts ADD COLUMN source TEXT NOT NULL DEFAULT 'by_hand';
ALTER TABLE blackouts ADD COLUMN calendar_id UUID;
