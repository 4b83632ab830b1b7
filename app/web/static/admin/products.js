// SPDX-License-Identifier: MIT
// Products and their variants.
import { get, patch, post, query, remove, request } from "/admin/api.js";
import { badge, decimal, dialog, filters, go, html, input, money, nothing,
	pager, say, select, submit, table, whole } from "/admin/ui.js";

const states = ["active", "draft", "archived"];

function priced(p) {
	const money1 = money(p.min_price_cents ?? p.price_cents, p.currency);
	const money2 = money(p.max_price_cents ?? p.price_cents, p.currency);

	return money1 === money2 ? money1 : `${money1} – ${money2}`;
}

export async function products({ params }) {
	const asked = Object.fromEntries(params);
	const list = await get("/products", { limit: 20, ...asked });

	return { title: "Products", body: html`
<p><a href="#/products/new">New product</a></p>
${filters("products", html`
${input("q", "Search", asked.q, { type: "search" })}
${select("status", "Status", states, asked.status)}`)}
${table("Products", [
	["Title", (p) => html`<a href=${`#/products/${p.id}`}>${p.title}</a>`],
	["SKU", (p) => p.sku],
	["Status", (p) => badge(p.status)],
	["Category", (p) => p.category?.name ?? ""],
	["Price", priced, "number"],
	["Available", (p) => p.total_available, "number"],
], list.data)}${pager("products", params, list)}` };
}

// The tree as one list, deeper ones indented.
const flat = (nodes, depth = 0) => nodes.flatMap((c) => [
	[String(c.id), "\u00a0".repeat(depth * 3) + c.name],
	...flat(c.children ?? [], depth + 1),
]);

async function categoryChoice() {
	const tree = await get("/categories");

	return [["", "none"], ...flat(tree.data)];
}

const common = (p, categories) => html`
${input("title", "Title", p.title, { required: true, maxlength: 200 })}
<div class="field"><label>Description<textarea name="description" rows="4"
	.value=${p.description ?? ""}></textarea></label></div>
<div class="grid">
${select("category_id", "Category", categories, p.category_id)}
${select("status", "Status", states, p.status ?? "active")}
${input("slug", "Slug (made from the title if empty)", p.slug)}
</div>`;

function body(values) {
	const { slug, category_id, ...rest } = values;

	return { ...rest, ...(slug ? { slug } : {}),
		category_id: category_id ? Number(category_id) : null };
}

export async function newProduct() {
	const categories = await categoryChoice();
	const send = submit(async ({ sku, ...values }, form) => {
		const given = body(values);

		if (given.category_id === null)
			delete given.category_id;
		const made = await post("/products", { ...given,
			stock: whole(form, "stock"), ...(sku ? { sku } : {}) });

		go(`#/products/${made.id}`, `${made.title} is made.`);
	});

	return { title: "New product", body: html`<form @submit=${send}>
${common({}, categories)}
<div class="grid">
${input("sku", "SKU (made if empty)", "", { maxlength: 64 })}
${input("price", "Price", "", { required: true, inputmode: "decimal" })}
${input("stock", "Stock", "0", { required: true, inputmode: "numeric" })}
</div><button type="submit">Make it</button></form>` };
}

const variantFields = (v, p) => html`
${input("sku", "SKU", v.sku, { maxlength: 64 })}
${input("title", "Title", v.title, { maxlength: 200 })}
${input("price", "Price", v.id ? decimal(v.price_cents, p.currency) : "",
	{ required: true, inputmode: "decimal" })}`;

function editVariant(p, v, refresh) {
	dialog(`Variant ${v.sku}`, variantFields(v, p), "Save", async (values) => {
		await patch(`/products/${p.id}/variants/${v.id}`, values);
		say("Saved.");
		refresh();
	});
}

function addVariant(p, refresh) {
	dialog("New variant", html`${variantFields({}, p)}
${input("stock", "Stock", "0", { required: true, inputmode: "numeric" })}`,
	"Make it", async ({ sku, title, price }, form) => {
		await post(`/products/${p.id}/variants`, { price,
			stock: whole(form, "stock"), ...(sku ? { sku } : {}),
			...(title ? { title } : {}) });
		say("Made.");
		refresh();
	});
}

function dropVariant(p, v, refresh) {
	dialog(`Delete variant ${v.sku}?`, html`<p>It leaves the catalogue and
all carts; orders keep it.</p>`, "Delete", async () => {
		await remove(`/products/${p.id}/variants/${v.id}`);
		say("Deleted.");
		refresh();
	});
}

const variants = (p, refresh) => html`<section><h2>Variants</h2>
${table("Variants", [
	["SKU", (v) => v.sku],
	["Title", (v) => v.title ?? ""],
	["Price", (v) => money(v.price_cents, p.currency), "number"],
	["Available", (v) => v.available, "number"],
	["Reserved", (v) => v.reserved ?? "", "number"],
	["Actions", (v) => html`<div class="actions">
<button class="outline" @click=${() => editVariant(p, v, refresh)}>Edit</button>
<a href=${`#/inventory/${v.id}`}>Stock</a>
${p.variants.length > 1 ? html`<button class="outline secondary"
	@click=${() => dropVariant(p, v, refresh)}>Delete</button>` : nothing}
</div>`],
], p.variants)}
<button @click=${() => addVariant(p, refresh)}>New variant</button></section>`;

function drop(p) {
	dialog(`Delete ${p.title}?`, html`<p>It leaves the catalogue and all
carts; orders keep it.</p>
<div class="field"><label><input type="checkbox" name="permanent"> also
remove the row, if no order names it</label></div>`, "Delete", async ({ permanent }) => {
		await remove(query(`/products/${p.id}`,
			permanent ? { permanent: "true" } : {}));
		go("#/products", `${p.title} is deleted.`);
	});
}

export async function product({ id, refresh }) {
	const [{ data: p, etag }, categories] = await Promise.all([
		request("GET", `/products/${encodeURIComponent(id)}`),
		categoryChoice(),
	]);
	const save = submit(async (values) => {
		await patch(`/products/${p.id}`, body(values), etag);
		say("Saved.");
		refresh();
	});

	return { title: p.title, body: html`
<p>${badge(p.status)} ${p.sku} · ${priced(p)} · ${p.total_available}
available</p>
<form @submit=${save}>${common(p, categories)}
<div class="actions"><button type="submit">Save</button>
<button type="button" class="secondary" @click=${() => drop(p)}>Delete…</button>
</div></form>
${variants(p, refresh)}` };
}
