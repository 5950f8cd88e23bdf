ALTER TABLE feeds DROP COLUMN reminders_minutes;
