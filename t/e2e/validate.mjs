// SPDX-License-Identifier: MIT
// validate.mjs OPENAPI DIRECTORY: hold every exchange that curl traced into
// the directory (t/help/tap.sh) against the API document.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { check, covered, doc, report } from "./contract.mjs";

// ---- the traces ----------------------------------------------------------

// The blocks of one trace file: what was sent and received, in order.
function* blocks(text) {
	let name = null, bytes = [];
	for (const line of text.split("\n")) {
		const hex = /^[0-9a-f]{4,}: (.{1,48})/.exec(line);
		const head = /^(=>|<=|==) ([A-Z][a-z]+(?: [a-z]+)?)/.exec(line);
		if (hex && name)
			for (const b of hex[1].trim().split(" "))
				bytes.push(parseInt(b, 16));
		else if (head) {
			if (name)
				yield { name, data: Buffer.from(bytes) };
			name = head[1] === "==" ? null : head[2];
			bytes = [];
		}
	}
	if (name)
		yield { name, data: Buffer.from(bytes) };
}

function parseHead(text) {
	const [first, ...lines] = text.split("\r\n").filter((l) => l);
	const headers = new Map();
	for (const l of lines) {
		const [, k, v] = /^([^:]+):[ \t]*(.*)$/.exec(l) ?? [];
		if (k)
			headers.set(k.toLowerCase(), [
				...(headers.get(k.toLowerCase()) ?? []), v]);
	}
	return { first, headers };
}

function dechunk(raw) {
	const parts = [];
	for (let at = 0;;) {
		const eol = raw.indexOf("\r\n", at);
		const size = eol < 0 ? NaN : parseInt(raw.toString("latin1", at, eol), 16);
		if (Number.isNaN(size) || eol + 2 + size > raw.length)
			return null;
		if (size === 0)
			return Buffer.concat(parts);
		parts.push(raw.subarray(eol + 2, eol + 2 + size));
		at = eol + 4 + size;
	}
}

// The body as it was meant, or null if not all of it was read.
function bodyOf(method, status, headers, raw) {
	let body = raw;
	if (method === "HEAD" || status === 204 || status === 304)
		return raw;
	if (headers.get("transfer-encoding")?.[0] === "chunked")
		body = dechunk(raw);
	else if (Number(headers.get("content-length")?.[0]) !== raw.length)
		return null;
	if (body === null || headers.get("content-encoding")?.[0] !== "gzip")
		return body;
	try {
		return gunzipSync(body);
	} catch {
		return null;
	}
}

function finish(x) {
	const rq = parseHead(x.sent), rs = parseHead(x.received);
	const [, method, target] = /^(\S+) (\S+) HTTP/.exec(rq.first) ?? [];
	const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(rs.first)?.[1]);
	if (!method || !status)
		return null;
	const out = Buffer.concat(x.out);
	return { method, target, status, headers: rs.headers,
		asked: rq.headers, request: rq.headers.has("transfer-encoding") ?
			dechunk(out) ?? out : out,
		body: bodyOf(method, status, rs.headers, Buffer.concat(x.in)) };
}

function* exchanges(file) {
	let x = null;
	for (const b of blocks(readFileSync(file, "utf8"))) {
		if (b.name === "Send header") {
			if (x?.received)
				yield finish(x);
			x = { sent: b.data.toString("latin1"), received: "",
				out: [], in: [] };
		} else if (!x)
			continue;
		else if (b.name === "Send data")
			x.out.push(b.data);
		else if (b.name === "Recv header") {
			if (/^HTTP\/1\.[01] /.test(b.data.toString("latin1")))
				x.received = "";
			x.received += b.data.toString("latin1");
		} else if (b.name === "Recv data")
			x.in.push(b.data);
	}
	if (x?.received)
		yield finish(x);
}

// ---- all of them ---------------------------------------------------------

const dir = process.argv[3];
let n = 0;
for (const f of readdirSync(dir))
	for (const x of exchanges(join(dir, f)))
		if (x) {
			check(x);
			n++;
		}
const ids = Object.values(doc.paths).flatMap((p) => Object.values(p))
	.map((o) => o.operationId);
const unseen = ids.filter((id) => !covered.has(id));
console.log(`# ${n} exchanges; ${covered.size} of ${ids.length} operations ` +
	"seen to succeed");
report(n);
console.log(`${unseen.length ? "not ok" : "ok"} 3 - every operation was ` +
	"seen to succeed");
for (const id of unseen)
	console.log(`# ${id}`);
console.log("1..3");
