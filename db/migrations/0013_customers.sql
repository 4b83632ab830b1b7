-- SPDX-License-Identifier: MIT
-- How many customers there are, by the UTC day of their coming: kept like the
-- sales, as a journal that the jobs process folds into days.

CREATE TABLE customer_days (
	day date CONSTRAINT customer_days_pkey PRIMARY KEY,
	opened bigint NOT NULL,
	present bigint NOT NULL
);
CREATE TABLE customer_journal (
	id bigint GENERATED ALWAYS AS IDENTITY
	    CONSTRAINT customer_journal_pkey PRIMARY KEY,
	day date NOT NULL,
	opened integer NOT NULL,
	present integer NOT NULL
);
COMMENT ON COLUMN customer_days.opened IS 'Accounts of customers';
COMMENT ON COLUMN customer_days.present IS 'Those that are not erased';

CREATE FUNCTION customer_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO customer_journal (day, opened, present)
	    SELECT utc_day(u.created_at), u.k,
	    CASE WHEN u.erased_at IS NULL THEN u.k ELSE 0 END
	    FROM (SELECT OLD.created_at, OLD.erased_at, OLD.role, -1
		WHERE TG_OP <> 'INSERT' UNION ALL
		SELECT NEW.created_at, NEW.erased_at, NEW.role, 1
		WHERE TG_OP <> 'DELETE') u (created_at, erased_at, role, k)
	    WHERE u.role = 'customer';
	RETURN NULL;
END $$;
CREATE TRIGGER users_count AFTER INSERT OR DELETE OR
    UPDATE OF role, erased_at, created_at ON users
    FOR EACH ROW EXECUTE FUNCTION customer_count();

INSERT INTO customer_days
    SELECT utc_day(created_at), count(*),
    count(*) FILTER (WHERE erased_at IS NULL)
    FROM users WHERE role = 'customer' GROUP BY 1;
