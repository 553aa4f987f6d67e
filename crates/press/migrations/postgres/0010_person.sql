-- Whoever comes in is given a number at once, so that nobody has to be looked for again. Who is known gets the old one back.
ALTER TABLE arrival ADD COLUMN person BIGINT DEFAULT nextval('subscriber_id_seq');
