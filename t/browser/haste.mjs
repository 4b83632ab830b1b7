// SPDX-License-Identifier: MIT
// The admin's page in a hurry: two tabs, two clicks, a network that is slow
// or gone, and a browser in another time zone.
import { admin, api, base, heading, main, ok, paidOrder, signIn, test, token,
	watched } from "./browser.mjs";

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
				.waitFor({ timeout: 5000 });
		});
	await context.close();
}

await main(async (browser) => {
	const { page, context, wrong } = await watched(browser);

	await signIn(page, admin);
	await heading(page, "Home");
	for (const run of [waits, emptied])
		await run(page);
	// Before and after UTC: the one or the other has another day now.
	for (const zone of ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
		await elsewhere(browser, zone);
	ok(wrong.filter((w) => !w.includes("Failed to load")).length === 0,
		"haste: nothing else is wrong on the way", wrong.join("\n"));
	await context.close();
});
