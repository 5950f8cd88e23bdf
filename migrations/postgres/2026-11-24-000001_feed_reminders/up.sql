ALTER TABLE feeds ADD COLUMN reminders_minutes TEXT NOT NULL DEFAULT '[]';
