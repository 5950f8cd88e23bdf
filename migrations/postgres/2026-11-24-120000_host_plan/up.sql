ALTER TABLE series ADD COLUMN host_weights TEXT NOT NULL DEFAULT '{}';
ALTER TABLE meetings ADD COLUMN due_id UUID REFERENCES municipalities (id);
