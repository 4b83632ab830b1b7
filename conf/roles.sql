-- SPDX-License-Identifier: MIT
-- The two roles: shopd_owner owns the schema and runs migrations, shopd is
-- the service, which gets its rights on tables from the migrations.
SET client_min_messages = warning;
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd_owner') THEN
		CREATE ROLE shopd_owner LOGIN;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shopd') THEN
		CREATE ROLE shopd LOGIN;
	END IF;
END
$$;
ALTER ROLE shopd_owner SET timezone = 'UTC';
ALTER ROLE shopd SET timezone = 'UTC';
ALTER ROLE shopd SET statement_timeout = '3s';
ALTER ROLE shopd SET lock_timeout = '1s';
ALTER ROLE shopd SET idle_in_transaction_session_timeout = '5s';
