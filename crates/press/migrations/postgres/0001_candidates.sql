-- What sources found, each page once, whatever became of it.
CREATE TABLE candidate (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    section TEXT,
    author TEXT,
    published_s BIGINT,
    first_seen_s BIGINT NOT NULL,
    points BIGINT,
    comments BIGINT,
    place TEXT,
    note TEXT,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'dropped')),
    decided_s BIGINT,
    draft TEXT
);

CREATE INDEX candidate_state ON candidate (state, first_seen_s);

-- What was generated last for each owned block, to tell the editors' changes from the machine's.
CREATE TABLE generated (
    draft TEXT NOT NULL,
    block TEXT NOT NULL,
    content TEXT NOT NULL,
    generated_s BIGINT NOT NULL,
    PRIMARY KEY (draft, block)
);
