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
