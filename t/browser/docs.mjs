// SPDX-License-Identifier: MIT
// /docs, /redoc and /scalar, and signing in with Swagger UI.
import { base, main, ok, test, watched } from "./browser.mjs";

const email = process.env.USER_EMAIL ?? "alice@example.com";
const password = process.env.USER_PASSWORD ?? "correct-horse-alice";

async function description() {
	const answer = await fetch(`${base}/openapi.json`);

	return answer.json();
}

// The first operation, which every viewer shows at once.
const firstSummary = (api) =>
	Object.values(Object.values(api.paths)[0])[0].summary;

async function opens(browser, path, summary) {
	const watch = await watched(browser);

	await test(`${path} shows "${summary}"`, async () => {
		const answer = await watch.page.goto(base + path);

		if (answer.status() !== 200)
			throw new Error(`status ${answer.status()}`);
		await watch.page.getByText(summary, { exact: true }).first()
			.waitFor({ state: "attached" });
		await watch.page.waitForLoadState("networkidle");
	});
	return watch;
}

async function closes({ context, wrong }, path) {
	ok(wrong.length === 0, `${path} does nothing it should not`,
		wrong.join("\n"));
	await context.close();
}

// Open the operation, run it, and return its answer's status and body.
async function tryItOut(page, method = "get", path = "/api/v1/auth/me") {
	const block = page.locator(`.opblock-${method}`).filter({
		has: page.locator(`[data-path='${path}']`),
	}).first();

	if (await block.locator(".try-out__btn").count() === 0) {
		await block.locator(".opblock-summary-control").click();
		await block.locator(".try-out__btn").click();
	}
	await block.locator(".execute").click();
	const live = block.locator(".live-responses-table .response").first();

	await live.waitFor();
	return {
		status: await live.locator(".response-col_status").innerText(),
		body: await live.locator(".response-col_description").innerText(),
	};
}

async function authorize(page, container, fill) {
	await page.locator(".auth-wrapper .authorize").first().click();
	const box = page.locator(".auth-container").filter({
		has: page.locator(container),
	}).first();

	await fill(box);
	await box.locator("button.authorize").click();
	await page.locator(".dialog-ux button", { hasText: "Logout" }).first()
		.waitFor();
	await page.locator(".close-modal").click();
}

async function forget(page) {
	await page.locator(".auth-wrapper .authorize").first().click();
	await page.locator("button", { hasText: "Logout" }).first().click();
	await page.locator(".close-modal").click();
}

function sees(answer) {
	if (!answer.status.startsWith("200") || !answer.body.includes(email))
		throw new Error(`${answer.status}\n${answer.body}`);
}

async function token() {
	const answer = await fetch(`${base}/api/v1/auth/login`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ email, password }),
	});

	return (await answer.json()).access_token;
}

async function swaggerLogin(page) {
	await test("Authorize logs in by user name and password", () =>
		authorize(page, "#oauth_username", async (box) => {
			await box.locator("#oauth_username").fill(email);
			await box.locator("#oauth_password").fill(password);
		}));
	await test("Try it out then shows the own profile", async () =>
		sees(await tryItOut(page)));
	await test("Authorize forgets", () => forget(page));
	const bearer = await token();

	await test("Authorize takes a token", () =>
		authorize(page, "label:text('Value:')", (box) =>
			box.locator("input").fill(bearer)));
	await test("Try it out shows the own profile again", async () =>
		sees(await tryItOut(page)));
}

// What the page fills in by itself is a request that succeeds.
async function asItStands(page) {
	let body = "";

	for (const [method, path, status] of [
		["get", "/api/v1/products", "200"],
		["post", "/api/v1/cart/items", "201"],
		["post", "/api/v1/orders", "201"],
	])
		await test(`Try it out as it stands: ${method} ${path}`, async () => {
			const answer = await tryItOut(page, method, path);

			body = answer.body;
			if (!answer.status.startsWith(status))
				throw new Error(`${answer.status}\n${body}`);
		});
	const headers = { Authorization: `Bearer ${await token()}` };
	const order = body.match(/"id": (\d+)/)?.[1];

	await fetch(`${base}/api/v1/cart`, { method: "DELETE", headers });
	await fetch(`${base}/api/v1/orders/${order}/cancel`,
		{ method: "POST", headers });
}

await main(async (browser) => {
	const summary = firstSummary(await description());
	const swagger = await opens(browser, "/docs", summary);

	await swaggerLogin(swagger.page);
	await asItStands(swagger.page);
	await closes(swagger, "/docs");
	for (const path of ["/redoc", "/scalar"])
		await closes(await opens(browser, path, summary), path);
	for (const path of ["/docs/", "/redoc/", "/scalar/", "/admin"])
		ok((await fetch(base + path)).status === 200, `${path} is the same`);
});
