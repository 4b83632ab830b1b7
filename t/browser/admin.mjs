// SPDX-License-Identifier: MIT
// The admin's page: every view opens clean and accessible, and an order is
// shipped by the keyboard.
import fs from "node:fs";
import { admin, api, base, heading, main, ok, paidOrder, require, signIn, test,
	token, user, watched } from "./browser.mjs";

const mark = Date.now().toString(36);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

async function accessible(page) {
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run());

	if (violations.length)
		throw new Error(violations.map((v) =>
			`${v.id}: ${v.nodes[0].html}`).join("; "));
}

// By its link in the navigation, then its first row where it has one.
async function visits(page, name, inside) {
	await test(`admin: ${name} opens`, async () => {
		await page.getByRole("navigation", { name: "Main" })
			.getByRole("link", { name, exact: true }).click();
		await heading(page, name);
		await accessible(page);
		if (await page.evaluate(() => document.activeElement.tagName) !== "H1")
			throw new Error("the heading has no focus");
	});
	if (!inside)
		return;
	await test(`admin: one of ${name} opens`, async () => {
		await page.locator("tbody tr").first().getByRole("link").first()
			.click();
		await page.locator("h1", { hasNotText: new RegExp(`^${name}$`) })
			.waitFor();
		if (await page.getByRole("alert").count())
			throw new Error(await page.getByRole("alert").innerText());
		await accessible(page);
	});
}

async function ships(page, made) {
	await test("admin: an order is found and shipped by the keyboard",
		async () => {
			await page.locator("h1").focus();
			await page.keyboard.press("g");
			await page.keyboard.press("o");
			await heading(page, "Orders");
			await page.keyboard.press("j");
			await page.keyboard.press("Enter");
			await heading(page, `Order ${made.number}`);
			await page.getByRole("button", { name: "Ship" }).focus();
			await page.keyboard.press("Enter");
			await page.getByLabel("Reason (optional)").fill("parcel 1");
			await page.keyboard.press("Control+Enter");
			await page.locator("main .badge", { hasText: "shipped" }).first()
				.waitFor();
			await page.getByText("parcel 1").waitFor();
		});
	await test("admin: the one good payment of many can be refunded",
		async () => {
			const rows = page.locator("tbody tr", { hasText: "test" });

			if (await rows.count() !== 22)
				throw new Error(`${await rows.count()} payments`);
			await rows.getByRole("button", { name: "Refund" }).waitFor();
		});
	await test("admin: only allowed transitions are offered", async () => {
		const names = await page.locator("main > .actions button")
			.allInnerTexts();

		if (names.join() !== "Deliver,Refund and close")
			throw new Error(names.join());
	});
}

async function makesProduct(page) {
	await test("admin: the states to choose are what is listed", async () => {
		await page.goto(`${base}/admin/#/products`);
		await heading(page, "Products");
		const names = await page.getByLabel("Status").locator("option")
			.allInnerTexts();

		if (names.join() !== "active,draft,archived")
			throw new Error(names.join());
	});

	await test("admin: a refused product says why at its field", async () => {
		await page.goto(`${base}/admin/#/products/new`);
		await heading(page, "New product");
		await page.getByLabel("Title", { exact: true }).fill(`Product ${mark}`);
		await page.getByLabel("Price", { exact: true }).fill("1.999");
		await page.getByLabel("Stock", { exact: true }).fill("5");
		await page.getByRole("button", { name: "Make it" }).click();
		await page.locator("[name=price][aria-invalid=true]").waitFor();
	});
	await test("admin: a stock that is no number is not sent", async () => {
		await page.getByLabel("Price", { exact: true }).fill("19.99");
		await page.getByLabel("Stock", { exact: true }).fill("1,000");
		await page.getByRole("button", { name: "Make it" }).click();
		await page.locator("[name=stock][aria-invalid=true]").waitFor();
		await page.getByLabel("Stock", { exact: true }).fill("5");
	});
	await test("admin: a button can be read in the dark under the pointer",
		async () => {
			await page.emulateMedia({ colorScheme: "dark" });
			await page.getByRole("button", { name: "Make it" }).hover();
			await page.waitForTimeout(500);
			await accessible(page);
			await page.emulateMedia({ colorScheme: "light" });
		});
	await test("admin: a product is made", async () => {
		await page.getByRole("button", { name: "Make it" }).click();
		await heading(page, `Product ${mark}`);
		await page.getByText(`Product ${mark} is made.`).waitFor();
	});
	await test("admin: its title is changed", async () => {
		await page.getByLabel("Title", { exact: true }).fill(`Other ${mark}`);
		await page.getByRole("button", { name: "Save" }).click();
		await heading(page, `Other ${mark}`);
	});
}

async function strays(page) {
	await test("admin: an address with a broken escape is told so",
		async () => {
			const was = page.url();

			await page.goto(`${base}/admin/#/products/%`);
			await heading(page, "Error");
			await page.goto(`${base}/admin/#/%`);
			await page.getByText("There is no such page.").waitFor();
			await page.goto(was);
			await heading(page, `Other ${mark}`);
		});
}

