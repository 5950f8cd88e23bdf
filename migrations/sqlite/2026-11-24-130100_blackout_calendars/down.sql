DELETE FROM blackouts WHERE source = 'calendar';
ALTER TABLE blackouts DROP COLUMN calendar_id;
ALTER TABLE blackouts DROP COLUMN source;
DROP TABLE blackout_calendars;
