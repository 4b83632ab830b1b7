// SPDX-License-Identifier: MIT
// The admin's page: the catalogue is put in order, and customers.
import { admin, api, base, heading, main, ok, signIn, test, token, user,
	watched } from "./browser.mjs";

const mark = Date.now().toString(36);
const box = (page) => page.locator("dialog");
const open = (page, name) =>
	page.getByRole("button", { name, exact: true }).click();

async function submit(page, name) {
	await box(page).getByRole("button", { name, exact: true }).click();
	await box(page).waitFor({ state: "detached" });
}

function same(is, want) {
	if (JSON.stringify(is) !== JSON.stringify(want))
		throw new Error(`${JSON.stringify(is)} is not ` +
			JSON.stringify(want));
}

async function categories(page) {
	await test("catalogue: a category is made, renamed and deleted",
		async () => {
			await page.goto(`${base}/admin/#/categories`);
			await heading(page, "Categories");
			for (const name of [`Lamps ${mark}`, `Old ${mark}`]) {
				await open(page, "New category");
				await box(page).getByLabel("Name", { exact: true }).fill(name);
				await submit(page, "Make it");
			}
			await open(page, `Edit Old ${mark}`);
			await box(page).getByLabel("Name", { exact: true }).fill(`New ${mark}`);
			await submit(page, "Save");
			await open(page, `Delete New ${mark}`);
			await submit(page, "Delete");
			await page.getByText(`New ${mark} is deleted.`).waitFor();
			await page.getByText(`Lamps ${mark}`, { exact: true }).waitFor();
		});
}

async function products(page) {
	const bearer = await token(admin);
	const slug = `lamp-${mark}`;
	const read = () => api("GET", `/products/${slug}`, undefined, bearer);

	await test("catalogue: a product has what was typed", async () => {
		await page.goto(`${base}/admin/#/products/new`);
		await heading(page, "New product");
		await page.getByLabel("Title", { exact: true }).fill("Lamp");
		await page.getByLabel("Slug").fill(slug);
		await page.getByLabel("Price", { exact: true }).fill("12.50");
		await page.getByLabel("Category").selectOption({
			label: `Lamps ${mark}` });
		await page.getByLabel("Attributes").fill(
			'color: white\nwatts: 42\nsocket: "27"');
		await page.getByLabel("Pictures").fill("https://example.com/a.jpg");
		await open(page, "Make it");
		await heading(page, "Lamp");
		const p = await read();

		same([p.price_cents, p.category.name, p.images], [1250,
			`Lamps ${mark}`, ["https://example.com/a.jpg"]]);
		same(p.attributes, { color: "white", watts: 42, socket: "27" });
	});
	await test("catalogue: an attribute goes, the others stay as they were",
		async () => {
			const field = page.getByLabel("Attributes");
			const text = await field.inputValue();

			await field.fill(text.replace(/^color: .*\n?/m, ""));
			await open(page, "Save");
			await page.getByText("Saved.").waitFor();
			same((await read()).attributes, { watts: 42, socket: "27" });
		});
	await test("catalogue: a review of one long word is deleted", async () => {
		const { id } = await read();

		await api("POST", `/products/${id}/reviews`, { rating: 1,
			title: `Spam ${mark}`, comment: "x".repeat(2000) },
		await token(user));
		await page.reload();
		await signIn(page, admin);
		await page.goto(`${base}/admin/#/products/${slug}`);
		await page.getByText(`Spam ${mark}`).waitFor();
		const end = await page.locator(".overflow-auto").last()
			.evaluate((e) => e.scrollWidth - e.clientWidth);

		same(end, 0);
		await page.getByRole("button", { name: /^Delete review/ }).click();
		await submit(page, "Delete");
		await page.getByText("The review is deleted.").waitFor();
		same((await read()).rating_count, 0);
	});
}

async function customers(page) {
	await test("catalogue: a customer is renamed and erased", async () => {
		const email = `gone-${mark}@example.com`;
		const { user: made } = await api("POST", "/auth/register", { email,
			password: "long enough 1" });

		await page.goto(`${base}/admin/#/customers/${made.id}`);
		await open(page, "Edit");
		await box(page).getByLabel("First name").fill("Ada");
		await submit(page, "Save");
		await page.getByText("Ada").waitFor();
		await open(page, "Erase…");
		await submit(page, "Erase");
		await page.getByText(`${email} is erased.`).waitFor();
	});
}

// A packing slip must not lose its quantities.
async function narrow(page) {
	const bearer = await token(admin);
	const { id } = await api("POST", "/products", { title: "x".repeat(190),
		price_cents: 1234567, stock: 5 }, bearer);
	const order = await api("POST", "/orders", { items: [{ product_id: id,
		quantity: 3 }], delivery_address: "1 Main Street" },
	await token(user));

	await test("catalogue: a long title pushes nothing off the page",
		async () => {
			await page.setViewportSize({ width: 360, height: 740 });
			await page.goto(`${base}/admin/#/orders/${order.id}`);
			await heading(page, `Order ${order.number}`);
			for (const media of ["screen", "print"]) {
				await page.emulateMedia({ media });
				const over = await page.evaluate(() =>
					document.documentElement.scrollWidth - innerWidth);

				same([media, over > 0 ? over : 0], [media, 0]);
			}
			await page.setViewportSize({ width: 800, height: 1100 });
			const { x, width } = await page.getByRole("cell",
				{ name: "3", exact: true }).boundingBox();

			if (x + width > 800)
				throw new Error(`quantity ends at ${x + width}`);
			await page.emulateMedia({ media: "screen" });
		});
}

await main(async (browser) => {
	const { page, context, wrong } = await watched(browser);

	await signIn(page, admin);
	await heading(page, "Home");
	await categories(page);
	await products(page);
	await customers(page);
	await narrow(page);
	ok(wrong.length === 0, "catalogue: nothing is wrong on the way",
		wrong.join("\n"));
	await context.close();
});
