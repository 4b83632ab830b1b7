// SPDX-License-Identifier: MIT
// random.mjs OPENAPI BASE_URL REQUESTS [SEED]: requests that nobody thought
// of, made from the API document: mostly as it wants them, now and then not.
// Whatever the answer is, it must be as the document says, and never 500.
import { request } from "node:http";
import { check, covered, doc, faults, report, resolve } from "./contract.mjs";

const [, , , base, count, given] = process.argv;
const seed = Number(given ?? Date.now() % 2 ** 31);

// ---- chance --------------------------------------------------------------

let state = seed;
function random() {	// mulberry32
	state = (state + 0x6d2b79f5) | 0;
	let t = Math.imul(state ^ (state >>> 15), 1 | state);
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
	return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (p) => random() < p;

const ids = [1, 2, 3, 4, 5, 8];
const harvest = (json) => {
	for (const v of Array.isArray(json?.data) ? json.data : [json])
		if (Number.isInteger(v?.id) && ids.length < 400)
			ids.push(v.id);
};
const junk = [null, true, "", " ", -1, 0, 1.5, 2 ** 53, 1e300, [], {}, [null],
	"x".repeat(300), "'; DROP TABLE users--", "\u00e9\u{1F600}", "a\nb",
	"\u0000", "%00", "../..", "2026-13-45", "1e3", "NaN", "\ud800"];
const texts = ["Lamp", "shirt", "alice@example.com", "US", "Springfield",
	"linen-shirt", "A-1", "tok_visa", "tok_declined", "tok_pending",
	"2026-01-31", "2026-01-31T12:00:00Z", "https://example.com/a.webp",
	"29.99", "customer", "62701", "plain-sheep-walk"];

function text(s) {
	const made = { email: `r${below(1e6)}@example.com`,
		uri: "https://example.com/a", date: "2026-01-31",
		"date-time": "2026-01-31T12:00:00Z",
		uuid: "6f1c2e0a-5d3b-4c7e-9a8f-0b1c2d3e4f50" }[s.format];
	if (made)
		return made;
	if (s.pattern?.includes("[.]"))
		return `${below(100)}.${below(10)}${below(10)}`;
	const v = chance(0.8) ? pick(texts) : "w".repeat(below(s.maxLength ?? 40));
	return v.slice(0, s.maxLength).padEnd(s.minLength ?? 0, "z");
}

function number(s) {
	const lo = s.minimum ?? 0, hi = s.maximum ?? 1000;
	return chance(0.5) ? pick(ids) : chance(0.2) ? pick([lo, hi]) :
		lo + below(Math.min(hi - lo, 100) + 1);
}

function object(s) {
	const o = {};
	const one = (s.allOf ?? []).flatMap((a) => pick(a.oneOf).required);
	for (const [name, p] of Object.entries(s.properties ?? {}))
		if ([...(s.required ?? []), ...one].includes(name) ? chance(0.97) :
			!p["x-alias-of"] && chance(0.3))
			o[name] = value(p);
	if (chance(0.03))
		o[pick(["role", "id", "extra"])] = pick(junk);
	return o;
}

function value(schema) {
	const [s] = resolve(schema);
	if (chance(0.04))
		return pick(junk);
	if (s.enum)
		return pick(s.enum);
	if (s.anyOf)
		return value(pick(s.anyOf));
	switch (Array.isArray(s.type) ? pick(s.type) : s.type) {
	case "integer":
		return number(s);
	case "number":
		return below(10000) / 100;
	case "boolean":
		return chance(0.5);
	case "string":
		return text(s);
	case "array":
		return Array.from({ length: Math.max(s.minItems ?? 0, below(3)) },
			() => value(s.items));
	case "object":
		return s.properties ? object(s) : { size: pick(["S", 1, true]) };
	default:
		return null;
	}
}

// ---- requests ------------------------------------------------------------

// Those that would end the walk: the accounts that it walks with.
const left = /logout|refresh|password|toggle|_role$|_users_id$|sessions_id$/;
const operations = Object.entries(doc.paths).flatMap(([path, item]) =>
	Object.entries(item).map(([method, op]) => ({ path, method, op })))
	.filter(({ op, method }) => method === "get" ||
		!left.test(op.operationId));

const tokens = {};
async function signIn(email, password) {
	const x = await send("POST", "/api/v1/auth/login",
		{ "content-type": "application/json" },
		JSON.stringify({ email, password }));
	tokens[email] = JSON.parse(x.body).access_token;
	if (x.status !== 200)
		console.log(`# ${email} cannot sign in: ${x.status} ${x.body}`);
}

function send(method, target, headers, body) {
	return new Promise((done, failed) => {
		const rq = request(base + target, { method, headers, agent: false },
			(rs) => {
				const parts = [], got = new Map();
				for (let i = 0; i < rs.rawHeaders.length; i += 2) {
					const k = rs.rawHeaders[i].toLowerCase();
					got.set(k, [...(got.get(k) ?? []), rs.rawHeaders[i + 1]]);
				}
				rs.on("data", (d) => parts.push(d));
				rs.on("end", () => done({ method, target,
					status: rs.statusCode, headers: got,
					asked: new Map(Object.entries(headers)
						.map(([k, v]) => [k, [v]])),
					request: Buffer.from(body ?? ""),
					body: Buffer.concat(parts) }));
			});
		rq.on("error", failed);
		rq.end(body);
	});
}

const quoted = (v) => encodeURIComponent(typeof v === "string" ?
	v.toWellFormed?.() ?? v.replace(/[\ud800-\udfff]/g, "") :
	JSON.stringify(v)).slice(0, 2000);

function make({ path, method, op }) {
	const headers = {}, query = [];
	let target = path;
	for (const [p] of (op.parameters ?? []).map(resolve)) {
		if (p.in === "path")
			target = target.replace(`{${p.name}}`, chance(0.9) ?
				pick(ids) : quoted(value(p.schema)) || "0");
		else if (p.in === "query" && (p.required || chance(0.12)))
			query.push(p.name.endsWith("*") ?
				`${p.name.slice(0, -1)}size=S` :
				`${quoted(p.name)}=${quoted(value(p.schema))}`);
	}
	if (chance(0.2))
		headers["idempotency-key"] = `key-${below(30)}`;
	if (chance(0.05))
		headers["if-match"] = pick(["*", '"1"', 'W/"2", "3"', "x"]);
	if (chance(0.05))
		headers["if-none-match"] = pick(["*", '"1"', '"1.0"']);
	if (chance(0.04))
		headers["x-user-id"] = pick(["1", "2", "999", "x"]);
	const who = pick(["alice@example.com", "admin@example.com",
		"admin@example.com", null]);
	if (who && tokens[who])
		headers.authorization = `Bearer ${tokens[who]}`;
	const schema = op.requestBody?.content["application/json"]?.schema;
	let body;
	if (schema && chance(0.97)) {
		headers["content-type"] = "application/json";
		body = JSON.stringify(value(schema));
		if (chance(0.02))
			body = body.slice(0, -1);
		headers["content-length"] = String(Buffer.byteLength(body));
	}
	return [method.toUpperCase(), target + (query.length ?
		`?${query.join("&")}` : ""), headers, body];
}

// ---- the walk ------------------------------------------------------------

const statuses = {};
let again = true;
for (let i = 0; i < Number(count); i++) {
	if (again) {
		await signIn("alice@example.com", "correct-horse-alice");
		await signIn("admin@example.com", "correct-horse-admin");
		again = false;
	}
	const x = await send(...make(pick(operations)));
	statuses[x.status] = (statuses[x.status] ?? 0) + 1;
	check(x);
	again = x.status === 401 && x.asked.has("authorization");
	if (x.status === 500 || x.status === 502)
		faults.set(`${x.method} ${x.target} ${x.status}: ${x.request}`, 1);
	if (x.status < 300 && x.body.length)
		try {
			harvest(JSON.parse(x.body));
		} catch { }
}
console.log(`# ${count} requests, SEED=${seed}; ${covered.size} of ` +
	`${operations.length} operations succeeded; ${JSON.stringify(statuses)}`);
report(Number(count));
console.log("1..2");
