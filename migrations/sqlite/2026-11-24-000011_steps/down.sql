ALTER TABLE series RENAME COLUMN call_for_topics_days TO call_for_topics_days_if_any;
ALTER TABLE series RENAME COLUMN topic_deadline_days TO topic_deadline_days_if_any;
ALTER TABLE series RENAME COLUMN invitation_days TO invitation_days_if_any;
ALTER TABLE series RENAME COLUMN reminder_days TO reminder_days_if_any;
ALTER TABLE series ADD COLUMN call_for_topics_days INTEGER NOT NULL DEFAULT 28;
ALTER TABLE series ADD COLUMN topic_deadline_days INTEGER NOT NULL DEFAULT 14;
ALTER TABLE series ADD COLUMN invitation_days INTEGER NOT NULL DEFAULT 11;
ALTER TABLE series ADD COLUMN reminder_days INTEGER NOT NULL DEFAULT 3;
UPDATE series SET
    topic_deadline_days = COALESCE(topic_deadline_days_if_any, 0),
    call_for_topics_days = COALESCE(call_for_topics_days_if_any, topic_deadline_days_if_any, 0),
    invitation_days = COALESCE(invitation_days_if_any, 11),
    reminder_days = COALESCE(reminder_days_if_any, 3);
ALTER TABLE series DROP COLUMN call_for_topics_days_if_any;
ALTER TABLE series DROP COLUMN topic_deadline_days_if_any;
ALTER TABLE series DROP COLUMN invitation_days_if_any;
ALTER TABLE series DROP COLUMN reminder_days_if_any;
ALTER TABLE series DROP COLUMN save_the_date_days;
ALTER TABLE series DROP COLUMN last_reminder_days;
ALTER TABLE series DROP COLUMN minutes_due_days;
ALTER TABLE series DROP COLUMN attendance_closes_days;
ALTER TABLE series DROP COLUMN invite_automatically;
