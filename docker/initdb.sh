#!/bin/bash
# SPDX-License-Identifier: MIT
# Run once by the postgres image: the two roles, the database.
set -eu
psql -qX -v ON_ERROR_STOP=1 -U postgres -f /roles.sql
psql -qX -v ON_ERROR_STOP=1 -U postgres -v password="$DB_PASSWORD" <<-END
	ALTER ROLE shopd PASSWORD :'password';
	ALTER ROLE shopd_owner PASSWORD :'password';
	CREATE DATABASE shopd OWNER shopd_owner ENCODING UTF8 LOCALE 'C.UTF-8'
		TEMPLATE template0;
END
