-- SPDX-License-Identifier: MIT
-- wrk -s replay.lua URL -- FILE: send the requests of FILE, raw and each
-- ended by a NUL, in their order.
local texts, n, i = {}, 0, 0

function init(args)
	local f = assert(io.open(args[1], "rb"))
	for text in f:read("*a"):gmatch("([^%z]+)%z") do
		n = n + 1
		texts[n] = text
	end
	f:close()
end

function request()
	i = i + 1
	return texts[(i - 1) % n + 1]
end
