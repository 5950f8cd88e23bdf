ALTER TABLE series ADD COLUMN plan_at TIMESTAMPTZ;
CREATE INDEX series_by_plan_at ON series (plan_at);
