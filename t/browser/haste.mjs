// SPDX-License-Identifier: MIT
// The admin's page in a hurry: two tabs, two clicks, a network that is slow
// or gone, and a browser in another time zone.
import { admin, api, base, heading, main, ok, paidOrder, signIn, test, token,
	user, watched } from "./browser.mjs";

const mark = Date.now().toString(36);
const bearer = await token(admin);
const call = (method, path, body) => api(method, path, body, bearer);
const box = (page) => page.locator("dialog");
const button = (scope, name) =>
	scope.getByRole("button", { name, exact: true });

function same(is, want) {
	if (JSON.stringify(is) !== JSON.stringify(want))
		throw new Error(`${JSON.stringify(is)} is not ` +
			JSON.stringify(want));
}

async function visit(page, place, title) {
	await page.goto(`${base}/admin/#/${place}`);
	await heading(page, title);
}

// While run runs, what is asked for at the path is met by this.
async function meets(page, path, meet, run) {
	await page.route(path, meet);
	try {
		await run();
	} finally {
		await page.unroute(path, meet);
	}
}

const late = (method) => async (route) => {
	if (route.request().method() === method)
		await new Promise((resolve) => setTimeout(resolve, 1500));
	return route.continue();
};

// Somebody else was faster: it is told, and what was there stays.
async function conflict(page, opened, theirs, answer, left) {
	await button(page, opened).first().click();
	await box(page).waitFor();
	await theirs();
	await button(box(page), answer).click();
	try {
		await box(page).getByText("changed meanwhile").waitFor();
	} finally {
		await page.keyboard.press("Escape");
	}
	await box(page).waitFor({ state: "detached" });
	same(await left(), true);
}

async function tabs(page) {
	await test("haste: a variant changed elsewhere is not overwritten",
		async () => {
			const { id, variants: [v] } = await call("POST", "/products",
				{ title: `Cup ${mark}`, price_cents: 100, stock: 1 });

			await visit(page, `products/${id}`, `Cup ${mark}`);
			await conflict(page, "Edit", () => call("PATCH",
				`/products/${id}/variants/${v.id}`, { price_cents: 777 }),
			"Save", async () => (await call("GET", `/products/${id}`))
				.price_cents === 777);
			await page.getByRole("cell", { name: "7.77" }).waitFor();
		});
	await test("haste: nor is a category", async () => {
		const path = `/categories/${(await call("POST", "/categories",
			{ name: `Cups ${mark}` })).id}`;

		await visit(page, "categories", "Categories");
		await conflict(page, `Edit Cups ${mark}`,
			() => call("PATCH", path, { name: `Mugs ${mark}` }), "Save",
			async () => (await call("GET", path)).name === `Mugs ${mark}`);
		await button(page, `Delete Mugs ${mark}`).click();
		await button(box(page), "Delete").click();
		await page.getByText(`Mugs ${mark} is deleted.`).waitFor();
	});
	await test("haste: nor a name, and who was disabled stays disabled",
		async () => {
			const email = `haste-${mark}@example.com`;
			const { user: made } = await api("POST", "/auth/register", { email,
				password: "long enough 1" });
			const path = `/users/${made.id}`;
			const now = () => call("GET", path);

			await visit(page, `customers/${made.id}`, email);
			await conflict(page, "Edit",
				() => call("PATCH", path, { last_name: "Hart" }), "Save",
				async () => (await now()).last_name === "Hart");
			await page.getByText("Hart").waitFor();
			await conflict(page, "Disable",
				() => call("PUT", `/admin${path}/toggle-status`), "Disable",
				async () => !(await now()).is_active);
			await button(page, "Enable").waitFor();
		});
	await test("haste: nor a webhook", async () => {
		const { id } = await call("POST", "/admin/webhooks", {
			url: `https://example.com/${mark}`, events: ["order.created"] });
		const path = `/admin/webhooks/${id}`;

		await visit(page, `webhooks/${id}`, `Webhook ${id}`);
		await conflict(page, "Edit",
			() => call("PATCH", path, { description: "theirs" }), "Save",
			async () => (await call("GET", path)).description === "theirs");
		await call("DELETE", path);
	});
	await test("haste: an order paid meanwhile is not cancelled unseen",
		async () => {
			const { items: [{ product_id }] } = await paidOrder();
			const buyer = await token(user);
			const order = await api("POST", "/orders", { items: [{ product_id }],
				delivery_address: "1 Main Street" }, buyer);

			await visit(page, `orders/${order.id}`, `Order ${order.number}`);
			await conflict(page, "Cancel the order",
				() => api("POST", "/payments", { order_id: order.id,
					token: "tok_visa" }, buyer), "Cancel the order",
				async () => (await call("GET", `/orders/${order.id}`))
					.status === "confirmed");
			await button(page, "Ship").waitFor();
		});
}

