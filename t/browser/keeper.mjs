// SPDX-License-Identifier: MIT
// The admin's page on a bad day: answers that are lost, a session that ends,
// what is typed as it is typed elsewhere.
import { admin, api, base, heading, main, ok, paidOrder, signIn, test, token,
	watched } from "./browser.mjs";

const mark = Date.now().toString(36);

// The next such request arrives, its answer does not.
async function losesAnswer(page, method, path) {
	let lost = false;

	await page.route(path, async (route) => {
		if (lost || route.request().method() !== method)
			return route.continue();
		lost = true;
		await route.fetch();
		return route.abort();
	});
}

const box = (page) => page.locator("dialog");
const press = (page, name) =>
	box(page).getByRole("button", { name, exact: true }).click();

async function refunds(page, order) {
	const amount = box(page).getByLabel("Amount");
	const bearer = await token(admin);
	const refunded = async () =>
		(await api("GET", `/orders/${order.id}`, undefined, bearer))
			.refunded_cents;

	await test("keeper: money is typed as it is shown", async () => {
		await page.goto(`${base}/admin/#/orders/${order.id}`);
		await heading(page, `Order ${order.number}`);
		await page.getByRole("button", { name: "Refund", exact: true })
			.click();
		if (await amount.inputValue() !== "29.99")
			throw new Error(await amount.inputValue());
	});
	for (const text of ["12,50", "1.234,50", "1,234", "12.505", "1e3", "-1"])
		await test(`keeper: ${text} is no sum and is not sent`, async () => {
			await amount.fill(text);
			await press(page, "Refund");
			await box(page).locator("[aria-invalid=true]").waitFor();
		});
	await test("keeper: a refund whose answer is lost is made once",
		async () => {
			await losesAnswer(page, "POST", "**/refunds");
			await amount.fill("10");
			await press(page, "Refund");
			await box(page).getByText("cannot be reached").waitFor();
			await press(page, "Refund");
			await box(page).waitFor({ state: "detached" });
			await page.unroute("**/refunds");
			if (await refunded() !== 1000)
				throw new Error(`${await refunded()} cents`);
		});
	await test("keeper: another one of the same sum is another", async () => {
		await page.getByRole("button", { name: "Refund", exact: true })
			.click();
		await amount.fill("10.00");
		await press(page, "Refund");
		await box(page).waitFor({ state: "detached" });
		if (await refunded() !== 2000)
			throw new Error(`${await refunded()} cents`);
	});
}

async function adjusts(page, order) {
	const variant = order.items[0].variant_id;

	await test("keeper: a delta whose answer is lost is not added twice",
		async () => {
			const bearer = await token(admin);
			const path = `/admin/inventory/${variant}`;
			const before = await api("GET", path, undefined, bearer);

			await page.goto(`${base}/admin/#/inventory?q=${before.sku}`);
			await page.getByRole("button",
				{ name: `Adjust ${before.sku}`, exact: true }).click();
			await box(page).getByLabel("Pieces").fill("7");
			await box(page).getByLabel("Reason").fill("delivery");
			await losesAnswer(page, "PUT", `**${path}`);
			await press(page, "Change");
			await box(page).getByText("cannot be reached").waitFor();
			await press(page, "Change");
			await box(page).getByText("meanwhile").waitFor();
			await page.unroute(`**${path}`);
			await page.keyboard.press("Escape");
			const after = await api("GET", path, undefined, bearer);

			if (after.available !== before.available + 7)
				throw new Error(`${before.available}, then ` +
					after.available);
		});
}

// As by somebody else, while a form is filled in.
async function endsSessions() {
	const bearer = await token(admin);
	const { data } = await api("GET", "/auth/sessions?limit=100", undefined,
		bearer);

	for (const session of data.filter((s) => !s.current))
		await api("DELETE", `/auth/sessions/${session.id}`, undefined,
			bearer);
}

async function goesOn(page) {
	await test("keeper: what is typed outlives the session", async () => {
		await page.goto(`${base}/admin/#/products/new`);
		await heading(page, "New product");
		await page.getByLabel("Title", { exact: true }).fill(`Pen ${mark}`);
		await page.getByLabel("Price", { exact: true }).fill("3.50");
		await endsSessions();
		await page.getByRole("button", { name: "Make it" }).click();
		await box(page).getByText("Your session has ended").waitFor();
		await box(page).getByLabel("Password").fill("wrong");
		await press(page, "Sign in");
		await box(page).getByRole("alert").waitFor();
		await box(page).getByLabel("Password").fill(admin.password);
		await press(page, "Sign in");
		await heading(page, `Pen ${mark}`);
	});
	await test("keeper: whoever does not sign in again sees nothing",
		async () => {
			await endsSessions();
			await page.getByRole("link", { name: "Orders", exact: true })
				.click();
			await box(page).getByText("Your session has ended").waitFor();
			await page.keyboard.press("Escape");
			await heading(page, "Sign in");
			if ((await page.content()).includes(mark))
				throw new Error("the product is still there");
			await signIn(page, admin);
		});
}

async function finds(page) {
	await test("keeper: a list is asked for anew where it stands",
		async () => {
			await page.goto(`${base}/admin/#/orders`);
			await heading(page, "Orders");
			for (const show of [
				() => page.getByRole("button", { name: "Show" }).click(),
				() => page.getByRole("link", { name: "Orders", exact: true })
					.click(),
			]) {
				const { number } = await paidOrder();

				await show();
				await page.getByRole("link", { name: number })
					.waitFor({ timeout: 20000 });
			}
		});
	await test("keeper: an order is found by its number", async () => {
		const { number } = await paidOrder();

		for (const text of [number, number.replace("SO-", "")]) {
			await page.getByLabel("Number").fill(text);
			await page.getByRole("button", { name: "Show" }).click();
			await page.locator("tbody tr").nth(1)
				.waitFor({ state: "detached" });
			await page.getByRole("link", { name: number })
				.waitFor({ timeout: 20000 });
		}
		await page.getByLabel("Number").fill("SO-999999999");
		await page.getByRole("button", { name: "Show" }).click();
		await page.getByText("Nothing here.").waitFor({ timeout: 20000 });
	});
	await test("keeper: what is asked for wrongly is named", async () => {
		await page.getByLabel("Number").fill("");
		await page.getByLabel("At least").fill("12,50");
		await page.getByRole("button", { name: "Show" }).click();
		await page.getByRole("alert").filter({ hasText: "min_amount" })
			.waitFor({ timeout: 20000 });
	});
}

await main(async (browser) => {
	const order = await paidOrder();
	const { page, context, wrong } = await watched(browser);

	await signIn(page, admin);
	await heading(page, "Home");
	await refunds(page, order);
	await adjusts(page, order);
	await goesOn(page);
	await finds(page);
	await context.close();
});
