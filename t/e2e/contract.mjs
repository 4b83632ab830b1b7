// SPDX-License-Identifier: MIT
// An exchange against the API document: operation, status, content type,
// headers, codes, schemas, and the request if it was taken.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";

const require = createRequire(join(process.cwd(), "obj/ajv/x.js"));
const Ajv = require("ajv/dist/2020.js").default;
const formats = require("ajv-formats").default;

export const doc = JSON.parse(readFileSync(process.argv[2], "utf8"));
export const covered = new Set();	// operations that were seen to succeed
export const faults = new Map();	// what was wrong, and how often
const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema(doc, "doc");

// ---- the document --------------------------------------------------------

const templates = Object.keys(doc.paths).map((path) => ({
	path,
	segments: path.split("/"),
}));

function find(path) {
	const have = path.split("/");
	let best = null, rank = "";
	for (const t of templates) {
		if (t.segments.length !== have.length || !t.segments.every((s, i) =>
			s === have[i] || (s.startsWith("{") && have[i] !== "")))
			continue;
		const r = t.segments.map((s) => s.startsWith("{") ? "a" : "b").join("");
		if (r > rank)
			[best, rank] = [t.path, r];
	}
	return best;
}

function operationPath(pathname) {
	let path = pathname;
	try {
		path = decodeURIComponent(pathname);
	} catch {
		return null;
	}
	if (path.length > 1 && path.endsWith("/"))
		path = path.slice(0, -1);
	return find(path) ?? (/^\/api\/(?!v1\/)/.test(path) ?
		find(path.replace(/^\/api/, "/api/v1")) : null);
}

const pointer = (s) => s.replaceAll("~", "~0").replaceAll("/", "~1");
const compiled = new Map();
function schema(...way) {
	const ref = `doc#/${way.map((s) => encodeURIComponent(pointer(s))).join("/")}`;
	if (!compiled.has(ref))
		compiled.set(ref, ajv.compile({ $ref: ref }));
	return compiled.get(ref);
}
export const resolve = (o) => o.$ref === undefined ? [o, null] :
	[o.$ref.slice(2).split("/").reduce((d, k) => d[k], doc),
		o.$ref.slice(2).split("/")];

// ---- the rules -----------------------------------------------------------

const nginxOnly = new Set([405, 413, 414, 431, 504]);
const pages = /^\/(docs|redoc|scalar|admin|vendor|nginx-status)(\/|$)/;

function headersOf(x, say) {
	const one = (name) => x.headers.get(name) ?? [];
	for (const name of ["x-request-id", "cache-control", "content-type",
		"etag", "location", "retry-after", "www-authenticate",
		"x-content-type-options", "referrer-policy",
		"content-security-policy"])
		if (one(name).length > 1)
			say(`${name} is there twice`);
	if (one("x-content-type-options")[0] !== "nosniff" ||
		one("referrer-policy")[0] !== "no-referrer" ||
		!one("content-security-policy")[0]?.includes("frame-ancestors 'none'"))
		say("a security header is missing");
	if (/\d/.test(one("server")[0] ?? ""))
		say("the server tells its version");
	if (!/^[A-Za-z0-9._-]{8,64}$/.test(one("x-request-id")[0] ?? ""))
		say("no request id");
	if ([429, 503, 504].includes(x.status) && !one("retry-after").length)
		say("no Retry-After");
	if (x.status === 405 && !one("allow").length)
		say("no Allow");
	if (x.status >= 400 && one("cache-control")[0] !== "no-store")
		say("an error may be stored");
}

// A client that is generated knows the members that are described.
function membersOf(json, described, say) {
	for (const name of Object.keys(json).filter((k) => !described[k]))
		say(`the problem has ${name}, which is not described`);
}

function problemOf(x, json, say) {
	const challenge = x.headers.get("www-authenticate")?.[0];
	const { properties } = doc.components.schemas.problem;
	if (!schema("components", "schemas", "problem")(json))
		return say("is no problem document");
	membersOf(json, properties, say);
	for (const e of json.errors ?? [])
		membersOf(e, properties.errors.items.properties, say);
	if (json.status !== x.status)
		say(`the problem says ${json.status}`);
	if (!x.headers.has("idempotent-replayed") &&
		json.request_id !== x.headers.get("x-request-id")?.[0])
		say("the problem has another request id");
	if (x.status !== 401)
		return;
	if (json.code === "invalid_credentials" ? challenge :
		!challenge?.startsWith('Bearer realm="shopd"'))
		say(`WWW-Authenticate is ${challenge} with ${json.code}`);
}

