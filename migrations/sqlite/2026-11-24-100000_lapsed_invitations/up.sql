ALTER TABLE invitations ADD COLUMN lapsed_at TEXT;