async function answered(page, method, name) {
	await Promise.all([
		page.waitForResponse((r) => r.request().method() === method),
		button(page, name).click(),
	]);
	await page.waitForTimeout(200);
}

// What is read after it comes late, so that the button is still there.
async function twice(page) {
	await test("haste: Make it pressed twice makes one product", async () => {
		let sent = 0;

		await visit(page, "products/new", "New product");
		await page.getByLabel("Title", { exact: true }).fill(`Pot ${mark}`);
		await page.getByLabel("Price", { exact: true }).fill("3");
		page.on("request", (r) => { sent += r.method() === "POST"; });
		await meets(page, /products\/\d+$/, late("GET"), async () => {
			await answered(page, "POST", "Make it");
			await button(page, "Make it").dispatchEvent("click");
			await heading(page, `Pot ${mark}`);
		});
		same(sent, 1);
	});
	await test("haste: Save pressed twice is no conflict", async () => {
		await meets(page, /products\/\d+$/, late("GET"), async () => {
			await answered(page, "PATCH", "Save");
			await button(page, "Save").dispatchEvent("click");
			await page.waitForTimeout(2000);
		});
		same(await page.getByRole("alert").count(), 0);
	});
	await test("haste: Adjust pressed twice asks once", async () => {
		await visit(page, "inventory", "Inventory");
		await meets(page, /inventory\/\d+$/, late("GET"), async () => {
			await page.getByRole("button", { name: /^Adjust/ }).first()
				.dblclick();
			await page.waitForTimeout(2500);
		});
		const asked = await box(page).count();

		await page.keyboard.press("Escape");
		await page.keyboard.press("Escape");
		same(asked, 1);
	});
}

// One job that never ends, and the keys with which it is run.
async function errands(page) {
	const keys = [];
	const job = { id: 7, kind: "mail", topic: "x", state: "dead",
		attempts: 3, run_at: "2026-01-01T00:00:00Z",
		last_error: "<img src=x onerror=alert(1)>".repeat(400) };
	const run = button(page, "Run now: job 7");

	await page.route("**/admin/jobs?*", (route) => route.fulfill(
		{ json: { data: [job], has_more: false, next_cursor: null } }));
	await page.route("**/retry", async (route) => {
		const first = keys.push(
			route.request().headers()["idempotency-key"]) === 1;

		await new Promise((resolve) => setTimeout(resolve, 500));
		return (first ? route.abort() : route.fulfill({ json: job }))
			.catch(() => {});
	});
	await test("haste: Run now pressed twice runs once, and its fault is told",
		async () => {
			await visit(page, "jobs", "Jobs");
			await run.dblclick();
			await page.getByText("cannot be reached").waitFor();
			same(keys.length, 1);
		});
	await test("haste: pressed again, it is the same request", async () => {
		await run.click();
		await page.getByText("Job 7 runs now.").waitFor();
		same(keys.length === 2 && keys[0] === keys[1], true);
	});
	await page.unroute("**/retry");
	await page.unroute("**/admin/jobs?*");
}

