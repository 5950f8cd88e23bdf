ALTER TABLE messages ADD COLUMN letter TEXT NOT NULL DEFAULT '{}';
UPDATE messages SET letter = (SELECT content FROM letters WHERE letters.id = messages.id)
WHERE id IN (SELECT id FROM letters);
DROP TABLE letters;
