-- Publications: which issue goes out, who is at it, and what was done of it where. What the world itself can tell, such as
-- what stands in the repository, is asked there; here is what only we know.
CREATE TABLE publication (
    issue TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    draft TEXT NOT NULL,
    path TEXT NOT NULL,
    began_s BIGINT NOT NULL,
    ended_s BIGINT,
    holder TEXT NOT NULL,
    held_until_s BIGINT NOT NULL
);

CREATE INDEX publication_began ON publication (began_s);

CREATE TABLE publication_step (
    issue TEXT NOT NULL REFERENCES publication (issue) ON DELETE CASCADE,
    step TEXT NOT NULL,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT,
    address TEXT,
    digest TEXT,
    who TEXT NOT NULL,
    recorded_s BIGINT NOT NULL,
    PRIMARY KEY (issue, step, target)
);
