-- What PostgreSQL needs here, SQLite does without: it finds people fast enough by their addresses.
SELECT 1;
