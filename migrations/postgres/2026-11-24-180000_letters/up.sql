CREATE TABLE letters (
    id UUID NOT NULL PRIMARY KEY REFERENCES messages (id),
    content TEXT NOT NULL
);
INSERT INTO letters (id, content) SELECT id, letter FROM messages WHERE letter <> '{}';
ALTER TABLE messages DROP COLUMN letter;