async function adjusts(page) {
	await test("admin: stock is changed with a reason", async () => {
		await page.getByRole("link", { name: "Stock" }).first().click();
		await page.locator("h1", { hasText: "Ledger" }).waitFor();
		const id = page.url().match(/inventory\/(\d+)/)[1];

		await page.getByRole("link", { name: "Inventory" }).click();
		await heading(page, "Inventory");
		await page.getByLabel("Search").fill(`Other ${mark}`);
		await page.keyboard.press("Enter");
		await page.locator("tbody tr").nth(1)
			.waitFor({ state: "detached" });
		await page.getByRole("button", { name: /^Adjust/ }).click();
		await page.getByLabel("Pieces").fill("-2");
		await page.getByLabel("Reason").fill("broken in transit");
		await page.getByRole("button", { name: "Change" }).click();
		await page.locator("dialog").waitFor({ state: "detached" });
		await page.locator(`a[href="#/inventory/${id}"]`).click();
		await page.getByText("broken in transit").waitFor();
	});
}

async function hooks(page) {
	const url = `https://example.com/${mark}`;

	await test("admin: a webhook is made and its secret shown", async () => {
		await page.getByRole("link", { name: "Webhooks" }).click();
		await heading(page, "Webhooks");
		await page.getByRole("button", { name: "New webhook" }).click();
		await page.getByLabel("URL").fill(url);
		await page.getByLabel(/^Events/).fill("no.such.event");
		await page.getByRole("button", { name: "Make it" }).click();
		await page.locator("[name=events][aria-invalid=true]").waitFor();
		await page.getByLabel(/^Events/).fill("order.created, order.shipped");
		await page.getByRole("button", { name: "Make it" }).click();
		await page.locator("dialog code", { hasText: "whsec_" }).waitFor();
		await page.keyboard.press("Escape");
	});
	await test("admin: the webhook is deleted", async () => {
		await page.getByRole("link", { name: url }).click();
		await page.getByRole("button", { name: "Delete…" }).click();
		await page.getByRole("button", { name: "Delete", exact: true }).click();
		await heading(page, "Webhooks");
		await page.getByRole("link", { name: url })
			.waitFor({ state: "detached" });
		await page.getByText(`${url} is deleted.`).waitFor();
	});
}

async function renews(page, context) {
	await test("admin: an expired access token is renewed unseen", async () => {
		const problem = JSON.stringify({ code: "token_expired", status: 401 });
		let sent = 0;

		await page.route("**/api/v1/admin/orders?*", (route) => sent++ === 0 ?
			route.fulfill({ status: 401, body: problem,
				contentType: "application/problem+json" }) :
			route.continue());
		await page.getByRole("link", { name: "Orders", exact: true }).click();
		await heading(page, "Orders");
		await page.locator("tbody tr").first().waitFor();
		if (sent !== 2)
			throw new Error(`${sent} requests`);
		await page.unroute("**/api/v1/admin/orders?*");
	});
	await test("admin: no token outlives the page", async () => {
		const kept = await page.evaluate(() => JSON.stringify(
			[{ ...localStorage }, { ...sessionStorage }, document.cookie]));

		if (/eyJ/.test(kept) || (await context.cookies()).length)
			throw new Error(kept);
		await page.reload();
		await heading(page, "Sign in");
	});
}

// What costs something is shipped once it is paid, until all is paid back.
async function shippable(page) {
	const offered = async (order) => {
		await page.goto(`${base}/admin/#/orders/${order.id}`);
		await heading(page, `Order ${order.number}`);
		return (await page.locator("main > .actions button")
			.allInnerTexts()).join();
	};

	await test("admin: an order is shipped if nothing is owed", async () => {
		const key = await token(admin);
		const product = await api("POST", "/products", { title: "Leaflet",
			price_cents: 0, stock: 1 }, key);
		const free = await api("POST", "/orders", { delivery_address: "Here",
			items: [{ product_id: product.id, quantity: 1 }] },
		await token(user));
		const back = await paidOrder();
		const { data } = await api("GET", `/orders/${back.id}/payments`,
			undefined, key);

		await api("PUT", `/orders/${free.id}/status`,
			{ status: "confirmed" }, key);
		await api("POST", `/payments/${data[0].id}/refunds`, {}, key);
		const names = [await offered(free), await offered(back)];

		if (names.join(" | ") !== "Ship,Cancel the order | Cancel the order")
			throw new Error(names.join(" | "));
	});
}

await main(async (browser) => {
	const made = await paidOrder(21);
	const { page, context, wrong } = await watched(browser);

	await signIn(page, admin);
	await test("admin: Home shows the figures", async () => {
		await heading(page, "Home");
		await page.locator("#chart canvas").waitFor();
		await accessible(page);
	});
	for (const name of ["Orders", "Products", "Inventory", "Customers"])
		await visits(page, name, true);
	for (const name of ["Webhooks", "Jobs", "Audit log"])
		await visits(page, name);
	await ships(page, made);
	ok(wrong.length === 0, "admin: no view does what it should not",
		wrong.join("\n"));
	await shippable(page);
	await makesProduct(page);
	await strays(page);
	await adjusts(page);
	await hooks(page);
	await renews(page, context);
	await test("admin: a customer is not let in", async () => {
		await signIn(page, user);
		await page.getByText("This account is not an admin's.").waitFor();
	});
	await context.close();
});
