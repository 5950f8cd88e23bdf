ALTER TABLE series RENAME COLUMN call_for_topics_days TO call_for_topics_days_before;
ALTER TABLE series RENAME COLUMN topic_deadline_days TO topic_deadline_days_before;
ALTER TABLE series RENAME COLUMN invitation_days TO invitation_days_before;
ALTER TABLE series RENAME COLUMN reminder_days TO reminder_days_before;
ALTER TABLE series ADD COLUMN save_the_date_days INTEGER;
ALTER TABLE series ADD COLUMN call_for_topics_days INTEGER;
ALTER TABLE series ADD COLUMN topic_deadline_days INTEGER;
ALTER TABLE series ADD COLUMN invitation_days INTEGER;
ALTER TABLE series ADD COLUMN reminder_days INTEGER;
ALTER TABLE series ADD COLUMN last_reminder_days INTEGER;
ALTER TABLE series ADD COLUMN minutes_due_days INTEGER;
ALTER TABLE series ADD COLUMN attendance_closes_days INTEGER;
ALTER TABLE series ADD COLUMN invite_automatically INTEGER NOT NULL DEFAULT FALSE;
UPDATE series SET
    save_the_date_days = CASE WHEN call_for_topics_days_before <= 42 AND invitation_days_before <= 42 THEN 42 END,
    call_for_topics_days = call_for_topics_days_before,
    topic_deadline_days = topic_deadline_days_before,
    invitation_days = invitation_days_before,
    reminder_days = reminder_days_before,
    last_reminder_days = CASE WHEN reminder_days_before >= 1 AND invitation_days_before >= 1 THEN 1 END,
    minutes_due_days = 10,
    attendance_closes_days = 14;
ALTER TABLE series DROP COLUMN call_for_topics_days_before;
ALTER TABLE series DROP COLUMN topic_deadline_days_before;
ALTER TABLE series DROP COLUMN invitation_days_before;
ALTER TABLE series DROP COLUMN reminder_days_before;
