ALTER TABLE series ADD COLUMN plan_at TEXT;
CREATE INDEX series_by_plan_at ON series (plan_at);
