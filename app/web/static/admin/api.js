// SPDX-License-Identifier: MIT
// The API as the admin's page uses it.  Tokens live in this module and are
// gone with the page.

const base = "/api/v1";
let tokens = null;
let renewal = null;

export class Problem extends Error {
	constructor(status, body) {
		super(body.detail ?? body.title ?? `Status ${status}`);
		this.status = status;
		this.code = body.code ?? "unknown";
		this.errors = body.errors ?? [];
		this.body = body;
	}
}

export const signedIn = () => tokens !== null;

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
	let answer;

	try {
		answer = await fetch(base + path, options);
	} catch {
		throw new Problem(0, { code: "offline",
			detail: "The server cannot be reached." });
	}
	const text = await answer.text();
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

export async function request(method, path, body, headers = {}) {
	try {
		return await authorised(method, path, body, headers);
	} catch (error) {
		if (error.status === 401 && tokens)
			signOut();
		throw error;
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

// What was asked and had no answer that ends it, with its key: pressing the
// button again repeats the request, which changes nothing.
const unanswered = new Map();

export async function post(path, body) {
	const what = JSON.stringify([path, body]);
	const id = unanswered.get(what) ?? key();

	unanswered.set(what, id);
	try {
		const { data } = await request("POST", path, body,
			{ "Idempotency-Key": id });

		unanswered.delete(what);
		return data;
	} catch (error) {
		if (error.status >= 400 && error.status < 500 &&
				error.code !== "idempotency_in_progress")
			unanswered.delete(what);
		throw error;
	}
}

const change = (method) => async (path, body, etag) =>
	(await request(method, path, body, etag ? { "If-Match": etag } : {})).data;
export const put = change("PUT");
export const patch = change("PATCH");
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
		await request("POST", "/auth/logout");
	} finally {
		if (tokens)
			signOut();
	}
}
