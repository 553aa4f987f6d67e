-- What sources showed that was too old for an issue: what is there later and not here has come late. A row with an empty
-- page says that the source was read at all.
CREATE TABLE seen (
    source TEXT NOT NULL,
    page TEXT NOT NULL,
    first_seen_s BIGINT NOT NULL,
    PRIMARY KEY (source, page)
);
