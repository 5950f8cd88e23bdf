CREATE TABLE letters (
    id TEXT NOT NULL PRIMARY KEY REFERENCES messages (id),
    content TEXT NOT NULL
) STRICT;
INSERT INTO letters (id, content) SELECT id, letter FROM messages WHERE letter <> '{}';
ALTER TABLE messages DROP COLUMN letter;
