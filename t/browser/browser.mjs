// SPDX-License-Identifier: MIT
// Chromium by playwright-core, TAP, and a page that reports all that a page
// should not do.  NODE_MODULES names where playwright-core is installed.
import { createRequire } from "node:module";
import path from "node:path";

const modules = process.env.NODE_MODULES ?? "obj/browser/node_modules";
export const require = createRequire(path.resolve(modules, "x.js"));
export const base = new URL(process.env.BASE_URL).origin;

let n = 0;
let failed = 0;

export function ok(good, name, why = "") {
	n++;
	failed += !good;
	console.log(`${good ? "ok" : "not ok"} ${n} - ${name}`);
	if (!good && why)
		console.log(String(why).replace(/^/gm, "# "));
	return good;
}

// A test that throws has failed, with what it threw as the reason.
export async function test(name, run) {
	try {
		ok((await run()) !== false, name);
	} catch (error) {
		ok(false, name, error.message.split("\n", 3).join("\n"));
	}
}

export async function main(run) {
	const { chromium } = require("playwright-core");
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
			"--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"],
	});

	try {
		await run(browser);
	} catch (error) {
		ok(false, "the test ends", error.stack);
	} finally {
		await browser.close();
		console.log(`1..${n}`);
		process.exitCode = failed ? 1 : 0;
	}
}

// A fresh page and the list of what was wrong with it: console errors,
// exceptions, violations of its policy, requests to other hosts.
export async function watched(browser, options = {}) {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const wrong = [];

	page.setDefaultTimeout(60000);
	await context.route("**/*", (route) => {
		const url = route.request().url();

		if (url.startsWith(`${base}/`) || /^(data|blob):/.test(url))
			return route.continue();
		wrong.push(`foreign request: ${url}`);
		return route.abort();
	});
	page.on("console", (m) => {
		if (m.type() === "error")
			wrong.push(`console: ${m.text()} ${m.location().url}`);
	});
	page.on("pageerror", (error) => wrong.push(`exception: ${error}`));
	await page.addInitScript(() => addEventListener(
		"securitypolicyviolation", (e) => console.error("policy:",
			e.violatedDirective, e.blockedURI, e.sample)));
	return { page, context, wrong };
}

export const admin = { email: process.env.ADMIN_EMAIL ?? "admin@example.com",
	password: process.env.ADMIN_PASSWORD ?? "correct-horse-admin" };
export const user = { email: process.env.USER_EMAIL ?? "alice@example.com",
	password: process.env.USER_PASSWORD ?? "correct-horse-alice" };

export async function api(method, path, body, token) {
	const answer = await fetch(`${base}/api/v1${path}`, { method,
		headers: { "Content-Type": "application/json",
			...(token ? { Authorization: `Bearer ${token}` } : {}) },
		body: body && JSON.stringify(body) });
	const text = await answer.text();

	if (!answer.ok)
		throw new Error(`${method} ${path}: ${text}`);
	return text && JSON.parse(text);
}

export const token = async (who) =>
	(await api("POST", "/auth/login", who)).access_token;

// A product of its own, and a paid order of it, after so many declined cards.
export async function paidOrder(declined = 0) {
	const buyer = await token(user);
	const product = await api("POST", "/products", { title: "Lamp",
		price_cents: 2999, stock: 3 }, await token(admin));
	const made = await api("POST", "/orders", {
		items: [{ product_id: product.id, quantity: 1 }],
		shipping_address: { line1: "1 Main Street", city: "Springfield",
			postal_code: "12345", country: "US" },
	}, buyer);
	const pay = (card) => api("POST", "/payments", { order_id: made.id,
		token: card }, buyer);

	for (let i = 0; i < declined; i++)
		await pay("tok_declined").catch(() => {});
	await pay("tok_visa");
	return made;
}

export async function signIn(page, { email, password }) {
	await page.goto(`${base}/admin/`);
	await page.getByLabel("E-mail").fill(email);
	await page.getByLabel("Password").fill(password);
	await page.keyboard.press("Enter");
}

export const heading = (page, name) =>
	page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
