-- What readers nominate, each post or person once for each thing.
CREATE TABLE nomination (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The vote's id in press.toml.
    vote TEXT NOT NULL,
    -- What tells what is nominated from anything else.
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    -- Its page; empty for a quote.
    url TEXT NOT NULL,
    -- What it is, or what was said, as Markdown.
    body TEXT NOT NULL,
    -- Who said it.
    attribution TEXT NOT NULL,
    -- The same text for the same person, and what they are called.
    sender TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Where it was made: an address, or what stands for one.
    place TEXT NOT NULL,
    own BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL DEFAULT 0,
    -- Whether an editor decided about the two.
    decided BIGINT NOT NULL DEFAULT 0,
    at_s BIGINT NOT NULL,
    recorded_s BIGINT NOT NULL,
    UNIQUE (vote, place)
);

-- Ballots of people, and readings of likes, which have no voter.
CREATE TABLE ballot (
    nomination BIGINT NOT NULL REFERENCES nomination (id),
    kind TEXT NOT NULL CHECK (kind IN ('likes', 'ballots')),
    voter TEXT NOT NULL,
    count BIGINT NOT NULL,
    place TEXT NOT NULL,
    at_s BIGINT NOT NULL,
    PRIMARY KEY (nomination, kind, voter, at_s)
) WITHOUT ROWID;

-- How a vote ended for an issue, with all that was counted, so that it can be counted again.
CREATE TABLE result (
    vote TEXT NOT NULL,
    -- The issue's number.
    issue BIGINT NOT NULL,
    -- The first nomination of what won.
    winner BIGINT NOT NULL,
    subject TEXT NOT NULL,
    -- What was counted, as JSON.
    counted TEXT NOT NULL,
    -- Whether editors picked it.
    picked BIGINT NOT NULL,
    -- What was put into the draft.
    placed TEXT NOT NULL,
    recorded_s BIGINT NOT NULL,
    PRIMARY KEY (vote, issue)
) WITHOUT ROWID;