async function lost(page) {
	const one = await paidOrder();
	const two = await paidOrder();
	const gone = async (route) => {
		await route.fetch();
		return route.abort();
	};

	await test("haste: a refund tried in two dialogs is made once",
		async () => {
			const refund = async () => {
				await button(page, "Refund").click();
				await box(page).getByLabel("Amount").fill("10");
				await button(box(page), "Refund").click();
			};

			await visit(page, `orders/${one.id}`, `Order ${one.number}`);
			await meets(page, "**/refunds", gone, async () => {
				await refund();
				await box(page).getByText("cannot be reached").waitFor();
				await button(box(page), "Close").click();
			});
			await refund();
			await page.getByText("Refunded.").waitFor();
			same((await call("GET", `/orders/${one.id}`)).refunded_cents,
				1000);
		});
	await test("haste: what failed behind a closed dialog is told",
		async () => {
			await meets(page, "**/refunds", async (route) => {
				await new Promise((resolve) => setTimeout(resolve, 700));
				return route.abort();
			}, async () => {
				await button(page, "Refund").click();
				await button(box(page), "Refund").click();
				await page.keyboard.press("Escape");
				await page.locator("#said").getByText("cannot be reached")
					.waitFor();
			});
		});
	await test("haste: no dialog outlives its page", async () => {
		await visit(page, `orders/${two.id}`, `Order ${two.number}`);
		await button(page, "Refund").click();
		await page.goBack();
		await heading(page, `Order ${one.number}`);
		same(await box(page).count(), 0);
		await page.goForward();
		await heading(page, `Order ${two.number}`);
	});
	await test("haste: the focus is not lost with its button", async () => {
		await button(page, "Refund").focus();
		await page.keyboard.press("Enter");
		await page.keyboard.press("Control+Enter");
		await page.getByText("Refunded.").waitFor();
		await button(page, "Refund").waitFor({ state: "detached" });
		same(await page.evaluate(() => document.activeElement.tagName), "H1");
	});
}

// What has a slug, a SKU, a title cannot lose it: nothing else is told.
async function emptied(page) {
	await test("haste: what cannot be emptied is not said to be saved",
		async () => {
			const { id, variants: [v] } = await call("POST", "/products",
				{ title: `Jug ${mark}`, price_cents: 100 });

			await call("PATCH", `/products/${id}/variants/${v.id}`,
				{ title: "Large" });
			await visit(page, `products/${id}`, `Jug ${mark}`);
			await page.getByLabel("Slug").fill("");
			await button(page, "Save").click();
			await page.locator("[name=slug]:invalid").waitFor();
			await button(page, "Edit").click();
			await box(page).getByLabel("Title").fill("");
			await button(box(page), "Save").click();
			await box(page).locator("[name=title]:invalid").waitFor();
			same(await page.getByText("Saved.").count(), 0);
		});
}

// The page does not jump while it waits.
async function waits(page) {
	await test("haste: a page that waits stays where it is", async () => {
		const place = async () =>
			(await page.locator("h1").boundingBox()).y;

		await visit(page, "products", "Products");
		const before = await place();

		await meets(page, "**/admin/users?*", late("GET"), async () => {
			await page.getByRole("link", { name: "Customers" }).click();
			await page.locator("body > [aria-busy=true]").waitFor();
			same(await place(), before);
			await heading(page, "Customers");
		});
	});
}

// A day is the day on the clock of who looks.
async function elsewhere(browser, timezoneId) {
	const { page, context } = await watched(browser, { timezoneId });
	const order = await paidOrder();
	const day = new Date(order.created_at)
		.toLocaleDateString("sv-SE", { timeZone: timezoneId });

	await test(`haste: today's orders are found in ${timezoneId}`,
		async () => {
			await signIn(page, admin);
			await heading(page, "Home");
			await visit(page, "orders", "Orders");
			await page.getByLabel("From").fill(day);
			await page.getByLabel("To", { exact: true }).fill(day);
			await button(page, "Show").click();
			await page.waitForURL(/end_date/);
			await page.locator("body > :not([aria-busy]) h1").waitFor();
			await page.getByRole("link", { name: order.number })
				.waitFor({ timeout: 20000 });
		});
	await context.close();
}

await main(async (browser) => {
	const { page, context, wrong } = await watched(browser);

	await signIn(page, admin);
	await heading(page, "Home");
	for (const run of [tabs, twice, errands, lost, emptied, waits])
		await run(page);
	// Before and after UTC: the one or the other has another day now.
	for (const zone of ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
		await elsewhere(browser, zone);
	ok(wrong.filter((w) => !w.includes("Failed to load")).length === 0,
		"haste: nothing else is wrong on the way", wrong.join("\n"));
	await context.close();
});