// The request was taken: it is as the document says.
function requestOf(x, path, method, op, query, say) {
	const type = x.asked.get("content-type")?.[0]?.split(";")[0];
	const known = (op.parameters ?? []).map((p) => resolve(p)[0])
		.filter((p) => p.in === "query").map((p) => p.name);
	for (const name of new Set(query.keys()))
		if (!known.some((k) => k === name || (k.endsWith("*") &&
			name.startsWith(k.slice(0, -1)))))
			say(`the parameter ${name} is not described`);
	if (!x.request.length || !/json/.test(type ?? "") ||
		!op.requestBody?.content["application/json"])
		return;
	const valid = schema("paths", path, method, "requestBody", "content",
		"application/json", "schema");
	if (!valid(JSON.parse(x.request.toString("utf8"))))
		say("the request was taken but is not as described: " +
			ajv.errorsText(valid.errors));
}

function bodyFits(x, json, way, content, say) {
	const media = x.headers.get("content-type")?.[0]?.split(";")[0];
	if (!content)
		return x.body.length && say("has a body");
	if (!content[media])
		return say(`has the type ${media}`);
	if (json === undefined)
		return /json/.test(media) && say("is not JSON");
	const valid = schema(...way, "content", media, "schema");
	if (!valid(json))
		say(ajv.errorsText(valid.errors));
	const codes = content[media].examples;
	if (x.status >= 400 && codes && !nginxOnly.has(x.status) &&
		!codes[json.code])
		say(`has the code ${json.code}, which is not described`);
}

function answerOf(x, json, path, method, op, say) {
	const key = op.responses[x.status] ? String(x.status) :
		nginxOnly.has(x.status) ? "default" : null;
	if (key === null)
		return say("the status is not described");
	const [response, way] = resolve(op.responses[key]);
	if (x.body !== null && x.method !== "HEAD")
		bodyFits(x, json, way ?? ["paths", path, method, "responses", key],
			response.content, say);
	for (const name of ["Location", "ETag", "Link"])
		if (x.headers.has(name.toLowerCase()) && x.status < 300 &&
			!response.headers?.[name])
			say(`${name} is not described`);
	for (const name of ["Location", "ETag"])
		if (x.status !== 304 && response.headers?.[name] &&
			!x.headers.get("idempotent-replayed") &&
			!x.headers.get(name.toLowerCase()))
			say(`no ${name}`);
	return response;
}

// x: { method, target, status, headers: Map of lists, asked: likewise,
// request: Buffer, body: Buffer or null if not all of it was read }.
export function check(x) {
	const [pathname, search] = x.target.replace(/^https?:\/\/[^/]*/, "")
		.split(/\?(.*)/s);
	const say = (what) => {
		const f = `${x.method} ${pathname} ${x.status}: ${what}`
			.replace(/\d{3,}(?=[/ ])/g, "N");
		faults.set(f, (faults.get(f) ?? 0) + 1);
	};
	headersOf(x, say);
	if (pages.test(pathname))
		return;
	let json;
	try {
		json = x.body?.length && x.method !== "HEAD" ?
			JSON.parse(x.body.toString("utf8")) : undefined;
	} catch { }
	if (x.status >= 400 && json !== undefined)
		problemOf(x, json, say);
	else if (x.status >= 400 && x.method !== "HEAD" && x.body !== null)
		say("is no problem document");
	const path = operationPath(pathname);
	const method = x.method === "HEAD" ? "get" : x.method.toLowerCase();
	const op = path && doc.paths[path][method];
	if (x.method === "OPTIONS" && x.status === 204)
		return x.headers.get("allow") ?? say("no Allow");
	if (!op)
		return x.status < 400 && say("is no operation");
	answerOf(x, json, path, method, op, say);
	if (x.status < 300) {
		covered.add(op.operationId);
		requestOf(x, path, method, op, new URLSearchParams(search ?? ""),
			say);
	}
}

export function report(n) {
	console.log(`${n > 0 ? "ok" : "not ok"} 1 - there is traffic`);
	console.log(`${faults.size ? "not ok" : "ok"} 2 - every exchange is as ` +
		"the API document says");
	for (const [f, times] of faults)
		console.log(`# ${f}${times > 1 ? ` (${times} times)` : ""}`);
}
