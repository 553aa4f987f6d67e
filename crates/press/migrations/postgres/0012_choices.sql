-- Candidates may wait for a later issue, or rest until a day; why one is not wanted; and who decided what.
ALTER TABLE candidate ADD COLUMN issue BIGINT;
ALTER TABLE candidate ADD COLUMN snoozed_until_s BIGINT;
ALTER TABLE candidate ADD COLUMN reason TEXT;

-- What became of a candidate, and who decided. Rows are added, never changed.
CREATE TABLE choice (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate BIGINT NOT NULL,
    at_s BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT
);

CREATE INDEX choice_candidate ON choice (candidate, id);
