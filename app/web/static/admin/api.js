// SPDX-License-Identifier: MIT
// The API as the admin's page uses it.  Tokens live in this module and are
// gone with the page.

const base = "/api/v1";
// The key of what was sent for a record or by a form, until it is answered.
const keys = new WeakMap();
let tokens = null;
let renewal = null;
let asking = null;
let ask = async () => {};

// What is said to programs, for people: that the page is behind.
const words = {
	precondition_failed: "It was changed meanwhile: look at it again first.",
	idempotency_key_reused: "What was sent before has been done.",
};

export class Problem extends Error {
	constructor(status, body) {
		super(words[body.code] ?? body.detail ?? body.title ?? `Status ${status}`);
		this.status = status;
		this.code = body.code ?? "unknown";
		this.stale = this.code in words;
		this.errors = body.errors ?? [];
		this.body = body;
	}
}

export const signedIn = () => tokens !== null || asking !== null;

// Called where the session has ended: somebody may sign in again, or not.
export function onEnd(run) {
	ask = run;
}

function key() {
	const bytes = crypto.getRandomValues(new Uint8Array(16));

	return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function send(method, path, body, headers) {
	const options = { method, headers: { Accept: "application/json" },
		cache: "no-store", credentials: "omit" };

	Object.assign(options.headers, headers);
	if (body !== undefined) {
		options.headers["Content-Type"] = "application/json";
		options.body = JSON.stringify(body);
	}
	let answer, text;

	try {
		answer = await fetch(base + path, options);
		text = await answer.text();
	} catch {
		throw new Problem(0, { code: "offline",
			detail: "The server cannot be reached." });
	}
	let data = null;

	try {
		data = text === "" ? null : JSON.parse(text);
	} catch {
		throw new Problem(answer.status, { code: "bad_answer",
			detail: "The answer is not JSON." });
	}
	if (!answer.ok)
		throw new Problem(answer.status, data ?? {});
	return { data, etag: answer.headers.get("ETag") };
}

function signOut() {
	tokens = null;
	dispatchEvent(new Event("signedout"));
}

// A refresh token works once, so that all requests wait for one renewal.
function renew() {
	renewal ??= send("POST", "/auth/refresh",
		{ refresh_token: tokens.refresh_token })
		.then(({ data }) => { tokens = data; })
		.finally(() => { renewal = null; });
	return renewal;
}

async function authorised(method, path, body, headers) {
	if (!tokens)
		throw new Problem(401, { code: "unauthorized",
			detail: "Please sign in." });
	const bearer = () => ({ ...headers,
		Authorization: `Bearer ${tokens.access_token}` });

	try {
		return await send(method, path, body, bearer());
	} catch (error) {
		if (error.code !== "token_expired" || !tokens)
			throw error;
	}
	await renew();
	return send(method, path, body, bearer());
}

// One question for all requests that the end of the session has met.
function askAgain() {
	tokens = null;
	asking ??= ask().finally(() => {
		asking = null;
		if (!tokens)
			signOut();
	});
	return asking;
}

// A request that comes after the end waits until somebody has signed in.
export async function request(method, path, body, headers = {}) {
	for (;;) {
		const used = tokens;

		try {
			return await authorised(method, path, body, headers);
		} catch (error) {
			if (error.status !== 401)
				throw error;
			if (used === tokens)
				await askAgain();
			if (!tokens)
				throw error;
		}
	}
}

// Empty parameters are left out.
export function query(path, params = {}) {
	const kept = Object.entries(params)
		.filter(([, value]) => value !== "" && value != null);
	const text = new URLSearchParams(kept).toString();

	return text === "" ? path : `${path}?${text}`;
}

export const get = async (path, params) =>
	(await request("GET", query(path, params))).data;

// All pages of a list, as far as 5,000 entries.
export async function all(path) {
	const rows = [];
	let page = {};

	do {
		page = await get(path, { limit: 100, cursor: page.next_cursor });
		rows.push(...page.data);
	} while (page.has_more && rows.length < 5000);
	return rows;
}

// Whether it is known what came of it.  Where what was sent is not what was
// answered, the first of them was done.
const settled = ({ status, code }) => status >= 400 && status < 500 &&
	!code.startsWith("idempotency_");

// Sent again for the same owner, because the answer was lost, it is done once.
export async function post(path, body, owner) {
	if (!keys.has(owner))
		keys.set(owner, key());
	try {
		const { data } = await request("POST", path, body,
			{ "Idempotency-Key": keys.get(owner) });

		keys.delete(owner);
		return data;
	} catch (error) {
		if (settled(error))
			keys.delete(owner);
		throw error;
	}
}

const guard = (etag) => etag ? { "If-Match": etag } : {};

export const put = async (path, body, etag) =>
	(await request("PUT", path, body, guard(etag))).data;
export const patch = async (path, body, etag) =>
	(await request("PATCH", path, body, guard(etag))).data;
export const remove = async (path) => (await request("DELETE", path)).data;

export async function login(email, password) {
	const { data } = await send("POST", "/auth/login", { email, password });

	if (data.user.role !== "admin") {
		send("POST", "/auth/logout", undefined,
			{ Authorization: `Bearer ${data.access_token}` }).catch(() => {});
		throw new Problem(403, { code: "forbidden",
			detail: "This account is not an admin's." });
	}
	tokens = data;
	return data.user;
}

export async function logout() {
	try {
		await authorised("POST", "/auth/logout");
	} finally {
		signOut();
	}
}
