ALTER TABLE series ADD COLUMN host_weights TEXT NOT NULL DEFAULT '{}';
ALTER TABLE meetings ADD COLUMN due_id TEXT REFERENCES municipalities (id);
